//! Tokens with an end.

use crate::support::{TestApp, expect};
use chrono::Duration;
use rollcall::app::tokens::Scope;

#[test]
fn a_token_is_refused_the_moment_it_ends_however_lately_it_was_used() {
    let app = TestApp::start();
    for (scope, path) in [(Scope::Scim, "/scim/v2/Users"), (Scope::Api, "/api/v1/audit")] {
        let (token, _) = app.issue("demo", "short", scope, Some(Duration::minutes(10)));
        let get = || app.request("GET", path, Some(&token), None);
        app.clock().advance(Duration::minutes(10) - Duration::microseconds(1));
        expect(get(), 200);
        app.clock().advance(Duration::microseconds(1));
        let refused = expect(get(), 401);
        assert!(refused.header("WWW-Authenticate").is_some_and(|value| value.contains("invalid_token")));
    }
}
