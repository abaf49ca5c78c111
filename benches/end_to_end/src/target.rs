//! The server that is measured and what it holds, as every request has to know it.

use std::io::Write;

/// Members of the groups that are called small.
pub(crate) const SMALL_GROUP: u64 = 10;
/// Members that come or go in one request of [`GroupBatch`](crate::operation::Operation::GroupBatch).
const BATCH: u64 = 50;

/// The server and its content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target {
    /// `host:port`.
    pub(crate) authority: String,
    /// Path of the SCIM base URL.
    pub(crate) base_path: String,
    /// Bearer token for SCIM.
    pub(crate) token: String,
    /// Bearer token for the API; empty where only SCIM is measured.
    pub(crate) api_token: String,
    /// Seeded users; they are numbered from 1.
    pub(crate) users: u64,
    /// Clients that send at the same time.
    pub(crate) connections: usize,
    /// Members of the groups that are called large.
    pub(crate) large_group: u64,
    /// The cursor of [`Cursor`](crate::operation::Operation::Cursor); empty until somebody has walked there.
    pub(crate) cursor: String,
    /// Tokens of sessions, for [`Session`](crate::operation::Operation::Session); empty until somebody has signed in.
    pub(crate) sessions: Vec<String>,
    /// Stands in the names of new users; empty where nobody was there before.
    pub(crate) tag: String,
    /// Ids of the users where the server chose them.
    pub(crate) user_ids: Vec<String>,
    /// Ids of the groups where the server chose them: the small one of each client, then the large ones.
    pub(crate) group_ids: Vec<String>,
}

/// One of the groups that each client has for itself, so that nobody waits for another's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// One of ten.
    Small,
    /// One of very many.
    Large,
}

impl Target {
    /// Pages of 100 before that of [`Cursor`](crate::operation::Operation::Cursor): 9,000 of a million users.
    pub(crate) fn pages_before_cursor(&self) -> u64 {
        (self.users * 9 / 1_000).max(1).min(self.users / 100 - 1)
    }

    /// Whether it is a server of which only the protocol is known.
    pub(crate) fn is_strange(&self) -> bool {
        !self.user_ids.is_empty()
    }

    /// The id of user `number`.
    pub(crate) fn user(&self, number: u64) -> String {
        let chosen = self.user_ids.get(number.saturating_sub(1) as usize);
        chosen.cloned().unwrap_or_else(|| user_id(number))
    }

    /// The id of the group of client `number`, which counts from 0.
    pub(crate) fn group(&self, group: Group, number: usize) -> String {
        let (place, family) = match group {
            Group::Small => (number, 1),
            Group::Large => (self.connections + number, 2),
        };
        let chosen = self.group_ids.get(place);
        chosen.cloned().unwrap_or_else(|| format!("00000000-0000-7000-800{family}-{:012x}", number + 1))
    }

    /// How many members such a group has; they are the first users.
    pub(crate) fn members(&self, group: Group) -> u64 {
        match group {
            Group::Small => SMALL_GROUP,
            Group::Large => self.large_group.min(self.users - self.comers()),
        }
    }

    /// Users who are in no group, the last tenth of all: those who come and go.
    pub(crate) fn comers(&self) -> u64 {
        self.users / 10
    }

    /// User number of the one whom client `number` moves in turn `slot`: the clients have some each.
    pub(crate) fn comer(&self, number: usize, slot: u64) -> u64 {
        self.users - (number as u64 + slot * self.connections as u64) % self.comers()
    }

    /// How many come and go at once.
    pub(crate) fn batch(&self) -> u64 {
        BATCH.min(self.comers())
    }

    /// The user of session `place` of `of`, spread over all.
    pub(crate) fn signed_in(&self, place: u64, of: u64) -> u64 {
        1 + place * self.users / of
    }

    /// Replaces `out` by one request to `path` below the SCIM base.
    pub(crate) fn scim(&self, method: &str, path: &str, body: Option<&str>, out: &mut Vec<u8>) {
        out.clear();
        let Target { authority, base_path, token, .. } = self;
        // Writing to memory does not fail.
        let _ = write!(
            out,
            "{method} {base_path}{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\nAccept: application/scim+json\r\n"
        );
        let _ = match body {
            Some(body) => {
                write!(
                    out,
                    "Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            None => write!(out, "\r\n"),
        };
    }

    /// Replaces `out` by the question whether a session lives.
    pub(crate) fn introspection(&self, session: &str, out: &mut Vec<u8>) {
        out.clear();
        let Target { authority, api_token, .. } = self;
        let _ = write!(
            out,
            "POST /api/v1/introspect HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {api_token}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\ntoken={session}",
            session.len() + "token=".len()
        );
    }
}

/// The SCIM id of seeded user `number`; `sql/*.sql` make the same.
pub(crate) fn user_id(number: u64) -> String {
    format!("00000000-0000-7000-8000-{number:012x}")
}

/// The userName of seeded user `number`; `sql/*.sql` make the same.
pub(crate) fn user_name(number: u64) -> String {
    format!("user{number:07}@example.com")
}

/// What the displayName of seeded user `number` and of up to 99 others begins with; `sql/*.sql` make the same.
pub(crate) fn display_name_prefix(number: u64) -> String {
    let digits = format!("{number:07}");
    format!("Babs Jensen {}", digits.get(..5).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn target(users: u64) -> Target {
        Target { users, connections: 16, large_group: 100_000, ..Target::default() }
    }

    #[test]
    fn the_cursor_is_nine_tenths_of_the_way_and_a_page_is_left() {
        for (users, pages) in [(1_000_000, 9_000), (10_000, 90), (1_000, 9), (200, 1)] {
            assert_eq!(target(users).pages_before_cursor(), pages);
        }
    }

    #[test]
    fn who_comes_was_no_member_and_no_two_clients_move_the_same() {
        let target = target(10_000);
        let mut owner = std::collections::HashMap::new();
        for number in 0..16 {
            for slot in 0..target.comers() / 16 {
                let comer = target.comer(number, slot);
                assert!((target.members(Group::Large) + 1..=target.users).contains(&comer));
                assert_eq!(*owner.entry(comer).or_insert(number), number);
            }
        }
        assert_eq!(
            super::Target { large_group: 100_000, ..self::target(1_000_000) }.members(Group::Large),
            100_000
        );
    }

    #[test]
    fn sessions_are_of_different_users() {
        let users: HashSet<u64> = (0..64).map(|place| target(100).signed_in(place, 64)).collect();
        assert_eq!(users.len(), 64);
        assert!(users.iter().all(|user| (1..=100).contains(user)));
    }
}
