//! A query over all resource types (RFC 7644 §3.4.2.1): users first, then groups.

use super::list::{Listed, Query};
use super::{AppError, Call, Rules, groups, users};
use crate::store::TenantConnection;
use rollcall_scim::error::{ScimError, ScimType};

/// A page of users and groups.
///
/// # Errors
/// `invalidFilter` when the filter fits neither, `invalidValue`, `tooMany`, database failures.
pub fn everything(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    query: &Query,
) -> Result<Listed, AppError> {
    let found = users::list(conn, rules, call, query);
    let start_index = query.start_index.unwrap_or(1).max(1);
    let nobody = || Listed { total: 0, start_index, resources: Vec::new() };
    let (mut page, refused) = match found {
        Err(error) if is_filter_of_another_type(&error) => (nobody(), Some(error)),
        other => (other?, None),
    };
    // Groups go on where the users end.
    let wanted = query.page_size();
    let on_page = i64::try_from(page.resources.len()).unwrap_or(i64::MAX);
    let rest = Query {
        start_index: Some((start_index - page.total).max(1)),
        count: Some(wanted - on_page),
        ..query.clone()
    };
    match (groups::list(conn, rules, call, &rest), refused) {
        (Ok(groups), _) => {
            page.total += groups.total;
            page.resources.extend(groups.resources);
            Ok(page)
        }
        // An attribute that groups do not have has no value there.
        (Err(error), None) if is_filter_of_another_type(&error) => Ok(page),
        (Err(_), Some(refused)) => Err(refused),
        (Err(error), None) => Err(error),
    }
}

fn is_filter_of_another_type(error: &AppError) -> bool {
    matches!(error, AppError::Scim(ScimError { scim_type: Some(ScimType::InvalidFilter), .. }))
}
