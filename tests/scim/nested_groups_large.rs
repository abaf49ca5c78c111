//! What a change of members costs depends on the change, however many people the groups hold and are in by way of others.

use crate::support::{TestApp, cluster, expect, user};
use diesel::RunQueryDsl;
use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use rollcall::app::conditions::Conditions;
use rollcall::app::resources::Changed;
use rollcall::app::{Call, Rules, groups, tenants};
use rollcall::store::TenantConnection;
use rollcall_domain::ids::{Actor, ConnectionId, GroupId};
use rollcall_scim::project::Projection;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(diesel::QueryableByName)]
struct Rows {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// Rows that the open transaction has read so far.
fn rows_read(conn: &mut TenantConnection) -> i64 {
    let sql = "SELECT COALESCE(sum(seq_tup_read + COALESCE(idx_tup_fetch, 0)), 0)::bigint AS n FROM pg_stat_xact_user_tables";
    diesel::sql_query(sql).get_result::<Rows>(&mut **conn).unwrap().n
}

fn group(app: &TestApp, name: &str) -> String {
    let answer = expect(app.scim("POST", "/Groups", Some(&json!({"displayName": name}))), 201);
    answer.json().unwrap()["id"].as_str().unwrap().to_owned()
}

/// People by the thousands, who are members of the group.
fn fill(app: &TestApp, group: &str, people: usize) {
    let sql = format!(
        "WITH made AS (INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, resource, created_at, updated_at) \
           SELECT c.tenant_id, gen_random_uuid(), c.id, '{group}' || n, jsonb_build_object('userName', '{group}' || n), now(), now() \
           FROM (SELECT * FROM connections WHERE name = 'identity-provider') c, generate_series(1, {people}) n \
           RETURNING tenant_id, id) \
         INSERT INTO group_members (tenant_id, group_id, member_id) SELECT tenant_id, '{group}', id FROM made"
    );
    cluster::execute(app.database_url(), &sql);
}

/// R070: with two thousand members and with twenty thousand, adding one is the same work, for the group that gets a person,
/// for the group around it, and for the group that gets this group.
#[test]
fn adding_one_member_is_the_same_work_in_a_group_of_any_size() {
    let app = TestApp::start();
    let sizes = [2_000, 20_000];
    let worlds = sizes.map(|size| {
        let large = group(&app, &format!("Large {size}"));
        fill(&app, &large, size);
        let around = group(&app, &format!("Around {size}"));
        fill(&app, &around, size);
        let person = app.provision(&user(&format!("person{size}")));
        (large, around, person)
    });
    cluster::execute(app.database_url(), "ANALYZE");
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    conn.enter(tenant).unwrap();
    conn.batch_execute("SET ROLE rollcall_server").unwrap();
    let call = Call {
        tenant,
        connection: ConnectionId(uuid::Uuid::nil()),
        actor: Actor::Operator,
        acting: rollcall_domain::account::Acting::System,
        now: app.clock().now(),
        request_id: uuid::Uuid::nil(),
        base: app.scim_base(),
        sync: None,
    };
    let rules = Rules::standard().unwrap();
    let everything = Projection::parse(rules.group(), None, None).unwrap();
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&statements);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut add = |group: &str, member: &str| -> (usize, i64) {
        let body = json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": member}]}],
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
        let Value::Object(body) = body else { unreachable!() };
        conn.batch_execute("BEGIN").unwrap();
        let before = (statements.load(Ordering::Relaxed), rows_read(&mut conn));
        let id = GroupId(group.parse().unwrap());
        let changed =
            groups::patch(&mut conn, &rules, &call, id, body, &Conditions::default(), &everything).unwrap();
        assert!(matches!(changed, Changed::Brief(_)), "too large to be answered with");
        let after = (statements.load(Ordering::Relaxed), rows_read(&mut conn));
        conn.batch_execute("COMMIT").unwrap();
        (after.0 - before.0, after.1 - before.1)
    };
    let costs = worlds
        .map(|(large, around, person)| [add(&around, &large), add(&large, &person), add(&around, &person)]);
    assert_eq!(costs[0].map(|cost| cost.0), costs[1].map(|cost| cost.0), "statements");
    for (small, big) in costs[0].iter().zip(&costs[1]) {
        assert!(big.1 <= small.1 + 20, "rows read: {costs:?}");
        assert!(big.0 < 20 && big.1 < 2_000, "{costs:?}");
    }
    let person = app.read("/Users?filter=userName%20eq%20%22person20000%22")["Resources"][0].clone();
    assert_eq!(person["groups"].as_array().unwrap().len(), 2, "{person}");
}
