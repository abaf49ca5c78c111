//! Warning in time of tokens that end: thirty days, seven days and a day before, each once.

use crate::app::audit::{self, By};
use crate::app::{AppError, mapping};
use crate::store::TenantConnection;
use crate::store::tokens::{self as store, TokenRow};
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::ids::{Actor, TenantId};
use serde_json::json;
use uuid::Uuid;

/// Days before the end at which is warned, the last one first: it says all that the others would.
const STEPS: [i16; 3] = [1, 7, 30];

/// Warns of the tokens of a tenant that end soon: a row of the audit log and a line of the server's log for each step that a token
/// comes to, written once, however many workers there are.
///
/// # Errors
/// Database failures.
pub fn warn(conn: &mut TenantConnection, tenant: TenantId, now: DateTime<Utc>) -> Result<(), AppError> {
    for days in STEPS {
        let warned = conn.in_transaction(|conn| {
            let by = By { actor: Actor::Worker, now, request_id: Uuid::nil() };
            let ending = store::warn(conn, tenant, days, now)?;
            for (id, connection, at) in &ending {
                let facts = json!({"connection": connection, "days": days, "expiresAt": mapping::time(*at)});
                audit::record(conn, tenant, &by, "token.ends_soon", *id, Vec::new(), facts)?;
            }
            Ok::<_, AppError>(ending)
        })?;
        for (id, connection, at) in warned {
            log::warn!(
                "the token {id} of the connection {connection} ends at {}: issue another for the connection before",
                mapping::time(at)
            );
        }
    }
    Ok(())
}

/// What to do about a live token that ends soon, for whoever looks at it. One that was issued for no longer than a step is not
/// warned of at that step.
pub(super) fn warning(token: &TokenRow, now: DateTime<Utc>) -> Option<String> {
    let end = token.expires_at.filter(|end| token.revoked_at.is_none() && now < *end)?;
    let comes_to = |days: &i16| {
        let step = Duration::days((*days).into());
        end - now <= step && end - token.created_at > step
    };
    STEPS.iter().any(comes_to).then(|| {
        let left = end - now;
        let left = match (left.num_days(), left.num_hours()) {
            (0, 0) => "within the hour".to_owned(),
            (0, 1) => "in an hour".to_owned(),
            (0, hours) => format!("in {hours} hours"),
            (1, _) => "in a day".to_owned(),
            (days, _) => format!("in {days} days"),
        };
        format!("ends {left}; issue another for the connection, hand it over, and revoke this one when the other is used")
    })
}
