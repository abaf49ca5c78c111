use super::*;
use crate::error::ScimType;
use chrono::Duration;
use serde_json::{Value, json};

const NOW: i64 = 1_728_000_000;

fn secret(id: u8) -> Secret {
    Secret { id: [id; KEY_ID], bytes: vec![id; 32] }
}

fn cursors(scope: &[Option<&[u8]>], ids: &[u8]) -> Cursors {
    Cursors {
        secrets: ids.iter().copied().map(secret).collect(),
        scope: Scope::of(scope.iter().copied()),
        count: 10,
        now: DateTime::from_timestamp(NOW, 0).unwrap(),
    }
}

fn here() -> Cursors {
    cursors(&[Some(b"tenant"), Some(b"/Users"), None], &[7])
}

fn sealed(place: &Value) -> String {
    here().seal(place, [3; NONCE]).unwrap()
}

fn refusal(cursors: &Cursors, cursor: &str) -> Option<ScimType> {
    cursors.open::<Value>(cursor).err().and_then(|error| error.scim_type)
}

/// R184, R196: what comes back is what went out, in characters that need no encoding, and nobody can read it.
#[test]
fn a_cursor_comes_back_as_it_was() {
    for place in [json!(null), json!(""), json!({"k": "jensen", "i": 5}), json!(["ß\u{10ffff}\"\\"])] {
        let cursor = sealed(&place);
        assert!(
            cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
            "{cursor}"
        );
        assert_eq!(here().open::<Value>(&cursor).unwrap(), place);
        assert!(!String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(&cursor).unwrap()).contains("jensen"));
    }
}

/// R196: whatever is changed, left out or added, the cursor does not open, and the answer is always the same.
#[test]
fn a_changed_cursor_does_not_open() {
    let cursor = sealed(&json!("jensen"));
    let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
    for n in 0..bytes.len() {
        for bit in [1, 128] {
            let mut changed = bytes.clone();
            changed[n] ^= bit;
            let changed = URL_SAFE_NO_PAD.encode(&changed);
            assert_eq!(refusal(&here(), &changed), Some(ScimType::InvalidCursor), "{n}");
        }
        let cut = URL_SAFE_NO_PAD.encode(&bytes[..n]);
        assert_eq!(refusal(&here(), &cut), Some(ScimType::InvalidCursor), "{n} bytes");
    }
    let more = [format!("{cursor}A"), format!("{cursor}="), format!(" {cursor}"), cursor.replace('-', "+")];
    let made_up = ["", "x", "VZUTiyhEQJ94IR", "&&", "ß"].map(str::to_owned);
    for text in more.into_iter().chain(made_up).filter(|text| *text != cursor) {
        assert_eq!(refusal(&here(), &text), Some(ScimType::InvalidCursor), "{text}");
    }
}

/// R187, R196: a cursor opens in the scope and under the secret it was made with, and with the count.
#[test]
fn a_cursor_is_good_for_one_scope() {
    let cursor = sealed(&json!("jensen"));
    for (what, elsewhere) in [
        ("another part", cursors(&[Some(b"tenant"), Some(b"/Groups"), None], &[7])),
        ("one part less", cursors(&[Some(b"tenant"), Some(b"/Users")], &[7])),
        ("an empty part for a missing one", cursors(&[Some(b"tenant"), Some(b"/Users"), Some(b"")], &[7])),
        ("the same text in other parts", cursors(&[Some(b"tenant/"), Some(b"Users"), None], &[7])),
        ("another secret", cursors(&[Some(b"tenant"), Some(b"/Users"), None], &[8])),
        ("no secret", cursors(&[Some(b"tenant"), Some(b"/Users"), None], &[])),
    ] {
        assert_eq!(refusal(&elsewhere, &cursor), Some(ScimType::InvalidCursor), "{what}");
    }
    let renamed = Secret { id: [8; KEY_ID], ..secret(7) };
    let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
    bytes[..KEY_ID].copy_from_slice(&renamed.id);
    let by_another_name = Cursors { secrets: vec![renamed], ..here() };
    let answer = refusal(&by_another_name, &URL_SAFE_NO_PAD.encode(bytes));
    assert_eq!(answer, Some(ScimType::InvalidCursor), "the id of the secret is sealed too");
    assert_eq!(refusal(&Cursors { count: 11, ..here() }, &cursor), Some(ScimType::InvalidCount));
}

/// R188: an old cursor is said to be old, unless it is somebody else's.
#[test]
fn a_cursor_ends_with_its_time() {
    let cursor = sealed(&json!(1));
    let after = |seconds, scope| {
        let late = here().now + Duration::seconds(seconds);
        Cursors { now: late, ..cursors(&[Some(scope), Some(b"/Users"), None], &[7]) }
    };
    assert!(after(TIMEOUT, b"tenant").open::<Value>(&cursor).is_ok());
    assert_eq!(refusal(&after(TIMEOUT + 1, b"tenant"), &cursor), Some(ScimType::ExpiredCursor));
    assert_eq!(refusal(&after(TIMEOUT + 1, b"others"), &cursor), Some(ScimType::InvalidCursor));
}

#[test]
fn a_new_secret_leaves_the_cursors_of_the_old_one_good() {
    let with = |ids: &[u8]| cursors(&[Some(b"tenant"), Some(b"/Users"), None], ids);
    let place = json!("jensen");
    assert_eq!(with(&[8, 7]).open::<Value>(&sealed(&place)).unwrap(), place);
    let new = with(&[8, 7]).seal(&place, [3; NONCE]).unwrap();
    assert_eq!(with(&[8]).open::<Value>(&new).unwrap(), place);
    assert_eq!(with(&[]).seal(&place, [3; NONCE]), Err(SealError::NoSecret));
}

/// A place of another shape, as another release may have sealed it, is no cursor of this one.
#[test]
fn a_place_of_another_shape_does_not_open() {
    let cursor = sealed(&json!("jensen"));
    let error = here().open::<u32>(&cursor).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidCursor));
    assert!(matches!(here().seal(&Unwritable, [3; NONCE]), Err(SealError::Place(_))));
}

struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}
