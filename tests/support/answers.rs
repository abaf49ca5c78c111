//! What an answer has to look like, and a list of everything that did not.

use super::http::Response;
use serde_json::{Value, json};

/// The answer, which must have the status.
#[track_caller]
pub(crate) fn expect(answer: Response, status: u16) -> Response {
    assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
    answer
}

/// What is wrong with a SCIM Error of this status and `scimType` (RFC 7644 §3.12); empty when nothing is.
pub(crate) fn scim_error(answer: &Response, status: u16, scim_type: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status != status {
        wrong.push(format!("status {}, expected {status}", answer.status));
    }
    wrong.extend(scim_envelope(answer));
    let body = answer.json().unwrap_or_default();
    if body.get("scimType").and_then(Value::as_str) != scim_type {
        wrong.push(format!("scimType {:?}, expected {scim_type:?}", body.get("scimType")));
    }
    shown(wrong, answer)
}

/// What is wrong with the envelope of a SCIM Error, whatever its status.
pub(crate) fn scim_envelope(answer: &Response) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status >= 500 && answer.status != 501 {
        wrong.push(format!("a fault of the server: {}", answer.status));
    }
    if !is_type(answer, "application/scim+json") {
        wrong.push(format!("Content-Type {:?}", answer.header("Content-Type")));
    }
    let body = answer.json().unwrap_or_default();
    if body.get("schemas") != Some(&json!(["urn:ietf:params:scim:api:messages:2.0:Error"])) {
        wrong.push("no SCIM Error".to_owned());
    }
    if body.get("status") != Some(&json!(answer.status.to_string())) {
        wrong.push("`status` is not the HTTP status as a string".to_owned());
    }
    if body.get("detail").and_then(Value::as_str).is_none_or(str::is_empty) {
        wrong.push("no `detail`".to_owned());
    }
    wrong
}

/// What is wrong with problem details of this status (RFC 9457).
pub(crate) fn problem(answer: &Response, status: u16) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status != status {
        wrong.push(format!("status {}, expected {status}", answer.status));
    }
    wrong.extend(problem_envelope(answer));
    shown(wrong, answer)
}

/// What is wrong with the envelope of problem details, whatever their status.
pub(crate) fn problem_envelope(answer: &Response) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status >= 500 {
        wrong.push(format!("a fault of the server: {}", answer.status));
    }
    if !is_type(answer, "application/problem+json") {
        wrong.push(format!("Content-Type {:?}", answer.header("Content-Type")));
    }
    let body = answer.json().unwrap_or_default();
    if body.get("status") != Some(&json!(answer.status)) {
        wrong.push("`status` is not the HTTP status".to_owned());
    }
    for field in ["type", "title", "detail"] {
        if body.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
            wrong.push(format!("no `{field}`"));
        }
    }
    wrong
}

fn is_type(answer: &Response, media_type: &str) -> bool {
    answer.header("Content-Type").and_then(|t| t.split(';').next()) == Some(media_type)
}

fn shown(mut wrong: Vec<String>, answer: &Response) -> Vec<String> {
    if !wrong.is_empty() {
        let body: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
        wrong.push(format!("the body was {body}"));
    }
    wrong
}

/// Everything that went wrong in a table of cases, told at once.
#[derive(Default)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    #[allow(clippy::needless_pass_by_value, reason = "it is always made where it is passed")]
    pub(crate) fn add(&mut self, case: &str, wrong: Vec<String>) {
        if !wrong.is_empty() {
            let case: String = case.chars().take(200).collect();
            self.0.push(format!("── {case}\n     {}", wrong.join("\n     ")));
        }
    }

    pub(crate) fn check(&mut self, case: &str, right: bool, wrong: impl FnOnce() -> String) {
        if !right {
            self.add(case, vec![wrong()]);
        }
    }

    /// Fails the test when there was any.
    #[track_caller]
    pub(crate) fn none(self) {
        assert!(self.0.is_empty(), "{} cases went wrong\n{}", self.0.len(), self.0.join("\n"));
    }
}
