//! What `active` means, from the provider's word to the person who cannot go on.

mod clock;
mod dates;
mod deactivation;
pub(crate) mod page;
mod passwords;
mod policy;
mod race;
mod reactivation;
mod schedules;
mod seats;
mod story;

use crate::support::http::Response;
use crate::support::{TestApp, patch_op, user};
use serde_json::{Value, json};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// Where an account stands, as the provider reads it when it asks for it.
fn standing(app: &TestApp, id: &str) -> Value {
    app.read(&format!("/Users/{id}?attributes={ROLLCALL}"))[ROLLCALL].clone()
}

/// The extension as it is in every answer.
fn extension(app: &TestApp, path: &str) -> Value {
    app.read(path)[ROLLCALL].clone()
}

/// A PUT of the user with nothing but the name and these attributes of the extension.
fn put_back(app: &TestApp, path: &str, attributes: &[(&str, Value)]) -> Response {
    let name = app.read(path)["userName"].clone();
    let mut body = user(name.as_str().unwrap());
    body[ROLLCALL] = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    app.scim("PUT", path, Some(&body))
}

/// The body of a PATCH that removes an attribute of the extension.
fn remove(name: &str) -> Value {
    patch_op(json!([{"op": "remove", "path": format!("{ROLLCALL}:{name}")}]))
}

/// Problem details of this kind, which name this.
#[track_caller]
fn refused(answer: &Response, status: u16, kind: &str, named: &str) {
    assert_eq!(crate::support::answers::problem(answer, status), Vec::<String>::new());
    let body = answer.json().unwrap();
    let expected =
        if kind.is_empty() { "about:blank".to_owned() } else { format!("urn:rollcall:problem:{kind}") };
    assert_eq!(body["type"], json!(expected));
    assert!(body["detail"].as_str().unwrap().contains(named), "{body}");
}
