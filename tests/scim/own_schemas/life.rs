//! Adding and replacing schemas.

use super::{URN, acme, put, settle};
use crate::support::answers::problem;
use crate::support::app::request_to;
use crate::support::{TestApp, expect, user};
use rollcall::app::rules::{Catalogues, Rules};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn a_schema_is_added_read_replaced_and_each_is_recorded() {
    let app = TestApp::start();
    let added = expect(put(&app, &acme()), 201).json().unwrap();
    assert_eq!(
        added["schema"]["attributes"][1]["mutability"], "readWrite",
        "every characteristic is written out"
    );
    let path = format!("/schemas/{URN}");
    assert_eq!(expect(app.api("GET", &path, None), 200).json().unwrap(), added);
    assert_eq!(expect(app.api("GET", "/schemas", None), 200).json().unwrap(), json!({"schemas": [added]}));
    // What is read can be sent back, and changes nothing.
    let again = expect(put(&app, &added["schema"]), 200).json().unwrap();
    assert_eq!(again, added);
    app.clock().advance(chrono::Duration::minutes(1));
    let mut more = acme();
    more["attributes"].as_array_mut().unwrap().push(json!({"name": "shift"}));
    let replaced = expect(put(&app, &more), 200).json().unwrap();
    assert_eq!(
        (&replaced["createdAt"], &replaced["updatedAt"]),
        (&added["createdAt"], &json!("2026-11-21T09:01:00Z"))
    );
    settle();
    let mut body = user("a");
    body[URN] = json!({"shift": "late"});
    assert_eq!(app.read(&format!("/Users/{}", app.provision(&body)))[URN], body[URN]);
    let rows = expect(app.api("GET", "/audit", None), 200).json().unwrap()["entries"].clone();
    let of_schemas: Vec<Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["facts"]["schema"] == URN)
        .map(|row| row["action"].clone())
        .collect();
    assert_eq!(of_schemas, ["schema.updated", "schema.added"]);
}

/// R035, R042: a schema that breaks a rule is refused with the attribute and the rule.
#[test]
fn what_cannot_be_a_schema_is_refused() {
    let app = TestApp::start();
    let schema = |attributes: Value| json!({"id": URN, "attributes": attributes});
    let complex = json!({"name": "inner", "type": "complex", "subAttributes": [{"name": "leaf"}]});
    for (schema, expected) in [
        (
            schema(json!([{"name": "outer", "type": "complex", "subAttributes": [complex]}])),
            "outer: a complex attribute may hold no complex one",
        ),
        (schema(json!([{"name": "no.name"}])), "not a legal attribute name"),
        (
            schema(json!([{"name": "x", "mutability": "readOnly"}])),
            "User:x: nobody could set a readOnly attribute",
        ),
        (schema(json!([{"name": "x", "uniqueness": "server"}])), "User:x: uniqueness is not watched over"),
        (
            json!({"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [{"name": "x"}]}),
            "not a tenant's to define",
        ),
        (schema(json!([{"name": "x", "description": "d".repeat(65_500)}])), "at most 65536"),
    ] {
        let answer = put(&app, &schema);
        assert_eq!(problem(&answer, 400), Vec::<String>::new());
        let answer = answer.json().unwrap();
        assert_eq!(answer["field"], "schema");
        assert!(answer["detail"].as_str().unwrap().contains(expected), "{answer}");
    }
    let path = format!("/schemas/{URN}");
    for body in [
        json!({"schema": acme()}),
        json!({"resourceType": "Course", "schema": acme()}),
        json!({"resourceType": "User", "schema": {"id": "urn:example:other", "attributes": []}}),
        json!({"resourceType": "User"}),
    ] {
        assert_eq!(problem(&app.api("PUT", &path, Some(&body)), 400), Vec::<String>::new(), "{body}");
    }
    assert_eq!(app.request("GET", "/api/v1/schemas", Some(app.scim_token()), None).status, 403);
    for n in 0..20 {
        expect(
            put(&app, &json!({"id": format!("urn:example:scim:n{n}"), "attributes": [{"name": "x"}]})),
            201,
        );
    }
    let one_more = put(&app, &acme());
    assert!(expect(one_more, 400).json().unwrap()["detail"].as_str().unwrap().contains("one more than 20"));
}

#[test]
fn a_schema_is_known_on_another_server_within_a_second() {
    let app = TestApp::start();
    let other = app.another_server();
    let shown =
        || request_to(other, "GET", &format!("/scim/v2/Schemas/{URN}"), Some(app.scim_token()), None).status;
    assert_eq!(shown(), 404, "and the other server remembers the tenant");
    expect(put(&app, &acme()), 201);
    let added = Instant::now();
    while shown() != 200 {
        assert!(added.elapsed() < Duration::from_secs(2), "still as before");
    }
}

/// Schemas are read and put together once for a version, not for a request or a second.
#[test]
fn a_catalogue_is_made_once_for_a_version() {
    let app = TestApp::start();
    expect(put(&app, &acme()), 201);
    let mut conn = app.connect();
    let tenant = rollcall::app::tenants::by_name(&mut conn, "demo").unwrap().id;
    conn.enter(tenant).unwrap();
    let catalogues = Catalogues::beginning_with(&Rules::standard().unwrap());
    let mut of = |version| catalogues.of(&mut conn, tenant, version).unwrap();
    let (none, first, again, next) = (of(0), of(1), of(1), of(2));
    assert!(Arc::ptr_eq(&first, &again) && Arc::ptr_eq(&none, &of(0)));
    assert!(!Arc::ptr_eq(&first, &next) && !Arc::ptr_eq(&first, &none));
}
