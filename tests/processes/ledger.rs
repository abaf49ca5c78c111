//! Writers that note what was acknowledged, and the check that it is still there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::http::{Request, Response, send};

/// Each user gets this many changes before the next one is made.
const CHANGES: u32 = 6;

/// A user of one writer: what was acknowledged last, and what was tried after it without an answer.
pub(super) struct Line {
    id: String,
    /// Number of the last acknowledged change; the POST is 0.
    acknowledged: u32,
    /// Number of the last change that was sent.
    sent: u32,
}

/// What a writer did.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) lines: Vec<Line>,
    /// Acknowledged writes.
    pub(super) writes: u32,
    /// Answers that told to come back later.
    pub(super) refused: u32,
    /// Answers that should not be: neither success nor 503.
    pub(super) wrong: Vec<String>,
}

/// Whether a user is active after its change of that number.
fn active_after(change: u32) -> bool {
    change.is_multiple_of(2)
}

fn ask(
    address: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> std::io::Result<Response> {
    let mut headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
    if body.is_some() {
        headers.push(("Content-Type".to_owned(), "application/scim+json".to_owned()));
    }
    let body = body.map(|body| body.to_string().into_bytes());
    send(address, &Request { method: method.to_owned(), path: format!("/scim/v2{path}"), headers, body })
}

impl Ledger {
    /// Makes users and changes them, until `ended` or until nobody answers; notes what was answered in full.
    pub(super) fn write(address: SocketAddr, token: &str, name: &str, ended: &AtomicBool) -> Self {
        let mut ledger = Self::default();
        let mut number = 0;
        while !ended.load(Ordering::Relaxed) {
            number += 1;
            let user = json!({"userName": format!("{name}-{number}"), "displayName": "0", "active": true});
            let Ok(answer) = ask(address, token, "POST", "/Users", Some(&user)) else { return ledger };
            if ledger.accepted(&answer, 201) {
                let id = answer.json().unwrap()["id"].as_str().unwrap().to_owned();
                ledger.lines.push(Line { id, acknowledged: 0, sent: 0 });
                if ledger.change(address, token, ended).is_err() {
                    return ledger;
                }
            }
        }
        ledger
    }

    /// Changes the newest user: the number of the change stands in its name, so that each can be told from the others.
    fn change(&mut self, address: SocketAddr, token: &str, ended: &AtomicBool) -> std::io::Result<()> {
        for change in 1..=CHANGES {
            let line = self.lines.last_mut().unwrap();
            if ended.load(Ordering::Relaxed) || change > line.acknowledged + 1 {
                return Ok(());
            }
            line.sent = change;
            let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
                {"op": "replace", "value": {"active": active_after(change), "displayName": change.to_string()}}]});
            let path = format!("/Users/{}", line.id);
            let answer = ask(address, token, "PATCH", &path, Some(&patch))?;
            if self.accepted(&answer, 200) {
                self.lines.last_mut().unwrap().acknowledged = change;
            }
        }
        Ok(())
    }

    fn accepted(&mut self, answer: &Response, expected: u16) -> bool {
        match answer.status {
            status if status == expected => {
                self.writes += 1;
                return true;
            }
            503 if answer.header("Retry-After").is_some() => {
                self.refused += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            status => self.wrong.push(format!("{status}: {}", String::from_utf8_lossy(&answer.body))),
        }
        false
    }

    /// Reads every user back; what is missing or older than acknowledged.
    pub(super) fn lost(&self, address: SocketAddr, token: &str) -> Vec<String> {
        self.lines.iter().filter_map(|line| line.loss(address, token)).collect()
    }
}

impl Line {
    fn loss(&self, address: SocketAddr, token: &str) -> Option<String> {
        let answer = ask(address, token, "GET", &format!("/Users/{}", self.id), None).unwrap();
        let user = answer.json().unwrap_or_default();
        let change = user["displayName"].as_str().and_then(|name| name.parse::<u32>().ok());
        let whole = change.is_some_and(|change| {
            (self.acknowledged..=self.sent).contains(&change) && user["active"] == active_after(change)
        });
        let (id, acknowledged, sent) = (&self.id, self.acknowledged, self.sent);
        (!whole).then(|| format!("{id}: {acknowledged} acknowledged, {sent} sent: {} {user}", answer.status))
    }
}
