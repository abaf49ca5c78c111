use super::*;
use crate::error::ScimType;

/// One operation, read.
fn one(operation: Value) -> Requested {
    operations(json!([operation])).remove(0)
}

fn refused(operation: Value) -> (u16, Option<ScimType>, String) {
    let error = one(operation).task.unwrap_err();
    (error.status, error.scim_type, error.detail)
}

/// R152: method, path, bulkId and data are read, in any letter case; `null` is nothing.
#[test]
fn keys_and_methods_may_have_any_letter_case() {
    let read = one(json!({"METHOD": "post", "Path": "/Users", "bulkid": "1", "Data": {"userName": "a"}}));
    assert_eq!((read.method.as_deref(), read.bulk_id.as_deref()), (Some("POST"), Some("1")));
    assert_eq!(read.target, Some(Target { endpoint: "/Users".to_owned(), id: None }));
    assert_eq!(read.task.unwrap().data, body(json!({"userName": "a"})));
    let delete =
        one(json!({"method": "Delete", "path": "/Groups/7", "data": null, "version": null, "bulkId": null}));
    assert_eq!(delete.bulk_id, None);
    assert_eq!(delete.task, Ok(Task { method: Method::Delete, version: None, data: Map::new() }));
}

/// R160: the version of an operation is its condition, and no condition is dropped because it is odd.
#[test]
fn a_version_is_kept_where_there_is_something_to_compare() {
    let patch = |version: Value| {
        one(json!({"method": "PATCH", "path": "/Users/7", "version": version, "data": {"Operations": []}}))
            .task
    };
    assert_eq!(patch(json!("W/\"1\"")).unwrap().version.as_deref(), Some("W/\"1\""));
    assert_eq!(patch(json!("")).unwrap().version.as_deref(), Some(""));
    assert_eq!(patch(json!(1)).unwrap_err().scim_type, Some(ScimType::InvalidValue));
    let post = json!({"method": "POST", "path": "/Users", "bulkId": "1", "version": "W/\"1\"", "data": {}});
    assert_eq!(one(post).task.unwrap().version, None);
}

/// R152: a path is relative to the service; its address, or what of it follows the host, may stand before it.
#[test]
fn paths() {
    for path in [
        "/Users/7",
        "Users/7",
        "//Users/7/",
        "/v2/Users/7",
        "/scim/v2/Users/7",
        "/scim/Users/7",
        "https://rollcall.example/scim/v2/Users/7",
    ] {
        let read = one(json!({"method": "DELETE", "path": path}));
        assert_eq!(read.target, Some(Target { endpoint: "/Users".into(), id: Some("7".into()) }), "{path}");
    }
    for path in [
        "",
        "/",
        "/Me",
        "/Bulk",
        "/.search",
        "/Schemas/x",
        "/users/7",
        "/Users/7/name",
        "/v3/Users/7",
        "https://elsewhere.example/scim/v2/Users/7",
        "https://rollcall.example/scim/v20/Users/7",
    ] {
        let (status, _, detail) = refused(json!({"method": "DELETE", "path": path}));
        assert_eq!(status, 404, "{path}: {detail}");
    }
    for path in ["/Users/7?attributes=id", "/Users?x", "/Users#7"] {
        let (status, kind, _) = refused(json!({"method": "DELETE", "path": path}));
        assert_eq!((status, kind), (400, Some(ScimType::InvalidValue)), "{path}");
    }
}

/// R152, R155: what is wrong with one operation is that operation's failure.
#[test]
fn a_wrong_operation_fails_alone() {
    let syntax = Some(ScimType::InvalidSyntax);
    let value = Some(ScimType::InvalidValue);
    for (operation, status, kind, word) in [
        (json!({"method": "GET", "path": "/Users/7"}), 405, None, "\"GET\""),
        (json!({"method": "BREW", "path": "/Users/7"}), 405, None, "\"BREW\""),
        (json!({"path": "/Users/7"}), 400, syntax, "method"),
        (json!({"method": 7, "path": "/Users/7"}), 400, syntax, "method"),
        (json!({"method": "DELETE"}), 400, syntax, "path"),
        (json!({"method": "DELETE", "path": ["/Users/7"]}), 400, syntax, "path"),
        (json!({"method": "DELETE", "path": "/Users"}), 405, None, "DELETE"),
        (json!({"method": "PUT", "path": "/Users", "data": {}}), 405, None, "PUT"),
        (json!({"method": "POST", "path": "/Users/7", "bulkId": "1", "data": {}}), 405, None, "POST"),
        (json!({"method": "POST", "path": "/Users/.search", "bulkId": "1", "data": {}}), 405, None, "POST"),
        (json!({"method": "POST", "path": "/Users", "data": {}}), 400, value, "bulkId"),
        (json!({"method": "POST", "path": "/Users", "bulkId": "", "data": {}}), 400, value, "bulkId"),
        (json!({"method": "POST", "path": "/Users", "bulkId": "1"}), 400, syntax, "data"),
        (json!({"method": "PUT", "path": "/Users/7", "data": "x"}), 400, syntax, "data"),
        (json!({"method": "PATCH", "path": "/Users/7", "data": null}), 400, syntax, "data"),
        (json!({"method": "PUT", "path": "/Users/7", "data": {"a": "bulkId:no"}}), 400, value, "\"no\""),
        (json!({"method": "DELETE", "path": "/Users/bulkId:no"}), 400, value, "\"no\""),
    ] {
        let (found, found_kind, detail) = refused(operation.clone());
        assert_eq!((found, found_kind), (status, kind), "{operation}: {detail}");
        assert!(detail.contains(word), "{operation}: {detail}");
    }
}

/// R153: the data of a PATCH is a PatchOp message; the bare list of operations is read as one by the generous dialect.
#[test]
fn a_bare_list_of_patch_operations() {
    let list = json!([{"op": "remove", "path": "nickName"}]);
    let operation = json!({"method": "PATCH", "path": "/Users/7", "data": list});
    assert_eq!(one(operation.clone()).task.unwrap().data, body(json!({"Operations": list})));
    let strict = json!({"schemas": [BULK_REQUEST_URN], "Operations": [operation]});
    let read = read_with(strict, &Dialect::strict()).unwrap();
    assert!(read.operations[0].task.is_err());
}

/// R155: failOnErrors is a whole number from 1; `null` is none.
#[test]
fn fail_on_errors() {
    let with = |value: Value| {
        read(json!({"failOnErrors": value, "Operations": [{"method": "DELETE", "path": "/Users/7"}]}))
    };
    assert_eq!(with(json!(null)).unwrap().fail_on_errors, None);
    assert_eq!(with(json!(3)).unwrap().fail_on_errors, Some(3));
    for value in [json!(0), json!(-1), json!(1.5), json!("1"), json!(true), json!([1])] {
        let error = with(value.clone()).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)), "{value}");
    }
}

/// R152: what is no bulk request at all is refused as a whole.
#[test]
fn a_request_that_is_none() {
    for request in [
        json!({}),
        json!({"Operations": null}),
        json!({"Operations": []}),
        json!({"Operations": {}}),
        json!({"Operations": ["DELETE"]}),
    ] {
        let error = read(request.clone()).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)), "{request}");
    }
    let delete = json!({"method": "DELETE", "path": "/Users/7", "bulkId": "a"});
    let twice = read(json!({"Operations": [delete, delete]})).unwrap_err();
    assert_eq!((twice.status, twice.scim_type), (400, Some(ScimType::InvalidValue)));
    assert!(twice.detail.contains("\"a\""), "{}", twice.detail);
    let nameless = read_with(json!({"Operations": [delete]}), &Dialect::strict()).unwrap_err();
    assert_eq!(nameless.scim_type, Some(ScimType::InvalidSyntax));
}

/// R073, R159: the limit of operations is the advertised one, to the operation.
#[test]
fn operations_up_to_the_limit() {
    let limits = Registry::standard().unwrap().bulk_limits();
    assert_eq!(limits, BulkLimits { max_operations: 1_000, max_payload_size: 1_048_576 });
    let many = |count: usize| {
        let list: Vec<Value> =
            (0..count).map(|n| json!({"method": "DELETE", "path": format!("/Users/{n}")})).collect();
        read(json!({"Operations": list}))
    };
    assert_eq!(many(limits.max_operations).unwrap().operations.len(), limits.max_operations);
    let error = many(limits.max_operations + 1).unwrap_err();
    assert_eq!(error.status, 413);
    assert!(error.detail.contains("maxOperations (1000)"), "{}", error.detail);
}
