//! Filters on members and groups mean in SQL what they mean on the resources that are shown.

use crate::support::{Failures, TestApp, expect, user};
use rollcall_scim::filter::{matches, parse, resolve};
use rollcall_scim::registry::{Registry, ResourceType};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// People and groups: two persons in a chain of three groups, one in a group twice, one alone; a group with people and groups,
/// with either, with none.
struct World {
    app: TestApp,
    users: Vec<String>,
    groups: Vec<String>,
}

impl World {
    fn new() -> Self {
        let app = TestApp::start();
        let named = |name: &str, display: Option<&str>| {
            let mut body = user(name);
            if let Some(display) = display {
                body["displayName"] = json!(display);
            }
            app.provision(&body)
        };
        let users = vec![
            named("anna", Some("Anna Ärger")),
            named("bert", None),
            named("zoe", Some("Zoe")),
            named("alone", None),
        ];
        let mut groups: Vec<String> = Vec::new();
        let mut group = |name: &str, members: Vec<&String>| {
            let members: Vec<Value> =
                members.iter().map(|id| json!({"value": id, "display": "As Sent"})).collect();
            let body = json!({"displayName": name, "externalId": name, "members": members});
            let answer = expect(app.scim("POST", "/Groups", Some(&body)), 201);
            groups.push(answer.json().unwrap()["id"].as_str().unwrap().to_owned());
            groups[groups.len() - 1].clone()
        };
        let low = group("Tour Guides", vec![&users[0], &users[1]]);
        let middle = group("Guides", vec![&low]);
        group("Staff", vec![&middle, &users[0], &users[2]]);
        group("Empty", vec![]);
        Self { app, users, groups }
    }

    /// Everything of a type as it is shown.
    fn shown(&self, endpoint: &str) -> Vec<Map<String, Value>> {
        let list = self.app.read(&format!("{endpoint}?count=1000"));
        list["Resources"].as_array().unwrap().iter().map(|r| r.as_object().unwrap().clone()).collect()
    }
}

/// Which of the resources match: what the evaluator says, if the database says the same.
fn found(
    world: &World,
    rt: &ResourceType,
    endpoint: &str,
    shown: &[Map<String, Value>],
    text: &str,
) -> Result<BTreeSet<String>, String> {
    let resolved = resolve(rt, &parse(text).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    let id = |resource: &Map<String, Value>| resource["id"].as_str().unwrap().to_owned();
    let evaluated: BTreeSet<String> = shown.iter().filter(|r| matches(&resolved, r)).map(id).collect();
    let answer =
        world.app.scim("POST", &format!("{endpoint}/.search"), Some(&json!({"filter": text, "count": 1000})));
    let body = answer.json().unwrap_or_default();
    let resources = body["Resources"].as_array().ok_or(format!("{} {body}", answer.status))?;
    let selected: BTreeSet<String> = resources.iter().map(|r| id(r.as_object().unwrap())).collect();
    match selected == evaluated {
        true => Ok(selected),
        false => Err(format!("the database finds {selected:?}, the evaluator {evaluated:?}")),
    }
}

/// Everything that can be said about the attribute with these values.
fn sayable(attribute: &str, values: &[String]) -> Vec<String> {
    let mut all =
        vec![format!("{attribute} pr"), format!("{attribute} eq null"), format!("{attribute} ne null")];
    for sub in ["value", "$ref", "display", "type"] {
        for about in ["pr", "eq null", "ne null"] {
            all.push(format!("{attribute}.{sub} {about}"));
            all.push(format!("{attribute}[{sub} {about}]"));
        }
        for value in values {
            let quoted = Value::from(value.as_str());
            for op in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
                all.push(format!("{attribute}.{sub} {op} {quoted}"));
                all.push(format!("{attribute}[{sub} {op} {quoted}]"));
            }
            all.push(format!("not ({attribute}.{sub} eq {quoted})"));
            all.push(format!("{attribute}[not ({sub} eq {quoted})]"));
        }
    }
    for value in values {
        let quoted = Value::from(value.as_str());
        all.push(format!("{attribute} eq {quoted}"));
        for kind in ["User", "group", "direct", "INDIRECT", "x"] {
            all.push(format!("{attribute}[value eq {quoted} and type eq \"{kind}\"]"));
            all.push(format!("{attribute}[value eq {quoted} or type eq \"{kind}\"]"));
            all.push(format!("{attribute}.value eq {quoted} and {attribute}.type eq \"{kind}\""));
            all.push(format!("{attribute}[display co \"u\" and type eq \"{kind}\" and value eq {quoted}]"));
        }
        for other in values {
            let other = Value::from(other.as_str());
            all.push(format!("{attribute}.value eq {quoted} or {attribute}.value eq {other}"));
            all.push(format!("{attribute}[value eq {quoted} or value eq {other}]"));
        }
    }
    all
}

/// R100, R067, R070: one element has to satisfy what stands in the brackets; without a value, `ne` and `null` hold.
#[test]
fn whatever_can_be_said_of_members_and_groups_means_the_same_to_both() {
    let world = World::new();
    let registry = Registry::standard().unwrap();
    let mut failures = Failures::default();
    let mut some = 0;
    for (kind, attribute, endpoint) in [("User", "groups", "/Users"), ("Group", "members", "/Groups")] {
        let rt = registry.resource_type(kind).unwrap().clone();
        let shown = world.shown(endpoint);
        assert_eq!(shown.len(), 4);
        let mut values: Vec<String> = ["Guides", "tour", "ANNA ÄRGER", "Group", "indirect", "", "no-uuid"]
            .into_iter()
            .map(str::to_owned)
            .collect();
        values.extend([world.users[0].clone(), world.users[1].to_uppercase(), world.users[3].clone()]);
        values.extend([
            world.groups[0].clone(),
            world.groups[2].to_uppercase(),
            world.groups[3].replace('-', ""),
        ]);
        values.push(format!("{}/Groups/{}", world.app.scim_base(), world.groups[1]));
        values.push("/Users/".to_owned());
        for text in sayable(attribute, &values) {
            match found(&world, &rt, endpoint, &shown, &text) {
                Ok(found) => some += usize::from(!found.is_empty() && found.len() < 4),
                Err(wrong) => failures.add(&text, vec![wrong]),
            }
        }
    }
    failures.none();
    assert!(some > 300, "only {some} filters tell the resources apart");
}

/// R067, R100: what a person would ask, and the answer by name.
#[test]
fn members_and_groups_are_found_by_what_is_shown_of_them() {
    let world = World::new();
    // In alphabetical order: those who are made at the same moment have ids in any order.
    let names = |endpoint: &str, attribute: &str, filter: &str| -> Vec<String> {
        let answer = world.app.scim("POST", &format!("{endpoint}/.search"), Some(&json!({"filter": filter})));
        let list = expect(answer, 200).json().unwrap();
        let all = list["Resources"].as_array().unwrap().iter();
        let mut names: Vec<String> = all.map(|r| r[attribute].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let mut failures = Failures::default();
    let (users, groups) = (&world.users, &world.groups);
    for (filter, expected) in [
        (format!("groups.value eq \"{}\"", groups[0]), vec!["anna", "bert"]),
        (format!("groups.value eq \"{}\"", groups[2]), vec!["anna", "bert", "zoe"]),
        (format!("groups[value eq \"{}\" and type eq \"direct\"]", groups[2]), vec!["anna", "zoe"]),
        ("groups.type eq \"indirect\"".to_owned(), vec!["anna", "bert"]),
        ("groups[display sw \"staff\" and type eq \"indirect\"]".to_owned(), vec!["bert"]),
        ("not (groups pr)".to_owned(), vec!["alone"]),
    ] {
        let found = names("/Users", "userName", &filter);
        failures.check(&filter, found == expected, || format!("{found:?}"));
    }
    for (filter, expected) in [
        (format!("members.value eq \"{}\"", users[0]), vec!["Staff", "Tour Guides"]),
        (format!("members.value eq \"{}\"", groups[1]), vec!["Staff"]),
        (format!("members[value eq \"{}\" and type eq \"Group\"]", groups[1]), vec!["Staff"]),
        (format!("members[value eq \"{}\" and type eq \"User\"]", groups[1]), vec![]),
        ("members.type eq \"Group\"".to_owned(), vec!["Guides", "Staff"]),
        ("members.display eq \"as sent\"".to_owned(), vec!["Tour Guides"]),
        ("members.display co \"guides\"".to_owned(), vec!["Guides", "Staff"]),
        ("members eq null".to_owned(), vec!["Empty"]),
        ("members.$ref co \"/Groups/\"".to_owned(), vec!["Guides", "Staff"]),
    ] {
        let found = names("/Groups", "displayName", &filter);
        failures.check(&filter, found == expected, || format!("{found:?}"));
    }
    failures.none();
}
