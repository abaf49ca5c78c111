//! Values that must be found again: they fit an index, are seen by people, and are said once.

use super::{group, refused_naming};
use crate::support::{Failures, TestApp, expect, patch_op, user};
use serde_json::{Value, json};

/// The three ways to give a resource an attribute.
fn everywhere(
    app: &TestApp,
    path: &str,
    base: &Value,
    name: &str,
    value: &Value,
) -> Vec<(String, crate::support::http::Response)> {
    let endpoint = if path.starts_with("/Users") { "/Users" } else { "/Groups" };
    let mut body = base.clone();
    body[name] = value.clone();
    let mut new = body.clone();
    if endpoint == "/Users" && name != "userName" {
        new["userName"] = json!("somebody.new");
    } else if name != "displayName" {
        new["displayName"] = json!("Something new");
    }
    let patch = patch_op(json!([{"op": "replace", "path": name, "value": value}]));
    vec![
        (format!("POST {name}"), app.scim("POST", endpoint, Some(&new))),
        (format!("PUT {name}"), app.scim("PUT", path, Some(&body))),
        (format!("PATCH {name}"), app.scim("PATCH", path, Some(&patch))),
    ]
}

#[test]
fn what_is_too_long_for_an_index_is_refused_by_name() {
    let app = TestApp::start();
    let person = format!("/Users/{}", app.provision(&user("bjensen")));
    let guides = group(&app, &json!({"displayName": "Guides"}));
    let before = (app.read(&person), app.read(&guides));
    // Three bytes each; and one character that becomes eighteen when it is prepared for comparing.
    let (han, ligatures) = ("\u{6f22}".repeat(1_024), "\u{fdfa}".repeat(512));
    let person_base = user("bjensen");
    let guides_base = json!({"displayName": "Guides"});
    let mut failures = Failures::default();
    for (path, base, name, value, named) in [
        (&person, &person_base, "externalId", json!(han), "externalId"),
        (&person, &person_base, "displayName", json!(ligatures), "displayName"),
        (&person, &person_base, "emails", json!([{"value": han}]), "emails"),
        (&person, &person_base, "emails", json!([{"value": ligatures, "primary": true}]), "emails"),
        (&person, &person_base, "userName", json!("\u{fdfa}".repeat(256)), "userName"),
        (&guides, &guides_base, "externalId", json!(han), "externalId"),
        (&guides, &guides_base, "displayName", json!(ligatures), "displayName"),
    ] {
        for (case, answer) in everywhere(&app, path, base, name, &value) {
            failures.add(&format!("{case} of {path}"), refused_naming(&answer, "invalidValue", named));
        }
    }
    failures.none();
    assert_eq!((app.read(&person), app.read(&guides)), before);
    // What does fit is found again.
    let fits = "\u{6f22}".repeat(600);
    expect(
        app.scim(
            "PATCH",
            &person,
            Some(&patch_op(json!([{"op": "add", "path": "externalId", "value": fits}]))),
        ),
        200,
    );
    let search = json!({"filter": format!("externalId eq \"{fits}\"")});
    assert_eq!(
        expect(app.scim("POST", "/Users/.search", Some(&search)), 200).json().unwrap()["totalResults"],
        1
    );
}

/// Every way to give a user one of the names, and what is wrong with the refusals.
fn names_are_refused(names: &[String]) {
    let app = TestApp::start();
    let person = format!("/Users/{}", app.provision(&user("bjensen")));
    let before = app.read(&person);
    let mut failures = Failures::default();
    for name in names {
        for (case, answer) in everywhere(&app, &person, &user("bjensen"), "userName", &json!(name)) {
            failures.add(&format!("{case} {name:?}"), refused_naming(&answer, "invalidValue", "userName"));
        }
    }
    failures.check("afterwards", app.read(&person) == before, || app.read(&person).to_string());
    failures.check("the list", app.read("/Users")["totalResults"] == 1, String::new);
    failures.none();
}

#[test]
fn a_user_name_holds_nothing_that_nobody_sees() {
    let mut names = vec!["\n".to_owned(), "bjen\nsen".to_owned(), "bjen\tsen".to_owned()];
    for hidden in ["\u{200b}", "\u{ad}", "\u{202e}"] {
        names.extend([format!("bjen{hidden}sen"), format!("{hidden}bjensen"), format!("bjensen{hidden}")]);
        names.push(hidden.to_owned());
    }
    names_are_refused(&names);
}

#[test]
fn nor_a_line_break_at_its_edge() {
    names_are_refused(&["\nbjensen", "bjensen\n"].map(str::to_owned));
}

#[test]
fn an_attribute_in_two_spellings_is_refused_whichever_was_meant() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let person = format!("/Users/{id}");
    let guides = group(&app, &json!({"displayName": "Guides", "members": [{"value": id}]}));
    let before = (app.read(&person), app.read(&guides));
    let mut failures = Failures::default();
    let mut refused = |method: &str, path: &str, body: &Value| {
        let answer = app.scim(method, path, Some(body));
        failures.add(
            &format!("{method} {path} {body}"),
            crate::support::scim_error(&answer, 400, Some("invalidSyntax")),
        );
    };
    for twice in [
        json!({"active": true, "ACTIVE": false}),
        json!({"active": false, "Active": true}),
        json!({"displayName": "A", "DisplayName": "B"}),
        json!({"name": {"givenName": "A", "GIVENNAME": "B"}}),
        json!({"emails": [{"value": "a@example.com", "Value": "b@example.com"}]}),
    ] {
        let mut body = twice.clone();
        body["userName"] = json!("bjensen");
        refused("PUT", &person, &body);
        body["userName"] = json!("somebody.new");
        refused("POST", "/Users", &body);
        refused("PATCH", &person, &patch_op(json!([{"op": "replace", "value": twice}])));
    }
    let members = json!({"displayName": "New", "members": [{"value": id}], "Members": []});
    refused("POST", "/Groups", &members);
    refused("PUT", &guides, &members);
    refused(
        "PATCH",
        &guides,
        &patch_op(json!([{"op": "replace", "value": {"members": [{"value": id}], "Members": []}}])),
    );
    refused(
        "PATCH",
        &person,
        &json!({"Operations": [], "operations": [{"op": "replace", "path": "active", "value": false}]}),
    );
    failures.none();
    assert_eq!((app.read(&person), app.read(&guides)), before);
}
