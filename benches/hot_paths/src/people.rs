//! The user that is measured with: as the large providers send one.

use crate::now;
use rollcall::store::accounts::AccountRow;
use rollcall_domain::account::Account;
use rollcall_domain::credential::SignIn;
use rollcall_domain::ids::{AccountId, ConnectionId};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a provider sends to make it.
pub(crate) fn body() -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": "bjensen@example.com",
        "active": true,
        "displayName": "Barbara Jensen",
        "name": {"formatted": "Barbara Jensen", "familyName": "Jensen", "givenName": "Barbara"},
        "emails": [{"primary": true, "type": "work", "value": "bjensen@example.com"}],
        "phoneNumbers": [{"type": "work", "value": "+1 555 0100"}],
        "title": "Tour Guide",
        "preferredLanguage": "en-US",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984", "department": "Tours", "costCenter": "4130", "organization": "Universal Studios"
        }
    })
}

/// What is kept of it.
pub(crate) fn attributes() -> Value {
    let mut kept = body();
    if let Some(kept) = kept.as_object_mut() {
        kept.remove("schemas");
        kept.remove("active");
    }
    kept
}

/// As it is read.
pub(crate) fn row() -> AccountRow {
    let at = now();
    AccountRow {
        id: AccountId(Uuid::from_u128(0x01a2_0431_1921_7688_b305_f7e3_a637_a431)),
        connection: ConnectionId(Uuid::nil()),
        resource: attributes().to_string(),
        active_unassigned: false,
        account: Account { first_access_at: Some(at), ..Account::new(SignIn::Email) },
        version: 7,
        created_at: at,
        updated_at: at,
        login_changed_at: None,
        groups: Some(
            r#"[{"value":"01a20431-1921-7688-b305-f7e3a637a431","$ref":"https://rollcall.example/scim/v2/Groups/01a20431-1921-7688-b305-f7e3a637a431","display":"Tour Guides","type":"direct"}]"#
                .to_owned(),
        ),
    }
}
