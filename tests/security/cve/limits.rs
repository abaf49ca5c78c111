//! Every limit that is advertised is enforced: at it everything works, one beyond it nothing happens.

use super::*;
use crate::support::{Failures, patch_op};

fn statuses(at: &Response, beyond: &Response) -> (u16, u16) {
    (at.status, beyond.status)
}

/// SCIMple: the limits of ServiceProviderConfig were words.
#[test]
fn scimple_1125_what_the_configuration_advertises_is_enforced() {
    let app = TestApp::start();
    let config = app.read("/ServiceProviderConfig");
    let number = |pointer: &str| usize::try_from(config.pointer(pointer).unwrap().as_u64().unwrap()).unwrap();
    let (operations, payload, page) =
        (number("/bulk/maxOperations"), number("/bulk/maxPayloadSize"), number("/filter/maxResults"));
    let nothing = json!({"method": "DELETE", "path": "/Users/0191aaaa-0000-7000-8000-000000000001"});
    let bulk = |n: usize| {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": vec![nothing.clone(); n]});
        app.scim("POST", "/Bulk", Some(&body))
    };
    assert_eq!(statuses(&bulk(operations), &bulk(operations + 1)), (200, 413), "maxOperations");
    let authorization = format!("Bearer {}", app.scim_token());
    let headers = [("Authorization", &*authorization), ("Content-Type", "application/scim+json")];
    let one =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [nothing]})
            .to_string();
    let sized = |n: usize| {
        let body = one.clone() + &" ".repeat(n - one.len());
        app.raw("POST", "/scim/v2/Bulk", &headers, Some(body.as_bytes()))
    };
    assert_eq!(statuses(&sized(payload), &sized(payload + 1)), (200, 413), "maxPayloadSize");
    // One more than a page may hold.
    let post = |n: usize| json!({"method": "POST", "path": "/Users", "bulkId": format!("{n}"), "data": {"userName": format!("user{n}")}});
    for some in (0..=page).collect::<Vec<_>>().chunks(operations) {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": some.iter().map(|n| post(*n)).collect::<Vec<_>>()});
        expect(app.scim("POST", "/Bulk", Some(&body)), 200);
    }
    for (count, expected) in [(page, page), (page + 1, page), (usize::MAX >> 1, page)] {
        let listed = app.read(&format!("/Users?count={count}&attributes=userName"));
        assert_eq!(listed["Resources"].as_array().unwrap().len(), expected, "count={count}");
        assert_eq!(listed["totalResults"], page + 1);
    }
    // What is not supported says so, and is not done.
    for (feature, method, path) in [
        ("changePassword", "PATCH", "/Me"),
        ("etag", "GET", "/Users"),
        ("sort", "GET", "/Users?sortBy=userName"),
    ] {
        let supported = config[feature]["supported"].as_bool().unwrap();
        let status = app.scim(method, path, Some(&patch_op(json!([])))).status;
        assert_eq!(status == 200, supported, "{feature}: {status}");
    }
}

/// The limits of docs/SCIM.md, which have no place in the configuration.
#[test]
fn scimple_1125_what_the_documentation_says_is_enforced() {
    let app = TestApp::start();
    let id = app.person("somebody");
    let path = format!("/Users/{id}");
    let mut failures = Failures::default();
    let mut both = |limit: &str, at: Response, beyond: Response, status: u16| {
        let right = at.status / 100 == 2 && beyond.status == status;
        failures.check(limit, right, || format!("{} {}", at.status, beyond.status));
    };
    let operations = |n: usize| {
        let one = json!({"op": "add", "path": "title", "value": "T"});
        app.scim("PATCH", &path, Some(&patch_op(Value::Array(vec![one; n]))))
    };
    both("operations in a PATCH", operations(1_000), operations(1_001), 413);
    let text = |attribute: &str, n: usize| {
        app.scim(
            "PATCH",
            &path,
            Some(&patch_op(json!([{"op": "replace", "path": attribute, "value": "x".repeat(n)}]))),
        )
    };
    for (attribute, limit) in
        [("userName", 256), ("displayName", 512), ("title", 1_024), ("name.givenName", 1_024)]
    {
        both(attribute, text(attribute, limit), text(attribute, limit + 1), 400);
    }
    let several = |n: usize| {
        let all: Vec<Value> =
            (0..n).map(|n| json!({"value": format!("{n}@example.com"), "type": "work"})).collect();
        app.scim("PATCH", &path, Some(&patch_op(json!([{"op": "replace", "path": "emails", "value": all}]))))
    };
    both("elements", several(1_000), several(1_001), 400);
    let search = |filter: String| app.scim("POST", "/Users/.search", Some(&json!({"filter": filter})));
    let depth = |n: usize| search(format!("{}title pr{}", "(".repeat(n), ")".repeat(n)));
    both("depth of a filter", depth(12), depth(13), 400);
    let terms = |n: usize| {
        search(
            (0..n)
                .map(|n| format!("title eq \"{n}\" and name.givenName eq \"{n}\""))
                .collect::<Vec<_>>()
                .join(" and "),
        )
    };
    both("comparisons of a filter", terms(16), terms(17), 400);
    let length = |n: usize| {
        let rest = "title eq \"\" and active eq true";
        search(format!("title eq \"{}\" and active eq true", "x".repeat(n - rest.len())))
    };
    both("length of a filter", length(4_096), length(4_097), 400);
    // The body is a level, and so is each array in it.
    let nested = |n: usize| {
        let value = format!("{}1{}", "[".repeat(n - 1), "]".repeat(n - 1));
        let body = format!(r#"{{"schemas":[],"userName":"nested{n}","unknown":{value}}}"#);
        let authorization = format!("Bearer {}", app.scim_token());
        let headers = [("Authorization", &*authorization), ("Content-Type", "application/scim+json")];
        app.raw("POST", "/scim/v2/Users", &headers, Some(body.as_bytes()))
    };
    both("depth of JSON", nested(32), nested(33), 400);
    failures.none();
    // A page of the audit log, and rows of a link, are the same everywhere.
    assert_eq!(app.api("GET", "/audit?limit=1000", None).status, 200);
}
