//! Replays one conversation over TCP and says what did not come back as expected.

use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;

use serde_json::Value;

use super::conversation::{Conversation, Exchange, RequestSpec};
use super::house_rules;
use super::matching::{Mismatch, compare};
use super::placeholders::{Values, fill, fill_json};
use crate::support::http::{Request, Response, send};

/// Where the server of this conversation listens and how one is let in.
pub(crate) struct Server<'a> {
    /// Its TCP address.
    pub(crate) address: SocketAddr,
    /// The SCIM base URL, for example `http://127.0.0.1:8080/scim/v2`.
    pub(crate) base: &'a str,
    /// A bearer token with the right to everything under the base.
    pub(crate) token: &'a str,
}

/// Sends every exchange in order; one report for each that failed. An exchange that failed does not end the
/// conversation, because what comes after it often shows why.
pub(crate) fn replay(file: &str, conversation: &Conversation, server: &Server<'_>) -> Vec<String> {
    let mut values = Values::from([
        ("base".to_owned(), server.base.to_owned()),
        ("token".to_owned(), server.token.to_owned()),
        ("random".to_owned(), random_word()),
    ]);
    let mut reports = Vec::new();
    for exchange in &conversation.exchanges {
        for n in 1..=exchange.repeat {
            values.insert("n".to_owned(), n.to_string());
            if let Err(report) = run(conversation, exchange, server, &mut values) {
                reports.push(format!("── {file}: {} ({})\n{report}", exchange.name, conversation.provider));
                break;
            }
        }
    }
    reports
}

fn run(
    conversation: &Conversation,
    exchange: &Exchange,
    server: &Server<'_>,
    values: &mut Values,
) -> Result<(), String> {
    let request = build(conversation, &exchange.request, server, values)?;
    let response = send(server.address, &request)
        .map_err(|error| format!("{} {}: {error}", request.method, request.path))?;
    let failed = |reasons: Vec<String>| Err(describe(&request, &response, &reasons));
    let body = response.json();
    let mut reasons = house_rules::broken(&request, &response);
    if !exchange.response.status.allows(response.status) {
        reasons.push(format!("status: expected {}, got {}", exchange.response.status, response.status));
    }
    for (name, pointer) in &exchange.response.save {
        match body.as_ref().and_then(|body| body.pointer(pointer)).and_then(Value::as_str) {
            Some(text) => drop(values.insert(name.clone(), text.to_owned())),
            None => reasons.push(format!("{pointer}: nothing to save as {{{{{name}}}}}")),
        }
    }
    for (name, expected) in &exchange.response.headers {
        let got = response.header(name).map(|value| Value::String(value.to_owned()));
        let expected = fill_json(expected, values)?;
        reasons.extend(
            compare(&expected, got.as_ref()).iter().map(|found| sentence(&format!("header {name}"), found)),
        );
    }
    if let Some(expected) = &exchange.response.body
        && !matches!(response.status, 204 | 304)
    {
        let expected = fill_json(expected, values)?;
        reasons.extend(compare(&expected, body.as_ref()).iter().map(|found| sentence(&found.pointer, found)));
    }
    if reasons.is_empty() { Ok(()) } else { failed(reasons) }
}

fn build(
    conversation: &Conversation,
    spec: &RequestSpec,
    server: &Server<'_>,
    values: &Values,
) -> Result<Request, String> {
    let body = match (&spec.body, &spec.raw_body) {
        (Some(body), _) => Some(fill_json(body, values)?.to_string().into_bytes()),
        (None, Some(raw)) => Some(fill(raw, values)?.into_bytes()),
        (None, None) => None,
    };
    let mut headers = Vec::new();
    let overridden = |name: &str| spec.headers.keys().any(|key| key.eq_ignore_ascii_case(name));
    if !overridden("Authorization") {
        headers.push(("Authorization".to_owned(), format!("Bearer {}", server.token)));
    }
    let common = conversation.headers.iter().filter(|(name, _)| {
        !overridden(name) && (body.is_some() || !name.eq_ignore_ascii_case("Content-Type"))
    });
    for (name, value) in common.chain(&spec.headers) {
        if let Some(value) = value {
            headers.push((name.clone(), fill(value, values)?));
        }
    }
    let after_scheme = server.base.split_once("://").map_or(server.base, |(_, rest)| rest);
    let base_path = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or_default();
    let path = format!("{base_path}{}", fill(&spec.path, values)?);
    Ok(Request { method: spec.method.clone(), path, headers, body })
}

fn sentence(place: &str, found: &Mismatch) -> String {
    format!("{place}: expected {}, got {}", found.expected, found.got)
}

fn describe(request: &Request, response: &Response, reasons: &[String]) -> String {
    let mut text = String::new();
    for reason in reasons {
        let _ = writeln!(text, "   ✗ {reason}");
    }
    let sent = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let _ = writeln!(text, "   → {} {}\n     {sent}", request.method, request.path);
    let _ = writeln!(text, "   ← {}", response.status);
    for (name, value) in &response.headers {
        let _ = writeln!(text, "     {name}: {value}");
    }
    let pretty = response.json().and_then(|body| serde_json::to_string_pretty(&body).ok());
    let body = pretty.unwrap_or_else(|| String::from_utf8_lossy(&response.body).into_owned());
    for line in body.lines() {
        let _ = writeln!(text, "     {line}");
    }
    text
}

/// Sixteen hexadecimal digits that no other conversation and no other run has.
fn random_word() -> String {
    // Every RandomState has keys of its own.
    format!("{:016x}", RandomState::new().hash_one(()))
}
