use super::*;
use crate::etag::ETag;

/// R154, R156: status as a string, bulkId, version and location where there are any, and the error as the response.
#[test]
fn an_answer_has_the_shape_of_the_rfc() {
    let made = Entry {
        method: Some("POST".to_owned()),
        bulk_id: Some("qwerty".to_owned()),
        version: Some(ETag::new(1)),
        location: Some(format!("{BASE}/Users/7")),
        outcome: Ok(201),
    };
    let failed = Entry {
        bulk_id: None,
        version: None,
        location: None,
        outcome: Err(ScimError::invalid_value("userName is required")),
        ..made.clone()
    };
    assert_eq!((made.status(), failed.status()), (201, 400));
    assert_eq!(
        bulk_response([made, failed]),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
            "Operations": [
                {"method": "POST", "bulkId": "qwerty", "version": "W/\"1\"", "location": format!("{BASE}/Users/7"),
                 "status": "201"},
                {"method": "POST", "status": "400", "response": {
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400",
                    "scimType": "invalidValue", "detail": "userName is required"}},
            ],
        })
    );
}
