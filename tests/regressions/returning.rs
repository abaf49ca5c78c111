//! Coming back: whose account it is, and whether the old password opens it.

use super::switch;
use crate::support::{Failures, Learner, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// Somebody without an e-mail address who had a password and was switched off.
fn absent(app: &TestApp, name: &str) -> (String, Learner) {
    let id = app.provision(&user(name));
    let learner = app.learner_with_password(&id, name, PASSWORD);
    assert_eq!(app.account(&id)["signIn"], "username");
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&switch(false))), 200);
    (id, learner)
}

#[test]
fn an_address_gained_on_the_way_does_not_save_the_old_password() {
    let app = TestApp::unguarded();
    let emails = json!([{"value": "babs@example.com"}]);
    let add = json!({"op": "add", "path": "emails", "value": emails});
    let on = json!({"op": "replace", "path": "active", "value": true});
    let mut put = user("put");
    put["emails"] = json!([{"value": "put@example.com"}]);
    let put_off = put.clone();
    put["active"] = json!(true);
    let ways: Vec<(&str, Vec<(&str, Value)>)> = vec![
        ("address-first", vec![("PATCH", patch_op(json!([add, on])))]),
        ("address-last", vec![("PATCH", patch_op(json!([on, add])))]),
        (
            "without-path",
            vec![(
                "PATCH",
                patch_op(json!([{"op": "replace", "value": {"active": true, "emails": emails}}])),
            )],
        ),
        ("while-inactive", vec![("PATCH", patch_op(json!([add]))), ("PATCH", patch_op(json!([on])))]),
        ("put", vec![("PUT", put.clone())]),
        ("put", vec![("PUT", put_off), ("PUT", put)]),
    ];
    let mut failures = Failures::default();
    for (name, requests) in ways {
        let (id, learner) = absent(&app, name);
        let path = format!("/Users/{id}");
        for (method, body) in &requests {
            expect(app.scim(method, &path, Some(body)), 200);
        }
        let account = app.account(&id);
        failures.check(name, account["active"] == true, || format!("{account}"));
        failures.check(name, account["signIn"] == "email", || format!("{account}"));
        failures.check(name, account["passwordState"] == "invalidated", || format!("{account}"));
        for as_whom in [learner, Learner::new(&app, "babs@example.com")] {
            let status = as_whom.sign_in(PASSWORD).status;
            failures.check(name, status == 401, || format!("the old password: {status}"));
        }
        expect(app.scim("DELETE", &path, None), 204);
    }
    failures.none();
}

#[test]
fn a_name_that_is_given_out_again_does_not_open_the_account_of_its_former_holder() {
    let app = TestApp::unguarded();
    let mut body = user("jsmith");
    body["externalId"] = json!("employee-1");
    body["displayName"] = json!("John Smith");
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
    let before = (app.read(&path), app.account(&id), app.audit_of(&id));

    let mut other = user("JSmith");
    other["externalId"] = json!("employee-2");
    other["displayName"] = json!("Jane Smith");
    let refused = app.scim("POST", "/Users", Some(&other));
    assert_eq!(scim_error(&refused, 409, Some("uniqueness")), Vec::<String>::new());
    assert_eq!((app.read(&path), app.account(&id), app.audit_of(&id)), before);
    assert_eq!(app.read("/Users")["totalResults"], 1);

    let mut same = user("jsmith");
    same["externalId"] = json!("employee-1");
    for returning in [same, user("jsmith")] {
        let back = expect(app.scim("POST", "/Users", Some(&returning)), 201).json().unwrap();
        assert_eq!((&back["id"], &back["active"]), (&json!(id), &json!(true)), "{returning}");
        assert_eq!(back["externalId"], "employee-1", "an identifier is not lost by omission");
        expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
    }
}
