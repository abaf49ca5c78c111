use super::*;
use chrono::DateTime;
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use uuid::Uuid;

fn call(tenant: u128, connection: u128) -> Call {
    let connection = ConnectionId(Uuid::from_u128(connection));
    Call {
        tenant: TenantId(Uuid::from_u128(tenant)),
        connection,
        actor: Actor::Connection(connection),
        acting: rollcall_domain::account::Acting::System,
        now: DateTime::UNIX_EPOCH,
        request_id: Uuid::nil(),
        base: String::new(),
        sync: None,
    }
}

fn query() -> Query {
    Query {
        filter: Some(rollcall_scim::filter::parse("userName sw \"j\"").unwrap()),
        sort_by: Some("userName".to_owned()),
        count: Some(10),
        ..Query::default()
    }
}

fn here() -> Cursors {
    Cursors {
        secrets: vec![Secret { id: [7; 16], bytes: vec![7; 32] }],
        scope: scope(&call(1, 2), "/Users", &query()),
        count: 10,
        now: DateTime::UNIX_EPOCH,
    }
}

/// R187, R194, R196: a cursor belongs to the tenant, the connection, the endpoint and the query it was made for.
#[test]
fn a_cursor_is_good_for_one_query_of_one_connection() {
    let other = |change: fn(&mut Query)| {
        let mut query = query();
        change(&mut query);
        scope(&call(1, 2), "/Users", &query)
    };
    for (what, elsewhere) in [
        ("tenant", scope(&call(3, 2), "/Users", &query())),
        ("connection", scope(&call(1, 3), "/Users", &query())),
        ("endpoint", scope(&call(1, 2), "/Groups", &query())),
        ("no filter", other(|query| query.filter = None)),
        ("no sortBy", other(|query| query.sort_by = None)),
        ("sortOrder", other(|query| query.sort_order = Some("descending".to_owned()))),
        ("attributes", other(|query| query.attributes = Some("id".to_owned()))),
        ("excludedAttributes", other(|query| query.excluded = Some(String::new()))),
    ] {
        assert_ne!(elsewhere, here().scope, "{what}");
    }
    let repeated = [scope(&call(1, 2), "/Users", &query()), other(|query| query.count = Some(11))];
    assert_eq!(repeated, [here().scope; 2], "the count has an error of its own");
}

/// R184: every place comes back as it was.
#[test]
fn a_place_comes_back_as_it_was() {
    for (kind, key) in [(Kind::User, None), (Kind::Group, Some("")), (Kind::User, Some("ß\u{10ffff}\"\\"))] {
        let position = Position { key: key.map(str::to_owned), id: Uuid::from_u128(5) };
        let place = Place { kind, position };
        let cursor = seal(&here(), &place).unwrap();
        assert_eq!(here().open::<Place>(&cursor).unwrap(), place);
    }
}

/// R196: each has its own nonce.
#[test]
fn no_two_cursors_are_the_same() {
    let place = Place { kind: Kind::User, position: Position { key: None, id: Uuid::from_u128(5) } };
    assert_ne!(seal(&here(), &place).unwrap(), seal(&here(), &place).unwrap());
}
