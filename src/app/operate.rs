//! Beginning an operation.

use super::{AppError, Call};
use crate::clock::Clock;
use crate::store::{Db, TenantConnection};

/// Runs an operation for a caller. Its time is that of its beginning, not that of the request: a date that has come since the
/// request began to arrive is not undone by it. Returns the call with that time, for the answer.
///
/// # Errors
/// Those of the operation, and those of [`Db::run`].
pub async fn operate<T, F>(db: &Db, clock: &Clock, call: &Call, work: F) -> Result<(T, Call), AppError>
where
    T: Send + 'static,
    F: FnOnce(&mut TenantConnection, &Call) -> Result<T, AppError> + Send + 'static,
{
    let (clock, tenant, mut call) = (clock.clone(), call.tenant, call.clone());
    let begin = move |conn: &mut TenantConnection| {
        call.now = clock.now();
        let done = work(conn, &call)?;
        Ok((done, call))
    };
    db.run(tenant, begin).await
}
