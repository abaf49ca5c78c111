//! What a tenant may bring, and what it changes.

use super::*;
use crate::filter;
use crate::path::{self, Target};
use crate::project::Projection;
use crate::registry::{ResourceType, revise};
use crate::resource::{Dialect, accept, keep_immutable};

mod rules;

const URN: &str = "urn:example:scim:acme:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[allow(clippy::needless_pass_by_value, reason = "it is always written where it is passed")]
fn schema(attributes: Value) -> Schema {
    read_schema(&json!({"id": URN, "name": "Acme", "attributes": attributes})).unwrap()
}

fn with(attributes: Value) -> Result<Registry, RegistryError> {
    let own = OwnSchema { resource_type: "User".to_owned(), schema: schema(attributes) };
    Registry::standard().unwrap().with_own([own])
}

fn user(attributes: Value) -> ResourceType {
    with(attributes).unwrap().resource_type("User").unwrap().clone()
}

#[allow(clippy::needless_pass_by_value, reason = "it is always written where it is passed")]
fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// R036: what is not said is as RFC 7643 §2.2 has it.
#[test]
fn characteristics_that_are_not_stated_have_their_defaults() {
    let read = schema(json!([
        {"name": "costCentre", "mutability": null},
        {"name": "badge", "type": "binary"},
        {"name": "site", "type": "complex", "subAttributes": [{"name": "floor", "type": "integer"}]},
    ]));
    let written = json!(read.attributes);
    assert_eq!(
        written[0],
        json!({"name": "costCentre", "type": "string", "multiValued": false, "description": "", "required": false,
               "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none"})
    );
    assert_eq!(written[1]["caseExact"], json!(true), "binary values are case-exact (RFC 7643 §2.3.6)");
    assert_eq!(written[2]["subAttributes"][0]["multiValued"], json!(false));
    // What /Schemas shows can be brought again.
    let shown = crate::message::schema_json(&read, "https://rollcall.example/scim/v2");
    assert_eq!(read_schema(&shown).unwrap(), read);
}

/// R043, R074, R075, R076, R077: simple lists inside of complex attributes are legal, the schema is published with `schemas`
/// and `meta`, and nobody has to carry it.
#[test]
fn a_legal_schema_becomes_an_extension_that_is_published_and_not_required() {
    let registry = with(json!([
        {"name": "shifts", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value"}, {"name": "days", "multiValued": true}]},
        {"name": "badge", "required": true},
    ]))
    .unwrap();
    let base = "https://rollcall.example/scim/v2";
    let published = crate::message::schema_json(registry.schema(URN).unwrap(), base);
    assert_eq!(published["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
    assert_eq!(published["meta"]["location"], format!("{base}/Schemas/{URN}"));
    let user = registry.resource_type("User").unwrap();
    let shown = crate::message::resource_type_json(user, base);
    assert_eq!(shown["schemaExtensions"][2], json!({"schema": URN, "required": false}));
    let accepted = |body: Value| accept(user, object(body), &Dialect::compat());
    assert!(accepted(json!({"userName": "t"})).is_ok());
    let error = accepted(json!({"userName": "t", URN: {"shifts": [{"days": ["mon"]}]}})).unwrap_err();
    assert!(error.detail.starts_with(&format!("{URN}:badge is required")), "{error}");
    let shifts = json!([{"days": ["mon", "tue"]}]);
    let full = accepted(json!({"userName": "t", URN: {"badge": "7", "shifts": shifts}})).unwrap();
    assert_eq!(full.attributes[URN]["shifts"], shifts);
    assert_eq!(full.attributes["schemas"][1], URN);
}

#[test]
fn a_name_without_urn_means_what_it_meant_before() {
    let rt =
        user(json!([{"name": "department"}, {"name": "status"}, {"name": "costCentre"}, {"name": "title"}]));
    let body = json!({"userName": "t", "department": "D", "costCentre": "C", "title": "T"});
    let accepted = accept(&rt, object(body.clone()), &Dialect::compat()).unwrap().attributes;
    let operations = crate::patch::parse(
        object(
            json!({"Operations": [{"op": "add", "value": body}, {"op": "add", "path": "department", "value": "D"}]}),
        ),
        &Dialect::compat(),
    );
    let patched =
        crate::patch::apply(&rt, &object(json!({"userName": "t"})), &operations.unwrap(), &Dialect::compat());
    for resource in [accepted, patched.unwrap().resource] {
        assert_eq!(resource[ENTERPRISE], json!({"department": "D"}));
        assert_eq!((&resource[URN], &resource["title"]), (&json!({"costCentre": "C"}), &json!("T")));
    }
    for (filter, urn) in [("department eq \"D\"", ENTERPRISE), ("costCentre eq \"C\"", URN)] {
        let resolved = filter::resolve(&rt, &filter::parse(filter).unwrap()).unwrap();
        let filter::Filter::Compare { field, .. } = resolved else { panic!("{resolved:?}") };
        assert_eq!(field.schema.as_deref(), Some(urn));
    }
    for (name, urn, other) in [("department", ENTERPRISE, URN), ("costCentre", URN, ENTERPRISE)] {
        let projection = Projection::parse(&rt, Some(name), None).unwrap();
        assert!(projection.wants(&rt, urn) && !projection.wants(&rt, other), "{name}");
    }
    let Ok(Target::Attribute(path)) = path::parse(&rt, &format!("{URN}:department")) else { panic!() };
    assert_eq!(path.schema.as_deref(), Some(URN), "with its URN it is the tenant's");
}

/// R080: what is returned on request is in the answer to who asks for it, and to who has just written it.
#[test]
fn what_is_returned_on_request_is_shown_to_who_asks_or_writes() {
    let rt = user(json!([{"name": "note", "returned": "request"}, {"name": "badge", "returned": "always"},
                         {"name": "site"}]));
    assert!(!rt.shows_all_it_stores() && user(json!([{"name": "site"}])).shows_all_it_stores());
    let stored =
        json!({"schemas": [], "userName": "t", "title": "T", URN: {"note": "N", "badge": "B", "site": "S"}});
    let shown = |projection: &Projection| {
        let mut resource = object(stored.clone());
        projection.apply(&rt, &mut resource);
        resource[URN].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let asked = |attributes: Option<&str>| Projection::parse(&rt, attributes, None).unwrap();
    assert_eq!(shown(&asked(None)), ["badge", "site"]);
    assert_eq!(shown(&asked(Some("userName"))), ["badge"]);
    assert_eq!(shown(&asked(Some(&format!("{URN}:note")))), ["badge", "note"]);
    let patch = |path: &str| json!({"Operations": [{"op": "add", "path": path, "value": "N"}]});
    for (body, expected) in [
        (json!({"userName": "t", URN: {"note": "N"}}), vec!["badge", "note", "site"]),
        (json!({"userName": "t", "note": "N"}), vec!["badge", "note", "site"]),
        (json!({"userName": "t", URN: {"site": "S"}}), vec!["badge", "site"]),
        (patch(&format!("{URN}:note")), vec!["badge", "note", "site"]),
        (
            json!({"operations": [{"op": "add", "value": {URN: {"note": "N"}}}]}),
            vec!["badge", "note", "site"],
        ),
        (patch("title"), vec!["badge", "site"]),
    ] {
        let projection = asked(None).after_writing(&rt, &object(body.clone()));
        assert_eq!(shown(&projection), expected, "{body}");
        assert!(projection.is_everything());
    }
}

/// R079, R120: what is immutable is set once, by PUT and PATCH alike.
#[test]
fn an_immutable_attribute_is_set_once() {
    let rt = user(json!([{"name": "hired", "mutability": "immutable"}, {"name": "site"},
        {"name": "desk", "type": "complex", "subAttributes": [
            {"name": "no", "mutability": "immutable"}, {"name": "lamp"}]}]));
    let before = object(json!({"userName": "t", URN: {"hired": "2020", "desk": {"no": "7", "lamp": "on"}}}));
    let put = |extension: Value| {
        let mut after = object(json!({"userName": "t"}));
        if !extension.is_null() {
            after.insert(URN.to_owned(), extension);
        }
        keep_immutable(&rt, &before, &mut after).map(|()| after[URN].clone())
    };
    let kept = json!({"hired": "2020", "desk": {"no": "7"}});
    assert_eq!(put(Value::Null).unwrap(), kept, "what is left out stays");
    assert_eq!(put(json!({"hired": "2020"})).unwrap(), kept);
    for changed in [json!({"hired": "2021"}), json!({"desk": {"no": "8"}})] {
        let error = put(changed).unwrap_err();
        assert_eq!(error.scim_type.unwrap().as_str(), "mutability", "{error}");
    }
    let mut first = object(json!({"userName": "t", URN: {"hired": "2020"}}));
    keep_immutable(&rt, &object(json!({"userName": "t"})), &mut first).unwrap();
    assert_eq!(first[URN], json!({"hired": "2020"}), "the first value is taken");

    let patch = |operation: Value| {
        let body = object(json!({"Operations": [operation]}));
        let operations = crate::patch::parse(body, &Dialect::compat()).unwrap();
        crate::patch::apply(&rt, &before, &operations, &Dialect::compat())
    };
    let path = |name: &str| format!("{URN}:{name}");
    for operation in [
        json!({"op": "replace", "path": path("hired"), "value": "2021"}),
        json!({"op": "remove", "path": path("hired")}),
        json!({"op": "remove", "path": URN}),
        json!({"op": "replace", "path": path("desk.no"), "value": "8"}),
        json!({"op": "remove", "path": path("desk")}),
    ] {
        let error = patch(operation.clone()).unwrap_err();
        assert_eq!(error.scim_type.unwrap().as_str(), "mutability", "{operation}: {error}");
    }
    let left = patch(json!({"op": "replace", "path": path("desk.lamp"), "value": "off"})).unwrap().resource;
    assert_eq!(left[URN]["desk"], json!({"no": "7", "lamp": "off"}));
    assert!(patch(json!({"op": "add", "path": path("hired"), "value": "2020"})).unwrap().changed.is_empty());
}

#[test]
fn a_revision_tells_what_would_be_lost_and_what_would_be_missing() {
    let old = schema(json!([{"name": "a"},
        {"name": "b", "type": "complex", "subAttributes": [{"name": "c"}, {"name": "d"}]}]));
    let new = schema(json!([
        {"name": "A"},
        {"name": "b", "type": "complex", "required": true, "subAttributes": [{"name": "c"}]},
        {"name": "e", "required": true},
        {"name": "f"},
    ]));
    let revision = revise(&old, &new).unwrap();
    assert_eq!(revision.removed, [vec!["a".to_owned()], vec!["b".to_owned(), "d".to_owned()]]);
    assert_eq!(revision.required, [vec!["b"], vec!["e"]]);
    assert_eq!(revision.added, ["A", "e", "f"].map(|name| vec![name.to_owned()]));
    assert_eq!(
        revise(&new, &old).unwrap().added,
        [vec!["b".to_owned(), "d".to_owned()], vec!["a".to_owned()]]
    );
    let same = revise(&new, &new).unwrap();
    assert!(same.removed.is_empty() && same.added.is_empty() && same.required.is_empty());
    for changed in [json!([{"name": "a", "type": "integer"}]), json!([{"name": "a", "multiValued": true}])] {
        let error = revise(&old, &schema(changed)).unwrap_err().to_string();
        assert!(error.contains("User:a cannot change its type or multiValued"), "{error}");
    }
}

/// A value has the sub-attributes that are required of it, in lists too, and one that becomes required has to be looked for.
#[test]
fn a_required_sub_attribute_is_demanded_of_every_value() {
    let attributes = |required: bool| {
        json!([
            {"name": "doors", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "value"}, {"name": "site", "required": required}]},
            {"name": "desk", "type": "complex", "subAttributes": [
                {"name": "floor", "type": "integer", "required": required}, {"name": "room"}]},
        ])
    };
    let rt = user(attributes(true));
    for (extension, lacking) in [
        (json!({"doors": [{"value": "1", "site": "a"}, {"value": "2"}]}), "doors.site"),
        (json!({"doors": [{"value": "1", "site": " "}]}), "doors.site"),
        (json!({"desk": {"room": "7"}}), "desk.floor"),
    ] {
        let body = object(json!({"userName": "t", URN: extension}));
        let error = accept(&rt, body, &Dialect::compat()).unwrap_err();
        assert!(error.detail.starts_with(&format!("{URN}:{lacking} is required")), "{error}");
    }
    for extension in [json!({"doors": [{"value": "1", "site": "a"}]}), json!({"desk": {"floor": 0}})] {
        assert!(accept(&rt, object(json!({"userName": "t", URN: extension})), &Dialect::compat()).is_ok());
    }
    let revision = revise(&schema(attributes(false)), &schema(attributes(true))).unwrap();
    assert_eq!(revision.required, [["doors", "site"], ["desk", "floor"]]);
}

#[test]
fn a_text_with_a_nul_is_refused_with_its_place() {
    for (definition, place) in [
        (json!({"id": URN, "name": "A\0", "attributes": [{"name": "x"}]}), "name"),
        (json!({"id": URN, "description": "\0", "attributes": [{"name": "x"}]}), "description"),
        (
            json!({"id": URN, "attributes": [{"name": "x"}, {"name": "y", "canonicalValues": ["a", "b\0"]}]}),
            "attributes[1].canonicalValues[1]",
        ),
    ] {
        let error = read_schema(&definition).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{place} holds a NUL")), "{error}");
    }
}
