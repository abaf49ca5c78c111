//! What can be done with a kind of resource, so that there is one way to ask for it.

mod groups;
mod users;

pub use groups::Groups;
pub use users::Users;

use super::conditions::Conditions;
use super::list::{Listed, Query, cursor};
use super::operate::operate;
use super::passwords::{Hasher, Pushed};
use super::{AppError, Call, Rules};
use crate::clock::Clock;
use crate::store::filter::{Condition, Table};
use crate::store::order::Position;
use crate::store::page::Page;
use crate::store::{Db, StoreError, TenantConnection};
use rollcall_domain::ids::{TenantId, id_as_shown};
use rollcall_scim::error::shorten;
use rollcall_scim::etag::ETag;
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;
use serde_json::{Map, Value};
use std::future::ready;
use std::sync::Arc;
use uuid::Uuid;

/// What of a resource is answered, and its version.
pub struct Representation {
    /// In JSON text.
    pub json: String,
    /// The version.
    pub etag: ETag,
    /// Whether it is the whole default representation, which the version stands for.
    pub whole: bool,
}

/// A kind of resource and its operations.
pub trait Resources: 'static {
    /// A resource as it was read.
    type Row: Send + 'static;

    /// Whether one can have a password.
    const HAS_PASSWORD: bool = false;

    /// The attribute by which no two of a connection are called the same.
    const UNIQUE_NAME: &'static str;

    /// What it is called in cursors.
    const KIND: cursor::Kind;

    /// Its table.
    const TABLE: Table;

    /// Its type.
    fn resource_type(rules: &Rules) -> &ResourceType;
    /// Its id.
    fn id(row: &Self::Row) -> Uuid;
    /// Its version.
    fn etag(call: &Call, row: &Self::Row) -> ETag;
    /// There is none of this id.
    fn not_found(id: &str) -> AppError;
    /// The id in a path. What is not spelt as ids are shown is nobody's id.
    ///
    /// # Errors
    /// As for every other id that does not exist.
    fn parse_id(id: &str) -> Result<Uuid, AppError> {
        id_as_shown(id).ok_or_else(|| Self::not_found(&shorten(id)))
    }
    /// What of a row is wanted, in JSON text.
    ///
    /// # Errors
    /// The stored JSON is broken.
    fn json(rules: &Rules, call: &Call, row: &Self::Row, projection: &Projection)
    -> Result<String, AppError>;
    /// The same with its version.
    ///
    /// # Errors
    /// The stored JSON is broken.
    fn represent(
        rules: &Rules,
        call: &Call,
        row: &Self::Row,
        projection: &Projection,
    ) -> Result<Representation, AppError> {
        let json = Self::json(rules, call, row, projection)?;
        Ok(Representation { json, etag: Self::etag(call, row), whole: projection.is_everything() })
    }
    /// Whether related resources (the groups of a user, the members of a group) have to be loaded for what is wanted.
    fn shows_related(rules: &Rules, projection: &Projection) -> bool;
    /// The rows of a page, each with where it stands.
    ///
    /// # Errors
    /// Database failures.
    fn page(conn: &mut TenantConnection, page: &Page<'_>) -> Result<Vec<(Self::Row, Position)>, StoreError>;
    /// How many match.
    ///
    /// # Errors
    /// Database failures.
    fn count(conn: &mut TenantConnection, tenant: TenantId, condition: &Condition)
    -> Result<i64, StoreError>;
    /// Creates one.
    ///
    /// # Errors
    /// Those of the operation.
    fn create(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        body: Body,
    ) -> Result<Self::Row, AppError>;
    /// Reads one.
    ///
    /// # Errors
    /// Those of the operation.
    fn get(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        projection: &Projection,
    ) -> Result<Self::Row, AppError>;
    /// Reads one for a request that does nothing else, together with what others read if it can be. Returns the call as of then.
    ///
    /// # Errors
    /// Those of the operation, and those of the way to the database.
    fn read(
        db: &Db,
        clock: &Clock,
        rules: &Arc<Rules>,
        call: &Call,
        id: Uuid,
        projection: &Projection,
    ) -> impl Future<Output = Result<(Self::Row, Call), AppError>> {
        let (rules, projection) = (Arc::clone(rules), projection.clone());
        operate(db, clock, call, move |conn, call| Self::get(conn, &rules, call, id, &projection))
    }
    /// Reads one that is about to be changed, together with what others read; `None` where that saves nothing.
    ///
    /// # Errors
    /// Those of reading one.
    fn look_at(
        _db: &Db,
        _call: &Call,
        _id: Uuid,
    ) -> impl Future<Output = Result<Option<Self::Row>, AppError>> {
        ready(Ok(None))
    }
    /// The page of a query that can be answered together with those of others; `None` for any other query.
    ///
    /// # Errors
    /// Those of the query, and those of the way to the database.
    fn list_together(
        _db: &Db,
        _clock: &Clock,
        _rules: &Rules,
        _call: &Call,
        _query: &Query,
    ) -> impl Future<Output = Result<Option<Listed>, AppError>> {
        ready(Ok(None))
    }
    /// Changes one.
    ///
    /// # Errors
    /// Those of the operation.
    fn change(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        change: Change<Self::Row>,
    ) -> Result<Changed<Self::Row>, AppError>;
    /// Deletes one.
    ///
    /// # Errors
    /// Those of the operation.
    fn delete(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        conditions: &Conditions,
    ) -> Result<(), AppError>;
}

/// The body of a POST, PUT or PATCH, with what is too slow to be done while a connection to the database is held.
#[derive(Clone)]
pub struct Body {
    /// As it was sent.
    pub json: Map<String, Value>,
    /// The password in it, if the connection may set one.
    pub password: Option<Pushed>,
}

impl Body {
    /// Looks for a password in the body and hashes it.
    ///
    /// # Errors
    /// Those of [`Pushed::take`].
    pub async fn prepare<R: Resources>(
        hasher: &Hasher,
        rules: &Rules,
        json: Map<String, Value>,
        is_patch: bool,
    ) -> Result<Self, AppError> {
        let password =
            if R::HAS_PASSWORD { Pushed::take(hasher, rules, &json, is_patch).await? } else { None };
        Ok(Self { json, password })
    }
}

/// What a PUT or PATCH brings.
pub struct Change<Row> {
    /// Which of the two.
    pub kind: Kind,
    /// The body.
    pub body: Body,
    /// What it demands of the present version.
    pub conditions: Conditions,
    /// What of the result is wanted.
    pub projection: Projection,
    /// The resource as it was read a moment ago, where it was.
    pub seen: Option<Row>,
}

/// What a PUT or PATCH made of a resource.
pub enum Changed<Row> {
    /// As it is now.
    Shown(Row),
    /// As it is now, which is not worth sending or not wanted: only its version is told, and related resources are not loaded.
    Brief(Row),
}

impl<Row> Changed<Row> {
    /// As it is now.
    pub fn row(&self) -> &Row {
        match self {
            Self::Shown(row) | Self::Brief(row) => row,
        }
    }
}

/// How a resource is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PUT.
    Replace,
    /// PATCH.
    Patch,
}
