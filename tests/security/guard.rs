//! S46: a provider gone wrong cannot throw a whole company out; and what it did can be undone.

use crate::support::answers::{problem, scim_error};
use crate::support::cluster::texts;
use crate::support::http::Response;
use crate::support::{TestApp, expect, patch_op, user};
use chrono::Duration;
use rollcall::app::tokens::Scope;
use serde_json::{Value, json};
use std::thread;

/// People of the demo tenant as the provider sent them, by number; quick, in bulks.
pub(super) fn company(app: &TestApp, people: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(people);
    let numbers: Vec<usize> = (0..people).collect();
    for some in numbers.chunks(500) {
        let operations: Vec<Value> = some
            .iter()
            .map(|number| {
                let data = user(&format!("person-{number}"));
                json!({"method": "POST", "path": "/Users", "bulkId": format!("b{number}"), "data": data})
            })
            .collect();
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
        let answer = expect(app.scim("POST", "/Bulk", Some(&body)), 200).json().unwrap();
        for made in answer["Operations"].as_array().unwrap() {
            ids.push(made["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        }
    }
    // Nobody's who was made a moment ago and is taken back.
    app.clock().advance(Duration::hours(2));
    ids
}

pub(super) fn off(app: &TestApp, id: &str) -> Response {
    let body = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    app.scim("PATCH", &format!("/Users/{id}"), Some(&body))
}

pub(super) fn active(app: &TestApp) -> i64 {
    app.read("/Users?filter=active%20eq%20true&count=1")["totalResults"].as_i64().unwrap()
}

pub(crate) fn quarantine(app: &TestApp) -> Value {
    let all = expect(app.api("GET", "/quarantines", None), 200).json().unwrap();
    all["quarantines"][0].clone()
}

pub(crate) fn act(app: &TestApp, quarantine: &Value, what: &str, body: &Value) -> Response {
    let id = quarantine["id"].as_str().unwrap();
    app.api("POST", &format!("/quarantines/{id}/{what}"), Some(body))
}

/// S46, and the fourth criterion of the issue: a script that puts out everybody stops at the threshold, and release, reject and
/// restore work and are on record.
#[test]
fn a_script_that_deactivates_a_tenant_of_a_thousand_stops_at_the_threshold() {
    let app = TestApp::start();
    let people = company(&app, 1_000);
    let answers: Vec<Response> = people.iter().map(|id| off(&app, id)).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 20);
    assert!(answers[..20].iter().all(|answer| answer.status == 200));
    let refused = &answers[20];
    assert_eq!(scim_error(refused, 429, None), Vec::<String>::new());
    let detail = refused.json().unwrap()["detail"].as_str().unwrap().to_owned();
    for words in ["\"identity-provider\"", "quarantine", "20 of 1000", "24 hours", "release or reject"] {
        assert!(detail.contains(words), "{words} in {detail}");
    }
    assert!(refused.header("Retry-After").unwrap().parse::<u32>().unwrap() >= 60);
    assert_eq!(active(&app), 980);
    // Everything else goes on: reading, creating, changing, groups, and bringing back.
    app.provision(&user("newcomer"));
    let title = patch_op(json!([{"op": "replace", "path": "title", "value": "Guide"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", people[500]), Some(&title)), 200);
    expect(
        app.scim(
            "POST",
            "/Groups",
            Some(&json!({"displayName": "Guides", "members": [{"value": people[500]}]})),
        ),
        201,
    );
    // Nor by any other way of putting somebody out.
    let victim = &people[500];
    let mut put = user("person-500");
    put["active"] = json!(false);
    expect(app.scim("PUT", &format!("/Users/{victim}"), Some(&put)), 429);
    expect(app.scim("DELETE", &format!("/Users/{victim}"), None), 429);
    let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    for (name, value) in [
        ("expiresAt", "2026-11-20T00:00:00Z"),
        ("expiresAt", "2026-11-23T00:00:00Z"),
        ("deactivateAt", "2026-11-22T00:00:00Z"),
        ("startsAt", "2027-11-22T00:00:00Z"),
    ] {
        let patch = patch_op(json!([{"op": "add", "path": format!("{urn}:{name}"), "value": value}]));
        expect(app.scim("PATCH", &format!("/Users/{victim}"), Some(&patch)), 429);
    }
    let operations = json!([{"method": "DELETE", "path": format!("/Users/{victim}")}]);
    let bulk =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let answer = expect(app.scim("POST", "/Bulk", Some(&bulk)), 200).json().unwrap();
    assert_eq!(answer["Operations"][0]["status"], "429", "{answer}");
    assert_eq!(app.read(&format!("/Users/{victim}"))["active"], true);
    // An administrator is not stopped: by hand it always goes.
    let done = app.done(victim, &json!({"command": "deactivate", "reason": "security", "confirm": victim}));
    assert_eq!(done["changed"], true);

    let standing = quarantine(&app);
    assert_eq!(
        (
            &standing["state"],
            &standing["connection"],
            &standing["departed"],
            &standing["accounts"],
            &standing["most"]
        ),
        (&json!("standing"), &json!("identity-provider"), &json!(20), &json!(1_000), &json!(20))
    );
    let notices = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    assert_eq!(notices["notices"].as_array().unwrap().len(), 1, "told once: {notices}");
    assert_eq!(notices["notices"][0]["subjectId"], standing["id"]);

    // Rejected: it stays stopped, and the provider is told why.
    assert_eq!(problem(&act(&app, &standing, "reject", &json!({"reason": " "})), 400), Vec::<String>::new());
    let rejected =
        expect(act(&app, &standing, "reject", &json!({"reason": "The HR export was empty."})), 200);
    assert_eq!(rejected.json().unwrap()["state"], "rejected");
    let refused = expect(off(&app, &people[600]), 429).json().unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("The HR export was empty."), "{refused}");
    // Restored, in one act.
    let restored = expect(act(&app, &standing, "restore", &json!({})), 200).json().unwrap();
    assert_eq!((&restored["restored"], &restored["notRestored"]), (&json!(20), &json!([])));
    assert_eq!(active(&app), 1_000, "all but the one that the administrator put out, and the newcomer");
    assert_eq!(app.account(victim)["active"], false, "what an administrator did is not undone");
    let again = expect(act(&app, &standing, "restore", &json!({})), 200).json().unwrap();
    assert_eq!(again["restored"], 0);
    // Released: it goes on, and the next window begins.
    let released = expect(act(&app, &standing, "release", &json!({"reason": "Mended.", "allow": 5})), 200);
    assert_eq!(released.json().unwrap()["state"], "released");
    let more = people[700..].iter().take_while(|id| off(&app, id).status == 200).count();
    assert_eq!(more, 25, "the threshold, and five more for this once");
    let conflict = act(&app, &standing, "release", &json!({"reason": "Twice."}));
    assert_eq!(problem(&conflict, 409), Vec::<String>::new());
    // On record.
    let sql = "SELECT action AS t FROM audit_log WHERE action LIKE 'connection.%' AND action <> 'connection.created' ORDER BY seq";
    let actions = texts(app.database_url(), sql);
    let expected = [
        "connection.quarantined",
        "connection.rejected",
        "connection.departures_restored",
        "connection.released",
        "connection.quarantined",
    ];
    assert_eq!(actions, expected);
    assert_eq!(app.actions_of(&people[0]).last().unwrap(), "account.restored");
}

#[test]
fn parallel_deactivations_do_not_pass_the_threshold_by() {
    let app = TestApp::start();
    let people = company(&app, 400);
    let second = app.another_server();
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    let done: usize = thread::scope(|scope| {
        let parts: Vec<_> = people
            .chunks(50)
            .enumerate()
            .map(|(number, part)| {
                let (app, off) = (&app, &off);
                scope.spawn(move || {
                    let server = if number % 2 == 0 { app.address() } else { second };
                    let send = |id: &String| {
                        let path = format!("/scim/v2/Users/{id}");
                        crate::support::app::request_to(
                            server,
                            "PATCH",
                            &path,
                            Some(app.scim_token()),
                            Some(off),
                        )
                        .status
                    };
                    part.iter().filter(|id| send(id) == 200).count()
                })
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).sum()
    });
    // 2 % of 400, and not one more.
    assert_eq!(done, 8);
    assert_eq!(active(&app), 392);
    let all = expect(app.api("GET", "/quarantines", None), 200).json().unwrap();
    assert_eq!(all["quarantines"].as_array().unwrap().len(), 1);
}

#[test]
fn the_window_slides_and_who_is_back_is_not_counted() {
    let app = TestApp::start();
    let people = company(&app, 30);
    for id in &people[..5] {
        expect(off(&app, id), 200);
    }
    // Somebody goes and comes back, over and over: one who is in counts for nobody.
    let on = patch_op(json!([{"op": "replace", "path": "active", "value": true}]));
    for _ in 0..4 {
        expect(app.scim("PATCH", &format!("/Users/{}", people[0]), Some(&on)), 200);
        expect(off(&app, &people[0]), 200);
    }
    app.clock().advance(Duration::hours(23));
    expect(app.scim("PATCH", &format!("/Users/{}", people[0]), Some(&on)), 200);
    expect(off(&app, &people[6]), 200);
    app.clock().advance(Duration::hours(2));
    // The four of a day ago have left the window.
    for id in &people[7..11] {
        expect(off(&app, id), 200);
    }
    expect(off(&app, &people[11]), 429);
    // Deleting who is out already puts nobody out.
    expect(app.scim("DELETE", &format!("/Users/{}", people[1]), None), 204);
    // The quarantine does not end by itself.
    app.clock().advance(Duration::days(3));
    expect(off(&app, &people[12]), 429);
}

/// LIFECYCLE C10 and the issue: groups, seats, enrolments and passwords as they were, also of those who were deleted.
#[test]
fn a_restoration_brings_back_groups_seats_enrolments_and_passwords() {
    let app = TestApp::start();
    app.set_policy(&json!({"reactivate.restore": "manual_list", "reactivate.password": "invalidate_all"}));
    thread::sleep(std::time::Duration::from_millis(1_100));
    app.set_seats(100);
    let people = company(&app, 60);
    let group = json!({"displayName": "Guides", "members": [{"value": people[0]}, {"value": people[1]}, {"value": people[2]}]});
    let group = expect(app.scim("POST", "/Groups", Some(&group)), 201).json().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let course = app.course("Safety");
    app.enrolled(&course, &json!({"accounts": [people[0], people[1]]}));
    let learner = app.learner_with_password(&people[0], "person-0", "correct horse battery");
    let deleted = app.learner_with_password(&people[1], "person-1", "correct horse battery");
    let session = deleted.session("correct horse battery");
    let urn = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
    let dated = patch_op(json!([{"op": "add", "path": format!("{urn}:expiresAt"), "value": "2027-06-30"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", people[2]), Some(&dated)), 200);
    let state =
        |id: &str| (app.account(id), app.enrolments(id), app.read(&format!("/Users/{id}"))["groups"].clone());
    let kept = |id: &str| {
        let (mut account, enrolments, groups) = state(id);
        account.as_object_mut().unwrap().remove("lastSignInAt");
        (account, enrolments, groups)
    };
    let before: Vec<_> = people[..3].iter().map(|id| kept(id)).collect();
    let seats = app.seats_used();

    expect(off(&app, &people[0]), 200);
    expect(app.scim("DELETE", &format!("/Users/{}", people[1]), None), 204);
    let ended =
        patch_op(json!([{"op": "replace", "path": format!("{urn}:expiresAt"), "value": "2026-11-01"}]));
    expect(app.scim("PATCH", &format!("/Users/{}", people[2]), Some(&ended)), 200);
    expect(off(&app, &people[3]), 200);
    expect(off(&app, &people[4]), 200);
    assert_eq!(app.seats_used(), seats - 5);
    expect(off(&app, &people[5]), 429);

    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!((&restored["restored"], &restored["notRestored"]), (&json!(5), &json!([])));
    let after: Vec<_> = people[..3].iter().map(|id| kept(id)).collect();
    assert_eq!(after, before);
    assert_eq!(app.seats_used(), seats);
    let members = app.read(&format!("/Groups/{group}"))["members"].as_array().unwrap().len();
    assert_eq!(members, 3);
    expect(learner.sign_in("correct horse battery"), 201);
    expect(deleted.sign_in("correct horse battery"), 201);
    assert_eq!(app.session_status(&session), 401, "a session that has ended stays so");
}

#[test]
fn whose_name_or_seat_is_gone_is_told_and_the_others_are_back() {
    let app = TestApp::start();
    let people = company(&app, 60);
    expect(app.scim("DELETE", &format!("/Users/{}", people[0]), None), 204);
    for id in &people[1..5] {
        expect(off(&app, id), 200);
    }
    expect(off(&app, &people[5]), 429);
    let heir = app.provision(&user("PERSON-0"));
    let restored = expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap();
    assert_eq!(restored["restored"], 4);
    assert_eq!(restored["notRestored"][0]["account"], json!(people[0]));
    assert!(restored["notRestored"][0]["detail"].as_str().unwrap().contains("another name"), "{restored}");
    expect(app.scim("DELETE", &format!("/Users/{heir}"), None), 429);
    app.done(&heir, &json!({"command": "erase", "confirm": heir}));
    assert_eq!(
        expect(act(&app, &quarantine(&app), "restore", &json!({})), 200).json().unwrap()["restored"],
        1
    );
}

/// A sync does not judge itself, nor does another tenant's administrator; and it is watched by whichever door it comes.
#[test]
fn only_an_administrator_decides_and_an_hr_system_is_watched_too() {
    let app = TestApp::start();
    let people = company(&app, 60);
    let hr = app.issue_token("demo", "hr", Scope::Api);
    app.set("demo", "hr", &json!({"source": "hr", "others": "change"}));
    let by_hr = |method: &str, path: &str, body: Option<&Value>| {
        app.request(method, &format!("/api/v1{path}"), Some(&hr), body)
    };
    let plan = |accounts: &[String]| {
        let plan = json!({"command": {"command": "deactivate"}, "accounts": accounts});
        let plan = expect(by_hr("POST", "/plans", Some(&plan)), 201).json().unwrap();
        by_hr("POST", &format!("/plans/{}/run", plan["id"].as_str().unwrap()), Some(&json!({})))
    };
    expect(plan(&people[..3]), 200);
    // All of it or nothing: the three are out, and nobody of the plan that would be too much.
    assert_eq!(problem(&plan(&people[3..9]), 429), Vec::<String>::new());
    assert_eq!(active(&app), 57);
    let command = json!({"command": "deactivate", "confirm": people[10]});
    let single = by_hr("POST", &format!("/accounts/{}/commands", people[10]), Some(&command));
    assert_eq!(problem(&single, 429), Vec::<String>::new());
    let standing = quarantine(&app);
    assert_eq!(standing["connection"], "hr");
    let id = standing["id"].as_str().unwrap();
    for (what, body) in
        [("release", json!({"reason": "x"})), ("reject", json!({"reason": "x"})), ("restore", json!({}))]
    {
        let answer = by_hr("POST", &format!("/quarantines/{id}/{what}"), Some(&body));
        assert_eq!(problem(&answer, 403), Vec::<String>::new(), "{what}");
    }
    let escape = json!({"settings": {"source": "administrators", "guard": "off"}});
    assert_eq!(problem(&by_hr("PATCH", "/connections/hr", Some(&escape)), 403), Vec::<String>::new());
    let loose = json!({"guard.count": "1000"});
    assert_eq!(problem(&by_hr("PATCH", "/policy", Some(&loose)), 403), Vec::<String>::new());
    let other = app.issue_token("neighbour", "administration", Scope::Api);
    let path = format!("/api/v1/quarantines/{id}");
    expect(app.request("GET", &path, Some(&other), None), 404);
    let release = json!({"reason": "x"});
    expect(app.request("POST", &format!("{path}/release"), Some(&other), Some(&release)), 404);
    // What another source did to the same accounts counts for both.
    expect(off(&app, &people[20]), 200);
    expect(off(&app, &people[21]), 200);
    expect(off(&app, &people[22]), 429);
}

#[test]
fn the_threshold_and_the_window_are_the_tenants_and_the_guard_can_be_switched_off() {
    let app = TestApp::with_policy(&json!({"guard.percent": "20", "guard.window_hours": "1"}));
    let people = company(&app, 100);
    let gone = people.iter().take_while(|id| off(&app, id).status == 200).count();
    assert_eq!(gone, 20);
    app.set("demo", "identity-provider", &json!({"guard": "off"}));
    thread::sleep(std::time::Duration::from_millis(1_100));
    for id in &people[20..] {
        expect(off(&app, id), 200);
    }
    assert_eq!(active(&app), 0);
}

/// The numbers of the migration are the domain's.
#[test]
fn the_database_counts_as_the_domain_does() {
    use rollcall_domain::guard::Threshold;
    let app = TestApp::start();
    for (count, percent) in [(5_u16, 2_u16), (1, 1), (1_000, 20), (50, 7)] {
        let sql = format!(
            "SELECT most_departures(n, {count}, {percent})::text AS t FROM generate_series(0, 3000) n ORDER BY n"
        );
        let threshold = Threshold { count, percent };
        let domain: Vec<String> = (0..=3_000).map(|accounts| threshold.of(accounts).to_string()).collect();
        assert_eq!(texts(app.database_url(), &sql), domain, "{count} {percent}");
    }
}

/// Test tools make a few users and delete them again. That is no leaver's sync; many that are made and put out at once are one.
#[test]
fn what_was_just_made_may_be_taken_back_where_there_are_few() {
    let app = TestApp::start();
    for round in 0..60 {
        let id = app.provision(&user(&format!("trial-{round}")));
        if round % 2 == 0 {
            expect(off(&app, &id), 200);
        }
        expect(app.scim("DELETE", &format!("/Users/{id}"), None), 204);
    }
    // Who has been there is somebody.
    let people: Vec<String> = (0..6).map(|number| app.person(&format!("person-{number}"))).collect();
    for (number, id) in people.iter().enumerate() {
        app.done(id, &json!({"command": "recordAccess"}));
        expect(off(&app, id), if number < 5 { 200 } else { 429 });
    }
    let released = json!({"reason": "Tried out."});
    expect(act(&app, &quarantine(&app), "release", &released), 200);
    // And so is everybody where there are many, however new they are.
    let bulk: Vec<String> = (0..300).map(|number| app.person(&format!("many-{number}"))).collect();
    let gone =
        bulk.iter().filter(|id| app.scim("DELETE", &format!("/Users/{id}"), None).status == 204).count();
    assert_eq!(gone, 5, "of so many new ones no more than of the others");
}
