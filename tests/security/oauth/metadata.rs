//! What a client finds out by itself (RFC 8414).

use super::client::{form, token_of};
use crate::support::http::{Request, send};
use crate::support::{TestApp, expect};
use serde_json::json;

/// R230: the metadata leads to the token endpoint.
#[test]
fn the_metadata_leads_to_a_token() {
    let app = TestApp::start();
    let client = app.client("demo", "identity-provider", "scim");
    let answer = expect(app.raw("GET", "/.well-known/oauth-authorization-server", &[], None), 200);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    let issuer = format!("http://{}", app.address());
    assert_eq!(
        answer.json().unwrap(),
        json!({
            "issuer": issuer,
            "token_endpoint": format!("{issuer}/oauth/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": rollcall::app::oauth::scopes_supported(),
        })
    );
    let endpoint = answer.json().unwrap()["token_endpoint"].as_str().unwrap().to_owned();
    let mut parameters = vec![("grant_type", "client_credentials".to_owned())];
    parameters.extend(client.parameters());
    let request = Request {
        method: "POST".to_owned(),
        path: endpoint.strip_prefix(&issuer).unwrap().to_owned(),
        headers: vec![(
            "Content-Type".to_owned(),
            "application/x-www-form-urlencoded; charset=UTF-8".to_owned(),
        )],
        body: Some(form(&parameters).into_bytes()),
    };
    let token = token_of(&expect(send(app.address(), &request).unwrap(), 200));
    assert_eq!(app.scim_status(&token), 200);
    // The document follows the name that the client knows the server by.
    let named =
        app.raw("GET", "/.well-known/oauth-authorization-server", &[("Host", "scim.example.com")], None);
    assert_eq!(named.json().unwrap()["issuer"], "http://scim.example.com");
}
