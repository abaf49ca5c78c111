//! What the database itself guarantees, read from its catalogue.

use crate::support::cluster::{execute, texts};
use crate::support::{TestApp, expect, user};
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use serde_json::json;

const TENANT_TABLES: &str = "SELECT c.oid::regclass::text AS t FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id'";

#[track_caller]
fn nothing(app: &TestApp, what: &str, sql: &str) {
    let found = texts(app.database_url(), sql);
    assert!(found.is_empty(), "{what}: {found:#?}");
}

#[test]
fn every_tenant_table_is_behind_row_level_security() {
    let app = TestApp::start();
    let tables = texts(app.database_url(), TENANT_TABLES);
    assert!(tables.len() >= 7, "{tables:?}");
    nothing(
        &app,
        "without forced row level security or without a policy on current_tenant()",
        "SELECT c.oid::regclass::text AS t FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity \
           AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polpermissive \
             AND pg_get_expr(p.polqual, p.polrelid) = '(tenant_id = current_tenant())'))",
    );
    nothing(
        &app,
        "more than one policy: a second permissive one would widen the first",
        "SELECT polrelid::regclass::text AS t FROM pg_policy GROUP BY polrelid HAVING count(*) > 1",
    );
    nothing(
        &app,
        "a view or function that works with its owner's rights",
        "SELECT proname::text AS t FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef \
         UNION ALL SELECT relname::text FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace",
    );
}

#[test]
fn tenant_id_leads_every_key_and_every_foreign_key_has_an_index() {
    let app = TestApp::start();
    nothing(
        &app,
        "a unique index of a tenant table that does not begin with tenant_id",
        "SELECT i.indexrelid::regclass::text AS t FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid \
         AND a.attname = 'tenant_id' JOIN pg_class c ON c.oid = i.indrelid \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND i.indkey[0] <> a.attnum",
    );
    nothing(
        &app,
        "a foreign key between tenant tables that does not begin with tenant_id on both sides",
        "SELECT conrelid::regclass || '.' || conname AS t FROM pg_constraint k \
         JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] \
         JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1] \
         WHERE k.contype = 'f' AND NOT (a.attname = 'tenant_id' AND (b.attname = 'tenant_id' OR k.confrelid = 'tenants'::regclass))",
    );
    nothing(
        &app,
        "a foreign key whose columns do not lead an index",
        "SELECT conrelid::regclass || '.' || conname AS t FROM pg_constraint k WHERE contype = 'f' AND NOT EXISTS \
         (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL \
          AND (i.indkey::int2[])[0:array_length(k.conkey, 1) - 1] = k.conkey)",
    );
    nothing(
        &app,
        "a tenant table without a primary key",
        "SELECT c.oid::regclass::text AS t FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace \
         AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')",
    );
}

#[test]
fn every_table_and_column_says_what_it_is() {
    let app = TestApp::start();
    nothing(
        &app,
        "without COMMENT",
        "SELECT c.relname || COALESCE('.' || a.attname, '') AS t FROM pg_class c LEFT JOIN LATERAL \
           (SELECT attname, attnum FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped \
            UNION ALL SELECT NULL, 0) a ON true \
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> '__diesel_schema_migrations' \
         AND COALESCE(col_description(c.oid, NULLIF(a.attnum, 0)), CASE WHEN a.attnum = 0 THEN obj_description(c.oid, 'pg_class') END, '') = ''",
    );
}

#[test]
fn the_servers_role_owns_nothing_and_cannot_rewrite_the_audit() {
    let app = TestApp::start();
    nothing(
        &app,
        "a right that the role must not have",
        "SELECT 'super, bypass, create or login' AS t FROM pg_roles WHERE rolname = 'rollcall_server' \
           AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin) \
         UNION ALL SELECT 'owns ' || relname FROM pg_class WHERE relowner = 'rollcall_server'::regrole \
         UNION ALL SELECT 'member of ' || roleid::regrole FROM pg_auth_members WHERE member = 'rollcall_server'::regrole \
         UNION ALL SELECT p || ' on ' || c.relname FROM pg_class c, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) p \
           WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND has_table_privilege('rollcall_server', c.oid, p) \
         UNION ALL SELECT p || ' on ' || r FROM unnest(ARRAY['UPDATE', 'DELETE']) p, unnest(ARRAY['audit_log', 'audit_chain']) r \
           WHERE has_table_privilege('rollcall_server', r, p) \
         UNION ALL SELECT 'DELETE on audit_heads' WHERE has_table_privilege('rollcall_server', 'audit_heads', 'DELETE') \
         UNION ALL SELECT p || ' on ' || r FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) p, \
           unnest(ARRAY['tokens', 'tenants', 'connections', 'signing_keys', \
           'oauth_routes', 'oauth_clients', 'oauth_secrets', 'trusted_issuers']) r WHERE has_table_privilege('rollcall_server', r, p) \
         UNION ALL SELECT 'UPDATE or INSERT of ' || r || '.' || a.attname FROM unnest(ARRAY['tokens', 'tenants', 'connections', 'signing_keys']) r \
           JOIN pg_attribute a ON a.attrelid = r::regclass AND a.attnum > 0 AND NOT a.attisdropped \
           WHERE (has_column_privilege('rollcall_server', a.attrelid, a.attnum, 'UPDATE') \
               AND NOT (r = 'tokens' AND a.attname IN ('revoked_at', 'last_used_at', 'warned_days')) \
               AND NOT (r = 'connections' AND a.attname = 'settings') AND NOT (r = 'tenants' AND a.attname IN ('policy', 'schemas_version'))) \
             OR (has_column_privilege('rollcall_server', a.attrelid, a.attnum, 'INSERT') AND NOT (r = 'tokens' \
               AND a.attname NOT IN ('revoked_at', 'last_used_at', 'warned_days'))) \
         UNION ALL SELECT 'DELETE on accounts' WHERE has_table_privilege('rollcall_server', 'accounts', 'DELETE')",
    );
    let mut conn = app.connect();
    conn.batch_execute("SET ROLE rollcall_server").unwrap();
    for statement in [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_chain SET digest = previous",
        "DELETE FROM audit_chain",
        "DELETE FROM audit_heads",
        "ALTER TABLE accounts DISABLE ROW LEVEL SECURITY",
        "DROP TABLE sessions",
        "UPDATE tokens SET scope = 'api'",
        "UPDATE tokens SET expires_at = NULL",
        "UPDATE tokens SET digest = digest",
        "UPDATE tokens SET connection_id = id",
        "UPDATE signing_keys SET retired_at = NULL",
        "INSERT INTO signing_keys (id, secret, created_at) VALUES (gen_random_uuid(), decode(repeat('00', 32), 'hex'), now())",
        "UPDATE tenants SET name = 'other'",
        "UPDATE connections SET name = 'other'",
        "UPDATE oauth_routes SET opens_tenant = opens",
        "UPDATE oauth_secrets SET revoked_at = NULL",
        "UPDATE access_tokens SET expires_at = now()",
        "INSERT INTO oauth_routes SELECT key, family, opens_tenant, opens FROM oauth_routes",
    ] {
        assert!(conn.batch_execute(statement).is_err(), "{statement}");
    }
}

#[test]
fn without_a_tenant_no_row_is_visible_and_with_one_no_other() {
    let app = TestApp::start();
    let mut body = user("bjensen");
    body["name"] = json!({"familyName": "Jensen"});
    let id = app.provision(&body);
    let group = json!({"displayName": "Guides", "members": [{"value": id}]});
    let guides = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap()["id"].clone();
    let around = json!({"displayName": "Staff", "members": [{"value": guides}]});
    expect(app.scim("POST", "/Groups", Some(&around)), 201);
    app.learner_with_password(&id, "bjensen", "correct horse battery").session("correct horse battery");
    app.issue_token("neighbour", "idp", rollcall::app::tokens::Scope::Scim);
    let schema = json!({"id": "urn:example:acme", "attributes": [{"name": "site"}]});
    let schema = json!({"resourceType": "User", "schema": schema});
    expect(app.api("PUT", "/schemas/urn:example:acme", Some(&schema)), 201);
    execute(app.database_url(), "INSERT INTO licences SELECT id, 9, 1 FROM tenants WHERE name = 'demo'");
    let rates = "INSERT INTO request_rates SELECT tenant_id, id, 1, now() FROM connections WHERE name = 'administration'";
    execute(app.database_url(), rates);
    let course = app.course("Safety");
    app.enrolled(&course, &json!({"accounts": [id]}));
    expect(app.complete(&id, &course, &json!({})), 201);
    let plan = json!({"command": {"command": "lock"}, "accounts": [id]});
    expect(app.api("POST", "/plans", Some(&plan)), 201);
    let wrong = json!({"tenant": "demo", "userName": "bjensen", "password": "wrong"});
    expect(app.request("POST", "/api/v1/sessions", None, Some(&wrong)), 401);
    let owned = json!({"attributes": {"title": "identity-provider"}});
    expect(app.api("PATCH", "/attribute-owners", Some(&owned)), 200);
    // Six who go are one too many of so few: departures, a quarantine and a notice.
    let leavers: Vec<String> = (0..6).map(|number| app.person(&format!("leaver-{number}"))).collect();
    app.clock().advance(chrono::Duration::hours(2));
    for id in leavers {
        app.scim("DELETE", &format!("/Users/{id}"), None);
    }
    app.some_oauth();
    crate::audit::seal_everything(&app);
    let tenant = |name: &str| {
        texts(app.database_url(), &format!("SELECT id::text AS t FROM tenants WHERE name = '{name}'"))[0]
            .clone()
    };
    let (own, other) = (tenant("demo"), tenant("neighbour"));
    let mut conn = app.connect();
    conn.batch_execute("SET ROLE rollcall_server").unwrap();
    let mut count = |setting: Option<&str>, table: &str| -> usize {
        let value = setting.unwrap_or_default();
        conn.batch_execute(&format!("SET rollcall.tenant = '{value}'")).unwrap();
        diesel::sql_query(format!("SELECT 1 FROM {table}")).execute(&mut *conn).unwrap()
    };
    for table in texts(app.database_url(), TENANT_TABLES) {
        assert_eq!(count(None, &table), 0, "{table} without a tenant");
        assert!(count(Some(&own), &table) > 0, "{table} is empty: nothing is proved");
        let foreign = count(Some(&other), &table);
        let expected = match table.as_str() {
            "tokens" | "connections" => 1,
            // The tenant and the connection were made, and the token issued.
            "audit_log" => 3,
            // Where its chain ends is on record from its beginning.
            "audit_heads" => 1,
            _ => 0,
        };
        assert_eq!(foreign, expected, "{table}");
    }
    // Nor can a row be written into another tenant.
    let insert = format!(
        "INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, request_id) \
        VALUES ('{own}', now(), 'x', 'x', '{own}', '{own}')"
    );
    assert!(conn.batch_execute(&insert).is_err());
    conn.batch_execute(&format!("SET rollcall.tenant = '{own}'")).unwrap();
    conn.batch_execute(&insert).unwrap();
    execute(app.database_url(), "SELECT 1");
}

/// S42: whatever goes wrong in the server, a token that was revoked stays so, and nobody gives one to another tenant.
#[test]
fn a_revoked_token_is_brought_back_by_nobody() {
    let app = TestApp::start();
    let (_, id) = app.issue("demo", "identity-provider", rollcall::app::tokens::Scope::Scim, None);
    app.issue_token("neighbour", "idp", rollcall::app::tokens::Scope::Scim);
    let tenant = |name: &str| {
        texts(app.database_url(), &format!("SELECT id::text AS t FROM tenants WHERE name = '{name}'"))[0]
            .clone()
    };
    let (own, other) = (tenant("demo"), tenant("neighbour"));
    let mut conn = app.connect();
    conn.batch_execute(&format!("SET ROLE rollcall_server; SET rollcall.tenant = '{own}'")).unwrap();
    conn.batch_execute(&format!("UPDATE tokens SET revoked_at = now() WHERE id = '{id}'")).unwrap();
    for time in ["NULL", "'infinity'", "now() + interval '1 day'"] {
        let back = format!("UPDATE tokens SET revoked_at = {time} WHERE id = '{id}'");
        let error = conn.batch_execute(&back).unwrap_err().to_string();
        assert!(error.contains("a revoked token stays revoked"), "{error}");
    }
    let insert = |tenant: &str| {
        format!(
            "INSERT INTO tokens (tenant_id, id, connection_id, scope, digest, created_at, key_id) \
             SELECT '{tenant}', gen_random_uuid(), connection_id, scope, digest, created_at, key_id FROM tokens LIMIT 1"
        )
    };
    assert!(conn.batch_execute(&insert(&other)).is_err());
    conn.batch_execute(&insert(&own)).unwrap();
}
