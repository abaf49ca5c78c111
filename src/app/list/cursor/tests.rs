use super::*;
use chrono::Duration;
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use rollcall_scim::error::ScimType;

fn call(tenant: u128, connection: u128) -> Call {
    let connection = ConnectionId(Uuid::from_u128(connection));
    Call {
        tenant: TenantId(Uuid::from_u128(tenant)),
        connection,
        actor: Actor::Connection(connection),
        now: DateTime::UNIX_EPOCH + Duration::days(20_000),
        request_id: Uuid::nil(),
        base: String::new(),
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

fn keys(ids: &[u128]) -> Vec<(Uuid, Vec<u8>)> {
    ids.iter().map(|id| (Uuid::from_u128(*id), vec![u8::try_from(*id).unwrap(); 32])).collect()
}

fn cursors(call: &Call, endpoint: &str, query: &Query, ids: &[u128]) -> Cursors {
    Cursors { keys: keys(ids), scope: scope(call, endpoint, query), count: query.page_size(), now: call.now }
}

fn here() -> Cursors {
    cursors(&call(1, 2), "/Users", &query(), &[7])
}

fn place(key: Option<&str>) -> Place {
    Place { kind: Kind::User, position: Position { key: key.map(str::to_owned), id: Uuid::from_u128(5) } }
}

fn refusal(cursors: &Cursors, cursor: &str) -> Option<ScimType> {
    cursors.open(cursor).err().and_then(|error| error.scim_type)
}

/// R184: what comes back is what went out, in characters that need no encoding.
#[test]
fn a_cursor_comes_back_as_it_was() {
    for key in [None, Some(""), Some("jensen"), Some("ß\u{10ffff}\"\\")] {
        let cursor = here().seal(place(key)).unwrap();
        assert!(
            cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
            "{cursor}"
        );
        assert_eq!(here().open(&cursor).unwrap(), place(key));
        assert!(!String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(&cursor).unwrap()).contains("jensen"));
    }
}

/// R196: whatever is changed, left out or added, the cursor does not open, and the answer is always the same.
#[test]
fn a_changed_cursor_does_not_open() {
    let cursor = here().seal(place(Some("jensen"))).unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
    for n in 0..bytes.len() {
        for bit in [1, 128] {
            let mut changed = bytes.clone();
            changed[n] ^= bit;
            assert_eq!(
                refusal(&here(), &URL_SAFE_NO_PAD.encode(&changed)),
                Some(ScimType::InvalidCursor),
                "{n}"
            );
        }
        let cut = URL_SAFE_NO_PAD.encode(&bytes[..n]);
        assert_eq!(refusal(&here(), &cut), Some(ScimType::InvalidCursor), "{n} bytes");
    }
    for made_up in ["x", "VZUTiyhEQJ94IR", "&&", "ß", &format!("{cursor}A")] {
        assert_eq!(refusal(&here(), made_up), Some(ScimType::InvalidCursor), "{made_up}");
    }
}

/// R187, R194, R196: a cursor opens for the tenant, the connection, the endpoint and the query it was made for.
#[test]
fn a_cursor_is_good_for_one_query_of_one_connection() {
    let cursor = here().seal(place(Some("jensen"))).unwrap();
    let other = |change: fn(&mut Query)| {
        let mut query = query();
        change(&mut query);
        cursors(&call(1, 2), "/Users", &query, &[7])
    };
    for (what, elsewhere) in [
        ("tenant", cursors(&call(3, 2), "/Users", &query(), &[7])),
        ("connection", cursors(&call(1, 3), "/Users", &query(), &[7])),
        ("endpoint", cursors(&call(1, 2), "/Groups", &query(), &[7])),
        ("no filter", other(|query| query.filter = None)),
        ("no sortBy", other(|query| query.sort_by = None)),
        ("sortOrder", other(|query| query.sort_order = Some("descending".to_owned()))),
        ("attributes", other(|query| query.attributes = Some("id".to_owned()))),
        ("excludedAttributes", other(|query| query.excluded = Some(String::new()))),
        ("key", cursors(&call(1, 2), "/Users", &query(), &[8])),
    ] {
        assert_eq!(refusal(&elsewhere, &cursor), Some(ScimType::InvalidCursor), "{what}");
    }
    assert_eq!(refusal(&other(|query| query.count = Some(11)), &cursor), Some(ScimType::InvalidCount));
}

/// R188: an old cursor is said to be old, unless it is somebody else's.
#[test]
fn a_cursor_ends_with_its_time() {
    let cursor = here().seal(place(None)).unwrap();
    let after = |seconds, tenant| {
        let mut call = call(tenant, 2);
        call.now += Duration::seconds(seconds);
        cursors(&call, "/Users", &query(), &[7])
    };
    assert!(after(TIMEOUT, 1).open(&cursor).is_ok());
    assert_eq!(refusal(&after(TIMEOUT + 1, 1), &cursor), Some(ScimType::ExpiredCursor));
    assert_eq!(refusal(&after(TIMEOUT + 1, 9), &cursor), Some(ScimType::InvalidCursor));
}

#[test]
fn a_new_signing_key_leaves_the_cursors_of_the_old_one_good() {
    let cursor = here().seal(place(None)).unwrap();
    let rotated = |ids| cursors(&call(1, 2), "/Users", &query(), ids);
    assert!(rotated(&[8, 7]).open(&cursor).is_ok());
    assert!(rotated(&[8]).open(&rotated(&[8, 7]).seal(place(None)).unwrap()).is_ok());
}

#[test]
fn no_two_cursors_are_the_same() {
    assert_ne!(here().seal(place(None)).unwrap(), here().seal(place(None)).unwrap());
}
