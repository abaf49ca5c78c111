//! A query over all resource types (RFC 7644 §3.4.2.1): users and then groups, or both in the order that is asked for.

use super::list::cursor::Kind;
use super::list::{Beginning, Cut, Entry, Listed, Plan, Query, count, cursors, page};
use super::resources::{Groups, Users};
use super::{AppError, Call, Rules};
use crate::store::TenantConnection;
use crate::store::everything::{Part, place_of};
use crate::store::filter::Table;
use crate::store::page::Start;
use rollcall_scim::error::ScimError;
use rollcall_scim::filter::{self, AttrRef, CompareOp, Expr, Literal};
use rollcall_scim::registry::ResourceType;
use rollcall_scim::sort::{self, Direction};

/// The address of the root, as cursors have it.
const ROOT: &str = "/";

/// A page of users and groups.
///
/// # Errors
/// `invalidFilter`, `invalidValue`, those of a cursor, database failures.
pub fn everything(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    query: &Query,
) -> Result<Listed, AppError> {
    let (users, groups) = plans(rules, call, query)?;
    let cursors = cursors(conn, call, ROOT, query)?;
    let beginning = query.beginning(cursors.as_ref())?;
    let mut both = Both { conn, rules, call, users: &users, groups: &groups };
    let page = Cut::read(query, &beginning, |limit| match query.sort_by {
        None => both.in_turn(&beginning, limit),
        Some(_) => both.merged(&beginning, limit),
    })?;
    page.listed(&beginning, cursors.as_ref(), || both.count())
}

/// The query for each type: an attribute that only the other type has is one without value.
fn plans(rules: &Rules, call: &Call, query: &Query) -> Result<(Plan, Plan), AppError> {
    let (user, group) = (rules.user(), rules.group());
    let plan = |rt: &ResourceType, other: &ResourceType, table| {
        let filter = query.filter.as_ref().map(|expression| fitted(expression, rt, other)).transpose()?;
        Query { filter, sort_by: None, ..query.clone() }.plan(rt, table, call.asking())
    };
    let mut users = plan(user, group, Table::Accounts)?;
    let mut groups = plan(group, user, Table::Groups)?;
    (users.order, groups.order) = match (
        query.order(user, Table::Accounts, call.asking()),
        query.order(group, Table::Groups, call.asking()),
    ) {
        (Ok(mut of_users), Ok(mut of_groups)) => {
            of_users.join(&mut of_groups).map_err(|kinds| incomparable(query, kinds))?;
            (of_users, of_groups)
        }
        (Ok(of_users), Err(_)) => {
            let of_groups = of_users.without_values();
            (of_users, of_groups)
        }
        (Err(_), Ok(of_groups)) => (of_groups.without_values(), of_groups),
        (Err(of_users), Err(of_groups)) => {
            // What is said of the type that has the attribute says more.
            let sort_by = query.sort_by.as_deref().unwrap_or_default();
            let is_known = sort::resolve(user, sort_by, Direction::default()).is_ok();
            return Err(if is_known { of_users } else { of_groups }.into());
        }
    };
    Ok((users, groups))
}

/// One attribute name may be two attributes of different types in the schemas of a tenant.
fn incomparable(query: &Query, (of_users, of_groups): (&str, &str)) -> ScimError {
    let sort_by = rollcall_scim::error::shorten(query.sort_by.as_deref().unwrap_or_default());
    ScimError::invalid_value(format!(
        "sortBy {sort_by:?} is {of_users} for users and {of_groups} for groups, which have no common order; sort /Users or \
         /Groups by it, or name the attribute of one of them with its URN"
    ))
}

struct Both<'a> {
    conn: &'a mut TenantConnection,
    rules: &'a Rules,
    call: &'a Call,
    users: &'a Plan,
    groups: &'a Plan,
}

impl Both<'_> {
    fn count(&mut self) -> Result<i64, AppError> {
        Ok(count::<Users>(self.conn, self.call, self.users)?
            + count::<Groups>(self.conn, self.call, self.groups)?)
    }

    fn users(&mut self, start: Start<'_>, limit: i64) -> Result<Vec<Entry>, AppError> {
        page::<Users>(self.conn, self.rules, self.call, self.users, start, limit)
    }

    fn groups(&mut self, start: Start<'_>, limit: i64) -> Result<Vec<Entry>, AppError> {
        page::<Groups>(self.conn, self.rules, self.call, self.groups, start, limit)
    }

    /// Users, and where they end groups.
    fn in_turn(&mut self, beginning: &Beginning, limit: i64) -> Result<Vec<Entry>, AppError> {
        let (users_start, before) = match beginning {
            Beginning::After(place) if place.kind == Kind::Group => {
                return self.groups(Start::After(&place.position), limit);
            }
            Beginning::After(place) => (Start::After(&place.position), 0),
            Beginning::First => (Start::Offset(0), 0),
            Beginning::Offset(before) => (Start::Offset(*before), *before),
        };
        let mut page = self.users(users_start, limit)?;
        let on_page = i64::try_from(page.len()).unwrap_or(i64::MAX);
        if on_page < limit {
            let skipped = match (on_page, before) {
                (0, 1..) => (before - count::<Users>(self.conn, self.call, self.users)?).max(0),
                _ => 0,
            };
            page.extend(self.groups(Start::Offset(skipped), limit - on_page)?);
        }
        Ok(page)
    }

    /// Both in one order.
    fn merged(&mut self, beginning: &Beginning, limit: i64) -> Result<Vec<Entry>, AppError> {
        let position = match beginning {
            Beginning::After(place) => Some(place.position.clone()),
            Beginning::First | Beginning::Offset(0) => None,
            Beginning::Offset(before) => {
                let (users, groups) = (part(self.users), part(self.groups));
                match place_of(self.conn, self.call.tenant, &users, &groups, *before)? {
                    Some(last) => Some(last),
                    None => return Ok(Vec::new()),
                }
            }
        };
        let start = position.as_ref().map_or(Start::Offset(0), Start::After);
        let mut page = self.users(start, limit)?;
        page.extend(self.groups(start, limit)?);
        let order = &self.users.order;
        page.sort_by(|a, b| order.compare(&a.place.position, &b.place.position));
        page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(page)
    }
}

fn part(plan: &Plan) -> Part<'_> {
    Part { condition: plan.condition.as_ref(), order: &plan.order }
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

/// Always or never: every resource has an id. No value equals null, and differs from everything else.
fn said_of_no_value(leaf: &Expr) -> Expr {
    let always = Expr::Present(AttrRef { text: "id".to_owned(), offset: 0 });
    let holds = match leaf {
        Expr::Compare { op: CompareOp::Eq, value, .. } => *value == Literal::Null,
        Expr::Compare { op: CompareOp::Ne, value, .. } => *value != Literal::Null,
        _ => false,
    };
    if holds { always } else { Expr::Not(Box::new(always)) }
}
