//! A query over all resource types (RFC 7644 §3.4.2.1): users first, then groups.

use super::list::{Listed, Query};
use super::{AppError, Call, Rules, groups, users};
use crate::store::TenantConnection;
use rollcall_scim::error::ScimError;
use rollcall_scim::filter::{self, AttrRef, CompareOp, Expr};
use rollcall_scim::registry::ResourceType;

/// A page of users and groups.
///
/// # Errors
/// `invalidFilter`, `invalidValue`, database failures.
pub fn everything(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    query: &Query,
) -> Result<Listed, AppError> {
    let (of_users, of_groups) = match &query.filter {
        None => (None, None),
        Some(expression) => {
            let (user, group) = (rules.user(), rules.group());
            (Some(fitted(expression, user, group)?), Some(fitted(expression, group, user)?))
        }
    };
    let mut page = users::list(conn, rules, call, &Query { filter: of_users, ..query.clone() })?;
    // Groups go on where the users end.
    let on_page = i64::try_from(page.resources.len()).unwrap_or(i64::MAX);
    let rest = Query {
        filter: of_groups,
        start_index: Some(page.start_index.saturating_sub(page.total).max(1)),
        count: Some(query.page_size() - on_page),
        ..query.clone()
    };
    let groups = groups::list(conn, rules, call, &rest)?;
    page.total += groups.total;
    page.resources.extend(groups.resources);
    Ok(page)
}

/// The filter for one type: what is said of an attribute that only the other type has is said of no value.
fn fitted(expression: &Expr, rt: &ResourceType, other: &ResourceType) -> Result<Expr, ScimError> {
    let all =
        |operands: &[Expr]| operands.iter().map(|e| fitted(e, rt, other)).collect::<Result<Vec<_>, _>>();
    match expression {
        Expr::And(operands) => all(operands).map(Expr::And),
        Expr::Or(operands) => all(operands).map(Expr::Or),
        Expr::Not(inner) => Ok(Expr::Not(Box::new(fitted(inner, rt, other)?))),
        leaf => match filter::resolve(rt, leaf) {
            Ok(_) => Ok(leaf.clone()),
            Err(refused) if filter::resolve(other, leaf).is_err() => Err(refused),
            Err(_) => Ok(said_of_no_value(leaf)),
        },
    }
}

/// Always or never: every resource has an id.
fn said_of_no_value(leaf: &Expr) -> Expr {
    let always = Expr::Present(AttrRef { text: "id".to_owned(), offset: 0 });
    match leaf {
        Expr::Compare { op: CompareOp::Ne, .. } => always,
        _ => Expr::Not(Box::new(always)),
    }
}
