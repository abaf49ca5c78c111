//! Every attribute of the schemas with values of every wrong type, and with none.

use super::{Victim, no_fault, replace};
use crate::support::{Failures, scim_error, user};
use rollcall_scim::registry::Registry;
use rollcall_scim::schema::{Attribute, AttributeType, Mutability};
use serde_json::{Map, Value, json};

/// A path as PATCH takes it, the same as keys of a body, and the attribute at its end.
struct Target {
    path: String,
    keys: Vec<String>,
    attribute: Attribute,
    parent_is_multi_valued: bool,
}

fn targets(resource_type: &str) -> Vec<Target> {
    let registry = Registry::standard().unwrap();
    let rt = registry.resource_type(resource_type).unwrap();
    let mut found = Vec::new();
    let mut schemas = vec![(None, &rt.schema)];
    schemas
        .extend(rt.extensions.iter().map(|extension| (Some(extension.schema.id.clone()), &extension.schema)));
    for (urn, schema) in schemas {
        for attribute in &schema.attributes {
            let path = urn.as_ref().map_or(attribute.name.clone(), |urn| format!("{urn}:{}", attribute.name));
            let keys: Vec<String> = urn.iter().chain([&attribute.name]).cloned().collect();
            for sub in &attribute.sub_attributes {
                found.push(Target {
                    path: format!("{path}.{}", sub.name),
                    keys: keys.iter().chain([&sub.name]).cloned().collect(),
                    attribute: sub.clone(),
                    parent_is_multi_valued: attribute.multi_valued,
                });
            }
            found.push(Target { path, keys, attribute: attribute.clone(), parent_is_multi_valued: false });
        }
    }
    found
}

/// Values that an attribute of this type cannot have, however lenient one is.
fn wrong_for(attribute: &Attribute) -> Vec<Value> {
    if attribute.multi_valued {
        let first = &attribute.sub_attributes[0].name;
        return vec![json!(5), json!(true), json!([5]), json!([[["x"]]]), json!([{first: {"a": 1}}])];
    }
    match attribute.kind {
        AttributeType::Boolean => vec![json!("perhaps"), json!(5), json!(1), json!({"a": 1}), json!("true ")],
        AttributeType::Complex => vec![json!(5), json!(true), json!([1, 2])],
        AttributeType::DateTime => vec![json!("yesterday"), json!(5), json!(true)],
        AttributeType::Binary => vec![json!("not base64!"), json!(5), json!(true)],
        _ => vec![json!(5), json!(1.5), json!(true), json!({"a": "b"}), json!(["a", "b"]), json!(1e300)],
    }
}

/// A body with the value at the keys.
fn body_with(base: &Value, target: &Target, value: Value) -> Value {
    let mut body = base.clone();
    let (last, before) = target.keys.split_last().unwrap();
    let mut place = &mut body;
    for key in before {
        place = &mut place[key];
    }
    if target.parent_is_multi_valued {
        *place = json!([Value::Object(Map::from_iter([(last.clone(), value)]))]);
    } else {
        place[last] = value;
    }
    body
}

fn run(endpoint: &str, base: &Value) {
    let victim = Victim::new();
    let (one, resource_type) = match endpoint {
        "/Users" => (victim.user.clone(), "User"),
        _ => (victim.group.clone(), "Group"),
    };
    let before = victim.state();
    let mut failures = Failures::default();
    for target in targets(resource_type) {
        let read_only = target.attribute.mutability == Mutability::ReadOnly
            || target.path.starts_with("groups")
            || target.path.starts_with("meta");
        for value in wrong_for(&target.attribute) {
            let body = body_with(base, &target, value.clone());
            for (method, path) in [("POST", endpoint), ("PUT", one.as_str())] {
                let case = format!("{method} {path} {}: {value}", target.path);
                if read_only {
                    // Ignored, so the request would succeed: only PATCH refuses.
                    continue;
                }
                failures.add(
                    &case,
                    scim_error(&victim.app.scim(method, path, Some(&body)), 400, Some("invalidValue")),
                );
            }
            if target.path.starts_with("members.") {
                // Members come and go whole: what is inside of one cannot be addressed, and nothing changes.
                let answer = victim.app.scim("PATCH", &one, Some(&replace(&target.path, &value)));
                failures.add(&target.path, no_fault(&answer));
                continue;
            }
            let case = format!("PATCH {}: {value}", target.path);
            let answer = victim.app.scim("PATCH", &one, Some(&replace(&target.path, &value)));
            let kind = if read_only { "mutability" } else { "invalidValue" };
            failures.add(&case, scim_error(&answer, 400, Some(kind)));
        }
    }
    failures.none();
    assert_eq!(victim.state(), before);
}

#[test]
fn a_user_with_an_attribute_of_a_wrong_type_is_refused() {
    let mut base = user("another");
    base["displayName"] = json!("Another");
    run("/Users", &base);
}

#[test]
fn a_group_with_an_attribute_of_a_wrong_type_is_refused() {
    run("/Groups", &json!({"displayName": "Another"}));
}

#[test]
fn null_empty_and_unknown_are_no_fault_and_never_stored() {
    let victim = Victim::new();
    let mut failures = Failures::default();
    for (endpoint, resource_type, one) in
        [("/Users", "User", &victim.user), ("/Groups", "Group", &victim.group)]
    {
        let base = victim.app.read(one);
        let mut plain = json!({"userName": base["userName"], "displayName": base["displayName"]});
        if endpoint == "/Groups" {
            plain = json!({"displayName": base["displayName"]});
        }
        let required = if endpoint == "/Users" { "userName" } else { "displayName" };
        for target in targets(resource_type) {
            for value in
                [json!(null), json!(""), json!([]), json!({}), json!([null]), json!([""]), json!([{}])]
            {
                let case = format!("{endpoint} {}: {value}", target.path);
                let body = body_with(&plain, &target, value.clone());
                let put = victim.app.scim("PUT", one, Some(&body));
                failures.add(&format!("PUT {case}"), no_fault(&put));
                if target.path == required {
                    failures.add(&format!("PUT {case}"), scim_error(&put, 400, Some("invalidValue")));
                }
                let patched = victim.app.scim("PATCH", one, Some(&replace(&target.path, &value)));
                failures.add(&format!("PATCH {case}"), no_fault(&patched));
                let read = victim.app.read(one);
                let text = read.to_string();
                // An empty list of members is shown on purpose.
                let hollow = text.replace("\"members\":[]", "");
                let found = ["null", ":{}", ":[]", "[{}]"].iter().find(|hole| hollow.contains(**hole));
                failures.check(&case, found.is_none(), || format!("stored: {read}"));
                failures
                    .check(&case, read[required] == base[required], || format!("lost {required}: {read}"));
                let reset = victim.app.scim("PUT", one, Some(&plain));
                failures.check(&case, reset.status == 200, || format!("reset: {}", reset.status));
            }
        }
    }
    failures.none();
}

/// R182: what nobody asked for is not kept.
#[test]
fn what_no_schema_knows_is_dropped_and_never_shown() {
    let victim = Victim::new();
    let unknown = [
        "favouriteColour",
        "__proto__",
        "constructor",
        "schema",
        "urn:unknown:2.0:User",
        "a.b.c",
        "user name",
        "",
    ];
    let mut body = user("curious");
    for name in unknown {
        body[name] = json!({"constructor": {"prototype": {"admin": true}}});
    }
    body["name"] = json!({"givenName": "G", "admin": true, "__proto__": {"x": 1}});
    body["tenant_id"] = json!(uuid::Uuid::nil());
    body["session_epoch"] = json!(99);
    let answer = victim.app.scim("POST", "/Users", Some(&body));
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let shown = answer.json().unwrap();
    let mut keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["active", "id", "meta", "name", "schemas", "userName"]);
    assert_eq!(shown["name"], json!({"givenName": "G"}));
    let id = shown["id"].as_str().unwrap();
    let mut failures = Failures::default();
    for path in
        ["favouriteColour", "__proto__", "constructor.prototype", "urn:unknown:2.0:User:x", "name.admin"]
    {
        let answer = victim.app.scim("PATCH", &format!("/Users/{id}"), Some(&replace(path, &json!("x"))));
        failures.add(path, no_fault(&answer));
    }
    failures.none();
    assert_eq!(victim.app.read(&format!("/Users/{id}")), shown, "nor does a PATCH make it newer");
}
