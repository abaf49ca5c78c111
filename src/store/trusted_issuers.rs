//! Issuers whose signed tokens open a connection.

use super::schema::{connections, tenants, trusted_issuers as table};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rollcall_domain::ids::{ConnectionId, TenantId};
use serde_json::Value;
use uuid::Uuid;

/// A trusted issuer.
#[derive(Debug, Clone)]
pub struct IssuerRow {
    /// Its id.
    pub id: Uuid,
    /// Connection that acts.
    pub connection: ConnectionId,
    /// The iss claim.
    pub issuer: String,
    /// What the aud claim is or contains.
    pub audience: String,
    /// The sub claim; `None`: any.
    pub subject: Option<String>,
    /// What its tokens open.
    pub scope: String,
    /// Where its keys are; `None`: discovery tells.
    pub jwks_uri: Option<String>,
    /// When it was trusted.
    pub created_at: DateTime<Utc>,
}

type Columns = (Uuid, Uuid, String, String, Option<String>, String, Option<String>, DateTime<Utc>);

type Selected = (
    table::id,
    table::connection_id,
    table::issuer,
    table::audience,
    table::subject,
    table::scope,
    table::jwks_uri,
    table::created_at,
);

const COLUMNS: Selected = (
    table::id,
    table::connection_id,
    table::issuer,
    table::audience,
    table::subject,
    table::scope,
    table::jwks_uri,
    table::created_at,
);

fn from_columns(columns: Columns) -> IssuerRow {
    let (id, connection, issuer, audience, subject, scope, jwks_uri, created_at) = columns;
    let connection = ConnectionId(connection);
    IssuerRow { id, connection, issuer, audience, subject, scope, jwks_uri, created_at }
}

/// Adds a trusted issuer.
///
/// # Errors
/// Database failures.
pub fn insert(conn: &mut TenantConnection, tenant: TenantId, new: &IssuerRow) -> Result<(), StoreError> {
    diesel::insert_into(table::table)
        .values((
            table::tenant_id.eq(tenant.0),
            table::id.eq(new.id),
            table::connection_id.eq(new.connection.0),
            table::issuer.eq(&new.issuer),
            table::audience.eq(&new.audience),
            table::subject.eq(&new.subject),
            table::scope.eq(&new.scope),
            table::jwks_uri.eq(&new.jwks_uri),
            table::created_at.eq(new.created_at),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// All trusted issuers of a tenant with the names of their connections, newest first.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<Vec<(IssuerRow, String)>, StoreError> {
    let rows: Vec<(Columns, String)> =
        table::table
            .inner_join(connections::table.on(
                connections::tenant_id.eq(table::tenant_id).and(connections::id.eq(table::connection_id)),
            ))
            .filter(table::tenant_id.eq(tenant.0))
            .order((table::created_at.desc(), table::id.desc()))
            .select((COLUMNS, connections::name))
            .load(&mut **conn)?;
    Ok(rows.into_iter().map(|(issuer, name)| (from_columns(issuer), name)).collect())
}

/// Removes a trusted issuer. `false` when there is none.
///
/// # Errors
/// Database failures.
pub fn delete(conn: &mut TenantConnection, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
    Ok(diesel::delete(table::table.find((tenant.0, id))).execute(&mut **conn)? == 1)
}

/// A trusted issuer, and what decides how requests with its tokens are read and answered.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The issuer.
    pub issuer: IssuerRow,
    /// Settings of the connection.
    pub settings: Value,
    /// What the tenant set of its policy.
    pub policy: Value,
    /// Raised with every change of the tenant's own schemas.
    pub schemas_version: i64,
}

/// The trusted issuer of an id with the settings of its connection, in one statement.
///
/// # Errors
/// Database failures.
pub fn trust(conn: &mut TenantConnection, tenant: TenantId, id: Uuid) -> Result<Option<Trust>, StoreError> {
    let row: Option<(Columns, Value, Value, i64)> =
        table::table
            .inner_join(connections::table.on(
                connections::tenant_id.eq(table::tenant_id).and(connections::id.eq(table::connection_id)),
            ))
            .inner_join(tenants::table.on(tenants::id.eq(table::tenant_id)))
            .filter(table::tenant_id.eq(tenant.0).and(table::id.eq(id)))
            .select((COLUMNS, connections::settings, tenants::policy, tenants::schemas_version))
            .first(&mut **conn)
            .optional()?;
    Ok(row.map(|(issuer, settings, policy, schemas_version)| Trust {
        issuer: from_columns(issuer),
        settings,
        policy,
        schemas_version,
    }))
}
