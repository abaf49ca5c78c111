//! The audit log as a file that can be checked without the server, by our program and with a shell.

use super::{seal_everything, tenant, verified, with_a_history};
use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, user};
use rollcall::app::chain::{self, Findings};
use serde_json::Value;
use std::process::{Command, Stdio};

fn exported(app: &TestApp, query: &str) -> Response {
    let answer = expect(app.api("GET", &format!("/audit/export{query}"), None), 200);
    assert_eq!(answer.header("Content-Type"), Some("application/jsonl"));
    answer
}

fn lines(answer: &Response) -> Vec<String> {
    let text = String::from_utf8(answer.body.clone()).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

fn checked(lines: &[String]) -> Findings {
    let text = lines.iter().map(|line| line.clone() + "\n").collect::<String>();
    chain::verify_file(text.as_bytes(), None).unwrap().1
}

fn rows(lines: &[String]) -> Vec<Value> {
    let all = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|line| line.get("line").is_none()).collect()
}

#[test]
fn an_export_has_every_row_and_is_checked_by_itself() {
    let app = with_a_history();
    app.provision(&user("not.sealed"));
    let mut conn = app.connect();
    let listed = expect(app.api("GET", "/audit?after=0-0&limit=1000", None), 200).json().unwrap();
    let listed = listed["entries"].as_array().unwrap().clone();
    // The newest row may wait for transactions of other tests to be final.
    let all = lines(&exported(&app, ""));
    let (got, there) = (rows(&all), listed.len());
    assert!(there >= 12 && got.len() >= there);
    for (row, entry) in got.iter().zip(&listed) {
        for field in ["position", "actor", "action", "resourceId", "attributes", "facts", "requestId"] {
            assert_eq!(row[field], entry[field], "{field}");
        }
    }
    let found = checked(&all);
    let stored = verified(&mut conn);
    assert!(found.is_intact(), "{found:?}");
    assert_eq!((found.rows, found.links, found.head), (stored.rows, stored.links, stored.head));
    let tenant = tenant(&mut conn);
    let kept = chain::verify(&mut conn, tenant, stored.head).unwrap();
    assert_eq!(kept.has_expected, Some(true));
    let text = exported(&app, "").body;
    assert_eq!(chain::verify_file(&*text, stored.head).unwrap().1.has_expected, Some(true));
}

/// Each line that is changed, left out, doubled or moved is found.
#[test]
fn an_export_that_was_changed_is_found() {
    let app = with_a_history();
    let all = lines(&exported(&app, ""));
    assert!(checked(&all).is_intact());
    let mut failures = Failures::default();
    for at in 0..all.len() {
        let without: Vec<String> =
            all.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, line)| line.clone()).collect();
        failures.check(&format!("line {at} left out"), !checked(&without).is_intact(), String::new);
        let mut doubled = all.clone();
        doubled.insert(at, all[at].clone());
        failures.check(&format!("line {at} doubled"), !checked(&doubled).is_intact(), String::new);
        if at + 1 < all.len() {
            let mut swapped = all.clone();
            swapped.swap(at, at + 1);
            failures.check(
                &format!("lines {at} and {} swapped", at + 1),
                !checked(&swapped).is_intact(),
                String::new,
            );
        }
        // Every digit of the line, one after the other.
        for (place, _) in all[at].match_indices(|c: char| c.is_ascii_digit()) {
            let mut edited = all.clone();
            let other = if &all[at][place..=place] == "0" { "1" } else { "0" };
            edited[at].replace_range(place..=place, other);
            let found = checked(&edited);
            failures
                .check(&format!("line {at}, character {place}"), !found.is_intact(), || edited[at].clone());
        }
    }
    failures.none();
    assert!(!checked(&[]).is_intact() && !checked(&["{}".to_owned()]).is_intact());
}

/// A part holds the whole links around what was asked for.
#[test]
fn a_part_is_checked_by_itself_too() {
    let app = with_a_history();
    let all = rows(&lines(&exported(&app, "")));
    let position = |n: usize| all[n]["position"].as_str().unwrap().to_owned();
    let actions =
        |lines: &[String]| rows(lines).iter().map(|row| row["position"].clone()).collect::<Vec<_>>();
    let of = |span: std::ops::Range<usize>| span.map(|n| all[n]["position"].clone()).collect::<Vec<_>>();
    // Links of 6, 4 and 2 rows.
    for (query, expected) in [
        (format!("?from={}", position(7)), of(6..12)),
        (format!("?to={}", position(7)), of(0..10)),
        (format!("?from={}&to={}", position(7), position(8)), of(6..10)),
        (format!("?from={}&to={}", position(5), position(6)), of(0..10)),
        ("?from=999999999999-0".to_owned(), Vec::new()),
        ("?to=0-0".to_owned(), Vec::new()),
    ] {
        let part = lines(&exported(&app, &query));
        assert_eq!(actions(&part), expected, "{query}");
        let found = checked(&part);
        assert!(found.is_intact(), "{query}: {found:?}");
    }
    for query in ["?from=x", "?to=1", "?until=1-1", "?from=1-1&from=2-2"] {
        let refused = app.api("GET", &format!("/audit/export{query}"), None);
        assert_eq!(refused.status, 400, "{query}");
    }
    expect(app.request("GET", "/api/v1/audit/export", Some(app.scim_token()), None), 403);
}

/// Nothing of ours is needed: `sha256sum` says the same (docs/OPERATIONS.md).
#[test]
fn a_link_can_be_computed_with_a_shell() {
    let app = TestApp::start();
    seal_everything(&app);
    let all = lines(&exported(&app, ""));
    let link = all.iter().find(|line| line.starts_with("{\"line\":\"link\"")).unwrap();
    let link: Value = serde_json::from_str(link).unwrap();
    let head: Value = serde_json::from_str(&all[0]).unwrap();
    let sum = |text: &str| {
        let mut child =
            Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()[..64].to_owned()
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut input = format!("rollcall audit link\ntenant {}\n", text(&head["tenant"]));
    for (word, field) in [
        ("number", "number"),
        ("previous", "previous"),
        ("from", "from"),
        ("through", "through"),
        ("rows", "rows"),
        ("sealed", "sealedAt"),
    ] {
        input.push_str(&format!("{word} {}\n", text(&link[field])));
    }
    for line in all.iter().filter(|line| !line.starts_with("{\"line\":")) {
        input.push_str(&(sum(line) + "\n"));
    }
    assert_eq!(sum(&input), text(&link["digest"]));
}
