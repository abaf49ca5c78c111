//! Whether two accounts of different connections sign in with the same word.

use super::Keys;
use crate::store::statement::statement;
use crate::store::{StoreError, TenantConnection};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use rollcall_domain::ids::{AccountId, TenantId};
use std::marker::PhantomData;
use uuid::Uuid;

/// The accounts of other connections that one of two words stands for, by a column: of a tenant, which is a parameter, the words, and the
/// connection, which are parameters where nothing else is said.
macro_rules! alike {
    ($column:literal) => {
        crate::store::accounts::shadow::alike!($column, "{}", "{}", "{}")
    };
    ($column:literal, $name:literal, $email:literal, $connection:literal) => {
        concat!(
            "FROM accounts a WHERE a.tenant_id = {} AND a.",
            $column,
            " IN (",
            $name,
            ", ",
            $email,
            ") AND a.deleted_at IS NULL AND a.connection_id <> ",
            $connection
        )
    };
}
pub(super) use alike;

statement!(
    /// The oldest account of another connection that one of two words stands for.
    Shadowed {
        tenant: Uuid => SqlUuid, user_name: &'a str => Text, login_email: Option<&'a str> => Nullable<Text>,
        connection: Uuid => SqlUuid,
        tenant_again: Uuid => SqlUuid, user_name_again: &'a str => Text, login_email_again: Option<&'a str> => Nullable<Text>,
        connection_again: Uuid => SqlUuid,
    } -> SqlUuid,
    concat!("SELECT id FROM (SELECT a.id ", alike!("user_name_key"), " UNION ALL SELECT a.id ", alike!("login_email_key"), ") x ORDER BY id LIMIT 1")
);

/// The oldest account of another connection that signs in with the user name or the e-mail address of these keys, if there is one.
///
/// # Errors
/// Database failures.
pub fn shadowed(
    conn: &mut TenantConnection,
    tenant: TenantId,
    keys: &Keys,
) -> Result<Option<AccountId>, StoreError> {
    let (user_name, login_email) = (keys.user_name.as_str(), keys.login_email.as_deref());
    let statement = Shadowed {
        tenant: tenant.0,
        user_name,
        login_email,
        connection: keys.connection.0,
        tenant_again: tenant.0,
        user_name_again: user_name,
        login_email_again: login_email,
        connection_again: keys.connection.0,
        lifetime: PhantomData,
    };
    let found: Option<Uuid> = statement.get_result(&mut **conn).optional()?;
    Ok(found.map(AccountId))
}
