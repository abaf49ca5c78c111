//! What is set for a connection, and bulk requests.

use super::Provider;
use crate::support::{TestApp, expect};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// R145, R157: two who manage each other are made for every connection: what it says of operations without path is not said of
/// the one by which this server gives them their managers.
#[test]
fn circles_are_made_where_operations_without_path_are_refused() {
    let app = TestApp::start();
    let post = |name: &str, manager: &str| {
        let manager = json!({"manager": {"value": format!("bulkId:{manager}")}});
        json!({"method": "POST", "path": "/Users", "bulkId": name, "data": {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "userName": name, ENTERPRISE: manager}})
    };
    for (dialect, [a, b]) in [("compat", ["a", "b"]), ("strict", ["c", "d"])] {
        let settings = json!({"dialect": dialect, "pathless_patch": "refuse"});
        let provider = Provider::new(&app, &settings);
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                          "Operations": [post(a, b), post(b, a)]});
        let answer = expect(provider.send("POST", "/Bulk", Some(&body)), 200).json().unwrap();
        let read = |place: usize| -> Value {
            let location =
                answer["Operations"][place]["location"].as_str().unwrap_or_else(|| panic!("{answer}"));
            let path = location.rsplit_once("/Users").unwrap().1;
            expect(provider.send("GET", &format!("/Users{path}"), None), 200).json().unwrap()
        };
        let (first, second) = (read(0), read(1));
        assert_eq!(first[ENTERPRISE]["manager"]["value"], second["id"], "{dialect}");
        assert_eq!(second[ENTERPRISE]["manager"]["value"], first["id"], "{dialect}");
    }
}
