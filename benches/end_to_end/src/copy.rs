//! What new users are compared with that come in numbers: COPY into the same tables, with their indexes and triggers.

use std::path::Path;
use std::time::Instant;

use crate::Outcome;
use crate::cluster::Cluster;
use crate::seed::Seeded;
use crate::target::Target;

/// Users that are copied in: some seconds' work, and no more than there are.
const MOST: u64 = 100_000;

/// Users per second: a row of `accounts` (with its terms, which a trigger writes) and one of `audit_log` for each, in one
/// transaction.
///
/// # Errors
/// When psql fails.
pub(crate) fn rows_per_second(
    cluster: &Cluster,
    target: &Target,
    seeded: &Seeded,
    directory: &Path,
) -> Outcome<f64> {
    let count = target.users.min(MOST);
    let file = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let (accounts, audit) = (file("accounts.copy"), file("audit.copy"));
    let count_text = count.to_string();
    let variables = [
        ("tenant", seeded.tenant.as_str()),
        ("accounts", accounts.as_str()),
        ("audit", audit.as_str()),
        ("count", count_text.as_str()),
    ];
    cluster.sql(include_str!("../sql/copy_out.sql"), &variables)?;
    // psql does not fill variables into \copy.
    let script = format!(
        "BEGIN;\n\\copy accounts FROM '{accounts}'\n\
         \\copy audit_log (tenant_id, at, actor, action, resource_id, attributes, facts, request_id, state) FROM '{audit}'\nCOMMIT;\n"
    );
    let begun = Instant::now();
    cluster.sql(&script, &[])?;
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}
