//! Nobody takes an account over through its e-mail address: no address makes two accounts one, opens a door, or counts as proved.

use super::*;
use crate::support::patch_op;
use rollcall::app::tokens::Scope;

fn emails(address: &str) -> Value {
    json!([{"value": address, "type": "work", "primary": true}])
}

/// The attacker's and the victim's side of a tenant with two providers.
struct Two {
    app: TestApp,
    victim: String,
    learner: Learner,
    session: String,
    /// The token of the other provider.
    attacker: String,
}

fn two() -> Two {
    let app = TestApp::start();
    let (victim, learner) = with_password(&app, "victim");
    let session = learner.session(PASSWORD);
    let attacker = app.issue_token("demo", "another-provider", Scope::Scim);
    Two { app, victim, learner, session, attacker }
}

impl Two {
    /// What the victim notices: everything is theirs as before.
    fn is_unharmed(&self) {
        assert_eq!(self.app.session_status(&self.session), 200);
        expect(self.learner.sign_in(PASSWORD), 201);
        assert_eq!(introspected(&self.app, &self.session)["sub"], json!(self.victim));
    }
}

/// GitLab EE: whoever provisioned could change a member's e-mail address, ask for a reset, and have the account.
#[test]
fn cve_2022_1680_a_changed_address_gives_the_attacker_no_way_in_and_is_recorded() {
    let two = two();
    let app = &two.app;
    let path = format!("/Users/{}", two.victim);
    let patch =
        patch_op(json!([{"op": "replace", "path": "emails", "value": emails("attacker@evil.example")}]));
    let changed = by(app, &two.attacker, "PATCH", &path, Some(&patch));
    expect(changed, 403);
    // No password of the attacker's choice, no link, no reset that a provider could ask for.
    let password = patch_op(json!([{"op": "replace", "path": "password", "value": "attacker's own words"}]));
    by(app, &two.attacker, "PATCH", &path, Some(&password));
    for name in ["attacker@evil.example", "victim"] {
        let body = json!({"tenant": "demo", "userName": name, "password": "attacker's own words"});
        assert_eq!(app.request("POST", "/api/v1/sessions", None, Some(&body)).status, 401, "{name}");
    }
    let ask = format!("/api/v1/accounts/{}/temporary-password", two.victim);
    expect(app.request("POST", &ask, Some(&two.attacker), None), 403);
    expect(app.request("POST", &ask, None, None), 401);
    two.is_unharmed();
}

/// The same with a link that is out: it was asked for while another address stood there, and is withdrawn with it.
#[test]
fn cve_2022_1680_a_link_that_is_out_ends_with_the_address_it_was_for() {
    let app = TestApp::with_policy(&json!({"reset.method": "link"}));
    let mut body = user("victim");
    body["emails"] = emails("victim@example.com");
    let id = app.provision(&body);
    let link = || {
        let issued = app.api("POST", &format!("/accounts/{id}/temporary-password"), None);
        expect(issued, 201).json().unwrap()["resetToken"].clone()
    };
    let reset = |token: &Value, new: &str| {
        let body = json!({"token": token, "newPassword": new});
        app.request("POST", "/api/v1/password-resets", None, Some(&body)).status
    };
    let set = |operation: Value| {
        drop(expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&patch_op(json!([operation])))), 200))
    };
    assert_eq!(reset(&link(), PASSWORD), 204);
    let to_the_attacker = {
        set(json!({"op": "replace", "path": "emails", "value": emails("attacker@evil.example")}));
        link()
    };
    set(json!({"op": "replace", "path": "emails", "value": emails("victim@example.com")}));
    let row = app.audit_of(&id).pop().unwrap();
    assert_eq!(row["facts"]["passwordInvalidated"], true, "{row}");
    assert_eq!(reset(&to_the_attacker, "attacker's own words"), 401);
    assert_ne!(Learner::new(&app, "victim").sign_in(to_the_attacker.as_str().unwrap()).status, 201);
    // What has nothing to do with the address leaves a link alone, also the same address in other letters.
    let own = link();
    set(json!({"op": "replace", "path": "title", "value": "T"}));
    set(json!({"op": "replace", "path": "emails", "value": emails("Victim@Example.com")}));
    assert_eq!(reset(&own, PASSWORD), 204);
    // A password that the person chose stays theirs.
    set(json!({"op": "replace", "path": "emails", "value": emails("victim@home.example")}));
    expect(Learner::new(&app, "victim@home.example").sign_in(PASSWORD), 201);
}

/// GitLab: an address that came over SCIM counted as verified, and signed its sender in as whoever had it.
#[test]
fn gitlab_11643_an_address_from_a_provider_proves_nothing() {
    let two = two();
    let app = &two.app;
    let mut claimed = emails("victim@example.com");
    claimed[0]["verified"] = json!(true);
    claimed[0]["email_verified"] = json!(true);
    let mut body = user("impostor");
    body["emails"] = claimed;
    body["emailVerified"] = json!(true);
    body["verified"] = json!(true);
    let made = expect(by(app, &two.attacker, "POST", "/Users", Some(&body)), 201).json().unwrap();
    assert_ne!(made["id"], json!(two.victim));
    let text = made.to_string().to_lowercase();
    assert!(!text.contains("verified"), "{text}");
    // Who claims an address signs in by their own name only, and whose it was goes on signing in by it.
    let impostor =
        app.learner_with_password(made["id"].as_str().unwrap(), "impostor", "another horse battery");
    let by_address = |password: &str| {
        let body = json!({"tenant": "demo", "userName": "victim@example.com", "password": password});
        app.request("POST", "/api/v1/sessions", None, Some(&body)).status
    };
    assert_eq!((by_address(PASSWORD), by_address("another horse battery")), (201, 401));
    let own = impostor.session("another horse battery");
    assert_eq!(introspected(app, &own)["sub"], made["id"]);
    two.is_unharmed();
}

/// CISO Assistant: an existing account was adopted by its address, the address rewritten, and the password reset.
#[test]
fn ciso_assistant_4658_no_account_is_adopted_by_its_address() {
    let two = two();
    let app = &two.app;
    // The same name is a conflict, in any spelling, and changes nothing.
    for name in ["victim", "VICTIM", "ｖictim", " victim "] {
        let mut body = user(name);
        body["emails"] = emails("attacker@evil.example");
        body["externalId"] = json!("evil-1");
        let refused = expect(by(app, &two.attacker, "POST", "/Users", Some(&body)), 409).json().unwrap();
        assert_eq!(refused["scimType"], "uniqueness", "{name:?}");
    }
    // The same address is another account.
    let mut body = user("adopter");
    body["emails"] = emails("VICTIM@example.com");
    body["externalId"] = json!("evil-1");
    let made = expect(by(app, &two.attacker, "POST", "/Users", Some(&body)), 201).json().unwrap();
    assert_ne!(made["id"], json!(two.victim));
    // Rewriting that one's address is nothing to the victim.
    let patch =
        patch_op(json!([{"op": "replace", "path": "emails", "value": emails("attacker@evil.example")}]));
    expect(
        by(app, &two.attacker, "PATCH", &format!("/Users/{}", made["id"].as_str().unwrap()), Some(&patch)),
        200,
    );
    let own = app.read(&format!("/Users/{}", two.victim));
    assert_eq!(own["emails"][0]["value"], "victim@example.com");
    assert!(own.get("externalId").is_none());
    two.is_unharmed();
    // Who was deactivated is brought back by the provider that made them, and by no other.
    leaves(app, &two.victim);
    expect(by(app, &two.attacker, "POST", "/Users", Some(&user("victim"))), 409);
    assert_eq!(app.read(&format!("/Users/{}", two.victim))["active"], false);
    assert_eq!(two.learner.sign_in(PASSWORD).status, 403);
}

/// A name that the attacker takes over in the moment in which it is free opens nothing of who had it before.
#[test]
fn cve_2022_1680_a_name_that_changes_hands_takes_nothing_along() {
    let two = two();
    let app = &two.app;
    let renamed = patch_op(json!([{"op": "replace", "path": "userName", "value": "victim.married"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", two.victim), Some(&renamed)), 200);
    let taken = expect(by(app, &two.attacker, "POST", "/Users", Some(&user("victim"))), 201).json().unwrap();
    assert_ne!(taken["id"], json!(two.victim));
    assert_eq!(two.learner.sign_in(PASSWORD).status, 401, "the old name is somebody else's");
    expect(Learner::new(app, "victim.married").sign_in(PASSWORD), 201);
    assert_eq!(introspected(app, &two.session)["sub"], json!(two.victim));
}
