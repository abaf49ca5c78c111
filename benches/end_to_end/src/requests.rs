//! The requests that the operations are made of, as providers send them.

use crate::operation::Operation;
use crate::random::Random;
use crate::target::{Group, Target, display_name_prefix, user_name};

/// Creations of one bulk.
pub(crate) const BULK: u64 = 1_000;
/// The first page of an order.
pub(crate) const SORTED: &str = "/Users?count=100&sortBy=displayName&cursor=";
/// The first page of a walk with a cursor.
pub(crate) const FIRST: &str = "/Users?count=100&cursor=";
/// The first page of all.
pub(crate) const PAGE: &str = "/Users?startIndex=1&count=100";

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
    patch_body(&format!(r#"{{"op":"replace","value":{{"active":{active}}}}}"#))
}

/// The body with which Entra puts members into a group or takes them out.
pub(crate) fn members_body(ids: &[String], comes: bool) -> String {
    let op = if comes { "Add" } else { "Remove" };
    let members: Vec<String> = ids.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect();
    patch_body(&format!(r#"{{"op":"{op}","path":"members","value":[{}]}}"#, members.join(",")))
}

/// A PATCH of one operation.
pub(crate) fn patch_body(operation: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#)
}

/// The body of a new group.
pub(crate) fn group_body(name: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{name}"}}"#)
}

/// The body of a bulk that creates users of these names.
pub(crate) fn bulk_body(names: impl Iterator<Item = String>) -> String {
    let create = |name: String| {
        format!(r#"{{"method":"POST","path":"/Users","bulkId":"{name}","data":{}}}"#, user_body(&name))
    };
    let creations: Vec<String> = names.map(create).collect();
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{}]}}"#,
        creations.join(",")
    )
}

/// An endless sequence of requests of one client.
#[derive(Debug)]
pub(crate) struct Requests<'a> {
    operation: Operation,
    target: &'a Target,
    number: usize,
    random: Random,
    /// Where something is switched to and fro: which of the client's own, and whether it is to be switched back. So each
    /// request is a change and never a repetition that costs the server nothing.
    slot: u64,
    back: bool,
    sent: u64,
}

impl<'a> Requests<'a> {
    /// Those of client `number` of `target.connections`.
    pub(crate) fn new(operation: Operation, target: &'a Target, number: usize) -> Self {
        let random = Random::new(number as u64 + 1);
        Self { operation, target, number, random, slot: 0, back: true, sent: 0 }
    }

    /// Replaces `out` by the next request.
    pub(crate) fn write_next(&mut self, out: &mut Vec<u8>) {
        self.sent += 1;
        let target = self.target;
        match self.operation {
            Operation::Get => {
                let user = self.somebody();
                target.scim("GET", &format!("/Users/{}", target.user(user)), None, out);
            }
            Operation::Filter | Operation::ExternalId | Operation::Email | Operation::DisplayName => {
                let user = self.somebody();
                target.scim("GET", &query_path(self.operation, user), None, out);
            }
            Operation::Cursor => {
                let path = format!("/Users?count=100&cursor={}", target.cursor);
                target.scim("GET", &path, None, out);
            }
            Operation::First => target.scim("GET", FIRST, None, out),
            Operation::Sorted => target.scim("GET", SORTED, None, out),
            Operation::Page => target.scim("GET", PAGE, None, out),
            Operation::Session => {
                let place = self.random.below(target.sessions.len() as u64) as usize;
                target.introspection(target.sessions.get(place).map_or("", String::as_str), out);
            }
            Operation::Patch | Operation::PatchGuarded => {
                let (slot, back) = self.switch(target.users / target.connections as u64);
                let user = 1 + slot * target.connections as u64 + self.number as u64;
                let path = format!("/Users/{}", target.user(user));
                target.scim("PATCH", &path, Some(&active_body(back)), out);
            }
            Operation::GroupSmall => self.members(Group::Small, 1, out),
            Operation::GroupLarge => self.members(Group::Large, 1, out),
            Operation::GroupBatch => self.members(Group::Large, target.batch(), out),
            Operation::Post => {
                let name = format!("new{}{}-{}@example.com", target.tag, self.number, self.sent);
                target.scim("POST", "/Users", Some(&user_body(&name)), out);
            }
            Operation::Bulk | Operation::Import => {
                let (operation, client, sent) = (self.operation.name(), self.number, self.sent);
                let names = (0..BULK).map(|n| format!("{operation}{client}-{sent}-{n}@example.com"));
                target.scim("POST", "/Bulk", Some(&bulk_body(names)), out);
            }
        }
    }

    fn somebody(&mut self) -> u64 {
        1 + self.random.below(self.target.users)
    }

    /// One of the client's own `slots` by chance, and then the same again, to be switched back.
    fn switch(&mut self, slots: u64) -> (u64, bool) {
        self.back = !self.back;
        if !self.back {
            self.slot = self.random.below(slots);
        }
        (self.slot, self.back)
    }

    /// Some who come into the client's group, and then go.
    fn members(&mut self, group: Group, count: u64, out: &mut Vec<u8>) {
        let target = self.target;
        let slots = (target.comers() / target.connections as u64).max(1);
        let (slot, back) = self.switch(slots);
        // Where there are too few for each client to have so many, they share them.
        let comer = |place| match slots >= count {
            true => target.user(target.comer(self.number, (slot + place) % slots)),
            false => target.user(target.comer(0, 0) - (slot + place) % target.comers()),
        };
        let ids: Vec<String> = (0..count).map(comer).collect();
        let path = format!("/Groups/{}", target.group(group, self.number));
        target.scim("PATCH", &path, Some(&members_body(&ids, !back)), out);
    }
}

/// The path of a filter, for seeded user `number`, percent-encoded as providers do.
pub(crate) fn query_path(operation: Operation, number: u64) -> String {
    let name = user_name(number);
    filter_path(&match operation {
        Operation::ExternalId => format!("externalId eq \"ext-{name}\""),
        Operation::Email => format!("emails[type eq \"work\"].value eq \"{name}\""),
        Operation::DisplayName => format!("displayName sw \"{}\"", display_name_prefix(number)),
        _ => format!("userName eq \"{name}\""),
    })
}

/// The path of a filter of users.
pub(crate) fn filter_path(filter: &str) -> String {
    // Percent-encoded, but for the unreserved characters of RFC 3986.
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    format!("/Users?filter={}", filter.bytes().map(byte).collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use serde_json::Value;

    use super::*;
    use crate::target::user_id;

    fn target(users: u64) -> Target {
        Target {
            users,
            connections: 4,
            large_group: 100_000,
            base_path: "/scim/v2".to_owned(),
            ..Target::default()
        }
    }

    /// Path and body of the next request.
    fn next(requests: &mut Requests<'_>) -> (String, Value) {
        let mut bytes = Vec::new();
        requests.write_next(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
        (head.split(' ').nth(1).unwrap().to_owned(), serde_json::from_str(body).unwrap())
    }

    #[test]
    fn every_patch_is_a_change_and_no_two_clients_share_a_user() {
        let target = target(100);
        let mut owner = HashMap::new();
        let mut active = HashMap::new();
        for client in 0..4 {
            let mut requests = Requests::new(Operation::Patch, &target, client);
            for _ in 0..200 {
                let (user, body) = next(&mut requests);
                assert_eq!(*owner.entry(user.clone()).or_insert(client), client);
                let value = body["Operations"][0]["value"]["active"].as_bool().unwrap();
                assert_ne!(active.insert(user, value).unwrap_or(true), value);
            }
        }
    }

    #[test]
    fn members_come_and_go_and_each_client_has_its_own_group() {
        let target = target(10_000);
        for (operation, count) in [(Operation::GroupSmall, 1), (Operation::GroupBatch, 50)] {
            let mut groups = HashSet::new();
            for client in 0..4 {
                let mut requests = Requests::new(operation, &target, client);
                let mut own = HashSet::new();
                for _ in 0..20 {
                    let (group, comes) = next(&mut requests);
                    let (same_group, goes) = next(&mut requests);
                    assert_eq!(group, same_group);
                    own.insert(group);
                    let (comes, goes) = (&comes["Operations"][0], &goes["Operations"][0]);
                    assert_eq!((&comes["op"], &goes["op"]), (&"Add".into(), &"Remove".into()));
                    assert_eq!(comes["value"], goes["value"]);
                    let ids: HashSet<String> =
                        comes["value"].as_array().unwrap().iter().map(Value::to_string).collect();
                    assert_eq!(ids.len(), count);
                }
                assert_eq!(own.len(), 1);
                groups.extend(own);
            }
            assert_eq!(groups.len(), 4);
        }
    }

    #[test]
    fn what_is_new_is_whole_and_its_name_is_never_used_twice() {
        let target = target(100);
        let mut names = HashSet::new();
        let mut add = |body: &Value| assert!(names.insert(body["userName"].as_str().unwrap().to_owned()));
        for client in 0..4 {
            let mut requests = Requests::new(Operation::Post, &target, client);
            (0..50).for_each(|_| add(&next(&mut requests).1));
            for operation in [Operation::Bulk, Operation::Import] {
                let (path, body) = next(&mut Requests::new(operation, &target, client));
                assert_eq!(path, "/scim/v2/Bulk");
                assert!(body.to_string().len() < 1_000_000);
                body["Operations"].as_array().unwrap().iter().for_each(|one| add(&one["data"]));
            }
        }
        assert_eq!(names.len(), 4 * (50 + 2_000));
    }

    #[test]
    fn ids_and_names_are_as_the_sql_makes_them() {
        assert_eq!(user_id(255), "00000000-0000-7000-8000-0000000000ff");
        assert_eq!(user_name(42), "user0000042@example.com");
        assert_eq!(target(100).group(Group::Large, 15), "00000000-0000-7000-8002-000000000010");
        assert_eq!(filter_path("userName eq \"a@b\""), "/Users?filter=userName%20eq%20%22a%40b%22");
        assert_eq!(display_name_prefix(1_234), "Babs Jensen 00012");
        assert_eq!(
            query_path(Operation::Email, 1),
            "/Users?filter=emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22user0000001%40example.com%22"
        );
    }
}
