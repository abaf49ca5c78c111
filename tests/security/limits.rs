//! Every limit at n and at n + 1: what is allowed works, and what is not is refused by its name.

use crate::support::answers::problem;
use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, patch_op, scim_error, user};
use serde_json::{Value, json};

/// An object of so many bytes, with an attribute that nobody knows.
fn object(bytes: usize) -> Vec<u8> {
    let (head, tail) = ("{\"unknown\":\"", "\"}");
    format!("{head}{}{tail}", "x".repeat(bytes - head.len() - tail.len())).into_bytes()
}

fn send(app: &TestApp, method: &str, path: &str, body: &[u8]) -> Response {
    let token = if path.starts_with("/scim") { app.scim_token() } else { app.api_token() };
    let authorization = format!("Bearer {token}");
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    app.raw(method, path, &headers, Some(body))
}

#[test]
fn bodies() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    for (path, limit, at_limit) in [
        ("/scim/v2/Users", 1_048_576, 400),
        ("/scim/v2/Groups", 1_048_576, 400),
        ("/scim/v2/Users/.search", 1_048_576, 200),
        ("/api/v1/plans", 524_288, 400),
        ("/api/v1/courses", 8_192, 400),
        ("/api/v1/sessions", 8_192, 400),
        ("/api/v1/password-resets", 8_192, 400),
    ] {
        let fits = send(&app, "POST", path, &object(limit));
        failures.check(path, fits.status == at_limit, || format!("at the limit {}", fits.status));
        let more = send(&app, "POST", path, &object(limit + 1));
        let wrong =
            if path.starts_with("/scim") { scim_error(&more, 413, None) } else { problem(&more, 413) };
        failures.add(path, wrong);
        let named = String::from_utf8_lossy(&more.body).contains(&limit.to_string());
        failures.check(path, named, || "the limit is not named".to_owned());
    }
    failures.none();
}

/// What the ServiceProviderConfig promises is what holds (RFC 7643 §5).
#[test]
fn what_is_advertised() {
    let app = TestApp::start();
    let config = app.read("/ServiceProviderConfig");
    let operations = usize::try_from(config["bulk"]["maxOperations"].as_u64().unwrap()).unwrap();
    let payload = usize::try_from(config["bulk"]["maxPayloadSize"].as_u64().unwrap()).unwrap();
    let page = usize::try_from(config["filter"]["maxResults"].as_u64().unwrap()).unwrap();
    assert_eq!(config["pagination"]["maxPageSize"].as_u64(), config["filter"]["maxResults"].as_u64());
    let bulk = |count: usize| {
        let operation = |n| {
            let data = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": format!("g{n}")});
            json!({"method": "POST", "path": "/Groups", "bulkId": format!("b{n}"), "data": data})
        };
        let all: Vec<Value> = (0..count).map(operation).collect();
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": all})
    };
    let refused = app.scim("POST", "/Bulk", Some(&bulk(operations + 1)));
    assert_eq!(scim_error(&refused, 413, None), Vec::<String>::new());
    assert_eq!(app.read("/Groups?count=0")["totalResults"], 0, "something of it was done");
    let done = expect(app.scim("POST", "/Bulk", Some(&bulk(operations))), 200).json().unwrap();
    let made = done["Operations"].as_array().unwrap().iter().filter(|one| one["status"] == "201").count();
    assert_eq!(made, operations);
    expect(app.scim("POST", "/Groups", Some(&json!({"displayName": "one more"}))), 201);
    // A page holds so many, and who asks for more gets as many, no error (RFC 7644 §3.4.2.4).
    for asked in [page, page + 1, 1_000_000] {
        let list = app.read(&format!("/Groups?count={asked}&attributes=displayName"));
        assert_eq!(list["Resources"].as_array().unwrap().len(), page, "{asked}");
        assert_eq!(list["totalResults"], operations + 1);
    }
    let empty = bulk(1).to_string();
    let padded = |bytes: usize| format!("{empty}{}", " ".repeat(bytes - empty.len())).into_bytes();
    expect(send(&app, "POST", "/scim/v2/Bulk", &padded(payload)), 200);
    let refused = send(&app, "POST", "/scim/v2/Bulk", &padded(payload + 1));
    assert_eq!(scim_error(&refused, 413, None), Vec::<String>::new());
}

/// However deep an index is, it is no error: RFC 7644 §3.4.2.4 knows none, and the page behind the end is empty.
#[test]
fn indexes() {
    let app = TestApp::start();
    app.provision(&user("bjensen"));
    for start in ["1", "2", "100000", "100001", "9223372036854775807", "99999999999999999999"] {
        let list = app.read(&format!("/Users?startIndex={start}&count=10"));
        let shown = list["Resources"].as_array().map_or(0, Vec::len);
        assert_eq!((list["totalResults"].clone(), shown), (json!(1), usize::from(start == "1")), "{start}");
    }
}

fn nested(depth: usize) -> Value {
    // The object itself is the first level.
    (1..depth).fold(json!({}), |inner, _| json!({ "x": inner }))
}

#[test]
fn filters_and_depths() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let mut search = |case: &str, filter: String, fits: bool| {
        let answer = app.scim("POST", "/Users/.search", Some(&json!({ "filter": filter })));
        let wrong = match fits {
            true if answer.status == 200 => Vec::new(),
            true => vec![format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))],
            false => scim_error(&answer, 400, Some("invalidFilter")),
        };
        failures.add(case, wrong);
    };
    let long = |bytes: usize| format!("title eq \"{}\"", "x".repeat(bytes - 11));
    search("4,096 bytes", long(4_096), true);
    search("4,097 bytes", long(4_097), false);
    let elements = |count: usize| vec!["title pr"; count].join(" and ");
    search("32 comparisons", elements(32), true);
    search("33 comparisons", elements(33), false);
    let deep = |depth: usize| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
    search("depth 12", deep(12), true);
    search("depth 13", deep(13), false);
    let chain =
        |terms: usize| (0..terms).map(|n| format!("userName eq \"u{n}\"")).collect::<Vec<_>>().join(" or ");
    search("a chain of 5,000", chain(5_000), true);
    search("a chain of 5,001", chain(5_001), false);
    let mut body = user("deep");
    body["unknown"] = nested(31);
    let fits = app.scim("POST", "/Users", Some(&body));
    failures.check("JSON of depth 32", fits.status == 201, || format!("{}", fits.status));
    body["unknown"] = nested(32);
    failures.add(
        "JSON of depth 33",
        scim_error(&app.scim("POST", "/Users", Some(&body)), 400, Some("invalidSyntax")),
    );
    failures.none();
}

#[test]
fn values_and_operations() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    let path = format!("/Users/{}", app.provision(&user("bjensen")));
    let patch = |count: usize| {
        let one = json!({"op": "replace", "path": "title", "value": "Guide"});
        app.scim("PATCH", &path, Some(&patch_op(Value::Array(vec![one; count]))))
    };
    failures.check("1,000 operations", patch(1_000).status == 200, || "refused".to_owned());
    failures.add("1,001 operations", scim_error(&patch(1_001), 413, None));
    let mut value = |attribute: &str, chars: usize, fits: bool| {
        let mut body = user("bjensen");
        body[attribute] = "ä".repeat(chars).into();
        let answer = app.scim("PUT", &path, Some(&body));
        let case = format!("{attribute} of {chars} characters");
        if fits {
            failures
                .check(&case, answer.status == 200, || String::from_utf8_lossy(&answer.body).into_owned());
        } else {
            failures.add(&case, scim_error(&answer, 400, Some("invalidValue")));
        }
    };
    for (attribute, limit) in [("userName", 256), ("displayName", 512), ("title", 1_024)] {
        value(attribute, limit, true);
        value(attribute, limit + 1, false);
    }
    // In the form in which it is compared: 2,000 bytes.
    value("externalId", 1_000, true);
    value("externalId", 1_001, false);
    let mails = |count: usize| {
        let mut body = user("bjensen");
        let one = |n| json!({"value": format!("b{n}@example.com")});
        body["emails"] = (0..count).map(one).collect();
        app.scim("PUT", &path, Some(&body))
    };
    let fits = mails(1_000);
    failures.check("1,000 elements", fits.status == 200, || String::from_utf8_lossy(&fits.body).into_owned());
    failures.add("1,001 elements", scim_error(&mails(1_001), 400, Some("invalidValue")));
    failures.none();
}

#[test]
fn addresses_and_headers() {
    let app = TestApp::start();
    let address = |bytes: usize| {
        let path = "/scim/v2/Users?x=";
        app.request("GET", &format!("{path}{}", "x".repeat(bytes - path.len())), Some(app.scim_token()), None)
    };
    expect(address(61_440), 200);
    assert_eq!(scim_error(&address(61_441), 414, None), Vec::<String>::new());
    for (surface, token) in [("/scim/v2/Users", app.scim_token()), ("/api/v1/audit", app.api_token())] {
        let fields = |bytes: usize| {
            let authorization = format!("Bearer {token}");
            let host = app.address().to_string();
            let known: usize =
                ["authorization", &authorization, "host", &host, "connection", "close", "x-more"]
                    .iter()
                    .map(|text| text.len())
                    .sum();
            let more = "x".repeat(bytes - known);
            app.raw("GET", surface, &[("Authorization", &authorization), ("X-More", &more)], None)
        };
        expect(fields(16_384), 200);
        let refused = expect(fields(16_385), 431);
        assert!(String::from_utf8_lossy(&refused.body).contains("16384"));
    }
}

/// What is too much for the framework is answered before it is anybody's request, without a body: docs/SCIM.md says so.
#[test]
fn what_is_no_request_yet_is_refused_without_a_body() {
    let app = TestApp::start();
    // Host, Connection and Authorization are there already.
    let fields = |count: usize| {
        let authorization = format!("Bearer {}", app.scim_token());
        let names: Vec<String> = (3..count).map(|number| format!("X-{number}")).collect();
        let mut headers = vec![("Authorization", authorization.as_str())];
        headers.extend(names.iter().map(|name| (name.as_str(), "x")));
        app.raw("GET", "/scim/v2/Users", &headers, None)
    };
    expect(fields(96), 200);
    let refused = expect(fields(97), 431);
    assert_eq!((refused.body.len(), refused.header("X-Request-Id")), (0, None));
    let address = |bytes: usize| {
        let path = "/scim/v2/Users?x=";
        app.raw("GET", &format!("{path}{}", "x".repeat(bytes - path.len())), &[], None)
    };
    assert!(!expect(address(65_534), 414).body.is_empty());
    for bytes in [65_535, 70_000, 120_000] {
        assert_eq!(expect(address(bytes), 400).body.len(), 0, "{bytes}");
    }
    let head = "x".repeat(131_072);
    let refused = expect(app.raw("GET", "/scim/v2/Users", &[("X-More", &head)], None), 431);
    assert_eq!(refused.body.len(), 0);
}

/// Characters that have to be percent-encoded (RFC 3986 §2) and are not: some end as the request of nobody, the others mean
/// themselves.
#[test]
fn which_characters_an_address_may_hold_unencoded() {
    let app = TestApp::start();
    let ask = |path: String| app.request("GET", &path, Some(app.scim_token()), None);
    for character in "\"<> \u{7f}\u{f6}".chars() {
        let refused = ask(format!("/scim/v2/Users?filter=userName{character}eq"));
        assert_eq!((refused.status, refused.body.len()), (400, 0), "{character:?}");
    }
    for character in "\\^`{|}".chars() {
        let refused = ask(format!("/scim/v2/Users?filter=userName%20eq%20%22a%22{character}"));
        assert_eq!(scim_error(&refused, 400, Some("invalidFilter")), Vec::<String>::new(), "{character:?}");
    }
    for character in "<>` \u{7f}\u{f6}".chars() {
        let refused = ask(format!("/scim/v2/Us{character}ers"));
        assert_eq!((refused.status, refused.body.len()), (400, 0), "{character:?}");
    }
    for character in "\"\\^{|}".chars() {
        assert_eq!(scim_error(&ask(format!("/scim/v2/Us{character}ers")), 404, None), Vec::<String>::new());
    }
}

/// Rows of a list at most: the same at every list of the API, refused beyond it as it is documented.
#[test]
fn rows_of_a_page() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    for list in ["/audit", "/notices", "/courses", &format!("/accounts/{id}/timeline")] {
        for limit in ["1", "1000"] {
            expect(app.api("GET", &format!("{list}?limit={limit}"), None), 200);
        }
        for limit in ["0", "-1", "1001", "9223372036854775807", "99999999999999999999", "1.5", "ten", ""] {
            let refused = expect(app.api("GET", &format!("{list}?limit={limit}"), None), 400).json().unwrap();
            let detail = refused["detail"].as_str().unwrap();
            assert_eq!(refused["field"], "limit", "{refused}");
            assert!(
                detail.contains(&format!("\"{limit}\"")) && detail.contains("from 1 to 1000"),
                "{detail}"
            );
        }
    }
}

#[test]
fn passwords() {
    let app = TestApp::start();
    let mut failures = Failures::default();
    // Four bytes each: 128 characters are the 512 bytes that may be hashed at most. One word, so that nobody guesses it.
    let password = |chars: usize| -> String {
        "𝄞𝄢𝅘𝅥𝅮𝆑𝇋🂡🃏🄰".chars().cycle().take(chars).collect()
    };
    for (chars, status) in [(7, 400), (8, 201), (128, 201), (129, 400)] {
        let name = format!("p{chars}");
        let id = app.provision(&user(&name));
        let temporary = app.temporary_password(&id);
        let learner = crate::support::Learner::new(&app, &name);
        let answer = learner.sign_in_changing(&temporary, &password(chars));
        failures.check(&format!("{chars} characters"), answer.status == status, || {
            format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
        });
    }
    failures.none();
}

/// The forty-ninth session ends the oldest, and no other.
#[test]
fn sessions_of_an_account() {
    let app = TestApp::start();
    let id = app.provision(&user("bjensen"));
    let learner = app.learner_with_password(&id, "bjensen", "correct horse battery");
    let other = app.provision(&user("other"));
    let of_other = app.learner_with_password(&other, "other", "correct horse battery");
    let theirs = of_other.session("correct horse battery");
    // The change of the password has begun the first.
    let mut all = Vec::new();
    for _ in 0..47 {
        app.clock().advance(chrono::Duration::seconds(1));
        all.push(learner.session("correct horse battery"));
    }
    app.clock().advance(chrono::Duration::seconds(1));
    assert!(all.iter().all(|session| app.session_status(session) == 200));
    let one_more = learner.session("correct horse battery");
    // Forty-eight live: the first of the change of the password is gone.
    assert!(all.iter().all(|session| app.session_status(session) == 200), "one too many has ended");
    app.clock().advance(chrono::Duration::seconds(1));
    learner.session("correct horse battery");
    assert_eq!(app.session_status(&all[0]), 401, "the oldest still lives");
    assert!(all[1..].iter().all(|session| app.session_status(session) == 200));
    assert_eq!(app.session_status(&one_more), 200);
    assert_eq!(app.session_status(&theirs), 200, "a session of somebody else has ended");
}
