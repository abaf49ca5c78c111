//! As much as is advertised, and not more.

use super::*;
use crate::support::scim_error;

fn advertised(app: &TestApp, name: &str) -> usize {
    let config = app.read("/ServiceProviderConfig");
    assert_eq!(config["bulk"]["supported"], true);
    usize::try_from(config["bulk"][name].as_u64().unwrap()).unwrap()
}

/// R073, R159: as many operations as advertised are carried out, one more is 413 and names the limit. They are of all kinds.
#[test]
fn a_thousand_operations() {
    let app = TestApp::unguarded();
    let limit = advertised(&app, "maxOperations");
    assert_eq!(limit, 1_000);
    let title = json!({"Operations": [{"op": "add", "path": "title", "value": "T"}]});
    let fives = (0..limit / 5).flat_map(|n| {
        [
            post_user(&format!("u{n}"), &format!("user{n}")),
            post_user(&format!("v{n}"), &format!("leaver{n}")),
            post_group(&format!("g{n}"), &format!("Group {n}"), &[&format!("bulkId:u{n}")]),
            json!({"method": "PATCH", "path": format!("/Users/bulkId:u{n}"), "data": title}),
            json!({"method": "DELETE", "path": format!("/Users/bulkId:v{n}")}),
        ]
    });
    let mut operations: Vec<Value> = fives.collect();
    let one_more = [&operations[..], &[post_user("more", "more")]].concat();
    let refused = send(&app, Value::Array(one_more));
    assert_eq!(scim_error(&refused, 413, None), Vec::<String>::new());
    assert!(refused.json().unwrap()["detail"].as_str().unwrap().contains("maxOperations (1000)"));
    assert_eq!(count(&app, "user"), 0, "nothing of it was done");
    // In an order in which almost everything has to wait.
    operations.reverse();
    let done = bulk(&app, Value::Array(operations));
    assert_eq!(done.len(), limit);
    let wrong: Vec<&Value> =
        done.iter().filter(|entry| !entry["status"].as_str().unwrap().starts_with('2')).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let expected = u64::try_from(limit / 5).unwrap();
    assert_eq!((count(&app, "user"), count(&app, "leaver")), (expected, 0));
    assert_eq!(app.read("/Groups?count=0")["totalResults"], expected);
}

/// R073, R159: a body of exactly the advertised size is read, one byte more is 413 and names the limit, however it is sent.
#[test]
fn a_body_of_the_largest_size() {
    let app = TestApp::start();
    let limit = advertised(&app, "maxPayloadSize");
    assert_eq!(limit, 1_048_576);
    let request = json!({"Operations": [post_user("a", "a")]}).to_string();
    let padded = |size: usize| format!("{request}{}", " ".repeat(size - request.len())).into_bytes();
    let authorization = format!("Bearer {}", app.scim_token());
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/scim+json")];
    let sent = |size: usize| app.raw("POST", "/scim/v2/Bulk", &headers, Some(&padded(size)));
    let refused = sent(limit + 1);
    assert_eq!(scim_error(&refused, 413, None), Vec::<String>::new());
    assert!(refused.json().unwrap()["detail"].as_str().unwrap().contains("maxPayloadSize (1048576 bytes)"));
    assert_eq!(count(&app, "a"), 0);
    assert_eq!(statuses(&entries(sent(limit))), ["201"]);
}
