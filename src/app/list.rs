//! Queries: which page, in which order, which filter, which attributes.

pub mod cursor;

use crate::app::operate::operate;
use crate::app::resources::Resources;
use crate::app::{AppError, Call, Rules};
use crate::clock::Clock;
use crate::store::filter::{Asking, Condition, Table, asked_user_name, compile};
use crate::store::order::{Order, Position};
use crate::store::page::{Load, Page, Start};
use crate::store::totals::{self, Total};
use crate::store::{Db, TenantConnection};
use cursor::Place;
use rollcall_scim::cursor::Cursors;
use rollcall_scim::error::ScimError;
use rollcall_scim::filter::{self, Expr};
use rollcall_scim::message::{ListFacts, write_list};
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;
use rollcall_scim::sort::{self, Direction};
use std::sync::Arc;
use std::time::Instant;

/// Resources of a page when the client names no number: `pagination.defaultPageSize` of the ServiceProviderConfig, and what
/// authentik counts on (IDP-QUIRKS 48).
pub const DEFAULT_PAGE: i64 = 100;
/// Resources of a page at most: `filter.maxResults` and `pagination.maxPageSize` of the ServiceProviderConfig.
pub const MAX_PAGE: i64 = 1_000;

/// The query of a list request.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// `filter`.
    pub filter: Option<Expr>,
    /// `startIndex`, from 1.
    pub start_index: Option<i64>,
    /// `cursor`; empty for the first page.
    pub cursor: Option<String>,
    /// `count`.
    pub count: Option<i64>,
    /// `sortBy`.
    pub sort_by: Option<String>,
    /// `sortOrder`.
    pub sort_order: Option<String>,
    /// `attributes`.
    pub attributes: Option<String>,
    /// `excludedAttributes`.
    pub excluded: Option<String>,
}

/// Where the wanted page begins.
#[derive(Debug)]
pub enum Beginning {
    /// After so many resources.
    Offset(i64),
    /// At the first resource of a walk with a cursor.
    First,
    /// Behind the last page of a walk with a cursor.
    After(Place),
}

impl Beginning {
    /// Where the page of a single resource type begins.
    pub fn start(&self) -> Start<'_> {
        match self {
            Beginning::Offset(rows) => Start::Offset(*rows),
            Beginning::First => Start::Offset(0),
            Beginning::After(place) => Start::After(&place.position),
        }
    }
}

/// What is listed of a resource type.
pub struct Plan {
    /// Which attributes are answered.
    pub projection: Projection,
    /// Which resources.
    pub condition: Option<Condition>,
    /// In which order.
    pub order: Order,
}

impl Query {
    /// Reads the query for a resource type.
    ///
    /// # Errors
    /// `invalidFilter` or `invalidValue`.
    pub fn plan(&self, rt: &ResourceType, table: Table, asking: Asking<'_>) -> Result<Plan, AppError> {
        let condition = match &self.filter {
            None => None,
            Some(expression) => {
                let resolved = filter::resolve(rt, expression)?;
                Some(compile(table, asking, &resolved).map_err(|unsearchable| {
                    let offset = expression.names(unsearchable.attribute()).map(|name| name.offset);
                    let at = offset.map_or_else(String::new, |offset| {
                        format!("the filter is wrong at offset {offset}: ")
                    });
                    ScimError::invalid_filter(format!("{at}{unsearchable}"))
                })?)
            }
        };
        Ok(Plan { projection: self.projection(rt)?, condition, order: self.order(rt, table, asking)? })
    }

    /// The user name, prepared, of which this asks for the holder, in no order and by no cursor.
    ///
    /// # Errors
    /// `invalidFilter`.
    pub fn asked_user_name(&self, user: &ResourceType) -> Result<Option<String>, AppError> {
        match &self.filter {
            Some(expression @ Expr::Compare { .. }) if self.cursor.is_none() && self.sort_by.is_none() => {
                Ok(asked_user_name(&filter::resolve(user, expression)?))
            }
            _ => Ok(None),
        }
    }

    /// The order for a resource type. A `sortOrder` without `sortBy` has nothing to order by.
    ///
    /// # Errors
    /// `invalidValue`.
    pub fn order(&self, rt: &ResourceType, table: Table, asking: Asking<'_>) -> Result<Order, ScimError> {
        let Some(sort_by) = self.sort_by.as_deref() else { return Ok(Order::default()) };
        let direction = self.sort_order.as_deref().map_or(Ok(Direction::default()), Direction::from_word)?;
        let sort = sort::resolve(rt, sort_by, direction)?;
        Order::by(table, asking, &sort).map_err(|unsearchable| {
            ScimError::invalid_value(format!(
                "sortBy `{}` is put together for each answer, so nothing can be sorted by it; sort by another attribute",
                unsearchable.attribute()
            ))
        })
    }

    /// Resources of the page at most. Numbers out of range are brought into it (RFC 7644 §3.4.2.4).
    pub fn page_size(&self) -> i64 {
        self.count.unwrap_or(DEFAULT_PAGE).clamp(0, MAX_PAGE)
    }

    /// The attributes that are answered.
    ///
    /// # Errors
    /// `invalidValue` when both lists are given.
    pub fn projection(&self, rt: &ResourceType) -> Result<Projection, ScimError> {
        Projection::parse(rt, self.attributes.as_deref(), self.excluded.as_deref())
    }

    /// Where the page begins: by index, unless there is a cursor (RFC 9865 §2.4).
    ///
    /// # Errors
    /// `invalidValue` for a place of each kind, and what [`Cursors::open`] says.
    pub fn beginning(&self, cursors: Option<&Cursors>) -> Result<Beginning, ScimError> {
        let start_index = self.start_index.unwrap_or(1).max(1);
        match (self.cursor.as_deref(), cursors) {
            (Some(_), _) if start_index > 1 => Err(ScimError::invalid_value(format!(
                "startIndex {start_index} and cursor are two ways to say where the page begins; send one of them"
            ))),
            (Some(cursor), Some(cursors)) if !cursor.is_empty() => cursors.open(cursor).map(Beginning::After),
            (Some(_), _) => Ok(Beginning::First),
            (None, _) => Ok(Beginning::Offset(start_index - 1)),
        }
    }
}

/// A resource of a page in JSON text, and where it stands.
pub struct Entry {
    /// The resource, as it is answered.
    pub json: String,
    /// Where it stands.
    pub place: Place,
}

/// At most `limit` resources of a kind, from `start` on.
///
/// # Errors
/// Database failures; stored JSON that is broken.
pub fn page<R: Resources>(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    plan: &Plan,
    start: Start<'_>,
    limit: i64,
) -> Result<Vec<Entry>, AppError> {
    let Plan { projection, condition, order } = plan;
    let load = Load { related: R::shows_related(rules, projection), base: &call.base };
    let page = Page { tenant: call.tenant, condition: condition.as_ref(), order, start, limit, load };
    let entry = |(row, position)| {
        let json = R::json(rules, call, &row, projection)?;
        Ok(Entry { json, place: Place { kind: R::KIND, position } })
    };
    R::page(conn, &page)?.into_iter().map(entry).collect()
}

/// How many resources of a kind there are in all.
///
/// # Errors
/// Database failures.
pub fn count<R: Resources>(conn: &mut TenantConnection, call: &Call, plan: &Plan) -> Result<i64, AppError> {
    Ok(match &plan.condition {
        Some(condition) => R::count(conn, call.tenant, condition)?,
        None => totals::total(conn, call.tenant, R::TABLE)?,
    })
}

/// A page of one resource type. What others want at the same moment is read together with them: whom a user name finds, and how many
/// there are in all.
///
/// # Errors
/// `invalidFilter`, `invalidValue`, those of a cursor, database failures, and those of the way to the database.
pub async fn list<R: Resources>(
    db: &Db,
    clock: &Clock,
    rules: Arc<Rules>,
    call: &Call,
    query: Query,
) -> Result<Listed, AppError> {
    if let Some(listed) = R::list_together(db, clock, &rules, call, &query).await? {
        return Ok(listed);
    }
    let begun = Instant::now();
    let read = move |conn: &mut TenantConnection, call: &Call| read::<R>(conn, &rules, call, &query);
    match operate(db, clock, call, read).await?.0 {
        Read::Whole(listed) => Ok(listed),
        Read::ButTotal(cut, beginning) => {
            let total = db.together::<Total>(call.tenant, R::TABLE, (), Some(begun)).await?;
            cut.listed(&beginning, None, || Ok(total.unwrap_or_default()))
        }
    }
}

/// What was read of a page.
pub enum Read {
    /// All of it.
    Whole(Listed),
    /// All but how many there are of the kind.
    ButTotal(Cut, Beginning),
}

/// The same on a connection, without what is read together with others.
///
/// # Errors
/// `invalidFilter`, `invalidValue`, those of a cursor, database failures.
pub fn read<R: Resources>(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    query: &Query,
) -> Result<Read, AppError> {
    let rt = R::resource_type(rules);
    let plan = query.plan(rt, R::TABLE, call.asking())?;
    let cursors = cursors(conn, call, &rt.endpoint, query)?;
    let beginning = query.beginning(cursors.as_ref())?;
    let start = beginning.start();
    let more = |limit| page::<R>(conn, rules, call, &plan, start, limit);
    let cut = Cut::read(query, &beginning, more)?;
    if plan.condition.is_none() && cut.asks_total(&beginning) {
        return Ok(Read::ButTotal(cut, beginning));
    }
    cut.listed(&beginning, cursors.as_ref(), || count::<R>(conn, call, &plan)).map(Read::Whole)
}

/// The page by index of a query whose only match is known.
///
/// # Errors
/// `invalidValue`; stored JSON that is broken.
pub fn of_one<R: Resources>(
    rules: &Rules,
    call: &Call,
    query: &Query,
    projection: &Projection,
    found: Option<&R::Row>,
) -> Result<Listed, AppError> {
    let beginning = query.beginning(None)?;
    let is_behind = matches!(beginning, Beginning::Offset(1..));
    let cut = Cut::read(query, &beginning, |_| {
        let entry = |row| {
            let position = Position { key: None, id: R::id(row) };
            let json = R::json(rules, call, row, projection)?;
            Ok(Entry { json, place: Place { kind: R::KIND, position } })
        };
        found.filter(|_| !is_behind).map(entry).into_iter().collect()
    })?;
    cut.listed(&beginning, None, || Ok(found.is_some().into()))
}

/// The cursors of a query that has one. A page by index costs no look at the keys.
///
/// # Errors
/// Database failures.
pub fn cursors(
    conn: &mut TenantConnection,
    call: &Call,
    endpoint: &str,
    query: &Query,
) -> Result<Option<Cursors>, AppError> {
    query.cursor.as_ref().map(|_| cursor::of(conn, call, endpoint, query)).transpose()
}

/// A page, cut to its size.
pub struct Cut {
    entries: Vec<Entry>,
    size: i64,
    /// Whether more was there than fits.
    more: bool,
}

impl Cut {
    /// Reads a page with `read`. With a cursor it is asked for one resource more, to know whether there is a next page.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read(
        query: &Query,
        beginning: &Beginning,
        read: impl FnOnce(i64) -> Result<Vec<Entry>, AppError>,
    ) -> Result<Self, AppError> {
        let size = query.page_size();
        let wanted = match (size, beginning) {
            (0, _) => return Ok(Self { entries: Vec::new(), size, more: false }),
            (_, Beginning::Offset(_)) => size,
            _ => size + 1,
        };
        let mut entries = read(wanted)?;
        let fitting = usize::try_from(size).unwrap_or(usize::MAX);
        let more = entries.len() > fitting;
        entries.truncate(fitting);
        Ok(Self { entries, size, more })
    }

    /// Whether the page does not show the total, and has to.
    fn asks_total(&self, beginning: &Beginning) -> bool {
        let found = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        match beginning {
            Beginning::After(_) => false,
            Beginning::First => self.size == 0,
            Beginning::Offset(before) => found >= self.size || (found == 0 && *before > 0),
        }
    }

    /// The answer. `count` is asked for the total only where the page does not show it; on pages of a cursor not at all: RFC
    /// 9865 §2 lets it out, and with a filter it would cost more than the page. Whoever asks for nobody asks for the total.
    ///
    /// # Errors
    /// Those of `count`; no randomness for a cursor.
    pub fn listed(
        self,
        beginning: &Beginning,
        cursors: Option<&Cursors>,
        count: impl FnOnce() -> Result<i64, AppError>,
    ) -> Result<Listed, AppError> {
        let found = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        // It is counted after the page was read; some may be gone by then.
        let before = if let Beginning::Offset(before) = beginning { *before } else { 0 };
        let seen = if found > 0 { before + found } else { 0 };
        let asked = if self.asks_total(beginning) { Some(count()?.max(seen)) } else { None };
        let (total, start_index) = match beginning {
            Beginning::After(_) => (None, None),
            Beginning::First => (asked.or((!self.more).then_some(found)), None),
            Beginning::Offset(before) => (asked.or(Some(before + found)), Some(before + 1)),
        };
        let next_cursor = match (self.entries.last(), cursors) {
            (Some(last), Some(cursors)) if self.more => Some(cursor::seal(cursors, &last.place)?),
            _ => None,
        };
        let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(Listed {
            facts: ListFacts {
                total: total.map(unsigned),
                start_index: start_index.map(unsigned),
                next_cursor,
            },
            resources: self.entries.into_iter().map(|entry| entry.json).collect(),
        })
    }
}

/// A page of resources in JSON text.
pub struct Listed {
    /// What is said beside them.
    pub facts: ListFacts,
    /// The page.
    pub resources: Vec<String>,
}

impl Listed {
    /// The ListResponse (RFC 7644 §3.4.2).
    pub fn to_json(&self) -> String {
        let length = self.resources.iter().map(|r| r.len() + 1).sum::<usize>();
        let mut out = String::with_capacity(length + 500);
        write_list(&self.facts, self.resources.iter(), &mut out);
        out
    }
}
