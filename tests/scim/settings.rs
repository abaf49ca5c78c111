//! What can be set for a connection, and what a provider notices of it.

mod answers;
mod api;
mod bulk;
mod members;
mod passwords;

use crate::support::TestApp;
use crate::support::http::Response;
use serde_json::Value;

/// A provider with a connection of its own.
struct Provider<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Provider<'a> {
    /// A provider whose connection has these settings.
    fn new(app: &'a TestApp, settings: &Value) -> Self {
        // The settings in the name, so that every provider has a connection of its own.
        let name: String = settings.to_string().chars().take(100).collect();
        Self { app, token: app.token_with(&name, settings) }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.app.request(method, &format!("/scim/v2{path}"), Some(&self.token), body)
    }
}
