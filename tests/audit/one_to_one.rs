//! S45: every version of an account or group has exactly one row of the audit log, written in the same transaction; what failed
//! has none. Random operations on every surface, watched by triggers of the test.

use super::tenant;
use crate::support::cluster::texts;
use crate::support::http::Response;
use crate::support::{TestApp, patch_op, user};
use diesel::connection::SimpleConnection;
use rollcall::app::audit::By;
use rollcall::app::{policy, schemas};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const OWN: &str = "urn:example:acme";

/// Numbers that look random and are the same every time for one seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n as u64).unwrap()
    }

    fn of<'a>(&mut self, all: &'a [String]) -> &'a str {
        &all[self.below(all.len())]
    }
}

/// Every version that is committed, and in which transaction.
const WITNESS: &str = "CREATE TABLE witness (kind text, id uuid, version bigint, transaction bigint); \
    GRANT INSERT ON witness TO rollcall_server; \
    CREATE FUNCTION witness_a_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
      IF TG_OP = 'DELETE' THEN INSERT INTO witness VALUES (TG_TABLE_NAME, OLD.id, OLD.version + 1, pg_current_xact_id()::text::bigint); \
      ELSIF TG_OP = 'INSERT' OR NEW.version <> OLD.version THEN \
        INSERT INTO witness VALUES (TG_TABLE_NAME, NEW.id, NEW.version, pg_current_xact_id()::text::bigint); END IF; \
      RETURN NULL; END $$; \
    CREATE TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION witness_a_version(); \
    CREATE TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON groups FOR EACH ROW EXECUTE FUNCTION witness_a_version()";

/// What is recorded of an account that is no new version of what a provider reads: sign-ins, passwords that were wanted, records.
const NO_VERSION: [&str; 6] = [
    "account.signed_in",
    "account.signed_out",
    "account.seat_counted",
    "account.course_started",
    "account.course_completed",
    "account.enrolments",
];

struct Run<'a> {
    app: &'a TestApp,
    dice: Dice,
    users: Vec<String>,
    groups: Vec<String>,
    /// Answers by their status.
    told: BTreeMap<u16, usize>,
    /// Ids of the requests that failed.
    failed: Vec<String>,
}

impl Run<'_> {
    fn note(&mut self, answer: Response) -> Response {
        *self.told.entry(answer.status).or_default() += 1;
        assert!(answer.status < 500, "{}", String::from_utf8_lossy(&answer.body));
        if answer.status >= 400 {
            self.failed.push(answer.header("X-Request-Id").unwrap().to_owned());
        }
        answer
    }

    fn scim(&mut self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let answer = self.app.scim(method, path, body);
        self.note(answer)
    }

    fn api(&mut self, path: &str, body: &Value) -> Response {
        let answer = self.app.api("POST", path, Some(body));
        self.note(answer)
    }

    fn step(&mut self, n: usize) {
        let id = self.dice.of(&self.users).to_owned();
        let group = self.dice.of(&self.groups).to_owned();
        let (member, name) = (self.dice.of(&self.users).to_owned(), format!("p{}", self.dice.below(60)));
        let on = self.dice.below(2) == 0;
        match self.dice.below(22) {
            0 | 1 => {
                let mut body = user(&name);
                body["active"] = json!(on);
                body[OWN] = json!({"site": name});
                let made = self.scim("POST", "/Users", Some(&body));
                if made.status == 201 {
                    self.users.push(made.json().unwrap()["id"].as_str().unwrap().to_owned());
                }
            }
            2 | 3 => drop(self.patch(&id, json!([{"op": "replace", "path": "active", "value": on}]))),
            4 => drop(self.patch(&id, json!([{"op": "replace", "path": "userName", "value": name}]))),
            5 => drop(self.patch(&id, json!([{"op": "add", "path": "title", "value": format!("{}", n % 3)}]))),
            // Good and bad in one: nothing of it happens.
            6 => drop(self.patch(
                &id,
                json!([{"op": "replace", "path": "title", "value": "lost"}, {"op": "replace", "path": "emails[type eq", "value": 1}]),
            )),
            7 => drop(self.scim("PUT", &format!("/Users/{id}"), Some(&user(&name)))),
            8 if on && self.users.len() > 6 => {
                self.scim("DELETE", &format!("/Users/{id}"), None);
                // Some are asked for again, and are not there.
                if !n.is_multiple_of(3) {
                    self.users.retain(|user| *user != id);
                }
            }
            9 => {
                let made = self.scim("POST", "/Groups", Some(&json!({"displayName": name, "members": [{"value": id}]})));
                if made.status == 201 {
                    self.groups.push(made.json().unwrap()["id"].as_str().unwrap().to_owned());
                }
            }
            10 | 11 => {
                let op = if on { "add" } else { "remove" };
                let body = patch_op(json!([{"op": op, "path": "members", "value": [{"value": id}, {"value": member}]}]));
                self.scim("PATCH", &format!("/Groups/{group}"), Some(&body));
            }
            12 => {
                let inner = self.dice.of(&self.groups).to_owned();
                let body = patch_op(json!([{"op": "add", "path": "members", "value": [{"value": inner}]}]));
                self.scim("PATCH", &format!("/Groups/{group}"), Some(&body));
            }
            13 if self.groups.len() > 2 => drop(self.scim("DELETE", &format!("/Groups/{group}"), None)),
            14 => {
                let operations = json!([
                    {"method": "PATCH", "path": format!("/Users/{id}"), "data": {"Operations": [{"op": "replace", "path": "active", "value": on}]}},
                    {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": name}},
                    {"method": "PATCH", "path": format!("/Groups/{group}"), "data": {"Operations": [{"op": "add", "path": "members", "value": [{"value": member}]}]}},
                ]);
                let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
                self.scim("POST", "/Bulk", Some(&body));
            }
            15 | 16 => {
                let commands = ["deactivate", "reactivate", "lock", "unlock", "setExpiry", if n.is_multiple_of(4) { "erase" } else { "lock" }];
                let command = commands[self.dice.below(commands.len())];
                let mut order = json!({"command": command, "confirm": id});
                if command == "setExpiry" {
                    order["expiresAt"] = json!(if on { "2026-11-20" } else { "2030-01-01" });
                }
                self.api(&format!("/accounts/{id}/commands"), &order);
            }
            17 => {
                let verb = if on { "deactivate" } else { "reactivate" };
                let plan = self.api("/plans", &json!({"command": {"command": verb}, "accounts": [id]}));
                if let Some(plan) = plan.json().and_then(|plan| plan["id"].as_str().map(str::to_owned)) {
                    self.api(&format!("/plans/{plan}/run"), &json!({}));
                }
            }
            18 => drop(self.api(&format!("/accounts/{id}/temporary-password"), &json!({}))),
            19 => {
                let set = json!([{"op": "add", "value": {ROLLCALL: {"deactivateAt": "2026-11-22T00:00:00Z"}}}]);
                self.patch(&id, set);
                self.app.clock().advance(chrono::Duration::hours(7));
                self.app.work();
            }
            20 if n.is_multiple_of(5) => self.settings(on),
            _ => {
                let file = format!("userName,active\n{name},{on}\n");
                let answer = self.app.raw(
                    "POST",
                    "/api/v1/plans/upload",
                    &[("Authorization", &format!("Bearer {}", self.app.api_token())), ("Content-Type", "text/csv")],
                    Some(file.as_bytes()),
                );
                let answer = self.note(answer);
                for plan in answer.json().and_then(|made| made["plans"].as_array().cloned()).unwrap_or_default() {
                    self.api(&format!("/plans/{}/run", plan["id"].as_str().unwrap()), &json!({}));
                }
            }
        }
    }

    fn patch(&mut self, id: &str, operations: Value) -> Response {
        self.scim("PATCH", &format!("/Users/{id}"), Some(&patch_op(operations)))
    }

    /// What changes many at once: a policy that counts seats otherwise, and a schema that goes with what is stored of it.
    fn settings(&self, on: bool) {
        let mut conn = self.app.connect();
        let tenant = tenant(&mut conn);
        let by = By::operator(self.app.clock().now());
        let basis = if on { "account" } else { "active_account" };
        policy::set(&mut conn, tenant, json!({"seat.basis": basis}).as_object().unwrap(), &by).unwrap();
        schemas::remove(&mut conn, tenant, OWN, true, &by).ok();
        own_schema(self.app);
    }
}

fn own_schema(app: &TestApp) {
    let mut conn = app.connect();
    let tenant = tenant(&mut conn);
    let by = By::operator(app.clock().now());
    let schema = json!({"id": OWN, "attributes": [{"name": "site"}]});
    schemas::save(&mut conn, tenant, "User", &schema, &by).unwrap();
}

#[test]
fn every_version_has_one_row_in_its_transaction_and_what_failed_has_none() {
    const SEED: u64 = 20_261_122;
    const STEPS: usize = 800;
    let app = TestApp::start();
    app.connect().batch_execute(WITNESS).unwrap();
    own_schema(&app);
    app.set_seats(40);
    let users = (0..8).map(|n| app.person(&format!("p{n}"))).collect();
    let groups = ["A", "B", "C"].map(|name| {
        let made = app.scim("POST", "/Groups", Some(&json!({"displayName": name}))).json().unwrap();
        made["id"].as_str().unwrap().to_owned()
    });
    let mut run = Run {
        app: &app,
        dice: Dice(SEED),
        users,
        groups: groups.to_vec(),
        told: BTreeMap::new(),
        failed: Vec::new(),
    };
    for n in 0..STEPS {
        run.step(n);
    }
    let refused: usize = run.told.range(400..).map(|(_, n)| n).sum();
    let versions = texts(app.database_url(), "SELECT count(*)::text AS t FROM witness")[0].clone();
    eprintln!("seed {SEED}: {STEPS} steps, answers {:?}, {versions} versions", run.told);
    assert!(refused > 30 && versions.parse::<u32>().unwrap() > 200, "too little happened");

    let quiet = NO_VERSION.map(|action| format!("'{action}'")).join(", ");
    let recorded = format!(
        "SELECT resource_id AS id, transaction_id AS transaction, count(*) AS n, string_agg(action, ' ') AS actions FROM audit_log \
         WHERE action ~ '^(account|group)[.]' AND action NOT IN ({quiet}, 'account.records_erased', 'account.enrolments_reopened') GROUP BY 1, 2"
    );
    let other = texts(
        app.database_url(),
        &format!(
            "SELECT format('%s %s: %s versions, %s rows (%s)', w.kind, COALESCE(w.id, r.id), w.n, r.n, r.actions) AS t \
             FROM (SELECT kind, id, transaction, count(*) AS n FROM witness GROUP BY 1, 2, 3) w \
             FULL JOIN ({recorded}) r USING (id, transaction) WHERE w.n IS DISTINCT FROM r.n \
             AND NOT (w.n IS NULL AND r.actions = 'account.erased')"
        ),
    );
    // But for erasing what a deletion left: nobody can read that, so it has no version.
    assert_eq!(other, Vec::<String>::new(), "versions without one row each, or rows without a version");
    let failed = run.failed.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
    let of_failed = texts(
        app.database_url(),
        &format!("SELECT action AS t FROM audit_log WHERE request_id IN ({failed})"),
    );
    assert_eq!(of_failed, Vec::<String>::new(), "rows of what failed");
}
