//! People who administer: what each role may, whom, and for how long.

use crate::support::administrator::Way;
use crate::support::http::Response;
use crate::support::{Failures, TestApp, expect, patch_op};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const PASSWORD: &str = "correct horse battery";

/// A session of a new person with a role.
pub(super) fn session_of(app: &TestApp, name: &str, role: &str) -> String {
    let id = app.person(name);
    give(app, &id, role);
    app.learner_with_password(&id, name, PASSWORD).session(PASSWORD)
}

fn give(app: &TestApp, id: &str, role: &str) {
    match role {
        "owner" => drop(app.done(id, &json!({"command": "makeOwner"}))),
        role => drop(app.done(id, &json!({"command": "setRole", "role": role}))),
    }
}

pub(super) const ROLES: [&str; 6] = ["learner", "trainer", "manager", "reader", "administrator", "owner"];

/// One person of each role, signed in.
pub(super) struct Staff {
    pub(super) sessions: BTreeMap<&'static str, String>,
}

impl Staff {
    pub(super) fn new(app: &TestApp) -> Self {
        let one = |role: &'static str| (role, session_of(app, &format!("the-{role}"), role));
        Self { sessions: ROLES.into_iter().map(one).collect() }
    }
}

fn by(app: &TestApp, session: &str, method: &str, path: &str, body: Option<&Value>) -> Response {
    app.request(method, &format!("/api/v1{path}"), Some(session), body)
}

fn command(app: &TestApp, session: &str, id: &str, order: &Value) -> Response {
    by(app, session, "POST", &format!("/accounts/{id}/commands"), Some(order))
}

const NOT_YOURS: &str = "urn:rollcall:problem:not-in-your-power";

fn rank(role: &str) -> usize {
    ROLES.iter().position(|other| *other == role).unwrap()
}

/// Nobody acts on somebody above them, gives a role above their own, or changes themselves; only the owner erases and names another.
#[test]
fn rank_decides_whom_an_order_may_be_given_to() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let mut failures = Failures::default();
    for actor in ["manager", "administrator", "owner"] {
        let session = &staff.sessions[actor];
        for target in ROLES {
            if target == "owner" && actor == "owner" {
                continue;
            }
            let name = format!("{actor}-{target}");
            let id = if target == "owner" {
                app.found("filter=userName%20eq%20%22the-owner%22");
                id_of(&app, "the-owner")
            } else {
                let id = app.person(&name);
                give(&app, &id, target);
                id
            };
            let above = rank(target) > rank(actor);
            for order in [
                json!({"command": "lock", "confirm": id}),
                json!({"command": "deactivate", "confirm": id}),
                json!({"command": "setExpiry", "expiresAt": "2027-01-01"}),
                json!({"command": "setRole", "role": "learner"}),
                json!({"command": "recordAccess"}),
            ] {
                if !above && order["command"] != "setRole" {
                    continue;
                }
                let answer = command(&app, session, &id, &order);
                let refused = answer.status == 403 && answer.json().unwrap()["type"] == json!(NOT_YOURS);
                failures.check(&format!("{actor} {order} {target}"), refused == above, || {
                    format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
                });
            }
            let password = by(&app, session, "POST", &format!("/accounts/{id}/temporary-password"), None);
            failures.check(
                &format!("{actor} password {target}"),
                password.status == if above { 403 } else { 201 },
                || format!("{}", password.status),
            );
        }
        for role in ROLES.into_iter().filter(|role| *role != "owner") {
            let id = app.person(&format!("to-be-{role}-by-{actor}"));
            let answer = command(&app, session, &id, &json!({"command": "setRole", "role": role}));
            let may = rank(role) <= rank(actor);
            failures.check(
                &format!("{actor} gives {role}"),
                answer.status == if may { 200 } else { 403 },
                || format!("{}", answer.status),
            );
            assert_eq!(app.account(&id)["role"], if may { role } else { "learner" });
        }
    }
    failures.none();
}

fn id_of(app: &TestApp, name: &str) -> String {
    let found =
        app.api("GET", &format!("/accounts?filter=userName%20eq%20%22{name}%22"), None).json().unwrap();
    found["accounts"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn nobody_administers_themselves() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let course = app.course("Safety");
    for role in ["manager", "administrator", "owner"] {
        let (session, id) = (&staff.sessions[role], id_of(&app, &format!("the-{role}")));
        app.enrolled(&course, &json!({"accounts": [id]}));
        for order in [
            json!({"command": "setRole", "role": "administrator"}),
            json!({"command": "setRole", "role": "learner"}),
            json!({"command": "makeOwner"}),
            json!({"command": "setExpiry", "expiresAt": null}),
            json!({"command": "recordAccess"}),
            json!({"command": "lock", "confirm": id}),
            json!({"command": "erase", "confirm": id}),
        ] {
            let answer = expect(command(&app, session, &id, &order), 403);
            assert_eq!(answer.json().unwrap()["type"], NOT_YOURS, "{role} {order}");
        }
        // With a session that was left open, nobody makes themselves a password.
        expect(by(&app, session, "POST", &format!("/accounts/{id}/temporary-password"), None), 403);
        for path in [
            format!("/accounts/{id}/courses/{course}/completion"),
            format!("/accounts/{id}/enrolments/reopen"),
        ] {
            expect(by(&app, session, "POST", &path, Some(&json!({}))), 403);
        }
        assert_eq!(app.account(&id)["role"], role);
    }
}

#[test]
fn only_the_owner_or_the_platform_erases_and_names_another_owner() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let id = app.person("babs");
    for order in [json!({"command": "erase", "confirm": "babs"}), json!({"command": "makeOwner"})] {
        for role in ["manager", "administrator"] {
            let answer = expect(command(&app, &staff.sessions[role], &id, &order), 403);
            assert_eq!(answer.json().unwrap()["type"], NOT_YOURS, "{role} {order}");
        }
    }
    let gone = app.person("gone");
    expect(app.scim("DELETE", &format!("/Users/{gone}"), None), 204);
    let rest = json!({"command": "erase", "confirm": gone});
    expect(command(&app, &staff.sessions["administrator"], &gone, &rest), 403);
    expect(command(&app, &staff.sessions["owner"], &gone, &rest), 200);
    expect(
        command(
            &app,
            &staff.sessions["owner"],
            &app.person("carl"),
            &json!({"command": "erase", "confirm": "carl"}),
        ),
        200,
    );
    // Who hands the ownership on is an administrator from then on, at once.
    expect(command(&app, &staff.sessions["owner"], &id, &json!({"command": "makeOwner"})), 200);
    assert_eq!(app.account(&id)["role"], "owner");
    expect(
        command(&app, &staff.sessions["owner"], &id, &json!({"command": "setExpiry", "expiresAt": null})),
        403,
    );
    let former = id_of(&app, "the-owner");
    expect(command(&app, &staff.sessions["owner"], &former, &json!({"command": "makeOwner"})), 403);
    let dora = app.person("dora");
    expect(
        command(&app, &staff.sessions["owner"], &dora, &json!({"command": "erase", "confirm": "dora"})),
        403,
    );
}

/// A plan is decided for every account by who runs it.
#[test]
fn a_plan_does_nothing_that_its_runner_may_not() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let (learner, administrator) = (app.person("babs"), app.person("ada"));
    give(&app, &administrator, "administrator");
    let manager = &staff.sessions["manager"];
    let own = id_of(&app, "the-manager");
    let order = json!({"command": {"command": "lock"}, "accounts": [learner, administrator, own]});
    let shown = expect(by(&app, manager, "POST", "/plans", Some(&order)), 201).json().unwrap();
    let id = shown["id"].as_str().unwrap();
    expect(by(&app, manager, "POST", &format!("/plans/{id}/run"), None), 200);
    assert!(app.account(&learner)["lockedAt"].is_string());
    assert!(app.account(&administrator).get("lockedAt").is_none());
    assert!(app.account(&own).get("lockedAt").is_none());
    // One that the platform has made is run by a manager as far as a manager goes.
    let promote = json!({"command": {"command": "setRole", "role": "administrator"}, "accounts": [learner]});
    let made = expect(app.api("POST", "/plans", Some(&promote)), 201).json().unwrap()["id"].clone();
    let path = format!("/plans/{}/run", made.as_str().unwrap());
    drop(by(&app, manager, "POST", &path, None));
    assert_eq!(app.account(&learner)["role"], "learner");
}

/// S01, S03, S05, S06: the role and the account are read with the session, at every request and on every server.
#[test]
fn who_is_demoted_locked_or_deactivated_is_out_with_the_next_request() {
    let app = TestApp::unguarded();
    // Who is demoted by a provider is not the last who can sign in.
    let stays = app.person("stays");
    app.done(&stays, &json!({"command": "setRole", "role": "administrator"}));
    app.learner_with_password(&stays, "stays", PASSWORD);
    let elsewhere = app.another_server();
    let status = |session: &str| {
        let ask = |server| {
            crate::support::app::request_to(server, "GET", "/api/v1/audit", Some(session), None).status
        };
        [ask(app.address()), ask(elsewhere)]
    };
    let lose = |id: &str, how: &str| match how {
        "demoted" => drop(app.done(id, &json!({"command": "setRole", "role": "trainer"}))),
        "demoted by the provider" => {
            let role =
                json!({"urn:ietf:params:scim:schemas:extension:rollcall:2.0:User": {"role": "learner"}});
            let patch = patch_op(json!([{"op": "replace", "value": role}]));
            expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch)), 200);
        }
        "locked" => drop(app.done(id, &json!({"command": "lock", "confirm": id}))),
        "deactivated" => app.switched(Way::Api, id, false),
        "deactivated by the provider" => app.switched(Way::Scim, id, false),
        "expired" => {
            let end = (app.clock().now() + chrono::Duration::seconds(1)).to_rfc3339();
            app.done(id, &json!({"command": "setExpiry", "expiresAt": end}));
            app.clock().advance(chrono::Duration::seconds(1));
        }
        "given a temporary password" => drop(app.temporary_password(id)),
        "erased" => drop(app.done(id, &json!({"command": "erase", "confirm": id}))),
        _ => expect_204(app.scim("DELETE", &format!("/Users/{id}"), None)),
    };
    for (number, how) in [
        "demoted",
        "demoted by the provider",
        "locked",
        "deactivated",
        "deactivated by the provider",
        "expired",
        "given a temporary password",
        "erased",
        "deleted",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("ada-{number}");
        let session = session_of(&app, &name, "administrator");
        assert_eq!(status(&session), [200, 200], "{how}");
        lose(&id_of(&app, &name), how);
        let expected = if how.starts_with("demoted") { 403 } else { 401 };
        assert_eq!(status(&session), [expected, expected], "{how}");
    }
}

fn expect_204(answer: Response) {
    expect(answer, 204);
}

/// What a person did is theirs in the audit log, and in the history of who it was done to.
#[test]
fn the_audit_log_names_the_person() {
    let app = TestApp::start();
    let session = session_of(&app, "ada", "administrator");
    let (ada, id) = (id_of(&app, "ada"), app.person("babs"));
    expect(command(&app, &session, &id, &json!({"command": "lock", "confirm": id})), 200);
    expect(by(&app, &session, "PUT", "/seats", Some(&json!({"limit": 50}))), 200);
    let issued = json!({"connection": "identity-provider", "scope": "scim.read"});
    let issued = expect(by(&app, &session, "POST", "/tokens", Some(&issued)), 201).json().unwrap();
    let me = format!("account:{ada}");
    assert_eq!(app.audit_of(&id).last().unwrap()["actor"], json!(me));
    let rows = expect(app.api("GET", "/audit?limit=1000", None), 200).json().unwrap();
    let of_mine = |action: &str| {
        rows["entries"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["action"] == action && row["actor"] == json!(me))
    };
    assert!(of_mine("token.issued") && of_mine("account.locked"), "{rows}");
    assert!(issued["id"].is_string());
}

/// The scope of a session is told where the platform asks, and goes with the role (S05).
#[test]
fn introspection_says_console_as_long_as_the_role_opens_it() {
    let app = TestApp::start();
    let staff = Staff::new(&app);
    let introspect = |token: &str| {
        let headers = [
            ("Authorization", format!("Bearer {}", app.api_token())),
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.raw("POST", "/api/v1/introspect", &headers, Some(format!("token={token}").as_bytes()))
            .json()
            .unwrap()
    };
    for (role, session) in &staff.sessions {
        let told = introspect(session);
        assert_eq!(told["role"], json!(role));
        let scope = told.get("scope").cloned();
        assert_eq!(scope, (!matches!(*role, "learner" | "trainer")).then(|| json!("console")), "{role}");
    }
    give(&app, &id_of(&app, "the-administrator"), "learner");
    assert_eq!(introspect(&staff.sessions["administrator"]).get("scope"), None);
}

/// S38: the session of one tenant's owner is nobody's in another.
#[test]
fn an_owner_owns_one_tenant() {
    let app = TestApp::start();
    let session = session_of(&app, "olga", "owner");
    let theirs = app.issue_token("neighbour", "idp", Scope::Scim);
    let user = json!({"userName": "nina"});
    let made = expect(app.request("POST", "/scim/v2/Users", Some(&theirs), Some(&user)), 201).json().unwrap();
    let nina = made["id"].as_str().unwrap();
    expect(by(&app, &session, "GET", &format!("/accounts/{nina}"), None), 404);
    expect(command(&app, &session, nina, &json!({"command": "lock", "confirm": nina})), 404);
    expect(by(&app, &session, "POST", &format!("/accounts/{nina}/temporary-password"), None), 404);
    let all = expect(by(&app, &session, "GET", "/accounts", None), 200).json().unwrap();
    assert_eq!(all["total"], 1);
}
