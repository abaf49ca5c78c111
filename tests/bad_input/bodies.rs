//! Bodies that are not the JSON object that was expected.

use super::{Victim, refused_by_the_api};
use crate::support::answers::problem;
use crate::support::{Failures, scim_error};
use serde_json::json;

/// R163: broken JSON is `invalidSyntax`.
#[test]
fn what_is_no_json_object_is_invalid_syntax_everywhere() {
    let victim = Victim::new();
    let before = victim.state();
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let mut bodies: Vec<(&str, Vec<u8>)> = vec![
        ("words", b"hello".to_vec()),
        ("truncated", b"{\"userName\":".to_vec()),
        ("truncated in a string", b"{\"userName\":\"x".to_vec()),
        ("an array", b"[]".to_vec()),
        ("an array of one", b"[{\"userName\":\"x\"}]".to_vec()),
        ("a number", b"5".to_vec()),
        ("a string", b"\"x\"".to_vec()),
        ("null", b"null".to_vec()),
        ("true", b"true".to_vec()),
        ("nothing", b"".to_vec()),
        ("blanks", b" \n\t ".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("single quotes", b"{'userName':'x'}".to_vec()),
        ("a trailing comma", b"{\"userName\":\"x\",}".to_vec()),
        ("a comment", b"{\"userName\":\"x\"} // no".to_vec()),
        ("NaN", b"{\"userName\":NaN}".to_vec()),
        ("a number too large", b"{\"userName\":1e999}".to_vec()),
        ("a leading zero", b"{\"userName\":01}".to_vec()),
        ("a raw control character", b"{\"userName\":\"a\x01b\"}".to_vec()),
        ("a raw NUL", b"{\"userName\":\"a\0b\"}".to_vec()),
        ("not UTF-8", b"{\"userName\":\"\xff\"}".to_vec()),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("an overlong NUL", b"{\"userName\":\"\xc0\x80\"}".to_vec()),
        ("a lone surrogate", br#"{"userName":"\ud800"}"#.to_vec()),
        ("surrogates the wrong way round", br#"{"userName":"\udc00\ud800"}"#.to_vec()),
        ("XML", b"<user/>".to_vec()),
        ("a form", b"userName=x".to_vec()),
    ];
    bodies.push(("33 levels", nested(32).into_bytes()));
    bodies.push(("100,000 levels", nested(100_000).into_bytes()));
    bodies.push(("100,000 open brackets", vec![b'['; 100_000]));
    let mut failures = Failures::default();
    for (name, body) in &bodies {
        for (method, path) in victim.with_bodies() {
            let answer = victim.send(method, &path, "application/scim+json", body);
            failures
                .add(&format!("{name}: {method} {path}"), scim_error(&answer, 400, Some("invalidSyntax")));
        }
        let answer = victim.sign_in("application/json", body);
        // Nobody need be known to sign in, so little is read of them.
        let status = if body.len() > 8 * 1024 { 413 } else { 400 };
        failures.add(&format!("{name}: sessions"), problem(&answer, status));
    }
    failures.none();
    assert_eq!(victim.state(), before);
}

/// R125: a PATCH is operations, each of them one that there is.
#[test]
fn what_is_no_patch_is_refused() {
    let victim = Victim::new();
    let before = victim.state();
    let mut failures = Failures::default();
    for (body, kind) in [
        (json!({}), "invalidSyntax"),
        (json!({"Operations": []}), "invalidSyntax"),
        (json!({"Operations": {}}), "invalidSyntax"),
        (json!({"Operations": "x"}), "invalidSyntax"),
        (json!({"Operations": null}), "invalidSyntax"),
        (json!({"Operations": [5]}), "invalidSyntax"),
        (json!({"Operations": [null]}), "invalidSyntax"),
        (json!({"Operations": [{}]}), "invalidSyntax"),
        (json!({"Operations": [{"op": "move", "path": "title", "value": "x"}]}), "invalidSyntax"),
        (json!({"Operations": [{"op": 5, "path": "title", "value": "x"}]}), "invalidSyntax"),
        (json!({"Operations": [{"op": "replace", "path": 5, "value": "x"}]}), "invalidPath"),
        (json!({"Operations": [{"op": "replace", "path": "displayName"}]}), "invalidValue"),
        (json!({"Operations": [{"op": "remove"}]}), "noTarget"),
        (json!({"Operations": [{"op": "replace", "path": "displayName[", "value": "x"}]}), "invalidFilter"),
        (json!({"Operations": [{"op": "replace", "path": "a b c", "value": "x"}]}), "invalidPath"),
        (json!({"Operations": [{"op": "replace", "path": "id", "value": "x"}]}), "mutability"),
        (
            json!({"Operations": [{"op": "replace", "path": "meta.created", "value": "2020-01-01T00:00:00Z"}]}),
            "mutability",
        ),
        (json!({"Operations": [{"op": "add", "value": 5}]}), "invalidValue"),
        (json!({"Operations": [{"op": "add", "value": []}]}), "invalidValue"),
    ] {
        for path in [&victim.user, &victim.group] {
            let answer = victim.app.scim("PATCH", path, Some(&body));
            failures.add(&format!("{path} {body}"), scim_error(&answer, 400, Some(kind)));
        }
    }
    for (operations, kind) in [
        (json!([{"op": "remove", "path": "userName"}]), "mutability"),
        (json!([{"op": "add", "path": "groups", "value": [{"value": "x"}]}]), "mutability"),
        (json!([{"op": "replace", "path": "emails[type eq]", "value": "x"}]), "invalidFilter"),
        (json!([{"op": "replace", "path": "emails[type eq \"work\"", "value": "x"}]), "invalidFilter"),
    ] {
        let body = json!({"Operations": operations});
        let answer = victim.app.scim("PATCH", &victim.user, Some(&body));
        failures.add(&body.to_string(), scim_error(&answer, 400, Some(kind)));
    }
    let good_and_bad = json!({"Operations": [
        {"op": "replace", "path": "displayName", "value": "Changed"},
        {"op": "replace", "path": "id", "value": "x"},
    ]});
    for path in [&victim.user, &victim.group] {
        let answer = victim.app.scim("PATCH", path, Some(&good_and_bad));
        failures.add(&format!("atomic {path}"), scim_error(&answer, 400, Some("mutability")));
    }
    let many: Vec<_> =
        (0..1_001).map(|_| json!({"op": "add", "path": "displayName", "value": "x"})).collect();
    let answer = victim.app.scim("PATCH", &victim.user, Some(&json!({"Operations": many})));
    failures.add("1,001 operations", scim_error(&answer, 413, None));
    failures.none();
    assert_eq!(victim.state(), before);
}

#[test]
fn two_equal_keys_are_refused_everywhere() {
    let victim = Victim::new();
    let before = victim.state();
    let body = br#"{"deep":[{"title":"a","title":"a"}]}"#;
    let mut failures = Failures::default();
    for (method, path) in victim.with_bodies() {
        let answer = victim.send(method, &path, "application/json", body);
        failures.add(&format!("{method} {path}"), scim_error(&answer, 400, Some("invalidSyntax")));
    }
    failures.add("sessions", problem(&victim.sign_in("application/json", body), 400));
    failures.none();
    assert_eq!(victim.state(), before);
}

#[test]
fn a_sign_in_needs_three_texts() {
    let victim = Victim::new();
    let before = victim.state();
    let good = json!({"tenant": "demo", "userName": "bjensen", "password": "x"});
    let mut failures = Failures::default();
    for field in ["tenant", "userName", "password", "newPassword"] {
        for value in [json!(null), json!(""), json!(5), json!(true), json!([]), json!({}), json!(["a"])] {
            let mut body = good.clone();
            body[field] = value.clone();
            let answer = victim.app.request("POST", "/api/v1/sessions", None, Some(&body));
            let case = format!("{field}: {value}");
            failures.add(&case, refused_by_the_api(&answer));
            // An empty new password is looked at when the present one is proved.
            let unproved = field == "newPassword" && (value.is_null() || value == json!(""));
            let status = if unproved { 401 } else { 400 };
            failures.check(&case, answer.status == status, || format!("{}", answer.status));
            if status == 400 {
                let body = answer.json().unwrap_or_default();
                failures.check(&case, body["field"] == json!(field), || format!("{body}"));
            }
        }
    }
    let long = json!({"tenant": "demo", "userName": "bjensen", "password": "x".repeat(5_000)});
    let answer = victim.app.request("POST", "/api/v1/sessions", None, Some(&long));
    failures.add("a password of 5,000 characters", problem(&answer, 400));
    let long = json!({"tenant": "x".repeat(1_000), "userName": "y".repeat(6_000), "password": "x"});
    let answer = victim.app.request("POST", "/api/v1/sessions", None, Some(&long));
    failures.add("names of thousands of characters", refused_by_the_api(&answer));
    failures.none();
    assert_eq!(victim.state(), before);
}

#[test]
fn what_is_not_called_json_is_415_and_not_read() {
    let victim = Victim::new();
    let before = victim.state();
    let mut failures = Failures::default();
    for media_type in [
        "text/plain",
        "text/html",
        "application/xml",
        "multipart/form-data",
        "application/",
        "json",
        "\u{ff}",
    ] {
        for (method, path) in victim.with_bodies() {
            let answer =
                victim.send(method, &path, media_type, b"{\"userName\":\"x\",\"displayName\":\"x\"}");
            failures.add(&format!("{media_type}: {method} {path}"), scim_error(&answer, 415, None));
        }
        failures.add(media_type, problem(&victim.sign_in(media_type, b"{}"), 415));
    }
    failures.none();
    assert_eq!(victim.state(), before);
}
