//! Which tenant a request is about (RFC 7644 §6).

use crate::support::{Failures, TestApp, expect, scim_error, user};
use rollcall::app::tokens::Scope;
use serde_json::json;

/// R178, R179: the tenant is the token's, whatever else the request names; an address with a tenant in it is none.
#[test]
fn the_credential_decides_over_the_tenant() {
    let app = TestApp::start();
    let neighbour = app.issue_token("neighbour", "idp", Scope::Scim);
    let theirs = app.request("POST", "/scim/v2/Users", Some(&neighbour), Some(&user("theirs")));
    let theirs = expect(theirs, 201).json().unwrap()["id"].as_str().unwrap().to_owned();
    let mine = app.provision(&user("mine"));
    let mut failures = Failures::default();
    for header in [
        ("X-Tenant", "neighbour"),
        ("X-Tenant-Id", "neighbour"),
        ("Tenant", "neighbour"),
        ("Host", "neighbour.example.com"),
        ("X-Forwarded-Host", "neighbour.example.com"),
    ] {
        let list = app.scim_with("GET", "/Users", &[header], None).json().unwrap_or_default();
        let right = list["totalResults"] == json!(1) && list["Resources"][0]["id"] == json!(mine);
        failures.check(header.0, right, || list.to_string());
        let one = app.scim_with("GET", &format!("/Users/{theirs}"), &[header], None);
        failures.add(header.0, scim_error(&one, 404, None));
    }
    let list = app.read("/Users?tenant=neighbour&tenantId=neighbour");
    failures.check("query", list["Resources"][0]["id"] == json!(mine), || list.to_string());
    for path in ["/neighbour/Users", "/Tenants/neighbour/Users", &format!("/neighbour/Users/{theirs}")] {
        failures.add(path, scim_error(&app.scim("GET", path, None), 404, None));
    }
    let mut body = user("smuggled");
    body["tenant"] = json!("neighbour");
    body["tenant_id"] = json!("neighbour");
    app.provision(&body);
    failures.none();
    let seen = expect(app.request("GET", "/scim/v2/Users", Some(&neighbour), None), 200).json().unwrap();
    assert_eq!(seen["totalResults"], 1, "nothing came to the neighbour");
}
