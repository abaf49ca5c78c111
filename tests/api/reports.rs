//! Reports: of now and of a past day, as JSON and as CSV, however many rows there are.

use super::ROLLCALL;
use crate::support::administrator::Way;
use crate::support::cluster::execute;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use chrono::Duration;
use serde_json::{Value, json};

/// The rows of a CSV report as JSON, with its header as keys. No cell of these tests holds a comma.
fn csv(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = expect(app.api("GET", &format!("/reports/{query}"), None), 200);
    assert!(answer.header("Content-Type").unwrap().starts_with("text/csv"));
    let text = String::from_utf8(answer.body).unwrap();
    let mut lines = text
        .split("\r\n")
        .filter(|line| !line.is_empty())
        .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    lines.map(|cells| head.iter().cloned().zip(cells.into_iter().map(Value::from)).collect()).collect()
}

/// A row as it is in CSV: everything is text, and nothing is empty.
fn as_text(row: &Value) -> Value {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    row.as_object().unwrap().iter().map(|(name, value)| (name.clone(), Value::from(cell(value)))).collect()
}

#[test]
fn json_and_csv_have_the_same_rows() {
    let app = TestApp::start();
    let course = app.course("Safety");
    let ids: Vec<String> = (0..5).map(|n| app.person(&format!("person.{n}"))).collect();
    app.enrolled(&course, &json!({"everyone": true}));
    for id in &ids[..3] {
        expect(app.complete(id, &course, &json!({})), 201);
    }
    app.switched(Way::Api, &ids[1], false);
    app.done(&ids[4], &json!({"command": "deactivate", "at": "2027-01-31", "reason": "left"}));
    for report in ["training", "accounts", "seats", "sign-ins"] {
        for scope in ["ordinary", "active", "archived", "all"] {
            let rows: Vec<Value> =
                app.report(&format!("{report}?scope={scope}")).iter().map(as_text).collect();
            assert_eq!(csv(&app, &format!("{report}?scope={scope}&format=csv")), rows, "{report} {scope}");
            let archived = report == "seats" && scope == "archived";
            assert_eq!(rows.is_empty(), archived, "{report} {scope}");
        }
    }
}

/// As of a day: who was active, deactivated or there at all, and what was on record then; today's state decides nothing of it.
#[test]
fn a_report_of_a_past_day_is_made_of_what_was_recorded_then() {
    let app = TestApp::start();
    let course = app.course("Safety");
    let at = |app: &TestApp| app.clock().now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let step = |app: &TestApp| app.clock().advance(Duration::days(10));
    let ids: Vec<String> = ["leaver", "returner", "deleted"].iter().map(|name| app.person(name)).collect();
    app.enrolled(&course, &json!({"everyone": true}));
    let first = at(&app);
    step(&app);
    expect(app.complete(&ids[0], &course, &json!({})), 201);
    app.done(&ids[0], &json!({"command": "recordAccess"}));
    app.switched(Way::Scim, &ids[1], false);
    let second = at(&app);
    step(&app);
    app.switched(Way::Api, &ids[1], true);
    app.switched(Way::Scim, &ids[0], false);
    expect(app.scim("DELETE", &format!("/Users/{}", ids[2]), None), 204);
    app.person("late");
    let third = at(&app);
    step(&app);
    let labels = |query: &str| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        app.report(query).iter().map(|row| (text(&row["userName"]), text(&row["label"]))).collect()
    };
    let named = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
        rows.iter().map(|(name, label)| ((*name).to_owned(), (*label).to_owned())).collect()
    };
    assert_eq!(
        labels(&format!("accounts?asOf={first}")),
        named(&[("leaver", "Activated"), ("returner", "Activated"), ("deleted", "Activated")])
    );
    assert_eq!(
        labels(&format!("accounts?asOf={second}")),
        named(&[("leaver", "Active"), ("returner", "Deactivated"), ("deleted", "Activated")])
    );
    let now = named(&[("leaver", "Deactivated"), ("returner", "Activated"), ("late", "Activated")]);
    assert_eq!(labels(&format!("accounts?asOf={third}")), now);
    assert_eq!(labels("accounts"), now);
    assert_eq!(app.reported(&format!("training?asOf={first}")), Vec::<String>::new());
    assert_eq!(labels(&format!("training?asOf={second}")), named(&[("leaver", "Active")]));
    assert_eq!(app.reported(&format!("training?asOf={third}&scope=archived")), ["leaver"]);
    assert_eq!(app.reported(&format!("seats?asOf={second}")), ["leaver", "deleted"]);
    assert_eq!(app.reported(&format!("seats?asOf={third}")), ["returner", "late"]);
    let signed_in: Vec<Value> = app
        .report(&format!("sign-ins?asOf={first}"))
        .iter()
        .map(|row| row["neverSignedIn"].clone())
        .collect();
    assert_eq!(signed_in, [json!(true), json!(true), json!(true)]);
}

/// A date that has come counts in a report of a day after it, without anything having run.
#[test]
fn a_date_counts_in_reports_from_its_instant_on() {
    let app = TestApp::start();
    let mut body = user("temp");
    body[ROLLCALL] = json!({"expiresAt": "2026-11-25T00:00:00Z"});
    app.provision(&body);
    app.clock().advance(Duration::days(30));
    let label = |query: &str| app.report(query)[0]["label"].clone();
    assert_eq!(label("accounts?asOf=2026-11-24T23:59:59Z"), "Activated");
    assert_eq!(
        (label("accounts?asOf=2026-11-25T00:00:00Z"), label("accounts")),
        (json!("Expired"), json!("Expired"))
    );
}

#[test]
fn what_a_spreadsheet_would_run_is_text() {
    let app = TestApp::start();
    let mut body = user("=cmd|' /C calc'!A0");
    let mut wide = user("wide");
    wide["displayName"] = json!(" \u{ff1d}1+1");
    app.provision(&wide);
    body["displayName"] = json!("with, comma and \"quote\"");
    app.provision(&body);
    let text =
        String::from_utf8(expect(app.api("GET", "/reports/accounts?format=csv", None), 200).body).unwrap();
    assert!(text.contains(",wide,' \u{ff1d}1+1,"), "{text}");
    assert!(text.contains(",'=cmd|' /C calc'!A0,\"with, comma and \"\"quote\"\"\","), "{text}");
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (query, status, field) in [
        ("everything", 404, Value::Null),
        ("training?asof=2026-01-01T00:00:00Z", 400, json!("asof")),
        ("training?scope=all&scope=active", 400, json!("scope")),
        ("training?course=01a20046-1b8c-70d9-b1cc-cf54d639c90e", 404, Value::Null),
        ("training?scope=some", 400, json!("scope")),
        ("training?format=xls", 400, json!("format")),
        ("training?asOf=yesterday", 400, json!("asOf")),
        ("training?asOf=2031-01-01T00:00:00Z", 400, json!("asOf")),
        ("training?course=x", 400, json!("course")),
        ("accounts?course=01a20046-1b8c-70d9-b1cc-cf54d639c90e", 400, json!("course")),
    ] {
        let answer = app.api("GET", &format!("/reports/{query}"), None);
        failures.add(query, crate::support::answers::problem(&answer, status));
        failures.check(query, answer.json().unwrap()["field"] == field, || "another field".to_owned());
    }
    failures.none();
}

/// Many pages of rows, some of them of nobody who is shown, come out whole.
#[test]
fn a_report_of_many_pages_is_whole() {
    let app = TestApp::start();
    let course = app.course("Safety");
    let here = app.person("here");
    let away = app.person("away");
    app.switched(Way::Scim, &away, false);
    // 9,000 completions, of which the middle third is of somebody who is away: a page may have no row.
    execute(
        app.database_url(),
        &format!(
            "INSERT INTO completions (tenant_id, id, course_id, account_id, completed_at, recorded_at) \
             SELECT t.id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '{course}', \
               CASE WHEN n BETWEEN 3001 AND 6000 THEN '{away}'::uuid ELSE '{here}'::uuid END, '2026-11-01', '2026-11-01' \
             FROM tenants t, generate_series(1, 9000) n"
        ),
    );
    assert_eq!(app.report("training?scope=active").len(), 6000);
    assert_eq!(app.report("training?scope=archived").len(), 3000);
    assert_eq!(app.report("training?scope=all&asOf=2026-11-21T09:00:00Z").len(), 9000);
    assert_eq!(csv(&app, "training?scope=all&format=csv").len(), 9000);
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    expect(app.scim("PATCH", &format!("/Users/{here}"), Some(&title)), 200);
}
