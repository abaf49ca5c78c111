//! The operations that are measured, and the requests they are made of.

use std::io::Write;

use clap::ValueEnum;

use crate::random::Random;

/// One measured operation. The order here is the order of measuring: what adds rows comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Operation {
    /// `GET /Users/{id}` of a random user.
    Get,
    /// `GET /Users?filter=userName eq "…"` of a random user.
    Filter,
    /// `GET /Users?filter=externalId eq "…"` of a random user.
    ExternalId,
    /// `GET /Users?filter=emails[type eq "work"].value eq "…"` of a random user.
    Email,
    /// `GET /Users?filter=displayName sw "…"` of a hundred users.
    DisplayName,
    /// `GET /Users?count=100&cursor=…`, nine tenths of the way through all users.
    Cursor,
    /// `GET /Users?count=100&cursor=&sortBy=displayName`: the first page of an order.
    Sorted,
    /// `GET /Users?startIndex=1&count=100`.
    Page,
    /// `PATCH /Users/{id}` that sets `active`, each time to the other value.
    Patch,
    /// `POST /Users` of a user with a new name.
    Post,
}

/// The server and its content, as every request needs it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `host:port`.
    pub(crate) authority: String,
    /// Path of the SCIM base URL.
    pub(crate) base_path: String,
    /// Bearer token.
    pub(crate) token: String,
    /// Seeded users; they are numbered from 1.
    pub(crate) users: u64,
    /// Clients that send at the same time.
    pub(crate) connections: usize,
    /// The cursor of [`Operation::Cursor`]; empty until somebody has walked there.
    pub(crate) cursor: String,
}

impl Target {
    /// Pages of 100 before that of [`Operation::Cursor`]: 9,000 of a million users.
    pub(crate) fn pages_before_cursor(&self) -> u64 {
        (self.users * 9 / 1_000).max(1).min(self.users / 100 - 1)
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

/// The body of a POST: what a provider sends for one person, the enterprise extension included.
pub(crate) fn user_body(user_name: &str) -> String {
    format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"#,
            r#""externalId":"ext-{name}","userName":"{name}","active":true,"#,
            r#""name":{{"givenName":"Babs","familyName":"Jensen","formatted":"Babs Jensen"}},"#,
            r#""displayName":"Babs Jensen","emails":[{{"primary":true,"value":"{name}","type":"work"}}],"#,
            r#""title":"Tour Guide","locale":"en-US","#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":"#,
            r#"{{"employeeNumber":"701984","department":"Tour Operations","organization":"Universal Studios"}}}}"#,
        ),
        name = user_name
    )
}

/// The body with which Okta switches an account on or off: no path.
pub(crate) fn active_body(active: bool) -> String {
    format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"#,
            r#""Operations":[{{"op":"replace","value":{{"active":{active}}}}}]}}"#,
        ),
        active = active
    )
}

/// What the displayName of seeded user `number` and of up to 99 others begins with; `sql/*.sql` make the same.
pub(crate) fn display_name_prefix(number: u64) -> String {
    let digits = format!("{number:07}");
    format!("Babs Jensen {}", digits.get(..5).unwrap_or_default())
}

impl Operation {
    /// Those whose cost should not depend on the number of users.
    pub(crate) const QUERIES: [Self; 6] =
        [Self::Filter, Self::ExternalId, Self::Email, Self::DisplayName, Self::Cursor, Self::Sorted];

    /// Name in options and in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Filter => "filter",
            Self::ExternalId => "external-id",
            Self::Email => "email",
            Self::DisplayName => "display-name",
            Self::Cursor => "cursor",
            Self::Sorted => "sorted",
            Self::Page => "page",
            Self::Patch => "patch",
            Self::Post => "post",
        }
    }

    /// Name in the table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Get => "GET by id",
            Self::Filter => "filter userName eq",
            Self::ExternalId => "filter externalId eq",
            Self::Email => "filter emails[type].value eq",
            Self::DisplayName => "filter displayName sw",
            Self::Cursor => "cursor page at 9/10",
            Self::Sorted => "sorted page 1",
            Self::Page => "page of 100",
            Self::Patch => "PATCH active",
            Self::Post => "POST",
        }
    }

    /// The one status that is a right answer.
    pub(crate) fn status(self) -> u16 {
        if self == Self::Post { 201 } else { 200 }
    }

    /// True when it changes rows.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Patch | Self::Post)
    }

    /// The script with which pgbench does the same reads and writes.
    pub(crate) fn sql(self) -> String {
        let script = match self {
            Self::Get => include_str!("../sql/get.sql"),
            Self::Filter => include_str!("../sql/filter.sql"),
            Self::ExternalId => include_str!("../sql/external_id.sql"),
            Self::Email => include_str!("../sql/email.sql"),
            Self::DisplayName => include_str!("../sql/display_name.sql"),
            Self::Cursor => include_str!("../sql/cursor.sql"),
            Self::Sorted => include_str!("../sql/sorted.sql"),
            Self::Page => include_str!("../sql/page.sql"),
            Self::Patch => include_str!("../sql/patch.sql"),
            Self::Post => include_str!("../sql/post.sql"),
        };
        script.replace("{accounts}\n", include_str!("../sql/accounts.sql"))
    }

    /// The requests of client `number` of `target.connections`.
    pub(crate) fn requests(self, target: &Target, number: usize) -> Requests<'_> {
        let share = target.users / target.connections as u64;
        Requests {
            operation: self,
            target,
            number,
            random: Random::new(number as u64 + 1),
            inactive: vec![false; share as usize],
            sent: 0,
        }
    }
}

/// An endless sequence of requests of one client.
#[derive(Debug)]
pub(crate) struct Requests<'a> {
    operation: Operation,
    target: &'a Target,
    number: usize,
    random: Random,
    /// PATCH: which of the client's own users are switched off. Every client has its own users, so that each of its
    /// requests is a change and never a repetition that costs the server nothing.
    inactive: Vec<bool>,
    sent: u64,
}

impl Requests<'_> {
    /// Replaces `out` by the next request.
    pub(crate) fn write_next(&mut self, out: &mut Vec<u8>) {
        self.sent += 1;
        match self.operation {
            Operation::Get => {
                let user = 1 + self.random.below(self.target.users);
                request(self.target, "GET", &format!("/Users/{}", user_id(user)), None, out);
            }
            Operation::Filter => {
                let user = 1 + self.random.below(self.target.users);
                request(self.target, "GET", &filter_path(&user_name(user)), None, out);
            }
            Operation::ExternalId | Operation::Email | Operation::DisplayName => {
                let user = 1 + self.random.below(self.target.users);
                request(self.target, "GET", &query_path(self.operation, user), None, out);
            }
            Operation::Cursor => {
                let path = format!("/Users?count=100&cursor={}", self.target.cursor);
                request(self.target, "GET", &path, None, out);
            }
            Operation::Sorted => request(self.target, "GET", SORTED, None, out),
            Operation::Page => request(self.target, "GET", "/Users?startIndex=1&count=100", None, out),
            Operation::Patch => {
                let slot = self.random.below(self.inactive.len() as u64) as usize;
                let mut active = false;
                if let Some(inactive) = self.inactive.get_mut(slot) {
                    active = *inactive;
                    *inactive = !active;
                }
                let user = 1 + (slot * self.target.connections + self.number) as u64;
                request(
                    self.target,
                    "PATCH",
                    &format!("/Users/{}", user_id(user)),
                    Some(&active_body(active)),
                    out,
                );
            }
            Operation::Post => {
                let name = format!("new{}-{}@example.com", self.number, self.sent);
                request(self.target, "POST", "/Users", Some(&user_body(&name)), out);
            }
        }
    }
}

/// The first page of an order.
pub(crate) const SORTED: &str = "/Users?count=100&sortBy=displayName&cursor=";

/// The path that finds a user by name, percent-encoded as providers do.
pub(crate) fn filter_path(user_name: &str) -> String {
    format!("/Users?filter={}", encoded(&format!("userName eq \"{user_name}\"")))
}

/// The path of the other filters, for seeded user `number`.
pub(crate) fn query_path(operation: Operation, number: u64) -> String {
    let name = user_name(number);
    let filter = match operation {
        Operation::ExternalId => format!("externalId eq \"ext-{name}\""),
        Operation::Email => format!("emails[type eq \"work\"].value eq \"{name}\""),
        Operation::DisplayName => format!("displayName sw \"{}\"", display_name_prefix(number)),
        _ => return filter_path(&name),
    };
    format!("/Users?filter={}", encoded(&filter))
}

/// Percent-encoded, but for the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Replaces `out` by one request to `path` below the SCIM base.
pub(crate) fn request(target: &Target, method: &str, path: &str, body: Option<&str>, out: &mut Vec<u8>) {
    out.clear();
    let Target { authority, base_path, token, .. } = target;
    // Writing to memory does not fail.
    let _ = write!(
        out,
        "{method} {base_path}{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\nAccept: application/scim+json\r\n"
    );
    let _ = match body {
        Some(body) => {
            write!(out, "Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        None => write!(out, "\r\n"),
    };
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn target() -> Target {
        Target {
            authority: "127.0.0.1:1".to_owned(),
            base_path: "/scim/v2".to_owned(),
            token: "t".to_owned(),
            users: 100,
            connections: 4,
            cursor: String::new(),
        }
    }

    #[test]
    fn every_patch_is_a_change_and_no_two_clients_share_a_user() {
        let target = target();
        let mut owner = HashMap::new();
        let mut active = HashMap::new();
        for client in 0..4 {
            let mut requests = Operation::Patch.requests(&target, client);
            let mut bytes = Vec::new();
            for _ in 0..200 {
                requests.write_next(&mut bytes);
                let text = String::from_utf8(bytes.clone()).unwrap();
                let user = text.split(' ').nth(1).unwrap().to_owned();
                assert_eq!(*owner.entry(user.clone()).or_insert(client), client);
                let value = text.contains(r#""active":true"#);
                assert_ne!(active.insert(user, value).unwrap_or(true), value);
            }
        }
    }

    #[test]
    fn a_post_is_whole_and_its_name_is_never_used_twice() {
        let target = target();
        let mut names = std::collections::HashSet::new();
        for client in 0..4 {
            let mut requests = Operation::Post.requests(&target, client);
            let mut bytes = Vec::new();
            for _ in 0..50 {
                requests.write_next(&mut bytes);
                let text = String::from_utf8(bytes.clone()).unwrap();
                let (head, body) = text.split_once("\r\n\r\n").unwrap();
                assert!(head.contains(&format!("Content-Length: {}", body.len())));
                let body: serde_json::Value = serde_json::from_str(body).unwrap();
                assert!(names.insert(body["userName"].as_str().unwrap().to_owned()));
            }
        }
    }

    #[test]
    fn ids_and_names_are_as_the_sql_makes_them() {
        assert_eq!(user_id(255), "00000000-0000-7000-8000-0000000000ff");
        assert_eq!(user_name(42), "user0000042@example.com");
        assert_eq!(filter_path("a@b"), "/Users?filter=userName%20eq%20%22a%40b%22");
        assert_eq!(display_name_prefix(1_234), "Babs Jensen 00012");
        assert_eq!(
            query_path(Operation::Email, 1),
            "/Users?filter=emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22user0000001%40example.com%22"
        );
    }

    #[test]
    fn the_cursor_is_nine_tenths_of_the_way_and_a_page_is_left() {
        for (users, pages) in [(1_000_000, 9_000), (10_000, 90), (1_000, 9), (200, 1)] {
            assert_eq!(Target { users, ..target() }.pages_before_cursor(), pages);
        }
    }
}
