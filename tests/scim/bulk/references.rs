//! bulkIds: forwards, in circles, in paths, and to what could not be made.

use super::*;
use crate::support::{patch_op, user};

fn manager(app: &TestApp, entry: &Value) -> Value {
    app.read(&path(app, entry))[ENTERPRISE]["manager"]["value"].clone()
}

fn id(app: &TestApp, entry: &Value) -> Value {
    app.read(&path(app, entry))["id"].clone()
}

/// R156, R158: a group may come before its members; the answer has the order of the request.
#[test]
fn a_reference_to_what_comes_later() {
    let app = TestApp::start();
    let made = bulk(
        &app,
        json!([
            post_group("g", "Guides", &["bulkId:a", "bulkId:b"]),
            post_user("a", "a"),
            post_user("b", "b")
        ]),
    );
    assert_eq!(statuses(&made), ["201", "201", "201"]);
    assert_eq!(
        made.iter().map(|entry| entry["bulkId"].as_str().unwrap()).collect::<Vec<_>>(),
        ["g", "a", "b"]
    );
    let group = app.read(&path(&app, &made[0]));
    assert_eq!(group["members"].as_array().unwrap().len(), 2);
    assert_eq!(made[0]["version"], group["meta"]["version"]);
}

/// R157: two who manage each other are both made, each with the version that it has now.
#[test]
fn two_users_who_refer_to_each_other() {
    let app = TestApp::start();
    let made = bulk(
        &app,
        json!([post_managed("a", "a", "b"), post_managed("b", "b", "a"), post_managed("c", "c", "c")]),
    );
    assert_eq!(statuses(&made), ["201", "201", "201"]);
    assert_eq!(manager(&app, &made[0]), id(&app, &made[1]));
    assert_eq!(manager(&app, &made[1]), id(&app, &made[0]));
    assert_eq!(manager(&app, &made[2]), id(&app, &made[2]), "one who manages themselves");
    for entry in &made {
        let user = app.read(&path(&app, entry));
        assert_eq!(entry["version"], user["meta"]["version"]);
        assert_eq!(user[ENTERPRISE]["department"], "D", "what was not in the way of the circle is there too");
    }
}

/// R157: a group and its member who refers to it.
#[test]
fn a_group_and_a_user_who_refer_to_each_other() {
    let app = TestApp::start();
    let other = app.provision(&user("other"));
    let made = bulk(
        &app,
        json!([
            post_group("g", "Guides", &["bulkId:a", &other]),
            post_managed("a", "a", "g"),
            post_user("z", "z")
        ]),
    );
    assert_eq!(statuses(&made), ["201", "201", "201"]);
    let (group, member) = (app.read(&path(&app, &made[0])), app.read(&path(&app, &made[1])));
    assert_eq!(group["members"].as_array().unwrap().len(), 2, "the other member is not lost");
    assert_eq!(member["groups"][0]["value"], group["id"]);
    assert_eq!(manager(&app, &made[1]), group["id"]);
    assert_eq!(made[0]["version"], group["meta"]["version"]);
    assert_eq!(made[1]["version"], member["meta"]["version"]);
}

/// R157, R155: of a circle in which one cannot be made, none is, and everything else is done.
#[test]
fn a_circle_is_made_as_a_whole_or_not_at_all() {
    let app = TestApp::start();
    app.provision(&user("taken"));
    let operations = json!([
        post_managed("a", "new", "b"),
        post_managed("b", "taken", "a"),
        post_managed("c", "more", "a"),
        post_user("d", "d")
    ]);
    let made = bulk(&app, operations);
    assert_eq!(statuses(&made), ["409", "409", "409", "201"]);
    assert_eq!(made[1]["response"]["scimType"], "uniqueness");
    assert!(detail(&made[0]).contains("\"bulkId:b\", which failed with 409"), "{}", detail(&made[0]));
    assert!(detail(&made[2]).contains("\"bulkId:a\", which was not made"), "{}", detail(&made[2]));
    assert!(made[0].get("location").is_none() && made[0].get("version").is_none());
    assert_eq!(count(&app, "new"), 0);
    let audit = expect(app.api("GET", "/audit?limit=1000", None), 200).json().unwrap();
    let created =
        audit["entries"].as_array().unwrap().iter().filter(|e| e["action"] == "account.created").count();
    assert_eq!(created, 2, "the one who was there, and d");
}

/// R157: a circle that cannot be made takes nothing else with it but what refers to it.
#[test]
fn an_unsolvable_circle_stands_alone() {
    let app = TestApp::start();
    let groups = [post_group("g", "G", &["bulkId:h"]), post_group("h", "H", &["bulkId:g"])];
    let made = bulk(&app, json!([groups[0], post_user("a", "a"), groups[1], post_managed("b", "b", "g")]));
    assert_eq!(statuses(&made), ["409", "201", "409", "409"]);
    assert!(detail(&made[3]).contains("\"bulkId:g\""), "{}", detail(&made[3]));
}

/// R152, R156: what was made can be changed and deleted in the same request, by its bulkId, and be named inside of a filter.
#[test]
fn a_path_may_be_a_reference() {
    let app = TestApp::start();
    let remove = patch_op(json!([{"op": "remove", "path": "members[value eq \"bulkId:b\"]"}]));
    let title = patch_op(json!([{"op": "add", "path": "title", "value": "T"}]));
    let done = bulk(
        &app,
        json!([
            {"method": "PATCH", "path": "/Users/bulkId:a", "bulkId": "p", "data": title},
            post_user("a", "a"),
            post_user("b", "b"),
            post_user("c", "c"),
            post_group("g", "G", &["bulkId:a", "bulkId:b"]),
            {"method": "PUT", "path": "/Users/bulkId:b", "data": {"userName": "bb"}},
            {"method": "DELETE", "path": "/Users/bulkId:c"},
            {"method": "PATCH", "path": "/Groups/bulkId:g", "data": remove},
            {"method": "DELETE", "path": "/Users/bulkId:g"},
        ]),
    );
    assert_eq!(statuses(&done), ["200", "201", "201", "201", "201", "200", "204", "200", "404"]);
    assert_eq!(done[0]["bulkId"], "p");
    assert_eq!(done[0]["location"], done[1]["location"]);
    assert_eq!(app.read(&path(&app, &done[0]))["title"], "T");
    assert_eq!(app.read(&path(&app, &done[5]))["userName"], "bb");
    expect(app.scim("GET", &path(&app, &done[6]), None), 404);
    let group = app.read(&path(&app, &done[7]));
    assert_eq!(group["members"].as_array().unwrap().len(), 1);
    assert_eq!(group["members"][0]["value"], id(&app, &done[1]));
}

/// R155, R156: what refers to something that failed, or to nothing, fails too, and says to what.
#[test]
fn references_that_lead_nowhere() {
    let app = TestApp::start();
    app.provision(&user("taken"));
    let done = bulk(
        &app,
        json!([
            post_group("g", "G", &["bulkId:a", "bulkId:b"]),
            post_user("a", "taken"),
            post_user("b", "b"),
            post_managed("c", "c", "nobody"),
            post_managed("d", "d", "g"),
            {"method": "DELETE", "path": "/Users/bulkId:a"},
            {"method": "PATCH", "path": "/Users/bulkId:p", "bulkId": "p", "data": {"Operations": []}},
        ]),
    );
    assert_eq!(statuses(&done), ["409", "409", "201", "400", "409", "409", "400"]);
    assert!(
        detail(&done[0]).contains("\"bulkId:a\", which was not made: that POST failed with 409"),
        "{}",
        done[0]
    );
    assert!(detail(&done[4]).contains("\"bulkId:g\""), "{}", done[4]);
    for (entry, name) in [(&done[3], "nobody"), (&done[6], "p")] {
        assert_eq!(entry["response"]["scimType"], "invalidValue");
        assert!(detail(entry).contains(&format!("\"bulkId:{name}\"")), "{entry}");
    }
    assert_eq!(done[5]["location"], json!(format!("{}/Users/bulkId:a", app.scim_base())));
    assert_eq!(app.read("/Groups")["totalResults"], 0);
}
