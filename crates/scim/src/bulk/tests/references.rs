use super::*;

fn replaced(data: Value) -> Value {
    let mut data = body(data);
    replace_references(&mut data, &|name| (name == "a").then(|| "ID".to_owned()));
    Value::Object(data)
}

/// R156: a reference is replaced wherever an id may stand.
#[test]
fn references_become_ids() {
    assert_eq!(
        replaced(json!({
            "members": [{"value": "bulkId:a", "$ref": "../Users/bulkId:a", "type": "User"}, "bulkid:a"],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "bulkId:a"}},
            "Operations": [{"op": "remove", "path": "members[value eq \"bulkId:a\" or value eq \"bulkId:a\"]"}],
        })),
        json!({
            "members": [{"value": "ID", "$ref": "../Users/ID", "type": "User"}, "ID"],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "ID"}},
            "Operations": [{"op": "remove", "path": "members[value eq \"ID\" or value eq \"ID\"]"}],
        })
    );
}

#[test]
fn what_is_no_reference_stays() {
    let data = json!({
        "nickName": "the bulkId:a of them", "title": "\"bulkId:a\"", "profileUrl": "https://x.example/bulkId:a",
        "value": "bulkId:A", "path": "bulk \"Id:a\"", "active": true, "n": [null, 1],
    });
    assert_eq!(replaced(data.clone()), data);
}

/// R152, R156: an operation needs the POSTs that its data and its path refer to.
#[test]
fn what_an_operation_needs() {
    let operations = operations(json!([
        {"method": "DELETE", "path": "/Users/bulkId:b"},
        post("/Users", "a", json!({"userName": "a"})),
        post("/Users", "b", json!({"userName": "b", "x": {"y": [{"$ref": "/Users/bulkId:a"}]}})),
        {"method": "PATCH", "path": "/Groups/bulkId:a", "bulkId": "c", "data":
            {"Operations": [{"op": "remove", "path": "members[value eq \"bulkId:b\"]"}]}},
    ]));
    let needs: Vec<_> = operations.iter().map(|operation| operation.needs.clone()).collect();
    assert_eq!(needs, [vec![2], vec![], vec![1], vec![1, 2]]);
}

/// R157: a circle is opened at whole attributes, also inside of an extension.
#[test]
fn what_has_to_wait() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let data = body(json!({
        "userName": "a", "members": [{"value": "bulkId:b"}, {"value": "7"}],
        urn: {"department": "D", "manager": {"value": "bulkId:b"}, "costCenter": "bulkId:c"},
    }));
    let (now, later) = part(data, &|name| name == "b");
    assert_eq!(
        Value::Object(now),
        json!({"userName": "a", urn: {"department": "D", "costCenter": "bulkId:c"}})
    );
    let rest =
        json!({"members": [{"value": "bulkId:b"}, {"value": "7"}], urn: {"manager": {"value": "bulkId:b"}}});
    assert_eq!(Value::Object(later.clone()), rest);
    let patch = Value::Object(completion(later));
    assert_eq!(patch["Operations"], json!([{"op": "add", "value": rest}]));
}
