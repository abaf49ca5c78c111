//! The ServiceProviderConfig (RFC 7643 §5).

use crate::support::{TestApp, expect};
use serde_json::{Value, json};

/// R072: what the server can do is told to everybody, with every attribute that RFC 7643 requires, of its type.
#[test]
fn the_configuration_has_every_required_attribute() {
    let app = TestApp::start();
    let config =
        expect(app.request("GET", "/scim/v2/ServiceProviderConfig", None, None), 200).json().unwrap();
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    let truth = |pointer: &str| config.pointer(pointer).is_some_and(Value::is_boolean);
    let number = |pointer: &str| config.pointer(pointer).is_some_and(Value::is_u64);
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(truth(&format!("/{feature}/supported")), "{feature}: {config}");
    }
    for limit in ["/bulk/maxOperations", "/bulk/maxPayloadSize", "/filter/maxResults"] {
        assert!(number(limit), "{limit}: {config}");
    }
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    assert!(!schemes.is_empty());
    for scheme in schemes {
        for name in ["type", "name", "description"] {
            assert!(scheme[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {scheme}");
        }
    }
    assert_eq!(config["meta"]["resourceType"], "ServiceProviderConfig");
    assert_eq!(config["meta"]["location"], json!(format!("{}/ServiceProviderConfig", app.scim_base())));
}
