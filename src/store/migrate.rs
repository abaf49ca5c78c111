//! Brings a database up to the schema that this program was built with.

use super::TenantConnection;
use super::db::current_setting;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Servers that start together must not migrate at once; the number is arbitrary but ours.
const LOCK: i64 = 7_665_533;

/// After a restore into another cluster, transactions count from the beginning again: the positions of what was made before stay,
/// since the chain covers them, and those to come are lifted above them. One look at an index per tenant when there is nothing to do.
/// No cluster counts to 2^62: a row that says so was written by hand, and nothing is lifted above it, where no room would be left.
const SETTLE_CHANGES_OF_ANOTHER_CLUSTER: &str = "DO $$
DECLARE one uuid; newest bigint; highest bigint := 0; snapshot pg_snapshot := pg_current_snapshot();
BEGIN
    FOR one IN SELECT id FROM tenants LOOP
        PERFORM set_config('rollcall.tenant', one::text, true);
        SELECT max(transaction_id) INTO newest FROM audit_log WHERE tenant_id = one AND transaction_id < 4611686018427387904;
        highest := GREATEST(highest, newest);
    END LOOP;
    IF highest > pg_snapshot_xmax(snapshot)::text::bigint + change_offset() THEN
        EXECUTE format('CREATE OR REPLACE FUNCTION change_offset() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE '
            'AS $f$ SELECT %s::bigint $f$', highest + 1 - pg_snapshot_xmin(snapshot)::text::bigint);
    END IF;
END $$";

/// Why the database could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// PostgreSQL is older than what is tested.
    #[error("PostgreSQL {0} is too old: Rollcall needs version 14 or newer")]
    TooOld(String),
    /// The lock or the version could not be read.
    #[error("could not prepare the migration: {0}")]
    Prepare(#[from] diesel::result::Error),
    /// A migration failed; it was rolled back.
    #[error("a migration failed and was rolled back: {0}")]
    Failed(String),
}

/// Runs what is missing, and returns the names of the migrations that ran.
///
/// # Errors
/// See [`MigrateError`]; earlier migrations of the same call stay.
pub fn migrate(connection: &mut TenantConnection) -> Result<Vec<String>, MigrateError> {
    use diesel::connection::SimpleConnection;
    check_version(connection)?;
    connection.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let result = pending(connection).and_then(|names| {
        let ran = connection.run_pending_migrations(MIGRATIONS).map(|_| names);
        ran.map_err(|error| MigrateError::Failed(error.to_string()))
    });
    let result = result.and_then(|names| {
        connection.batch_execute(SETTLE_CHANGES_OF_ANOTHER_CLUSTER)?;
        Ok(names)
    });
    connection.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    result
}

/// The names of the migrations that have not run yet.
///
/// # Errors
/// [`MigrateError::Failed`] when the list cannot be read.
pub fn pending(connection: &mut TenantConnection) -> Result<Vec<String>, MigrateError> {
    connection
        .pending_migrations(MIGRATIONS)
        .map(|all| all.iter().map(|migration| migration.name().to_string()).collect())
        .map_err(|error| MigrateError::Failed(error.to_string()))
}

fn check_version(connection: &mut TenantConnection) -> Result<(), MigrateError> {
    use diesel::prelude::*;
    let version: String =
        diesel::select(current_setting("server_version_num")).get_result(&mut **connection)?;
    match version.parse::<u32>() {
        Ok(number) if number >= 140_000 => Ok(()),
        _ => Err(MigrateError::TooOld(version)),
    }
}
