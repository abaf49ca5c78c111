//! Which source owns an account and which attributes, and what no source may do to another's.

use crate::support::answers::{problem, scim_error};
use crate::support::cluster::texts;
use crate::support::http::Response;
use crate::support::{TestApp, expect, patch_op, user};
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

struct Other<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Other<'a> {
    fn new(app: &'a TestApp, name: &str) -> Self {
        Self { app, token: app.issue_token("demo", name, Scope::Scim) }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.app.request(method, &format!("/scim/v2{path}"), Some(&self.token), body)
    }
}

fn id_of(app: &TestApp, connection: &str) -> String {
    let sql = format!(
        "SELECT id::text AS t FROM connections WHERE name = '{connection}' ORDER BY created_at LIMIT 1"
    );
    texts(app.database_url(), &sql)[0].clone()
}

fn person() -> Value {
    let mut body = user("bjensen");
    body["emails"] = json!([{"value": "bjensen@example.com", "primary": true}]);
    body["externalId"] = json!("okta-1");
    body
}

#[test]
fn a_provider_reads_what_another_owns_and_changes_nothing_of_it() {
    let app = TestApp::start();
    let id = app.provision(&person());
    let other = Other::new(&app, "entra");
    let path = format!("/Users/{id}");
    let before = app.account(&id);
    assert_eq!(expect(other.send("GET", &path, None), 200).json().unwrap()["userName"], "bjensen");
    let replace =
        |path: &str, value: Value| patch_op(json!([{"op": "replace", "path": path, "value": value}]));
    let mut put = person();
    put["active"] = json!(false);
    for (method, body) in [
        ("PATCH", Some(replace("active", json!(false)))),
        ("PATCH", Some(replace("emails", json!([{"value": "attacker@example.com", "primary": true}])))),
        ("PATCH", Some(replace("userName", json!("attacker")))),
        ("PATCH", Some(replace("title", json!("Mine")))),
        ("PATCH", Some(replace("externalId", json!("entra-1")))),
        ("PUT", Some(put)),
        ("DELETE", None),
    ] {
        let answer = other.send(method, &path, body.as_ref());
        assert_eq!(scim_error(&answer, 403, None), Vec::<String>::new(), "{method} {body:?}");
        let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&id) && detail.contains("transfer"), "{detail}");
    }
    // What would change nothing is no change.
    expect(other.send("PATCH", &path, Some(&replace("userName", json!("bjensen")))), 200);
    assert_eq!(app.account(&id), before);
    // Nor is somebody adopted by name or address (CISO-Assistant PR 4658).
    let mut same_name = user("BJensen");
    same_name["emails"] = json!([{"value": "attacker@example.com", "primary": true}]);
    let answer = other.send("POST", "/Users", Some(&same_name));
    assert_eq!(scim_error(&answer, 409, Some("uniqueness")), Vec::<String>::new());
    let mut same_address = user("somebody-else");
    same_address["emails"] = json!([{"value": "bjensen@example.com", "primary": true}]);
    let made = expect(other.send("POST", "/Users", Some(&same_address)), 201).json().unwrap();
    assert_ne!(made["id"], json!(id));
    assert_eq!(app.account(&id), before);
    // The administrators are told, once.
    let notices = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    let wanted: Vec<&Value> = notices["notices"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["kind"] == "accounts.wanted")
        .collect();
    assert_eq!(wanted.len(), 1, "{notices}");
    assert_eq!(wanted[0]["subjectId"], json!(id_of(&app, "entra")));
}

#[test]
fn an_administrator_gives_accounts_to_another_source_one_by_one_or_by_a_plan() {
    let app = TestApp::start();
    let id = app.provision(&person());
    let more: Vec<String> = (0..3).map(|number| app.person(&format!("person-{number}"))).collect();
    let other = Other::new(&app, "entra");
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let unknown = app
        .command(&id, &json!({"command": "transfer", "connection": "01a20046-1b8c-70d9-b1cc-cf54d639c90e"}));
    assert_eq!(problem(&unknown, 400), Vec::<String>::new());
    assert_eq!(unknown.json().unwrap()["field"], "connection");
    assert_eq!(problem(&app.command(&id, &json!({"command": "transfer"})), 400), Vec::<String>::new());
    let to = id_of(&app, "entra");
    let done = app.done(&id, &json!({"command": "transfer", "connection": to}));
    assert_eq!((&done["changed"], &done["account"]["connectionId"]), (&json!(true), &json!(to)));
    assert!(done["account"].get("externalId").is_none(), "it was the former source's: {done}");
    assert_eq!(app.done(&id, &json!({"command": "transfer", "connection": to}))["changed"], false);
    assert_eq!(app.actions_of(&id).last().unwrap(), "account.transferred");
    let mut put = person();
    put["externalId"] = json!("entra-1");
    let now = expect(other.send("PUT", &format!("/Users/{id}"), Some(&put)), 200).json().unwrap();
    assert_eq!(now["externalId"], "entra-1");
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 403);
    let plan = json!({"command": {"command": "transfer", "connection": to}, "accounts": more, "run": true});
    let ran = expect(app.api("POST", "/plans", Some(&plan)), 201).json().unwrap();
    assert!(
        ran.to_string().contains("\"changes\":3")
            || ran["accounts"].as_array().is_some_and(|all| all.len() == 3),
        "{ran}"
    );
    for id in &more {
        assert_eq!(app.account(id)["connectionId"], json!(to));
    }
    // Or it is allowed to change all.
    app.set("demo", "identity-provider", &json!({"others": "change"}));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    expect(app.scim("PATCH", &format!("/Users/{}", more[0]), Some(&off)), 200);
}

#[test]
fn an_attribute_that_a_source_owns_is_changed_by_nobody_else() {
    let app = TestApp::start();
    let id = app.provision(&person());
    let path = format!("/Users/{id}");
    let hr = Other::new(&app, "hr");
    let owned =
        json!({"attributes": {"TITLE": "hr", "active": "hr", format!("{ENTERPRISE}:department"): "hr"}});
    let answer = expect(app.api("PATCH", "/attribute-owners", Some(&owned)), 200).json().unwrap();
    let expected =
        json!({"attributes": {"active": "hr", "title": "hr", format!("{ENTERPRISE}:department"): "hr"}});
    assert_eq!(answer, expected);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    // The provider that owns the account changes the rest of it in the same request.
    let mut put = person();
    put["title"] = json!("Provider");
    put["nickName"] = json!("Babs");
    put["active"] = json!(false);
    put[ENTERPRISE] = json!({"department": "Provider", "costCenter": "7"});
    let now = expect(app.scim("PUT", &path, Some(&put)), 200).json().unwrap();
    assert_eq!((&now["nickName"], &now["active"]), (&json!("Babs"), &json!(true)));
    assert_eq!((now.get("title"), &now[ENTERPRISE]), (None, &json!({"costCenter": "7"})));
    // HR writes what it owns, of an account that is not its own, and nothing else.
    let mut by_hr = person();
    by_hr["title"] = json!("Guide");
    by_hr["nickName"] = json!("HR");
    by_hr[ENTERPRISE] = json!({"department": "Tours", "costCenter": "9"});
    let now = expect(hr.send("PUT", &path, Some(&by_hr)), 200).json().unwrap();
    assert_eq!((&now["title"], &now["nickName"]), (&json!("Guide"), &json!("Babs")));
    assert_eq!(now[ENTERPRISE], json!({"department": "Tours", "costCenter": "7"}));
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    assert_eq!(expect(hr.send("PATCH", &path, Some(&off)), 200).json().unwrap()["active"], false);
    assert_eq!(expect(app.scim("PATCH", &path, Some(&on)), 200).json().unwrap()["active"], false);
    expect(hr.send("DELETE", &path, None), 403);
    // An administrator may, and a lock is lifted by no source.
    app.done(&id, &json!({"command": "reactivate"}));
    app.done(&id, &json!({"command": "lock"}));
    for other in [expect(hr.send("PATCH", &path, Some(&off)), 200), expect(app.scim("GET", &path, None), 200)]
    {
        assert_eq!(other.json().unwrap()["active"], false);
    }
    assert_eq!(hr.send("PATCH", &path, Some(&on)).status, 403);
    assert!(app.account(&id)["lockedAt"].is_string());
    for wrong in [json!({"colour": "hr"}), json!({"userName": "hr"}), json!({"title": 7})] {
        let answer = app.api("PATCH", "/attribute-owners", Some(&json!({"attributes": wrong})));
        assert_eq!(problem(&answer, 400), Vec::<String>::new());
    }
    let nobody = app.api("PATCH", "/attribute-owners", Some(&json!({"attributes": {"title": "nobody"}})));
    assert_eq!(problem(&nobody, 404), Vec::<String>::new());
}

/// CVE-2022-1680: a changed login is on record and shown, and what was handed out for the old address opens nothing.
#[test]
fn a_changed_login_is_recorded_shown_and_ends_what_was_handed_out() {
    let app = TestApp::with_policy(&json!({"reset.method": "link"}));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let id = app.provision(&person());
    assert!(app.account(&id).get("loginChangedAt").is_none());
    let issued =
        expect(app.api("POST", &format!("/accounts/{id}/temporary-password"), None), 201).json().unwrap();
    let token = issued["resetToken"].as_str().unwrap();
    let moved = patch_op(
        json!([{"op": "replace", "path": "emails", "value": [{"value": "new@example.com", "primary": true}]}]),
    );
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&moved)), 200);
    let entry = app.audit_of(&id).pop().unwrap();
    assert_eq!(
        (&entry["facts"]["loginChanged"], &entry["facts"]["passwordInvalidated"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(app.account(&id)["loginChangedAt"], "2026-11-21T09:00:00Z");
    let reset = json!({"token": token, "newPassword": "correct horse battery"});
    expect(app.request("POST", "/api/v1/password-resets", None, Some(&reset)), 401);
    let timeline = expect(app.api("GET", &format!("/accounts/{id}/timeline"), None), 200).json().unwrap();
    assert!(timeline.to_string().contains("loginChanged"), "{timeline}");
    // Another name without another address keeps what was handed out.
    expect(app.api("POST", &format!("/accounts/{id}/temporary-password"), None), 201);
    let renamed = patch_op(json!([{"op": "replace", "path": "userName", "value": "barbara"}]));
    expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&renamed)), 200);
    assert_eq!(app.account(&id)["passwordState"], "temporary");
}

/// A group is its provider's, as a user is.
#[test]
fn a_provider_changes_no_group_of_another() {
    let app = TestApp::start();
    let id = app.provision(&person());
    let group = json!({"displayName": "Guides", "members": [{"value": id}]});
    let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap();
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    let other = Other::new(&app, "entra");
    let remove = patch_op(json!([{"op": "remove", "path": "members"}]));
    let put = json!({"displayName": "Mine", "members": []});
    for (method, body) in [("PATCH", Some(&remove)), ("PUT", Some(&put)), ("DELETE", None)] {
        let answer = other.send(method, &path, body);
        assert_eq!(scim_error(&answer, 403, None), Vec::<String>::new(), "{method}");
    }
    assert_eq!(app.read(&path), group);
    let all = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    assert_eq!(all["notices"][0]["kind"], "accounts.wanted", "{all}");
    // Its people may be in groups of others, and a group of its own holds whom it likes.
    let mine = json!({"displayName": "Guides", "members": [{"value": id}]});
    expect(other.send("POST", "/Groups", Some(&mine)), 201);
    app.set("demo", "entra", &json!({"others": "change"}));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    expect(other.send("PATCH", &path, Some(&remove)), 200);
    expect(other.send("DELETE", &path, None), 204);
}
