//! What a tenant sets, and what follows.

use super::ROLLCALL;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use rollcall_domain::policy::{Kind, Preset, SETTINGS};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn policy(app: &TestApp) -> Value {
    expect(app.api("GET", "/policy", None), 200).json().unwrap()
}

fn set(app: &TestApp, changes: &Value) -> Value {
    let answer = expect(app.api("PATCH", "/policy", Some(changes)), 200).json().unwrap();
    std::thread::sleep(rollcall::app::tokens::MAX_AGE_OF_A_YES);
    answer
}

#[test]
fn a_tenant_starts_from_a_preset_and_changes_single_settings() {
    let app = TestApp::start();
    let first = policy(&app);
    assert_eq!((&first["preset"], &first["setSingly"]), (&json!("rollcall"), &json!([])));
    let united = set(&app, &json!({"preset": "united", "seat.basis": "account", "reset.lifetime_hours": 24}));
    assert_eq!(united["setSingly"], json!(["reset.lifetime_hours", "seat.basis"]));
    assert_eq!(
        (&united["settings"]["confirm.deactivate"], &united["settings"]["reset.lifetime_hours"]),
        (&json!("never"), &json!("24"))
    );
    let back = set(&app, &json!({"seat.basis": null, "reset.lifetime_hours": ""}));
    assert_eq!((&back["preset"], &back["setSingly"]), (&json!("united"), &json!([])));
    assert_eq!(policy(&app), back);
    let rows = expect(app.api("GET", "/audit", None), 200).json().unwrap();
    let row = rows["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["action"] == "tenant.policy_changed")
        .unwrap();
    assert_eq!(row["attributes"], json!(["seat.basis", "reset.lifetime_hours"]));
}

#[test]
fn what_cannot_be_set_is_refused_with_what_can_and_nothing_is_changed() {
    let app = TestApp::start();
    let before = policy(&app);
    let mut failures = Failures::default();
    for (changes, named) in [
        (json!({"preset": "docebo"}), "rollcall, assure, workspace, united, ihasco, ispring"),
        (json!({"seat.colour": "red"}), "there are: status.label_set, "),
        (json!({"seat.basis": "body"}), "account, active_account, first_course_start"),
        (
            json!({"seat.basis": "account", "reset.lifetime_hours": 721}),
            "a whole number of hours from 1 to 720",
        ),
        (json!({"seat.basis": ["account"]}), "a word, a number, true or false"),
    ] {
        let answer = app.api("PATCH", "/policy", Some(&changes));
        let detail = answer.json().unwrap()["detail"].as_str().unwrap().to_owned();
        failures.check(&changes.to_string(), answer.status == 400 && detail.contains(named), || {
            format!("{}: {detail}", answer.status)
        });
    }
    failures.none();
    assert_eq!(policy(&app), before);
}

/// LIFECYCLE C3: the date of seed S is a deactivation like any other, that of seed U is undone by a date alone.
#[test]
fn c3_what_undoes_an_expiry_is_the_tenants_to_set() {
    let app = TestApp::start();
    let mut body = user("temp");
    body[ROLLCALL] = json!({"expiresAt": "2026-11-20T00:00:00Z"});
    let id = app.provision(&body);
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    for (preset, status, label) in [("united", 409, "Expired"), ("ispring", 200, "Inactive")] {
        set(&app, &json!({"preset": preset}));
        assert_eq!(app.account(&id)["label"], label);
        let answer = expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&on)), status).json().unwrap();
        if status == 200 {
            assert_eq!(
                (&answer["active"], answer.get(ROLLCALL)),
                (&json!(true), None),
                "the date is gone: {answer}"
            );
        }
    }
    // A later change of something else does not bring the date back.
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    let changed = expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&title)), 200).json().unwrap();
    assert_eq!(changed["active"], true);
}

/// LIFECYCLE C10: seed A keeps every password, seed H those of people with an e-mail address.
#[test]
fn c10_what_a_reactivation_does_to_the_password_is_the_tenants_to_set() {
    let app = TestApp::start();
    for (n, (word, expected)) in
        [("keep", "set"), ("invalidate_username_only", "invalidated"), ("invalidate_all", "invalidated")]
            .into_iter()
            .enumerate()
    {
        set(&app, &json!({"reactivate.password": word}));
        let name = format!("person.{n}");
        let id = app.provision(&user(&name));
        app.learner_with_password(&id, &name, "correct horse battery");
        for active in [false, true] {
            let switch = patch_op(json!([{"op": "replace", "path": "active", "value": active}]));
            expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&switch)), 200);
        }
        assert_eq!(app.account(&id)["passwordState"], expected, "{word}");
    }
}

/// docs/ACCOUNT-LIFECYCLE.md has every setting, what it can be, and what each preset makes it.
#[test]
fn the_page_of_the_life_cycle_has_every_setting() {
    let mut table = String::from("| Setting | Question | can be |");
    for preset in Preset::ALL {
        write!(table, " {} |", preset.as_str()).unwrap();
    }
    table.push_str("\n| --- | --- | --- |");
    table.push_str(&" --- |".repeat(Preset::ALL.len()));
    for setting in SETTINGS {
        let can_be = match setting.kind {
            Kind::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Kind::Number { min, max, unit } => format!("{min} to {max} {unit}"),
        };
        write!(table, "\n| `{}` | {} ({}) | {can_be} |", setting.key, setting.question, setting.source)
            .unwrap();
        let default = Preset::Rollcall.policy().get(setting.key);
        for preset in Preset::ALL {
            let word = preset.policy().get(setting.key);
            let mark = if word == default { "" } else { "**" };
            write!(table, " {mark}{}{mark} |", word.unwrap()).unwrap();
        }
    }
    super::page::keep("docs/ACCOUNT-LIFECYCLE.md", "settings", &table);
}
