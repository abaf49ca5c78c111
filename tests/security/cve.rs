//! The faults that other SCIM servers and identity systems had (SECURITY section 4), each as the attack that was possible there. Every
//! test is named after the fault, sends what an attacker would send, and asserts what the attacked would notice.

mod credentials;
mod doors;
mod identifiers;
mod input;
mod limits;
mod takeover;

use crate::support::administrator::Way;
use crate::support::http::Response;
use crate::support::{Learner, TestApp, expect, user};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// A request of the SCIM client that holds `token`.
fn by(app: &TestApp, token: &str, method: &str, path: &str, body: Option<&Value>) -> Response {
    app.request(method, &format!("/scim/v2{path}"), Some(token), body)
}

/// Somebody with an e-mail address and a password that they chose.
fn with_password(app: &TestApp, name: &str) -> (String, Learner) {
    let mut body = user(name);
    body["emails"] = json!([{"value": format!("{name}@example.com"), "type": "work", "primary": true}]);
    let id = app.provision(&body);
    let learner = app.learner_with_password(&id, name, PASSWORD);
    (id, learner)
}

/// What the platform is told of a session.
fn introspected(app: &TestApp, session: &str) -> Value {
    let authorization = format!("Bearer {}", app.api_token());
    let headers = [("Authorization", &*authorization), ("Content-Type", "application/x-www-form-urlencoded")];
    let told = app.raw("POST", "/api/v1/introspect", &headers, Some(format!("token={session}").as_bytes()));
    expect(told, 200).json().unwrap()
}

fn leaves(app: &TestApp, id: &str) {
    app.switched(Way::Scim, id, false);
}
