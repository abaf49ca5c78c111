//! Who is meant when something is done to many: a list of ids, those whom a filter finds, the members of a group, everybody.

use super::list::Query;
use super::{AppError, Call, Rules, accounts};
use crate::store::TenantConnection;
use crate::store::accounts::{self as store, AccountRow};
use crate::store::filter::Table;
use crate::store::order::Position;
use crate::store::page::{Load, Page, Start};
use rollcall_scim::filter::{self, AttrRef, CompareOp, Expr, Literal};
use uuid::Uuid;

/// Accounts that are read at once.
const AT_ONCE: i64 = 1_000;

/// Who is meant.
#[derive(Debug, Clone)]
pub enum Who {
    /// These, each of whom has to be there.
    Ids(Vec<Uuid>),
    /// Those whom a SCIM filter finds.
    Filter(Expr),
    /// The members of a group, also those in the groups in it.
    Group(Uuid),
    /// Everybody.
    Everyone,
}

impl Who {
    /// Those whom a filter finds.
    ///
    /// # Errors
    /// `Invalid` says where the filter is wrong.
    pub fn found_by(filter: &str) -> Result<Self, AppError> {
        let parsed = filter::parse(filter);
        parsed.map(Who::Filter).map_err(|error| AppError::invalid("filter", error.to_string()))
    }

    fn filter(&self) -> Option<Expr> {
        match self {
            Who::Filter(expression) => Some(expression.clone()),
            Who::Group(id) => Some(Expr::Compare {
                attr: AttrRef { text: "groups.value".to_owned(), offset: 0 },
                op: CompareOp::Eq,
                value: Literal::String(id.to_string()),
            }),
            Who::Ids(_) | Who::Everyone => None,
        }
    }
}

/// Reads those who are meant, some at a time, in the order of their ids.
///
/// # Errors
/// `NotFound` for an id that is nobody's; what is wrong with a filter; those of `work`; database failures.
pub fn each(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    who: &Who,
    mut work: impl FnMut(&mut TenantConnection, Vec<AccountRow>) -> Result<(), AppError>,
) -> Result<(), AppError> {
    if let Who::Ids(ids) = who {
        let mut ids = ids.clone();
        ids.sort_unstable();
        ids.dedup();
        for some in ids.chunks(usize::try_from(AT_ONCE).unwrap_or(usize::MAX)) {
            let found = store::find_all(conn, call.tenant, some)?;
            if let Some(missing) = some.iter().find(|id| found.iter().all(|row| row.id.0 != **id)) {
                return Err(accounts::not_found(&missing.to_string()));
            }
            work(conn, found)?;
        }
        return Ok(());
    }
    let query = Query { filter: who.filter(), ..Query::default() };
    let plan = query.plan(rules.user(), Table::Accounts, call.asking())?;
    let mut last: Option<Position> = None;
    loop {
        let page = Page {
            tenant: call.tenant,
            condition: plan.condition.as_ref(),
            order: &plan.order,
            start: last.as_ref().map_or(Start::Offset(0), Start::After),
            limit: AT_ONCE,
            load: Load { related: false, base: "" },
        };
        let rows = store::page(conn, &page)?;
        let Some((_, position)) = rows.last() else { return Ok(()) };
        let position = position.clone();
        let is_last = i64::try_from(rows.len()).is_ok_and(|n| n < AT_ONCE);
        work(conn, rows.into_iter().map(|(row, _)| row).collect())?;
        if is_last {
            return Ok(());
        }
        last = Some(position);
    }
}
