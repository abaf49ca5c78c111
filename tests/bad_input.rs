//! Hostile bodies, attributes, ids and queries at every endpoint: refused with the right envelope, and nothing has changed.

mod attributes;
mod bodies;
mod characters;
mod ids;
mod queries;
mod size;

use crate::support::answers::{problem_envelope, scim_envelope};
use crate::support::http::Response;
use crate::support::{TestApp, expect, patch_op, user};
use serde_json::{Value, json};

/// A server with one user and one group, and how they look.
struct Victim {
    app: TestApp,
    user: String,
    group: String,
}

impl Victim {
    fn new() -> Self {
        let app = TestApp::start();
        // Members that are nobody are as bad as any other input; by default they are passed over.
        app.set("demo", "identity-provider", &json!({"unknown_members": "refuse"}));
        let mut body = user("bjensen");
        body["displayName"] = json!("Babs");
        body["emails"] = json!([{"value": "babs@example.com", "type": "work"}]);
        let id = app.provision(&body);
        let group = json!({"displayName": "Guides", "members": [{"value": id}]});
        let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap();
        Self {
            user: format!("/Users/{id}"),
            group: format!("/Groups/{}", group["id"].as_str().unwrap()),
            app,
        }
    }

    /// Everything there is: both resources, the lists, and the audit rows.
    fn state(&self) -> Value {
        let audit = expect(self.app.api("GET", "/audit?limit=1000", None), 200).json().unwrap();
        json!([
            self.app.read(&self.user),
            self.app.read(&self.group),
            self.app.read("/Users")["totalResults"],
            self.app.read("/Groups")["totalResults"],
            audit,
        ])
    }

    /// Every SCIM address that takes a body.
    fn with_bodies(&self) -> Vec<(&'static str, String)> {
        vec![
            ("POST", "/Users".to_owned()),
            ("PUT", self.user.clone()),
            ("PATCH", self.user.clone()),
            ("POST", "/Groups".to_owned()),
            ("PUT", self.group.clone()),
            ("PATCH", self.group.clone()),
            ("POST", "/Users/.search".to_owned()),
            ("POST", "/Groups/.search".to_owned()),
            ("POST", "/.search".to_owned()),
        ]
    }

    fn send(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Response {
        let token = format!("Bearer {}", self.app.scim_token());
        let headers = [("Authorization", token.as_str()), ("Content-Type", media_type)];
        self.app.raw(method, &format!("/scim/v2{path}"), &headers, Some(body))
    }

    fn sign_in(&self, media_type: &str, body: &[u8]) -> Response {
        self.app.raw("POST", "/api/v1/sessions", &[("Content-Type", media_type)], Some(body))
    }
}

/// What is wrong with an answer that has to be a refusal in the 4xx.
fn refused(answer: &Response) -> Vec<String> {
    let mut wrong = scim_envelope(answer);
    if !(400..500).contains(&answer.status) {
        wrong.push(format!("status {}", answer.status));
    }
    wrong
}

fn refused_by_the_api(answer: &Response) -> Vec<String> {
    let mut wrong = problem_envelope(answer);
    if !(400..500).contains(&answer.status) {
        wrong.push(format!("status {}", answer.status));
    }
    wrong
}

/// What is wrong with an answer that may be either a success or a refusal, but not a fault.
fn no_fault(answer: &Response) -> Vec<String> {
    match answer.status {
        200..300 => Vec::new(),
        _ => refused(answer),
    }
}

fn replace(path: &str, value: &Value) -> Value {
    patch_op(json!([{"op": "replace", "path": path, "value": value}]))
}
