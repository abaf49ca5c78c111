use super::*;

const G: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn group_type() -> ResourceType {
    Registry::standard().unwrap().resource_type("Group").unwrap().clone()
}

fn split_in(dialect: Dialect, operations: &Value) -> Result<(Vec<Operation>, Vec<MemberChange>), ScimError> {
    split_members(
        &group_type(),
        parse(
            object(
                &json!({"operations": operations, "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}),
            ),
            &dialect,
        )?,
        &dialect,
    )
}

fn split(operations: &Value) -> (Vec<Operation>, Vec<MemberChange>) {
    split_in(Dialect::compat(), operations).unwrap()
}

/// The operations are about members and nothing else.
#[track_caller]
fn changes(operations: &Value) -> Vec<MemberChange> {
    let (rest, changes) = split(operations);
    assert_eq!(rest, []);
    coalesced(&changes)
}

fn member(value: &str) -> MemberRef {
    MemberRef { value: value.to_owned(), display: None, kind: None }
}

fn add(ids: &[&str]) -> MemberChange {
    MemberChange::Add(ids.iter().map(|id| member(id)).collect())
}

fn remove(ids: &[&str]) -> MemberChange {
    MemberChange::Remove(ids.iter().map(|id| member(id)).collect())
}

#[track_caller]
fn refused(dialect: Dialect, operations: &Value) -> &'static str {
    split_in(dialect, operations).unwrap_err().scim_type.unwrap().as_str()
}

#[test]
fn quirk_120_add_with_a_null_ref() {
    assert_eq!(
        changes(&json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "f6"}]}])),
        [add(&["f6"])]
    );
}

#[test]
fn quirk_121_remove_with_values_removes_only_these() {
    assert_eq!(
        changes(&json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "f6"}]}])),
        [remove(&["f6"])]
    );
    assert_eq!(changes(&json!([{"op": "Remove", "path": "members", "value": []}])), []);
    assert_eq!(changes(&json!([{"op": "Remove", "path": "members", "value": "f6"}])), [remove(&["f6"])]);
}

#[test]
fn quirk_122_remove_by_filter() {
    assert_eq!(changes(&json!([{"op": "remove", "path": "members[value eq \"7f\"]"}])), [remove(&["7f"])]);
    assert_eq!(changes(&json!([{"op": "remove", "path": "Members[Value EQ\"7f\"]"}])), [remove(&["7f"])]);
    assert_eq!(
        changes(
            &json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\" or value eq \"a\"]"}])
        ),
        [remove(&["a", "b"])]
    );
}

#[test]
fn quirk_123_remove_without_value_empties_the_group() {
    assert_eq!(changes(&json!([{"op": "remove", "path": "members"}])), [MemberChange::Clear]);
    assert_eq!(changes(&json!([{"op": "remove", "path": "members", "value": null}])), [MemberChange::Clear]);
}

#[test]
fn quirk_124_remove_and_add_with_display_in_one_request() {
    let babs = MemberRef { display: Some("test.user@okta.local".to_owned()), ..member("23") };
    assert_eq!(
        changes(&json!([
            {"op": "remove", "path": "members[value eq \"89\"]"},
            {"op": "add", "path": "members", "value": [{"value": "23", "display": "test.user@okta.local"}]}
        ])),
        [remove(&["89"]), MemberChange::Add(vec![babs])]
    );
}

#[test]
fn quirk_125_replace_all_and_replace_with_nobody() {
    assert_eq!(
        changes(&json!([{"op": "replace", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}])),
        [MemberChange::ReplaceAll(vec![member("a"), member("b")])]
    );
    assert_eq!(changes(&json!([{"op": "replace", "path": "members", "value": []}])), [MemberChange::Clear]);
    assert_eq!(changes(&json!([{"op": "replace", "path": "members", "value": null}])), [MemberChange::Clear]);
    assert_eq!(changes(&json!([{"op": "add", "path": "members", "value": []}])), []);
}

#[test]
fn quirk_126_members_in_a_value_without_path() {
    assert_eq!(
        changes(&json!([{"op": "replace", "value": {"members": [{"value": "cb"}]}}])),
        [MemberChange::ReplaceAll(vec![member("cb")])]
    );
    let newuser = MemberRef { display: Some("newuser11".to_owned()), ..member("ba") };
    assert_eq!(
        changes(&json!([{"op": "add", "value": {"Members": [{"display": "newuser11", "value": "ba"}]}}])),
        [MemberChange::Add(vec![newuser])]
    );
    let (rest, changes) =
        split(&json!([{"op": "replace", "value": {"displayName": "D", (format!("{G}:members")): "cb"}}]));
    assert_eq!(rest, [Operation { op: Op::Replace, path: None, value: Some(json!({"displayName": "D"})) }]);
    assert_eq!(changes, [MemberChange::ReplaceAll(vec![member("cb")])]);
}

#[test]
fn quirk_127_a_rename_says_nothing_about_members() {
    let operations = json!([{"op": "replace", "value": {"id": "ab", "displayName": "Test SCIMv2"}}]);
    let (rest, changes) = split(&operations);
    assert_eq!(changes, []);
    let group = Registry::standard().unwrap().resource_type("Group").unwrap().clone();
    let before = object(&json!({"schemas": [G], "id": "1", "displayName": "Old"}));
    let patched = apply(&group, &before, &rest, &Dialect::compat()).unwrap();
    assert_eq!(patched.resource, object(&json!({"schemas": [G], "id": "1", "displayName": "Test SCIMv2"})));
    assert_eq!(patched.changed.into_iter().collect::<Vec<_>>(), ["displayName"]);
}

#[test]
fn quirk_133_one_member_per_operation_becomes_one_change() {
    let operations: Vec<Value> = (0..500)
        .map(|n| json!({"op": "add", "path": "members", "value": [{"value": n.to_string()}]}))
        .collect();
    let changes = changes(&json!(operations));
    let [MemberChange::Add(all)] = changes.as_slice() else { panic!("several changes") };
    assert_eq!((all.len(), all[499].value.as_str()), (500, "499"));
}

#[test]
fn quirk_137_the_name_of_a_member_may_be_called_display_name() {
    let changes = changes(
        &json!([{"op": "add", "path": "members", "value": [{"displayName": "new User", "Value": "1", "type": "user"}]}]),
    );
    let expected = MemberRef {
        value: "1".to_owned(),
        display: Some("new User".to_owned()),
        kind: Some(MemberKind::User),
    };
    assert_eq!(changes, [MemberChange::Add(vec![expected])]);
}

#[test]
fn a_member_may_be_named_by_its_address() {
    let value = json!([{"$ref": "https://example.com/v2/Users/28/"}]);
    assert_eq!(changes(&json!([{"op": "add", "path": "members", "value": value}])), [add(&["28"])]);
    assert_eq!(
        refused(Dialect::strict(), &json!([{"op": "add", "path": "members", "value": value}])),
        "invalidValue"
    );
}

#[test]
fn order_is_kept_and_nothing_is_dropped() {
    assert_eq!(
        changes(&json!([
            {"op": "add", "path": "members", "value": "a"},
            {"op": "remove", "path": "members[value eq \"a\"]"},
            {"op": "add", "path": "members", "value": "a"}
        ])),
        [add(&["a"]), remove(&["a"]), add(&["a"])]
    );
    assert_eq!(
        changes(&json!([
            {"op": "add", "path": "members", "value": "a"},
            {"op": "remove", "path": "members"},
            {"op": "add", "path": "members", "value": ["b", "c", "b"]}
        ])),
        [add(&["a"]), MemberChange::Clear, add(&["b", "c"])]
    );
    assert_eq!(
        changes(&json!([
            {"op": "replace", "path": "members", "value": ["a"]},
            {"op": "add", "path": "members", "value": ["b", "a"]}
        ])),
        [MemberChange::ReplaceAll(vec![member("a"), member("b")])]
    );
}

#[test]
fn other_operations_stay_in_order() {
    let (rest, changes) = split(&json!([
        {"op": "replace", "path": "displayName", "value": "A"},
        {"op": "add", "path": format!("{G}:members"), "value": "a"},
        {"op": "replace", "path": "membership", "value": "x"},
        {"op": "remove", "value": {"members": [{"value": "a"}]}}
    ]));
    assert_eq!(rest.len(), 3);
    assert_eq!(changes, [add(&["a"])]);
}

/// R131: what is immutable is added or removed, not changed.
#[test]
fn a_member_cannot_be_changed_only_added_and_removed() {
    let rename = json!([{"op": "replace", "path": "members[value eq \"a\"].displayName", "value": "A"}]);
    assert_eq!(changes(&rename), []);
    assert_eq!(refused(Dialect::strict(), &rename), "mutability");
    let other = json!([{"op": "replace", "path": "members[value eq \"a\"].value", "value": "b"}]);
    assert_eq!(refused(Dialect::compat(), &other), "mutability");
    assert_eq!(refused(Dialect::compat(), &json!([{"op": "remove", "path": "members.value"}])), "mutability");
    assert_eq!(
        changes(&json!([{"op": "add", "path": "members[value eq \"a\"]", "value": {"value": "a"}}])),
        [add(&["a"])]
    );
    assert_eq!(changes(&json!([{"op": "add", "path": "members.value", "value": "a"}])), [add(&["a"])]);
}

#[test]
fn members_without_id_are_refused() {
    for value in [
        json!([{"display": "A"}]),
        json!([{"value": ""}]),
        json!([{"value": 7}]),
        json!([7]),
        json!([""]),
        json!(true),
    ] {
        assert_eq!(
            refused(Dialect::compat(), &json!([{"op": "add", "path": "members", "value": value}])),
            "invalidValue",
            "{value}"
        );
    }
}

#[test]
fn a_filter_that_does_not_name_ids_is_refused_and_never_ignored() {
    for path in [
        "members[display eq \"A\"]",
        "members[value co \"a\"]",
        "members[type eq \"User\"]",
        "members[value eq \"a\" or display eq \"b\"]",
        "members[not (value eq \"a\")]",
        "members[value eq",
    ] {
        assert_eq!(
            refused(Dialect::compat(), &json!([{"op": "remove", "path": path}])),
            "invalidFilter",
            "{path}"
        );
    }
    assert_eq!(
        refused(Dialect::compat(), &json!([{"op": "remove", "path": "members[value eq \"a\"]x"}])),
        "invalidPath"
    );
}

/// The members that a PATCH with this filter removes.
fn removed(dialect: Dialect, filter: &str) -> Vec<MemberChange> {
    split_in(dialect, &json!([{"op": "remove", "path": format!("members[{filter}]")}])).unwrap().1
}

/// R070, R100: in brackets all conditions are about the same member, so a type beside the id counts.
#[test]
fn a_type_beside_the_id_limits_what_is_removed() {
    let of = |value: &str, kind| MemberRef { kind: Some(kind), ..member(value) };
    for (filter, expected) in [
        (r#"type eq "User" and value eq "a""#, vec![of("a", MemberKind::User)]),
        (r#"value eq "a" and type eq "group""#, vec![of("a", MemberKind::Group)]),
        (
            r#"(value eq "a" or value eq "b") and type eq "Group""#,
            vec![of("a", MemberKind::Group), of("b", MemberKind::Group)],
        ),
        (
            r#"(value eq "a" and type eq "User") or (value eq "a" and type eq "Group")"#,
            vec![of("a", MemberKind::User), of("a", MemberKind::Group)],
        ),
        // No word of ours: it says nothing, and whoever is to leave leaves.
        (r#"value eq "a" and type eq "Person""#, vec![member("a")]),
    ] {
        assert_eq!(removed(Dialect::compat(), filter), [MemberChange::Remove(expected)], "{filter}");
    }
    assert_eq!(removed(Dialect::compat(), r#"value eq "a" and type eq "User" and type eq "Group""#), []);
    assert_eq!(removed(Dialect::strict(), r#"value eq "a" and type eq "Person""#), []);
}

/// R139: in a value array the id decides, whatever the client calls it; the strict dialect takes its word.
#[test]
fn a_type_in_a_value_to_remove() {
    let operations = json!([{"op": "remove", "path": "members", "value": [{"value": "a", "type": "Group"}]}]);
    assert_eq!(changes(&operations), [remove(&["a"])]);
    let group = MemberRef { kind: Some(MemberKind::Group), ..member("a") };
    assert_eq!(split_in(Dialect::strict(), &operations).unwrap().1, [MemberChange::Remove(vec![group])]);
}

/// R137: a whole group names its members as its PATCH does; what is named twice and differently is refused.
#[test]
fn the_members_of_a_whole_group() {
    let qualified = format!("{G}:members");
    let taken = |body: Value| {
        let taken = take_members(&group_type(), object(&body), &Dialect::compat());
        taken.map(|(members, rest)| (members, Value::Object(rest)))
    };
    let one = |id: &str| json!([{"value": id}]);
    for (body, expected) in [
        (json!({"displayName": "G"}), None),
        (json!({"displayName": "G", "Members": []}), Some(MemberChange::Clear)),
        (json!({"displayName": "G", "members": null}), Some(MemberChange::Clear)),
        (json!({"displayName": "G", "members": one("a")}), Some(MemberChange::ReplaceAll(vec![member("a")]))),
        (
            json!({"displayName": "G", &qualified: one("b")}),
            Some(MemberChange::ReplaceAll(vec![member("b")])),
        ),
        (
            json!({"displayName": "G", &qualified: one("a"), "members": one("a")}),
            Some(MemberChange::ReplaceAll(vec![member("a")])),
        ),
        (
            json!({"displayName": "G", "members.value": "a"}),
            Some(MemberChange::ReplaceAll(vec![member("a")])),
        ),
    ] {
        assert_eq!(taken(body.clone()), Ok((expected, json!({"displayName": "G"}))), "{body}");
    }
    assert!(taken(json!({"displayName": "G", &qualified: one("b"), "members": one("a")})).is_err());
}
