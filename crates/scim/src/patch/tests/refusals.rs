use super::*;

/// R127: a remove needs a path.
#[test]
fn quirk_107_a_remove_without_path_has_no_target() {
    assert_eq!(refusal(&json!({}), &json!([{"op": "remove"}])), "noTarget");
    assert_eq!(
        refusal(&json!({}), &json!([{"op": "remove", "path": "", "value": {"title": "x"}}])),
        "noTarget"
    );
}

#[test]
fn quirk_109_null_for_active_or_a_required_attribute() {
    for (path, key) in [("active", "active"), ("userName", "userName")] {
        assert_eq!(
            refusal(&json!({}), &json!([{"op": "replace", "path": path, "value": null}])),
            "invalidValue"
        );
        assert_eq!(refusal(&json!({}), &json!([{"op": "replace", "value": {key: null}}])), "invalidValue");
    }
    for value in ["", "  "] {
        assert_eq!(
            refusal(&json!({}), &json!([{"op": "replace", "path": "userName", "value": value}])),
            "invalidValue"
        );
    }
    assert_eq!(
        refusal(&json!({}), &json!([{"op": "replace", "path": "active", "value": ""}])),
        "invalidValue"
    );
    assert_eq!(
        refusal(&json!({}), &json!([{"op": "replace", "path": "active", "value": 0}])),
        "invalidValue"
    );
}

/// R138: a required attribute cannot be removed.
#[test]
fn what_is_required_cannot_be_removed() {
    assert_eq!(refusal(&json!({}), &json!([{"op": "remove", "path": "userName"}])), "mutability");
}

/// R130: all or nothing.
#[test]
fn quirk_114_one_bad_operation_undoes_all() {
    let before = user(&json!({"title": "T"}));
    let operations = json!([{"op": "replace", "path": "title", "value": "new"}, {"op": "replace", "path": "active", "value": "perhaps"}]);
    assert!(patch_with(Dialect::compat(), &before, &operations).is_err());
    assert_eq!(before, user(&json!({"title": "T"})));
}

#[test]
fn quirk_114_an_unknown_attribute_is_ignored_and_reported() {
    let patched = patch(
        &user(&json!({})),
        &json!([
            {"op": "Replace", "path": "shoeSize", "value": "42"},
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "Add", "path": "name.shoe", "value": "42"},
            {"op": "Add", "path": "urn:example:ext:2.0:User:x", "value": "42"},
            {"op": "Add", "path": "shoes[type eq \"left\"].size", "value": "42"},
            {"op": "Remove", "path": "emails[type eq \"work\"].shoe"},
            {"op": "Add", "value": {"shoe size": 42, ENT: {"shoe": 42}, "status": "active"}}
        ]),
    );
    assert_eq!(patched.resource, user(&json!({"active": false})));
    assert_eq!(
        patched.ignored,
        [
            "shoeSize",
            "name.shoe",
            "urn:example:ext:2.0:User:x",
            "shoes[type eq \"left\"].size",
            "emails[type eq \"work\"].shoe",
            "shoe size",
            "status",
            "shoe"
        ]
    );
}

/// A POST with such a key is done without it, and so is a PATCH, also the one that completes a circle of a bulk.
#[test]
fn a_key_with_a_bracket_in_a_name_that_nobody_knows_is_unknown() {
    let key = "urn:ietf:params:scim[:schemas:extension:enterprise:1.0:User";
    let patched = patch(&user(&json!({})), &json!([{"op": "add", "value": {key: {"a": 1}, "title": "T"}}]));
    assert_eq!((patched.resource, patched.ignored), (user(&json!({"title": "T"})), vec![key.to_owned()]));
    let broken = json!([{"op": "add", "value": {"emails[type eq": "x"}}]);
    assert!(patch_with(Dialect::compat(), &user(&json!({})), &broken).is_err());
}

#[test]
fn the_strict_dialect_refuses_unknown_attributes() {
    let strict = Dialect::strict();
    assert_eq!(
        refusal_in(strict, &json!({}), &json!([{"op": "add", "path": "shoe", "value": "1"}])),
        "invalidPath"
    );
    assert_eq!(
        refusal_in(strict, &json!({}), &json!([{"op": "add", "value": {"shoe": "1"}}])),
        "invalidValue"
    );
    assert_eq!(
        refusal_in(strict, &json!({}), &json!([{"op": "add", "value": {"name.givenName": "1"}}])),
        "invalidValue"
    );
    assert_eq!(
        refusal_in(strict, &json!({}), &json!([{"op": "add", "path": "name", "value": {"shoe": "1"}}])),
        "invalidValue"
    );
    assert_eq!(
        refusal_in(strict, &json!({}), &json!([{"op": "add", "path": "active", "value": "False"}])),
        "invalidValue"
    );
    assert_eq!(refusal_in(strict, &json!({}), &json!([{"op": "add", "value": {"id": "2"}}])), "mutability");
}

/// R131, R138: what is read-only is no target.
#[test]
fn quirk_140_what_only_the_server_sets_cannot_be_a_path() {
    for path in
        ["groups", "id", "meta.version", "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:status"]
    {
        for op in ["add", "replace", "remove"] {
            assert_eq!(
                refusal(&json!({}), &json!([{"op": op, "path": path, "value": "x"}])),
                "mutability",
                "{op} {path}"
            );
        }
    }
    let display_name = format!("{ENT}:manager.displayName");
    assert_eq!(
        refusal(&json!({}), &json!([{"op": "add", "path": display_name, "value": "x"}])),
        "mutability"
    );
}

/// R128: what is no path is `invalidPath`.
#[test]
fn a_broken_path_is_invalid_path() {
    for path in [
        "name..givenName",
        "name.",
        "first name",
        ".title",
        "emails[type eq \"work\"]value",
        "emails[type eq \"work\"].",
        "title[value eq \"x\"]",
        "name[givenName eq \"x\"]",
        "1",
    ] {
        let error = patch_with(
            Dialect::compat(),
            &user(&json!({})),
            &json!([{"op": "add", "path": path, "value": "x"}]),
        )
        .unwrap_err();
        assert_eq!(error.scim_type.unwrap().as_str(), "invalidPath", "{path}: {error}");
    }
}

/// R128: a broken filter in a path is `invalidFilter`.
#[test]
fn a_broken_filter_in_a_path_is_invalid_filter() {
    for path in ["emails[type eq].value", "emails[type like \"work\"]", "emails[type eq \"work\""] {
        assert_eq!(
            refusal(&json!({}), &json!([{"op": "replace", "path": path, "value": "x"}])),
            "invalidFilter",
            "{path}"
        );
    }
}

#[test]
fn a_value_of_the_wrong_type_is_invalid_value() {
    for (path, value) in [
        ("title", json!(7)),
        ("name", json!("Babs")),
        ("emails", json!([7])),
        ("name.givenName", json!({"x": 1})),
        ("emails[type eq \"work\"]", json!([{"value": "a"}, {"value": "b"}])),
        (ENT, json!("x")),
    ] {
        assert_eq!(
            refusal(&json!({}), &json!([{"op": "replace", "path": path, "value": value}])),
            "invalidValue",
            "{path}"
        );
    }
    assert_eq!(refusal(&json!({}), &json!([{"op": "replace", "value": "active"}])), "invalidValue");
}

/// R130: what an earlier release knew and this one does not is as it was, even where it breaks the rules for what is known.
#[test]
fn what_no_schema_knows_is_not_touched() {
    let forgotten = json!({"null": null, "none": [], "twice": [{"primary": true}, {"primary": true}]});
    let before =
        user(&json!({"urn:example:forgotten:1.0:User": forgotten, "legacy": [null], ENT: {"legacy": null}}));
    let patched = patch(&before, &json!([{"op": "replace", "path": "title", "value": "T"}]));
    let mut expected = before.clone();
    expected.insert("title".to_owned(), json!("T"));
    assert_eq!(patched.resource, expected);
    assert_eq!(patched.changed.iter().collect::<Vec<_>>(), ["title"]);
}

/// Quirk 114: what is unknown in brackets is passed over like every unknown attribute, and loses nothing beside it.
#[test]
fn an_unknown_name_in_brackets_does_not_lose_the_leaver() {
    for path in
        ["emails[shoe eq \"x\"].value", "emails[type eq \"work\" and not (shoe pr)]", "emails[a.b eq 1]"]
    {
        let operations = json!([{"op": "replace", "path": path, "value": "x"},
            {"op": "replace", "path": "active", "value": "False"}]);
        let before = user(&json!({"emails": [{"value": "a@x", "type": "work"}]}));
        let patched = patch_with(Dialect::compat(), &before, &operations).unwrap();
        assert_eq!(
            (&patched.resource["active"], &patched.resource["emails"]),
            (&json!(false), &before["emails"])
        );
        assert_eq!(patched.ignored, [path]);
        let strict = patch_with(Dialect::strict(), &before, &operations).unwrap_err();
        assert_eq!(strict.scim_type.unwrap().as_str(), "invalidPath");
    }
}
