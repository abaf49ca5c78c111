//! What an administrator and the learning platform do over the API.

use super::answers::expect;
use super::http::Response;
use super::{TestApp, patch_op, user};
use rollcall::app::audit::By;
use rollcall::app::{policy, seats, tenants, work};
use serde_json::{Value, json};

/// By which way somebody is switched off or on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The identity provider's PATCH of `active`.
    Scim,
    /// An administrator's command.
    Api,
}

impl Way {
    pub(crate) const BOTH: [Way; 2] = [Way::Scim, Way::Api];
}

impl TestApp {
    /// A server whose tenant has this policy.
    pub(crate) fn with_policy(settings: &Value) -> Self {
        let app = Self::start();
        app.set_policy(settings);
        app
    }

    /// Sets the policy. A server that has decided by the old one may do so for a second.
    pub(crate) fn set_policy(&self, settings: &Value) {
        let mut conn = self.connect();
        let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
        let by = By::operator(self.clock().now());
        policy::set(&mut conn, tenant, settings.as_object().unwrap(), &by).unwrap();
    }

    pub(crate) fn set_seats(&self, limit: i64) {
        let mut conn = self.connect();
        let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
        seats::set_limit(&mut conn, tenant, Some(limit), &By::operator(self.clock().now())).unwrap();
    }

    pub(crate) fn seats_used(&self) -> i64 {
        expect(self.api("GET", "/seats", None), 200).json().unwrap()["used"].as_i64().unwrap()
    }

    /// What a worker records now: how many accounts.
    pub(crate) fn work(&self) -> usize {
        work::whole(&mut self.connect(), self.clock()).unwrap()
    }

    /// The answer to a command for an account.
    pub(crate) fn command(&self, id: &str, command: &Value) -> Response {
        self.api("POST", &format!("/accounts/{id}/commands"), Some(command))
    }

    /// A command that is carried out, and what became of it.
    #[track_caller]
    pub(crate) fn done(&self, id: &str, command: &Value) -> Value {
        expect(self.command(id, command), 200).json().unwrap()
    }

    /// The answer to switching somebody off or on.
    pub(crate) fn switch(&self, way: Way, id: &str, active: bool) -> Response {
        match way {
            Way::Scim => {
                let body = patch_op(json!([{"op": "replace", "path": "active", "value": active}]));
                self.scim("PATCH", &format!("/Users/{id}"), Some(&body))
            }
            Way::Api => {
                let command = if active { "reactivate" } else { "deactivate" };
                self.command(id, &json!({ "command": command, "confirm": id }))
            }
        }
    }

    #[track_caller]
    pub(crate) fn switched(&self, way: Way, id: &str, active: bool) {
        expect(self.switch(way, id, active), 200);
    }

    /// The word that people read for an account.
    pub(crate) fn label(&self, id: &str) -> String {
        self.account(id)["label"].as_str().unwrap().to_owned()
    }

    pub(crate) fn person(&self, name: &str) -> String {
        self.provision(&user(name))
    }

    /// The ids of the accounts that a filter finds, by user name.
    #[track_caller]
    pub(crate) fn found(&self, query: &str) -> Vec<String> {
        let answer = expect(self.api("GET", &format!("/accounts?{query}"), None), 200).json().unwrap();
        names(&answer["accounts"], "userName")
    }

    pub(crate) fn course(&self, name: &str) -> String {
        let made = expect(self.api("POST", "/courses", Some(&json!({ "name": name }))), 201);
        made.json().unwrap()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn enrol(&self, course: &str, target: &Value) -> Response {
        self.api("POST", &format!("/courses/{course}/enrolments"), Some(target))
    }

    #[track_caller]
    pub(crate) fn enrolled(&self, course: &str, target: &Value) -> Value {
        expect(self.enrol(course, target), 200).json().unwrap()
    }

    /// The state of a person's enrolments, by course.
    #[track_caller]
    pub(crate) fn enrolments(&self, id: &str) -> Vec<(String, String)> {
        let answer =
            expect(self.api("GET", &format!("/accounts/{id}/enrolments"), None), 200).json().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = answer["enrolments"].as_array().unwrap();
        rows.iter().map(|row| (text(&row["courseName"]), text(&row["state"]))).collect()
    }

    pub(crate) fn start_course(&self, id: &str, course: &str) -> Response {
        self.api("POST", &format!("/accounts/{id}/courses/{course}/start"), None)
    }

    pub(crate) fn complete(&self, id: &str, course: &str, completion: &Value) -> Response {
        self.api("POST", &format!("/accounts/{id}/courses/{course}/completion"), Some(completion))
    }

    /// The rows of a report.
    #[track_caller]
    pub(crate) fn report(&self, query: &str) -> Vec<Value> {
        let answer = expect(self.api("GET", &format!("/reports/{query}"), None), 200).json().unwrap();
        answer["rows"].as_array().unwrap().clone()
    }

    /// Who is in a report.
    #[track_caller]
    pub(crate) fn reported(&self, query: &str) -> Vec<String> {
        names(&Value::Array(self.report(query)), "userName")
    }
}

fn names(rows: &Value, field: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}
