//! Who uses the server: the identity provider and the administrator through [`TestApp`], and the learner.

use super::TestApp;
use super::answers::expect;
use super::app::request_to;
use super::http::{Request, Response, send};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// A person who signs in, at whichever server is named.
#[derive(Clone)]
pub(crate) struct Learner {
    server: SocketAddr,
    name: String,
}

impl Learner {
    pub(crate) fn new(app: &TestApp, name: &str) -> Self {
        Self { server: app.address(), name: name.to_owned() }
    }

    pub(crate) fn sign_in(&self, password: &str) -> Response {
        self.post(&json!({"tenant": "demo", "userName": self.name, "password": password}))
    }

    pub(crate) fn sign_in_changing(&self, password: &str, new: &str) -> Response {
        let body = json!({"tenant": "demo", "userName": self.name, "password": password, "newPassword": new});
        self.post(&body)
    }

    /// The token of a session that begins.
    pub(crate) fn session(&self, password: &str) -> String {
        token_of(&expect(self.sign_in(password), 201))
    }

    fn post(&self, body: &Value) -> Response {
        request_to(self.server, "POST", "/api/v1/sessions", None, Some(body))
    }
}

/// The session token of the answer to a sign-in.
pub(crate) fn token_of(answer: &Response) -> String {
    answer.json().unwrap()["token"].as_str().unwrap().to_owned()
}

/// A user as a provider sends one.
pub(crate) fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name})
}

/// The body of a PATCH.
#[allow(clippy::needless_pass_by_value, reason = "it is always written where it is passed")]
pub(crate) fn patch_op(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

impl TestApp {
    /// An administrator issues a temporary password.
    pub(crate) fn temporary_password(&self, account: &str) -> String {
        let answer = expect(self.api("POST", &format!("/accounts/{account}/temporary-password"), None), 201);
        answer.json().unwrap()["temporaryPassword"].as_str().unwrap().to_owned()
    }

    /// Gives the account the password and says who can sign in with it.
    pub(crate) fn learner_with_password(&self, account: &str, name: &str, password: &str) -> Learner {
        let temporary = self.temporary_password(account);
        let learner = Learner::new(self, name);
        expect(learner.sign_in_changing(&temporary, password), 201);
        learner
    }

    /// The status of `GET /sessions/current` at this server.
    pub(crate) fn session_status(&self, token: &str) -> u16 {
        self.session_status_at(self.address(), token)
    }

    pub(crate) fn session_status_at(&self, server: SocketAddr, token: &str) -> u16 {
        request_to(server, "GET", "/api/v1/sessions/current", Some(token), None).status
    }

    /// The provider's view of a user or group.
    pub(crate) fn read(&self, path: &str) -> Value {
        expect(self.scim("GET", path, None), 200).json().unwrap()
    }

    /// What the administrator sees of an account.
    pub(crate) fn account(&self, id: &str) -> Value {
        expect(self.api("GET", &format!("/accounts/{id}"), None), 200).json().unwrap()
    }

    /// The audit rows of an account or group, oldest first.
    pub(crate) fn audit_of(&self, id: &str) -> Vec<Value> {
        let answer = expect(self.api("GET", &format!("/audit?resourceId={id}&limit=1000"), None), 200);
        let mut entries = answer.json().unwrap()["entries"].as_array().unwrap().clone();
        entries.reverse();
        entries
    }

    /// The actions of the audit rows, oldest first.
    pub(crate) fn actions_of(&self, id: &str) -> Vec<String> {
        self.audit_of(id).iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
    }

    /// A request as bytes, with the headers given and no others.
    pub(crate) fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = body.map(<[u8]>::to_vec);
        send(self.address(), &Request { method: method.to_owned(), path: path.to_owned(), headers, body })
            .unwrap()
    }

    /// A request of the identity provider with more headers.
    pub(crate) fn scim_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Response {
        let authorization = format!("Bearer {}", self.scim_token());
        let mut all = vec![("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        let body = body.map(|body| body.to_string().into_bytes());
        self.raw(method, &format!("/scim/v2{path}"), &all, body.as_deref())
    }
}
