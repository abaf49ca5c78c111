//! People and filters from a seed: the same at every run.

use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

const WORDS: [&str; 12] =
    ["Anna", "anna", "Bert", "Berta", "Tours", "tour", "Sales", "a b", "x", "100%", "work", "Zoe-1"];
const TYPES: [&str; 3] = ["work", "home", "other"];

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A user who has some attributes and not others.
pub(crate) fn person(random: &mut Random, n: usize) -> Value {
    let mut body = json!({"userName": format!("{}{n}@example.com", random.pick(&["anna", "Bert", "zoe"]))});
    if random.one_in(3) {
        body["userName"] = json!(format!("person.{n}"));
    }
    if !random.one_in(3) {
        body["externalId"] = json!(format!("{}-{n}", random.pick(&["Ext", "ext"])));
    }
    for name in ["displayName", "title", "nickName", "userType"] {
        if !random.one_in(3) {
            body[name] = json!(random.pick(&WORDS));
        }
    }
    if !random.one_in(3) {
        body["name"] = json!({"familyName": random.pick(&WORDS)});
        if random.one_in(2) {
            body["name"]["givenName"] = json!(random.pick(&WORDS));
        }
    }
    for name in ["emails", "phoneNumbers", "roles"] {
        let values: Vec<Value> = (0..random.below(4)).map(|k| value(random, n, k)).collect();
        if !values.is_empty() {
            body[name] = json!(values);
        }
    }
    if random.one_in(2) {
        body[ENTERPRISE] = json!({"department": random.pick(&WORDS)});
        if random.one_in(2) {
            body[ENTERPRISE]["manager"] = json!({"value": random.pick(&WORDS)});
        }
    }
    if random.one_in(4) {
        body["active"] = json!(false);
        if random.one_in(2) {
            body[ROLLCALL] = json!({"deactivationReason": random.pick(&["left", "roleChange"])});
        }
    }
    if random.one_in(4) {
        body[ROLLCALL]["role"] = json!(random.pick(&["trainer", "Manager"]));
        body[ROLLCALL][random.pick(&["startsAt", "expiresAt"])] = json!("2026-11-21T09:20:00Z");
    }
    body
}

fn value(random: &mut Random, n: usize, k: usize) -> Value {
    let mut value = json!({"value": format!("{}{n}{k}@example.com", random.pick(&WORDS).replace(' ', "."))});
    if !random.one_in(4) {
        value["type"] = json!(random.pick(&TYPES));
    }
    if k == 0 && random.one_in(2) {
        value["primary"] = json!(true);
    }
    value
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Bool,
    Time,
}

/// Attributes that a filter may name, with their kind.
const FIELDS: [(&str, Kind); 29] = [
    ("userName", Kind::Text),
    ("USERNAME", Kind::Text),
    ("displayName", Kind::Text),
    ("externalId", Kind::Text),
    ("id", Kind::Text),
    ("title", Kind::Text),
    ("nickName", Kind::Text),
    ("userType", Kind::Text),
    ("name.familyName", Kind::Text),
    ("name.givenName", Kind::Text),
    ("emails", Kind::Text),
    ("emails.value", Kind::Text),
    ("emails.type", Kind::Text),
    ("phoneNumbers.value", Kind::Text),
    ("roles.type", Kind::Text),
    ("roles", Kind::Text),
    ("department", Kind::Text),
    ("manager", Kind::Text),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", Kind::Text),
    ("urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:status", Kind::Text),
    ("urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:deactivationReason", Kind::Text),
    ("urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:deactivatedAt", Kind::Time),
    ("urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:role", Kind::Text),
    ("urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:seat", Kind::Bool),
    ("active", Kind::Bool),
    ("emails.primary", Kind::Bool),
    ("meta.created", Kind::Time),
    ("meta.lastModified", Kind::Time),
    ("meta.resourceType", Kind::Text),
];
const TEXT_OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const ORDER_OPERATORS: [&str; 6] = ["eq", "ne", "gt", "ge", "lt", "le"];

/// A filter, up to `depth` brackets deep.
pub(crate) fn filter(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 6 } else { 10 }) {
        0..=3 => {
            let (name, kind) = random.pick(&FIELDS);
            comparison(random, name, kind)
        }
        4 => format!("{} pr", random.pick(&FIELDS).0),
        5 => value_path(random),
        6 => format!("not ({})", filter(random, depth - 1)),
        7 => format!("({} or {})", filter(random, depth - 1), filter(random, depth - 1)),
        8 => format!("({} and {})", filter(random, depth - 1), filter(random, depth - 1)),
        _ => {
            let name = random.pick(&["userName", "title", "emails.value", "id"]);
            let terms: Vec<String> =
                (0..3).map(|_| format!("{name} eq {}", literal(random, Kind::Text))).collect();
            format!("({})", terms.join(" or "))
        }
    }
}

fn comparison(random: &mut Random, name: &str, kind: Kind) -> String {
    let op = match kind {
        Kind::Text => random.pick(&TEXT_OPERATORS),
        Kind::Bool => random.pick(&["eq", "ne"]),
        Kind::Time => random.pick(&ORDER_OPERATORS),
    };
    format!("{name} {op} {}", literal(random, kind))
}

fn value_path(random: &mut Random) -> String {
    let name = random.pick(&["emails", "phoneNumbers", "roles"]);
    let mut inner = one_inside(random);
    if random.one_in(2) {
        inner = format!("{inner} {} {}", random.pick(&["and", "or"]), one_inside(random));
    }
    if random.one_in(4) {
        inner = format!("not ({inner})");
    }
    format!("{name}[{inner}]")
}

fn one_inside(random: &mut Random) -> String {
    match random.below(4) {
        0 => comparison(random, "value", Kind::Text),
        1 => comparison(random, "type", Kind::Text),
        2 => comparison(random, "primary", Kind::Bool),
        _ => format!("{} pr", random.pick(&["type", "primary", "value", "display"])),
    }
}

fn literal(random: &mut Random, kind: Kind) -> String {
    match kind {
        Kind::Bool => random.pick(&["true", "false"]).to_owned(),
        Kind::Time => format!("\"2026-11-21T09:{:02}:00Z\"", random.below(45)),
        Kind::Text => match random.below(8) {
            0 => format!("\"{}\"", random.pick(&TYPES)),
            1 => format!(
                "\"{}\"",
                random.pick(&["anna1@example.com", "person.3", "@EXAMPLE.com", "ext-", "Ext-7"])
            ),
            2 => format!(
                "\"{}\"",
                random.pick(&[
                    "activated",
                    "deactivated",
                    "staged",
                    "expired",
                    "left",
                    "roleChange",
                    "TRAINER",
                    "User",
                    "0"
                ])
            ),
            3 => format!("\"{}\"", random.pick(&WORDS).to_uppercase()),
            4 => {
                let word = random.pick(&WORDS);
                format!("\"{}\"", &word[..1])
            }
            _ => format!("\"{}\"", random.pick(&WORDS)),
        },
    }
}
