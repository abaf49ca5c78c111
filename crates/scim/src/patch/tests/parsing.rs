use super::*;

fn parsed(body: &Value) -> Result<Vec<Operation>, ScimError> {
    parse(object(body), &Dialect::compat())
}

#[track_caller]
fn refused(body: &Value) -> (u16, Option<&'static str>) {
    let error = parsed(body).unwrap_err();
    (error.status, error.scim_type.map(|scim_type| scim_type.as_str()))
}

/// R126: `op` in any letter case.
#[test]
fn quirk_089_op_may_have_any_case() {
    let operations = parsed(&json!({"Operations": [
        {"op": "Add", "path": "title", "value": "x"},
        {"op": "REPLACE", "value": {"title": "x"}},
        {"Op": "Remove", "Path": "title"}
    ]}));
    let ops: Vec<Op> = operations.unwrap().into_iter().map(|operation| operation.op).collect();
    assert_eq!(ops, [Op::Add, Op::Replace, Op::Remove]);
}

#[test]
fn quirk_090_operations_may_be_lower_case_and_schemas_may_be_missing() {
    let operations =
        parsed(&json!({"operations": [{"op": "remove", "path": "members", "value": [{"value": "u"}]}]}));
    assert_eq!(
        operations.unwrap(),
        [Operation {
            op: Op::Remove,
            path: Some("members".to_owned()),
            value: Some(json!([{"value": "u"}]))
        }]
    );
}

/// R125: a PATCH has at least one operation.
#[test]
fn quirk_115_no_operations_are_invalid_syntax() {
    assert_eq!(refused(&json!({"Operations": []})), (400, Some("invalidSyntax")));
    assert_eq!(refused(&json!({"Operations": {"op": "add"}})), (400, Some("invalidSyntax")));
    assert_eq!(refused(&json!({})), (400, Some("invalidSyntax")));
}

/// R125, R135: an operation is add, remove or replace, and `add` has a value.
#[test]
fn what_is_no_operation_is_refused() {
    assert_eq!(refused(&json!({"Operations": ["remove"]})), (400, Some("invalidSyntax")));
    assert_eq!(refused(&json!({"Operations": [{"path": "title"}]})), (400, Some("invalidSyntax")));
    assert_eq!(
        refused(&json!({"Operations": [{"op": "move", "path": "title"}]})),
        (400, Some("invalidSyntax"))
    );
    assert_eq!(refused(&json!({"Operations": [{"op": "remove", "path": 1}]})), (400, Some("invalidPath")));
    assert_eq!(
        refused(&json!({"Operations": [{"op": "add", "path": "title"}]})),
        (400, Some("invalidValue"))
    );
    assert_eq!(refused(&json!({"Operations": [{"op": "replace"}]})), (400, Some("invalidValue")));
}

#[test]
fn a_thousand_operations_are_taken_and_one_more_is_too_much() {
    let operations =
        |count: usize| json!({"Operations": vec![json!({"op": "remove", "path": "title"}); count]});
    assert_eq!(parsed(&operations(MAX_OPERATIONS)).unwrap().len(), 1_000);
    assert_eq!(refused(&operations(MAX_OPERATIONS + 1)), (413, None));
}

#[test]
fn a_null_value_is_a_value_and_a_null_path_is_none() {
    let operations =
        parsed(&json!({"Operations": [{"op": "replace", "path": null, "value": null}]})).unwrap();
    assert_eq!(operations, [Operation { op: Op::Replace, path: None, value: Some(Value::Null) }]);
}

/// R125: the letter of the RFC wants the schema PatchOp.
#[test]
fn the_strict_dialect_wants_the_schema() {
    let body = json!({"Operations": [{"op": "remove", "path": "title"}]});
    let error = parse(object(&body), &Dialect::strict()).unwrap_err();
    assert_eq!(error.scim_type.unwrap().as_str(), "invalidSyntax");
    assert!(error.detail.contains("urn:ietf:params:scim:api:messages:2.0:PatchOp"));
}
