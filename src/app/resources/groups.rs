//! Groups as resources.

use super::{Body, Change, Changed, Kind, Representation, Resources};
use crate::app::list::{Listed, Query, list};
use crate::app::{AppError, Call, Rules, groups, mapping};
use crate::store::TenantConnection;
use crate::store::groups::GroupRow;
use rollcall_domain::ids::GroupId;
use rollcall_scim::etag::ETag;
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;
use uuid::Uuid;

/// Groups. A PATCH of one that is too large to be worth sending is answered 204.
pub struct Groups;

impl Resources for Groups {
    type Row = GroupRow;

    const UNIQUE_NAME: &'static str = "displayName";

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

    fn represent(
        rules: &Rules,
        call: &Call,
        row: &GroupRow,
        projection: &Projection,
    ) -> Result<Representation, AppError> {
        let json = mapping::projected_group(rules.group(), row, &call.base, projection)?;
        Ok(Representation { json, etag: Self::etag(call, row), whole: projection.is_everything() })
    }

    fn list(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        query: &Query,
    ) -> Result<Listed, AppError> {
        list::<groups::Groups>(conn, rules, call, query)
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
        groups::get(conn, call, GroupId(id), projection.wants(rules.group(), "members"))
    }

    fn change(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        change: Change,
    ) -> Result<Changed<GroupRow>, AppError> {
        let (id, body, if_match) = (GroupId(id), change.body.json, change.if_match.as_deref());
        match change.kind {
            Kind::Replace => groups::replace(conn, rules, call, id, body, if_match).map(Changed::Shown),
            Kind::Patch => groups::patch(conn, rules, call, id, body, if_match, &change.projection),
        }
    }

    fn delete(
        conn: &mut TenantConnection,
        _: &Rules,
        call: &Call,
        id: Uuid,
        if_match: Option<&str>,
    ) -> Result<(), AppError> {
        groups::delete(conn, call, GroupId(id), if_match)
    }
}
