//! Cursors: what was sealed opens for whom it was sealed, and nothing else opens for anybody.

mod forged;

use std::iter;

use chrono::{DateTime, Utc};
use rollcall_scim::cursor::{Cursors, KEY_ID, NONCE, Scope, Secret, TIMEOUT};
use rollcall_scim::error::ScimType;
use serde_json::{Value, json};

use super::generate::{Bytes, Choices};
use super::refusal;

/// When the cursors of the fuzzer are made: seconds since 1970.
const NOW: i64 = 1_728_000_000;

/// `data` is the text of a cursor, and a list of choices as well.
pub fn check(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        any_text(text);
    }
    Walk::any(data).check();
}

/// What opens was sealed: with this secret, in this scope, to the letter.
fn any_text(text: &str) {
    let cursors = Cursors {
        secrets: vec![Secret { id: [1; KEY_ID], bytes: vec![2; 32] }],
        scope: Scope::of([Some(b"text".as_slice())]),
        count: 100,
        now: at(0),
    };
    match cursors.open::<Value>(text) {
        Ok(place) => {
            let nonce = forged::nonce(text).expect("it is long enough");
            assert_eq!(cursors.seal(&place, nonce).as_deref(), Ok(text));
        }
        Err(error) => refusal::check(&error),
    }
}

/// Somebody who pages.
struct Walk {
    secret: Secret,
    scope: Vec<Option<Vec<u8>>>,
    count: i64,
    nonce: [u8; NONCE],
    place: Value,
    /// Seconds until the next page is asked for.
    pause: i64,
    /// What is sent instead of the cursor.
    forgery: forged::Forgery,
}

impl Walk {
    fn any(data: &[u8]) -> Self {
        let choices = &mut Bytes::new(data);
        let text = |choices: &mut Bytes<'_>| {
            let length = choices.below(4);
            (0..length).map(|_| choices.below(256) as u8).collect::<Vec<u8>>()
        };
        Self {
            secret: Secret {
                id: [choices.below(256) as u8; KEY_ID],
                bytes: vec![choices.below(256) as u8; 32],
            },
            scope: (0..choices.below(5)).map(|_| (!choices.one_in(3)).then(|| text(choices))).collect(),
            count: choices.below(256) as i64,
            nonce: [choices.below(256) as u8; NONCE],
            pause: TIMEOUT - 128 + choices.below(256) as i64,
            forgery: forged::Forgery::any(choices),
            // The rest of the input is the key of a sorted list.
            place: json!({
                "t": if choices.one_in(2) { "g" } else { "u" },
                "k": (!choices.one_in(3)).then(|| String::from_utf8_lossy(data.get(16..).unwrap_or_default())),
                "i": choices.below(256),
            }),
        }
    }

    fn cursors(&self) -> Cursors {
        Cursors {
            secrets: vec![self.secret.clone()],
            scope: scope(&self.scope),
            count: self.count,
            now: at(0),
        }
    }

    fn check(&self) {
        let cursor = self.cursors().seal(&self.place, self.nonce).expect("there is a secret");
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        assert!(cursor.bytes().all(unreserved), "{cursor}");
        assert_eq!(self.cursors().open(&cursor), Ok(self.place.clone()));
        self.for_nobody_else(&cursor);
        self.in_time_and_with_the_count(&cursor);
        self.after_a_rotation(&cursor);
        let forgeries = [self.forgery.of(&cursor), self.forgery.of(&self.of_another_walk())];
        for forged in forgeries.iter().filter(|forged| **forged != cursor) {
            refused(&self.cursors(), forged, ScimType::InvalidCursor);
        }
    }

    /// Where somebody else is.
    fn of_another_walk(&self) -> String {
        let elsewhere = Cursors { scope: Scope::of([Some(b"elsewhere".as_slice())]), ..self.cursors() };
        elsewhere.seal(&self.place, self.nonce).expect("there is a secret")
    }

    fn for_nobody_else(&self, cursor: &str) {
        let mut scopes = vec![
            // One part more, one less, two in one, and one that is there but empty.
            self.scope.iter().cloned().chain(iter::once(None)).collect(),
            self.scope.iter().skip(1).cloned().collect(),
            vec![Some(self.scope.iter().flatten().flatten().copied().collect())],
            self.scope.iter().map(|part| part.clone().or(Some(Vec::new()))).collect(),
            self.scope.iter().rev().cloned().collect::<Vec<_>>(),
        ];
        scopes.retain(|other| *other != self.scope);
        for other in &scopes {
            refused(&Cursors { scope: scope(other), ..self.cursors() }, cursor, ScimType::InvalidCursor);
        }
        let Secret { id, bytes } = &self.secret;
        let (mut other_id, mut other_bytes) = (*id, bytes.clone());
        other_id[0] ^= 1;
        other_bytes[31] ^= 1;
        for secrets in [
            vec![Secret { id: other_id, bytes: bytes.clone() }],
            vec![Secret { id: *id, bytes: other_bytes }],
            Vec::new(),
        ] {
            refused(&Cursors { secrets, ..self.cursors() }, cursor, ScimType::InvalidCursor);
        }
    }

    fn in_time_and_with_the_count(&self, cursor: &str) {
        let later = Cursors { now: at(self.pause), ..self.cursors() };
        if self.pause > TIMEOUT {
            refused(&later, cursor, ScimType::ExpiredCursor);
            refused(&Cursors { count: self.count + 1, ..later }, cursor, ScimType::ExpiredCursor);
        } else {
            assert_eq!(later.open(cursor), Ok(self.place.clone()));
            refused(&Cursors { count: self.count + 1, ..later }, cursor, ScimType::InvalidCount);
        }
    }

    /// A new secret seals, and the old one still opens.
    fn after_a_rotation(&self, cursor: &str) {
        let mut new = self.secret.clone();
        new.id[1] ^= 1;
        new.bytes[0] ^= 1;
        let both = Cursors { secrets: vec![new.clone(), self.secret.clone()], ..self.cursors() };
        assert_eq!(both.open(cursor), Ok(self.place.clone()));
        let sealed = both.seal(&self.place, self.nonce).expect("there is a secret");
        assert_eq!(Cursors { secrets: vec![new], ..self.cursors() }.open(&sealed), Ok(self.place.clone()));
        refused(&self.cursors(), &sealed, ScimType::InvalidCursor);
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOW + seconds, 0).expect("it is a time")
}

fn scope(parts: &[Option<Vec<u8>>]) -> Scope {
    Scope::of(parts.iter().map(Option::as_deref))
}

fn refused(cursors: &Cursors, cursor: &str, keyword: ScimType) {
    let error = cursors.open::<Value>(cursor).expect_err("it opens");
    refusal::check(&error);
    assert_eq!(error.scim_type, Some(keyword), "{cursor}: {error}");
}
