//! Groups as resources.

use super::{Body, Change, Changed, Kind, Resources};
use crate::app::conditions::Conditions;
use crate::app::list::cursor;
use crate::app::{AppError, Call, Rules, groups, mapping};
use crate::store::filter::{Condition, Table};
use crate::store::groups::GroupRow;
use crate::store::order::Position;
use crate::store::page::Page;
use crate::store::{StoreError, TenantConnection, groups as store};
use rollcall_domain::ids::{GroupId, TenantId};
use rollcall_scim::etag::ETag;
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;
use uuid::Uuid;

/// Groups. A PATCH of one that is too large to be worth sending is answered 204.
pub struct Groups;

impl Resources for Groups {
    type Row = GroupRow;

    const UNIQUE_NAME: &'static str = "displayName";
    const KIND: cursor::Kind = cursor::Kind::Group;
    const TABLE: Table = Table::Groups;

    fn resource_type(rules: &Rules) -> &ResourceType {
        rules.group()
    }

    fn id(row: &GroupRow) -> Uuid {
        row.id.0
    }

    fn etag(_: &Call, row: &GroupRow) -> ETag {
        mapping::group_etag(row)
    }

    fn not_found(id: &str) -> AppError {
        groups::not_found(id)
    }

    fn json(rules: &Rules, call: &Call, row: &GroupRow, projection: &Projection) -> Result<String, AppError> {
        mapping::projected_group(rules.group(), row, &call.base, projection)
    }

    fn shows_related(rules: &Rules, projection: &Projection) -> bool {
        projection.wants(rules.group(), "members")
    }

    fn page(conn: &mut TenantConnection, page: &Page<'_>) -> Result<Vec<(GroupRow, Position)>, StoreError> {
        store::page(conn, page)
    }

    fn count(
        conn: &mut TenantConnection,
        tenant: TenantId,
        condition: &Condition,
    ) -> Result<i64, StoreError> {
        store::count(conn, tenant, condition)
    }

    fn create(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        body: Body,
    ) -> Result<GroupRow, AppError> {
        groups::create(conn, rules, call, body.json)
    }

    fn get(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        projection: &Projection,
    ) -> Result<GroupRow, AppError> {
        groups::get(conn, call, GroupId(id), Self::shows_related(rules, projection))
    }

    fn change(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        change: Change<GroupRow>,
    ) -> Result<Changed<GroupRow>, AppError> {
        let (id, body, conditions) = (GroupId(id), change.body.json, &change.conditions);
        match change.kind {
            Kind::Replace => groups::replace(conn, rules, call, id, body, conditions).map(Changed::Shown),
            Kind::Patch => groups::patch(conn, rules, call, id, body, conditions, &change.projection),
        }
    }

    fn delete(
        conn: &mut TenantConnection,
        _: &Rules,
        call: &Call,
        id: Uuid,
        conditions: &Conditions,
    ) -> Result<(), AppError> {
        groups::delete(conn, call, GroupId(id), conditions)
    }
}
