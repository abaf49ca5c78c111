//! A connection lives for minutes and sees every filter there is: none may leave anything behind on it.

use crate::scim::filter_generator::{Random, filter};
use crate::support::TestApp;
use diesel::RunQueryDsl;
use rollcall::app::list::{Query, read};
use rollcall::app::resources::{Groups, Users};
use rollcall::app::{Call, Rules, tenants};
use rollcall::store::TenantConnection;
use rollcall_domain::ids::{Actor, ConnectionId};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn prepared(conn: &mut TenantConnection) -> i64 {
    let sql = "SELECT count(*) AS n FROM pg_prepared_statements";
    diesel::sql_query(sql).get_result::<Count>(&mut **conn).unwrap().n
}

#[test]
fn two_hundred_filters_leave_no_prepared_statements_on_their_connection() {
    let app = TestApp::start();
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    conn.enter(tenant).unwrap();
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
    let ask = |conn: &mut TenantConnection, users_filter: String, groups_filter: String| {
        let query = |filter: String| Query {
            filter: Some(rollcall_scim::filter::parse(&filter).unwrap()),
            start_index: Some(2),
            ..Query::default()
        };
        read::<Users>(conn, &rules, &call, &query(users_filter)).map(drop).unwrap();
        read::<Groups>(conn, &rules, &call, &query(groups_filter)).map(drop).unwrap();
    };
    // What is prepared once per connection is prepared now, lists of one attribute's values among it.
    for values in [1, 2] {
        chains(values).into_iter().for_each(|(users, groups)| ask(&mut conn, users, groups));
    }
    let before = prepared(&mut conn);
    let mut random = Random(4_097);
    for n in 0..200 {
        let one = format!("{} and {}", filter(&mut random, 1), filter(&mut random, 1));
        let terms = vec!["displayName co \"a\""; 2 + n % 20].join(" or ");
        ask(&mut conn, one, terms);
    }
    for values in 3..20 {
        chains(values).into_iter().for_each(|(users, groups)| ask(&mut conn, users, groups));
    }
    assert_eq!(prepared(&mut conn), before);
}

/// Filters on users and groups that are as long as one likes, and still about one attribute.
fn chains(values: usize) -> Vec<(String, String)> {
    let any = |term: &str| vec![term; values].join(" or ");
    let id = uuid::Uuid::nil();
    vec![
        (any("title eq \"a\""), any("displayName eq \"a\"")),
        (any("active eq true"), any("id pr")),
        (any("meta.created gt \"2026-11-21T09:00:00Z\""), any("meta.created gt \"2026-11-21T09:00:00Z\"")),
        (format!("emails[{} or type pr]", any("value co \"a\"")), any(&format!("members.value eq \"{id}\""))),
        (
            any(&format!("groups.value eq \"{id}\"")),
            format!("members[{}]", any(&format!("value eq \"{id}\""))),
        ),
    ]
}
