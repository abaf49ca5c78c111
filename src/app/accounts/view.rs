//! An account as the API of the learning platform shows it.

use crate::app::{AppError, mapping};
use crate::store::accounts::AccountRow;
use chrono::{DateTime, Utc};
use rollcall_domain::policy::Policy;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// Who it is and where the account stands. Times are UTC; what is not there is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// The SCIM id.
    id: Uuid,
    /// The user name, as the provider sent it.
    user_name: Option<String>,
    /// What people call the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// The provider's own identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// Whether the person may sign in now: SCIM `active`.
    active: bool,
    /// The word that people read for the status, in the language of the tenant's policy.
    label: &'static str,
    /// Where the account stands: staged, activated, active, deactivated or expired.
    status: &'static str,
    /// learner, trainer, manager, reader, administrator or owner.
    role: &'static str,
    /// The id of the connection that owns it.
    connection_id: Uuid,
    /// When the user name or the e-mail address that the person signs in with was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    login_changed_at: Option<String>,
    /// Whether it holds a seat.
    seat: bool,
    /// Whether the person signs in by `email` or by `username`.
    sign_in: &'static str,
    /// none, set, temporary or invalidated.
    password_state: &'static str,
    /// Whether the platform may send messages to the person.
    may_be_mailed: bool,
    /// From when on the account may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    /// Until when it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it will be deactivated, or was by its date.
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivate_at: Option<String>,
    /// Since when it is deactivated.
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivated_at: Option<String>,
    /// Why it is or will be deactivated: left, leave, roleChange, dormant, security or administrative.
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivation_reason: Option<&'static str>,
    /// Since when an administrator keeps it shut.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_at: Option<String>,
    /// The zone in which its dates without an offset are.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    /// When the person first used the access.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_access_at: Option<String>,
    /// When the person last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in_at: Option<String>,
}

impl AccountView {
    /// As the account stands at a time.
    ///
    /// # Errors
    /// The stored JSON is broken.
    pub fn new(row: &AccountRow, policy: &Policy, now: DateTime<Utc>) -> Result<Self, AppError> {
        let attributes: Map<String, Value> = serde_json::from_str(&row.resource)?;
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
        let account = &row.account;
        let settled = account.settled(now);
        let time = |at: Option<DateTime<Utc>>| at.map(mapping::time);
        Ok(Self {
            id: row.id.0,
            user_name: text("userName"),
            display_name: text("displayName"),
            external_id: text("externalId"),
            active: account.is_active(now),
            label: account.label(policy, row.created_at, now),
            status: account.status(now).as_str(),
            role: account.role.as_str(),
            connection_id: row.connection.0,
            login_changed_at: time(row.login_changed_at),
            seat: account.holds_seat(now),
            sign_in: account.sign_in.as_str(),
            password_state: account.password.as_str(),
            may_be_mailed: account.may_be_mailed(policy, now),
            starts_at: time(account.starts_at),
            expires_at: time(account.expires_at),
            deactivate_at: time(account.deactivate_at.map(|scheduled| scheduled.at)),
            deactivated_at: time(settled.deactivated.map(|deactivation| deactivation.at)),
            deactivation_reason: account.reason(now).map(mapping::reason_word),
            locked_at: time(account.locked_at),
            time_zone: mapping::text(&attributes, mapping::TIME_ZONE).map(str::to_owned),
            first_access_at: time(account.first_access_at),
            last_sign_in_at: time(account.last_login_at),
        })
    }

    /// The same in JSON text.
    ///
    /// # Errors
    /// As [`AccountView::new`].
    pub fn json(row: &AccountRow, policy: &Policy, now: DateTime<Utc>) -> Result<String, AppError> {
        Ok(serde_json::to_string(&Self::new(row, policy, now)?)?)
    }
}
