//! Groups in groups: what is shown of them, and what is refused.

use crate::support::cluster::texts;
use crate::support::{Failures, TestApp, expect, patch_op, user};
use rollcall::app::tokens::Scope;
use rollcall::app::{Call, Rules, tenants};
use rollcall_domain::ids::{Actor, ConnectionId};
use rollcall_scim::resource::Dialect;
use serde_json::{Value, json};

/// Creates a group with these members and returns its id.
pub(super) fn group(app: &TestApp, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let answer = app.scim("POST", "/Groups", Some(&json!({"displayName": name, "members": members})));
    expect(answer, 201).json().unwrap()["id"].as_str().unwrap().to_owned()
}

/// A PATCH that adds the member.
pub(super) fn adding(member: &str) -> Value {
    patch_op(json!([{"op": "add", "path": "members", "value": [{"value": member}]}]))
}

/// The members of a group as `type name`, sorted.
pub(super) fn members(app: &TestApp, id: &str) -> Vec<String> {
    let group = app.read(&format!("/Groups/{id}"));
    let text = |m: &Value, name: &str| m[name].as_str().unwrap().to_owned();
    let mut all: Vec<String> = group["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| format!("{} {}", text(m, "type"), text(m, "display")))
        .collect();
    all.sort();
    all
}

/// The groups of a user as `type name`, sorted.
pub(super) fn groups(app: &TestApp, id: &str) -> Vec<String> {
    let user = app.read(&format!("/Users/{id}"));
    let all = user["groups"].as_array().cloned().unwrap_or_default();
    let text = |g: &Value, name: &str| g[name].as_str().unwrap().to_owned();
    let mut all: Vec<String> =
        all.iter().map(|g| format!("{} {}", text(g, "type"), text(g, "display"))).collect();
    all.sort();
    all
}

pub(super) fn tag(app: &TestApp, path: &str) -> String {
    expect(app.scim("GET", path, None), 200).header("ETag").unwrap().to_owned()
}

/// R067, R070: a group shows people and groups among its members, and a person the groups they are in by way of others.
#[test]
fn a_group_may_be_a_member_and_its_people_are_indirect_members() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("anna")), app.provision(&user("bert")));
    let guides = group(&app, "Guides", &[&a]);
    let base = app.scim_base();
    let body = json!({"displayName": "Staff", "members": [
        {"value": guides, "type": "Group", "display": "whatever"}, {"value": b, "type": "User"}]});
    let created = expect(app.scim("POST", "/Groups", Some(&body)), 201).json().unwrap();
    let staff = created["id"].as_str().unwrap();
    let mut expected = vec![
        json!({"value": guides, "$ref": format!("{base}/Groups/{guides}"), "display": "Guides", "type": "Group"}),
        json!({"value": b, "$ref": format!("{base}/Users/{b}"), "display": "bert", "type": "User"}),
    ];
    expected.sort_by_key(|member| member["value"].as_str().unwrap().to_owned());
    assert_eq!(created["members"], json!(expected), "in the order of the ids");
    assert_eq!(app.read(&format!("/Groups/{staff}")), created);
    assert_eq!(app.read(&format!("/Groups?filter=id%20eq%20%22{staff}%22"))["Resources"][0], created);
    let mut of_anna = vec![
        json!({"value": guides, "$ref": format!("{base}/Groups/{guides}"), "display": "Guides", "type": "direct"}),
        json!({"value": staff, "$ref": format!("{base}/Groups/{staff}"), "display": "Staff", "type": "indirect"}),
    ];
    of_anna.sort_by_key(|group| group["value"].as_str().unwrap().to_owned());
    assert_eq!(app.read(&format!("/Users/{a}"))["groups"], json!(of_anna));
    assert_eq!(groups(&app, &b), ["direct Staff"]);
    let rows = app.audit_of(staff);
    assert_eq!(rows[0]["facts"]["membersAdded"].as_array().unwrap().len(), 2, "{rows:?}");
    let without = app.read(&format!("/Groups/{staff}?excludedAttributes=members"));
    assert!(without.get("members").is_none(), "{without}");
}

/// R070, R139: groups come and go as members in every form in which people do.
#[test]
fn groups_come_and_go_in_every_form() {
    let app = TestApp::start();
    let person = app.provision(&user("anna"));
    let (x, y, top) = (group(&app, "X", &[]), group(&app, "Y", &[]), group(&app, "Top", &[]));
    let path = format!("/Groups/{top}");
    let base = app.scim_base();
    let steps: Vec<(&str, Value, &[&str])> = vec![
        ("add", json!([{"op": "add", "path": "members", "value": [{"value": x}]}]), &["Group X"]),
        ("again", json!([{"op": "add", "path": "members", "value": [{"value": x}]}]), &["Group X"]),
        (
            "Entra's add with a person",
            json!([{"op": "Add", "path": "members", "value": [{"value": y, "$ref": null}, {"value": person}]}]),
            &["Group X", "Group Y", "User anna"],
        ),
        (
            "remove by filter",
            json!([{"op": "remove", "path": format!("members[value eq \"{x}\"]")}]),
            &["Group Y", "User anna"],
        ),
        (
            "by address",
            json!([{"op": "add", "value": {"members": [{"$ref": format!("{base}/Groups/{x}")}]}}]),
            &["Group X", "Group Y", "User anna"],
        ),
        (
            "the filter asks for a user",
            json!([{"op": "remove", "path": format!("members[value eq \"{x}\" and type eq \"User\"]")}]),
            &["Group X", "Group Y", "User anna"],
        ),
        (
            "the filter asks for a group",
            json!([{"op": "remove", "path": format!("members[value eq \"{x}\" and type eq \"Group\"]")}]),
            &["Group Y", "User anna"],
        ),
        (
            "a wrong type: the id decides",
            json!([{"op": "add", "path": "members", "value": [{"value": x, "type": "User"}]}]),
            &["Group X", "Group Y", "User anna"],
        ),
        (
            "Entra's remove",
            json!([{"op": "Remove", "path": "members", "value": [{"value": y}, {"value": person, "type": "Group"}]}]),
            &["Group X"],
        ),
        (
            "who is none",
            json!([{"op": "remove", "path": format!("members[value eq \"{y}\"]")}]),
            &["Group X"],
        ),
        (
            "replace",
            json!([{"op": "replace", "path": "members", "value": [{"value": y}, {"value": person}]}]),
            &["Group Y", "User anna"],
        ),
        (
            "rename",
            json!([{"op": "replace", "path": "displayName", "value": "Top 2"}]),
            &["Group Y", "User anna"],
        ),
        ("remove all", json!([{"op": "remove", "path": "members"}]), &[]),
    ];
    let mut failures = Failures::default();
    for (name, operations, left) in steps {
        let before = (tag(&app, &path), members(&app, &top));
        let answer = app.scim("PATCH", &path, Some(&patch_op(operations)));
        let found = members(&app, &top);
        failures.check(name, answer.status == 200 && found == left, || {
            format!(
                "{} {found:?}, expected {left:?}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )
        });
        let same = (tag(&app, &path), found);
        let changed = name == "rename" || before.1 != same.1;
        failures.check(name, (before.0 != same.0) == changed, || "the version".to_owned());
    }
    failures.none();
    let put = |body: Value| expect(app.scim("PUT", &path, Some(&body)), 200);
    put(json!({"displayName": "Top", "members": [{"value": x}, {"value": person}]}));
    assert_eq!(members(&app, &top), ["Group X", "User anna"]);
    put(json!({"displayName": "Top"}));
    assert_eq!(members(&app, &top), ["Group X", "User anna"], "kept by a PUT that does not name them");
    put(json!({"displayName": "Top", "members": [{"value": y}]}));
    assert_eq!(members(&app, &top), ["Group Y"]);
    put(json!({"displayName": "Top", "members": []}));
    assert_eq!(members(&app, &top), Vec::<String>::new());
    let last = app.audit_of(&top);
    assert_eq!(last.last().unwrap()["facts"], json!({"membersRemoved": [y]}));
}

/// R067: by several ways into one group is still once, and directly wins.
#[test]
fn a_person_is_in_a_group_once_however_many_ways_lead_there() {
    let app = TestApp::start();
    let (a, b) = (app.provision(&user("anna")), app.provision(&user("bert")));
    let (left, right) = (group(&app, "Left", &[&a]), group(&app, "Right", &[&a]));
    let top = group(&app, "Top", &[&left, &right, &b]);
    let roof = group(&app, "Roof", &[&top, &left]);
    assert_eq!(groups(&app, &a), ["direct Left", "direct Right", "indirect Roof", "indirect Top"]);
    expect(app.scim("PATCH", &format!("/Groups/{roof}"), Some(&adding(&a))), 200);
    assert_eq!(groups(&app, &a), ["direct Left", "direct Right", "direct Roof", "indirect Top"]);
    assert_eq!(groups(&app, &b), ["direct Top", "indirect Roof"]);
    let listed = app.read("/Users?filter=userName%20eq%20%22anna%22");
    assert_eq!(listed["Resources"][0], app.read(&format!("/Users/{a}")));
}

/// R070: a group of another tenant is nobody.
#[test]
fn a_group_of_another_tenant_is_nobody() {
    let app = TestApp::start();
    let foreign = app.issue_token("other-tenant", "idp", Scope::Scim);
    let answer =
        app.request("POST", "/scim/v2/Groups", Some(&foreign), Some(&json!({"displayName": "Theirs"})));
    let theirs = expect(answer, 201).json().unwrap()["id"].as_str().unwrap().to_owned();
    let own = group(&app, "Own", &[]);
    let path = format!("/Groups/{own}");
    expect(app.scim("PATCH", &path, Some(&adding(&theirs))), 200);
    assert_eq!(members(&app, &own), Vec::<String>::new());
    let inner = group(&app, "Inner", &[]);
    let both = patch_op(
        json!([{"op": "add", "path": "members", "value": [{"value": theirs}, {"value": inner, "type": "Group"}]}]),
    );
    expect(app.scim("PATCH", &path, Some(&both)), 200);
    assert_eq!(members(&app, &own), ["Group Inner"]);
    let found = app.read(&format!("/Groups?filter=members%20eq%20%22{theirs}%22"));
    assert_eq!(found["totalResults"], 0);
}

/// R070: discovery tells that groups nest.
#[test]
fn discovery_tells_that_groups_nest() {
    let app = TestApp::start();
    let sub = |schema: &str, attribute: &str, name: &str| -> Value {
        let schema = app.read(&format!("/Schemas/urn:ietf:params:scim:schemas:core:2.0:{schema}"));
        let named = |list: &Value, name: &str| {
            list.as_array().unwrap().iter().find(|a| a["name"] == json!(name)).unwrap().clone()
        };
        named(&named(&schema["attributes"], attribute)["subAttributes"], name)
    };
    assert_eq!(sub("Group", "members", "$ref")["referenceTypes"], json!(["User", "Group"]));
    assert_eq!(sub("Group", "members", "type")["canonicalValues"], json!(["User", "Group"]));
    assert_eq!(sub("User", "groups", "type")["canonicalValues"], json!(["direct", "indirect"]));
}

/// R070: where the dialect is strict, a member's `type` has to be what its id is.
#[test]
fn the_strict_dialect_takes_a_type_at_its_word() {
    let app = TestApp::start();
    let (person, inner) = (app.provision(&user("anna")), group(&app, "Inner", &[]));
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    conn.enter(tenant).unwrap();
    let connection =
        texts(app.database_url(), "SELECT id::text AS t FROM connections WHERE name = 'identity-provider'");
    let call = Call {
        tenant,
        connection: ConnectionId(connection[0].parse().unwrap()),
        actor: Actor::Operator,
        acting: rollcall_domain::account::Acting::System,
        now: app.clock().now(),
        request_id: uuid::Uuid::nil(),
        base: app.scim_base(),
        sync: None,
    };
    let mut rules = Rules::standard().unwrap();
    rules.dialect = Dialect::strict();
    let mut create = |name: &str, id: &str, kind: &str| {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
            "members": [{"value": id, "type": kind}]});
        let made = rollcall::app::groups::create(&mut conn, &rules, &call, body.as_object().unwrap().clone());
        made.map_err(|error| error.to_string())
    };
    for (id, said, is) in [(&person, "Group", "User"), (&inner, "User", "Group")] {
        let refusal = create("Refused", id, said).unwrap_err();
        let named = [id.as_str(), &format!("{said:?}"), &format!("{is:?}")].map(|n| refusal.contains(n));
        assert_eq!(named, [true; 3], "{refusal}");
    }
    assert_eq!(app.read("/Groups?filter=displayName%20eq%20%22Refused%22")["totalResults"], 0);
    assert!(create("Of groups", &inner, "Group").unwrap().members.unwrap().contains(&inner));
    assert!(create("Of people", &person, "User").unwrap().members.unwrap().contains(&person));
}
