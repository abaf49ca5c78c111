//! The accounts of a tenant with the filters, orders and pages of SCIM, as the API shows them.

use super::AccountView;
use crate::app::list::cursor::{Kind, Place};
use crate::app::list::{Cut, Entry, Query, count, cursors};
use crate::app::resources::Users;
use crate::app::{AppError, Call, Rules};
use crate::store::TenantConnection;
use crate::store::accounts as store;
use crate::store::filter::Table;
use crate::store::page::{Load, Page};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The name under which the pages of this list have their cursors.
const ENDPOINT: &str = "/accounts";

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountList {
    /// The accounts.
    #[schema(value_type = Vec<AccountView>)]
    accounts: Vec<Box<RawValue>>,
    /// How many there are in all; left out on the pages of a cursor, where counting would cost more than the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A page of accounts.
///
/// # Errors
/// What is wrong with the filter, the order or the cursor; database failures.
pub fn list(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    query: &Query,
) -> Result<AccountList, AppError> {
    let plan = query.plan(rules.user(), Table::Accounts, call.asking())?;
    let cursors = cursors(conn, call, ENDPOINT, query)?;
    let beginning = query.beginning(cursors.as_ref())?;
    let start = beginning.start();
    let condition = plan.condition.as_ref();
    let cut = Cut::read(query, &beginning, |limit| {
        let load = Load { related: false, base: "" };
        let page = Page { tenant: call.tenant, condition, order: &plan.order, start, limit, load };
        let entry = |(row, position)| {
            let json = AccountView::json(&row, &rules.policy, call.now)?;
            Ok(Entry { json, place: Place { kind: Kind::User, position } })
        };
        store::page(conn, &page)?.into_iter().map(entry).collect()
    })?;
    let listed = cut.listed(&beginning, cursors.as_ref(), || count::<Users>(conn, call, &plan))?;
    Ok(AccountList {
        accounts: listed.resources.into_iter().map(RawValue::from_string).collect::<Result<_, _>>()?,
        total: listed.facts.total,
        next_cursor: listed.facts.next_cursor,
    })
}
