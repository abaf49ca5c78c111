//! Users as resources.

use super::{Body, Change, Changed, Kind, Resources};
use crate::app::accounts::{self, Of};
use crate::app::conditions::Conditions;
use crate::app::list::{self, Listed, Query, cursor};
use crate::app::{AppError, Call, Rules, erasure, mapping, users};
use crate::clock::Clock;
use crate::store::accounts::{AccountRow, Shown};
use crate::store::filter::{Condition, Table};
use crate::store::order::Position;
use crate::store::page::Page;
use crate::store::{Db, StoreError, TenantConnection, accounts as store};
use rollcall_domain::ids::{AccountId, TenantId};
use rollcall_scim::etag::ETag;
use rollcall_scim::project::Projection;
use rollcall_scim::registry::ResourceType;
use rollcall_scim::resource::PatchAnswer;
use std::sync::Arc;
use uuid::Uuid;

/// People.
pub struct Users;

impl Resources for Users {
    type Row = AccountRow;

    const HAS_PASSWORD: bool = true;
    const UNIQUE_NAME: &'static str = "userName";
    const KIND: cursor::Kind = cursor::Kind::User;
    const TABLE: Table = Table::Accounts;

    fn resource_type(rules: &Rules) -> &ResourceType {
        rules.user()
    }

    fn id(row: &AccountRow) -> Uuid {
        row.id.0
    }

    fn etag(call: &Call, row: &AccountRow) -> ETag {
        mapping::user_etag(row, &call.base, call.now)
    }

    fn not_found(id: &str) -> AppError {
        accounts::not_found(id)
    }

    fn json(
        rules: &Rules,
        call: &Call,
        row: &AccountRow,
        projection: &Projection,
    ) -> Result<String, AppError> {
        mapping::projected_user(rules.user(), row, &call.base, call.now, projection)
    }

    fn shows_related(rules: &Rules, projection: &Projection) -> bool {
        // meta.version depends on the groups too.
        ["groups", "meta"].iter().any(|name| projection.wants(rules.user(), name))
    }

    fn page(conn: &mut TenantConnection, page: &Page<'_>) -> Result<Vec<(AccountRow, Position)>, StoreError> {
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
    ) -> Result<AccountRow, AppError> {
        users::create(conn, rules, call, body)
    }

    fn get(
        conn: &mut TenantConnection,
        _: &Rules,
        call: &Call,
        id: Uuid,
        _: &Projection,
    ) -> Result<AccountRow, AppError> {
        users::get(conn, call, AccountId(id))
    }

    async fn read(
        db: &Db,
        clock: &Clock,
        _: &Arc<Rules>,
        call: &Call,
        id: Uuid,
        _: &Projection,
    ) -> Result<(AccountRow, Call), AppError> {
        let call = Call { now: clock.now(), ..call.clone() };
        Ok((read(db, &call, id).await?, call))
    }

    async fn look_at(db: &Db, call: &Call, id: Uuid) -> Result<Option<AccountRow>, AppError> {
        read(db, call, id).await.map(Some)
    }

    async fn list_together(
        db: &Db,
        clock: &Clock,
        rules: &Rules,
        call: &Call,
        query: &Query,
    ) -> Result<Option<Listed>, AppError> {
        let Some(name) = query.asked_user_name(rules.user())? else { return Ok(None) };
        let projection = query.projection(rules.user())?;
        let shown = match Self::shows_related(rules, &projection) {
            true => Shown::WithGroups(call.base.clone()),
            false => Shown::Bare,
        };
        let call = Call { now: clock.now(), ..call.clone() };
        let found = db.together::<store::ByUserName>(call.tenant, shown, name, None).await?;
        list::of_one::<Self>(rules, &call, query, &projection, found.as_ref()).map(Some)
    }

    fn change(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        change: Change<AccountRow>,
    ) -> Result<Changed<AccountRow>, AppError> {
        let (of, conditions) = (Of { id: AccountId(id), seen: change.seen }, &change.conditions);
        let row = match change.kind {
            Kind::Replace => users::replace(conn, rules, call, of, change.body, conditions)?,
            Kind::Patch => users::patch(conn, rules, call, of, change.body, conditions)?,
        };
        let brief = change.kind == Kind::Patch
            && rules.dialect.patch_answer == PatchAnswer::NoContent
            && change.projection.is_everything();
        Ok(if brief { Changed::Brief(row) } else { Changed::Shown(row) })
    }

    fn delete(
        conn: &mut TenantConnection,
        rules: &Rules,
        call: &Call,
        id: Uuid,
        conditions: &Conditions,
    ) -> Result<(), AppError> {
        erasure::delete(conn, rules, call, AccountId(id), conditions)
    }
}

async fn read(db: &Db, call: &Call, id: Uuid) -> Result<AccountRow, AppError> {
    let found = db.together::<store::ById>(call.tenant, call.base.clone(), id, None).await?;
    found.ok_or_else(|| accounts::not_found(&id.to_string()))
}
