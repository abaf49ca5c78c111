//! Whether the server can do its work.

use super::AppError;
use crate::store::{StoreError, TenantConnection, db};

/// Whether the database answers and takes writes.
///
/// # Errors
/// It is away, a standby or read-only.
pub fn writable(conn: &mut TenantConnection) -> Result<(), AppError> {
    if db::is_read_only(conn)? {
        return Err(StoreError::Unavailable("the database takes no writes".to_owned()).into());
    }
    Ok(())
}
