//! No credential, an empty one, one of another kind, tenant or time: nothing is open that is not named as open.

use super::*;
use crate::support::cluster::{execute, texts};
use crate::support::{Failures, patch_op};
use diesel::connection::SimpleConnection;
use rollcall::app::tokens::Scope;

/// Every operation of the API, from its own document, and every address of SCIM with every method.
fn routes(app: &TestApp) -> Vec<(String, String)> {
    let document = app.request("GET", "/api/v1/openapi.json", None, None).json().unwrap();
    let id = "0191aaaa-0000-7000-8000-000000000001";
    let mut all: Vec<(String, String)> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { id } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in item.as_object().unwrap().keys() {
            if ["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                all.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    assert!(all.len() > 35);
    for path in
        ["/Users", "/Groups", "/Me", "/Bulk", "/.search", "/Schemas", "/ResourceTypes", "/Nothing", ""]
    {
        for below in ["", "/.search", &format!("/{id}"), &format!("/{id}/")] {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] {
                for base in ["/scim/v2", "/scim", "//scim/v2", "/scim/v2/"] {
                    all.push((method.to_owned(), format!("{base}{path}{below}")));
                }
            }
        }
    }
    all
}

/// What is open to everybody, and nothing else is.
fn is_open(method: &str, path: &str) -> bool {
    let below = path.trim_start_matches('/').trim_end_matches('/');
    matches!(
        (method, below),
        ("GET", "api/v1/openapi.json")
            | ("POST", "api/v1/sessions" | "api/v1/password-resets")
            | ("GET" | "HEAD", "scim/v2" | "scim")
    )
}

/// Casdoor: the handler of SCIM asked for no right at all.
#[test]
fn cve_2025_4210_no_route_is_open_that_is_not_named_as_open() {
    let app = TestApp::start();
    let before = app.read("/Users");
    let body = json!({"schemas": [], "userName": "intruder", "displayName": "intruder"});
    let mut failures = Failures::default();
    for (method, path) in routes(&app) {
        let with_body = ["POST", "PUT", "PATCH"].contains(&method.as_str()).then_some(&body);
        let status = app.request(&method, &path, None, with_body).status;
        if is_open(&method, &path) {
            continue;
        }
        // A method that an address does not have may be told before the credential is asked for.
        failures
            .check(&format!("{method} {path}"), [401, 404, 405].contains(&status), || format!("{status}"));
        let there = ["GET", "DELETE"].contains(&method.as_str())
            && (path.starts_with("/api") || path.starts_with("/scim/v2/Users"));
        failures.check(&format!("{method} {path}"), !there || status == 401 || path.ends_with('/'), || {
            format!("{status}")
        });
    }
    failures.none();
    assert_eq!(app.read("/Users"), before);
}

/// ToolJet: the empty bearer was the secret that nobody had set.
#[test]
fn tooljet_16217_where_no_token_was_ever_issued_nothing_opens() {
    let app = TestApp::start();
    execute(app.database_url(), "DELETE FROM tokens");
    let mut failures = Failures::default();
    for keys in [true, false] {
        if !keys {
            execute(app.database_url(), "DELETE FROM signing_keys");
        }
        for word in [
            "",
            " ",
            "null",
            "undefined",
            "None",
            "nil",
            "0",
            "false",
            "[object Object]",
            "Bearer",
            "{}",
            "..",
            "e30.e30.",
            "\"\"",
            "''",
            "%00",
            "NaN",
        ] {
            for scheme in ["Bearer ", "bearer ", "Basic ", "", "Token "] {
                for path in ["/scim/v2/Users", "/scim/v2/Me", "/api/v1/accounts", "/api/v1/sessions/current"]
                {
                    let headers = [("Authorization", &*format!("{scheme}{word}"))];
                    let status = app.raw("GET", path, &headers, None).status;
                    failures.check(&format!("{path} with {scheme}{word:?}"), status == 401, || {
                        format!("{status}")
                    });
                }
            }
        }
    }
    failures.none();
}

/// Casdoor again (VU#780781, nine faults): credentials of one kind, scope or place that opened another.
#[test]
fn cve_2026_9090_to_9098_each_credential_opens_its_own_surface_only() {
    let app = TestApp::start();
    let (id, learner) = with_password(&app, "somebody");
    let session = learner.session(PASSWORD);
    expect(app.api("PATCH", "/policy", Some(&json!({"reset.method": "link"}))), 200);
    let link = app.api("POST", &format!("/accounts/{id}/temporary-password"), None).json().unwrap();
    let link = link["resetToken"].as_str().unwrap().to_owned();
    // The link ended that session; another's lives.
    let (_, other) = with_password_now(&app);
    let alive = other.session(PASSWORD);
    let (scim, api) = (app.scim_token().to_owned(), app.api_token().to_owned());
    let (expiring, _) = app.issue("demo", "short", Scope::Scim, Some(chrono::Duration::hours(1)));
    app.clock().advance(chrono::Duration::hours(2));
    let unsigned = format!("{}.", scim.rsplit_once('.').unwrap().0);
    let crossed = format!("{}.{}", scim.rsplit_once('.').unwrap().0, api.rsplit_once('.').unwrap().1);
    let mut failures = Failures::default();
    for (name, credential, scim_status, api_status, current) in [
        ("scim", scim.as_str(), 200, 403, 401),
        ("api", &api, 403, 200, 401),
        // A learner's: it is known, and opens nothing here.
        ("session", &alive, 401, 403, 200),
        ("ended session", &session, 403, 401, 401),
        ("link", &link, 401, 401, 401),
        ("expired", &expiring, 401, 401, 401),
        ("unsigned", &unsigned, 401, 401, 401),
        ("signature of another", &crossed, 401, 401, 401),
        ("password", PASSWORD, 401, 401, 401),
        ("the id of an account", &id, 401, 401, 401),
    ] {
        let statuses = ["/scim/v2/Users", "/api/v1/accounts", "/api/v1/sessions/current"]
            .map(|path| app.request("GET", path, Some(credential), None).status);
        let wanted = [&[scim_status, 401][..], &[api_status, 401], &[current]];
        // A session that opens nothing may be refused as unknown or as forbidden.
        let right = statuses.iter().zip(wanted).all(|(status, wanted)| wanted.contains(status));
        let opened = statuses.iter().filter(|status| **status == 200).count();
        failures.check(
            name,
            right && opened == usize::from(["scim", "api", "session"].contains(&name)),
            || format!("{statuses:?}"),
        );
    }
    failures.none();
}

/// Somebody who signs in by user name, whatever the policy hands out.
fn with_password_now(app: &TestApp) -> (String, Learner) {
    let id = app.person("other");
    let learner = app.learner_with_password(&id, "other", PASSWORD);
    (id, learner)
}

/// GitLab: a token outlived the move of its group and could not be reset.
#[test]
fn gitlab_385050_a_token_is_of_one_tenant_is_listed_and_dies_when_it_is_told_to() {
    use rollcall::app::{tenants, tokens};
    let app = TestApp::start();
    let (token, id) = app.issue("neighbour", "idp", Scope::Scim, None);
    let status = || by(&app, &token, "GET", "/Users", None).status;
    assert_eq!(status(), 200);
    // Its tenant is the one that it was issued for, whatever happens to names: it follows no name.
    execute(app.database_url(), "UPDATE tenants SET name = 'moved' WHERE name = 'neighbour'");
    assert_eq!(by(&app, &token, "GET", "/Users", None).json().unwrap()["totalResults"], 0);
    let mut conn = app.connect();
    let moved = tenants::by_name(&mut conn, "moved").unwrap().id;
    conn.enter(moved).unwrap();
    let listed = tokens::list(&mut conn, moved, app.clock().now()).unwrap();
    assert!(listed.iter().any(|row| row.id == id), "it can be seen");
    let demo = tenants::by_name(&mut conn, "demo").unwrap().id;
    conn.enter(demo).unwrap();
    assert!(tokens::list(&mut conn, demo, app.clock().now()).unwrap().iter().all(|row| row.id != id));
    assert!(tokens::revoke(&mut conn, demo, id, app.clock().now()).is_err(), "another tenant cannot end it");
    conn.enter(moved).unwrap();
    tokens::revoke(&mut conn, moved, id, app.clock().now()).unwrap();
    std::thread::sleep(tokens::MAX_AGE_OF_A_YES);
    assert_eq!(status(), 401);
    // Moved by hand to another tenant it is nobody's: what it was signed for is not what its row says.
    let (other, other_id) = app.issue("moved", "idp", Scope::Scim, None);
    execute(
        app.database_url(),
        &format!(
            "UPDATE tokens SET (tenant_id, connection_id) = (SELECT tenant_id, id FROM connections WHERE name = 'identity-provider') WHERE id = '{other_id}'"
        ),
    );
    assert_eq!(by(&app, &other, "GET", "/Users", None).status, 401);
}

/// better-auth: a token without an owner was everybody's.
#[test]
fn ghsa_j8v8_g9cx_5qf4_a_token_without_an_owner_cannot_be_and_opens_nothing() {
    let app = TestApp::start();
    let (token, id) = app.issue("demo", "idp", Scope::Scim, None);
    let mut conn = app.connect();
    for column in ["tenant_id", "connection_id", "scope", "digest"] {
        let refused = conn.batch_execute(&format!("UPDATE tokens SET {column} = NULL WHERE id = '{id}'"));
        assert!(refused.is_err(), "{column} can be NULL");
    }
    let nobody = "00000000-0000-0000-0000-000000000000";
    for column in ["tenant_id", "connection_id"] {
        let refused =
            conn.batch_execute(&format!("UPDATE tokens SET {column} = '{nobody}' WHERE id = '{id}'"));
        assert!(refused.is_err(), "{column} can be nobody's");
    }
    assert_eq!(by(&app, &token, "GET", "/Users", None).status, 200);
    // Were the guard gone, a token without an owner would still open nothing.
    conn.batch_execute(
        "ALTER TABLE tokens DROP CONSTRAINT tokens_pkey CASCADE; ALTER TABLE tokens ALTER COLUMN connection_id DROP NOT NULL; \
         UPDATE tokens SET connection_id = NULL",
    )
    .unwrap();
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
    let status = by(&app, &token, "GET", "/Users", None).status;
    assert!(status >= 400, "{status}");
    let patch = patch_op(json!([]));
    assert!(by(&app, app.scim_token(), "PATCH", "/Users/x", Some(&patch)).status >= 400);
}

/// Passbolt (the audit by Cure53): weak randomness beside strong, and comparisons that take longer the more is right.
#[test]
fn passbolt_cure53_secrets_are_random_and_never_repeat() {
    let app = TestApp::start();
    let id = app.person("somebody");
    let mut seen = std::collections::BTreeSet::new();
    let mut bits = [0_u32; 256];
    for _ in 0..60 {
        let temporary = app.temporary_password(&id);
        assert_eq!(temporary.len(), 19);
        assert!(seen.insert(temporary));
    }
    let learner = app.learner_with_password(&id, "somebody", PASSWORD);
    use base64::Engine;
    const SESSIONS: u32 = 64;
    for _ in 0..SESSIONS {
        let session = learner.session(PASSWORD);
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(session.strip_prefix("rcs_").unwrap())
            .unwrap();
        // Behind the ids of tenant and session: 256 bits of which none is fixed.
        let secret = &bytes[bytes.len() - 32..];
        for (n, count) in bits.iter_mut().enumerate() {
            *count += u32::from(secret[n / 8] >> (n % 8) & 1);
        }
        assert!(seen.insert(session));
    }
    assert!(bits.iter().all(|ones| (1..SESSIONS).contains(ones)), "a bit that never changes: {bits:?}");
    let digests = texts(app.database_url(), "SELECT encode(digest, 'hex') AS t FROM sessions");
    assert_eq!(digests.len(), digests.iter().collect::<std::collections::BTreeSet<_>>().len());
}
