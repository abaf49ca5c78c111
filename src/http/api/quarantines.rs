//! /quarantines and /notices: what the guard has stopped, and what administrators are told.

use super::problems::Problems;
use super::{id_in, to_the_end};
use crate::app::audit::By;
use crate::app::quarantines::{self, NotRestored, QuarantineView};
use crate::app::{AppError, Call, guard, mapping, notices};
use crate::http::State;
use crate::http::body::{Nothing, Typed};
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::{HttpRequest, HttpResponse, web};
use rollcall_domain::ids::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

/// People who are brought back while one connection to the database is held.
const AT_ONCE: i64 = 50;
/// Of those who could not be brought back this many are named.
const NAMED: usize = 1_000;

/// The quarantines.
#[derive(Serialize, ToSchema)]
pub(super) struct QuarantineList {
    /// The newest first, a thousand at most.
    quarantines: Vec<QuarantineView>,
}

/// The quarantines
///
/// Connections that wanted to put out more people than the policy lets them before somebody looks.
#[utoipa::path(get, path = "/api/v1/quarantines", tag = "guard",
    responses((status = 200, description = "All of them", body = QuarantineList), Problems))]
pub(super) async fn list(state: web::Data<State>, Caller { call, .. }: Caller) -> Answer {
    let listed = state.db.run(call.tenant, move |conn| quarantines::list(conn, call.tenant)).await;
    let all = listed.map_err(Failure::problem)?.into_iter().map(|row| QuarantineView::new(row, None));
    Ok(HttpResponse::Ok().json(QuarantineList { quarantines: all.collect() }))
}

/// A quarantine
#[utoipa::path(get, path = "/api/v1/quarantines/{id}", tag = "guard",
    params(("id" = String, Path, description = "The id of the quarantine")),
    responses((status = 200, description = "The quarantine", body = QuarantineView), Problems))]
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    shown(&state, &call, quarantine_id(&id)?).await
}

/// Why the source is right.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    /// Why, in 1 to 1000 characters; it is recorded.
    reason: String,
    /// How many more than usual may go within the next window; 0 when it is left out.
    #[serde(default)]
    allow: i64,
}

/// Release a connection
///
/// Its deactivations go on. Whoever has gone is accepted, and counting begins anew.
#[utoipa::path(post, path = "/api/v1/quarantines/{id}/release", tag = "guard", request_body = Release,
    params(("id" = String, Path, description = "The id of the quarantine")),
    responses((status = 200, description = "The quarantine", body = QuarantineView), Problems))]
pub(super) async fn release(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    id: web::Path<String>,
    Typed(Release { reason, allow }): Typed<Release>,
) -> Answer {
    let (id, by) = (quarantine_id(&id)?, by_hand(&call)?);
    let tenant = call.tenant;
    let released =
        state.db.run(tenant, move |conn| quarantines::release(conn, tenant, id, &reason, allow, &by)).await;
    released.map_err(Failure::problem)?;
    shown(&state, &call, id).await
}

/// Why the source is wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reject {
    /// Why, in 1 to 1000 characters; it is recorded, and the connection is told.
    reason: String,
}

/// Reject what a connection wants
///
/// Its deactivations stay refused until the quarantine is released.
#[utoipa::path(post, path = "/api/v1/quarantines/{id}/reject", tag = "guard", request_body = Reject,
    params(("id" = String, Path, description = "The id of the quarantine")),
    responses((status = 200, description = "The quarantine", body = QuarantineView), Problems))]
pub(super) async fn reject(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    id: web::Path<String>,
    Typed(Reject { reason }): Typed<Reject>,
) -> Answer {
    let (id, by) = (quarantine_id(&id)?, by_hand(&call)?);
    let tenant = call.tenant;
    let rejected =
        state.db.run(tenant, move |conn| quarantines::reject(conn, tenant, id, &reason, &by)).await;
    rejected.map_err(Failure::problem)?;
    shown(&state, &call, id).await
}

/// Who was brought back, and who was not.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RestorationView {
    /// How many are back.
    restored: i64,
    /// Who is not, and why; a thousand at most.
    not_restored: Vec<NotRestoredView>,
}

/// Somebody who could not be brought back.
#[derive(Serialize, ToSchema)]
pub(super) struct NotRestoredView {
    /// The SCIM id.
    account: Uuid,
    /// Why, and the way out.
    detail: String,
}

/// Restore whom a connection has put out
///
/// Access, groups, seats, enrolments and passwords are as they were; sessions have ended. Who is back already is not touched, so it can
/// be repeated.
#[utoipa::path(post, path = "/api/v1/quarantines/{id}/restore", tag = "guard",
    params(("id" = String, Path, description = "The id of the quarantine")),
    responses((status = 200, description = "What became of them", body = RestorationView), Problems))]
pub(super) async fn restore(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
    Typed(Nothing {}): Typed<Nothing>,
) -> Answer {
    let id = quarantine_id(&id)?;
    by_hand(&call)?;
    let (db, clock) = (state.db.clone(), state.clock.clone());
    let restoring = async move {
        let mut answer = RestorationView::default();
        let mut after = Some(AccountId(Uuid::nil()));
        while let Some(last) = after {
            let rules = rules.clone();
            let (part, _) = crate::app::operate(&db, &clock, &call, move |conn, call| {
                quarantines::restore(conn, &rules, call, id, last, AT_ONCE)
            })
            .await?;
            answer.restored += part.restored;
            let view = |one: NotRestored| NotRestoredView { account: one.account.0, detail: one.detail };
            answer.not_restored.extend(part.not_restored.into_iter().map(view));
            answer.not_restored.truncate(NAMED);
            after = part.next;
        }
        Ok::<_, AppError>(answer)
    };
    Ok(HttpResponse::Ok().json(to_the_end(restoring).await?))
}

/// What administrators are told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NoticeView {
    /// Its id.
    id: Uuid,
    /// When it was written.
    at: String,
    /// What it is about, such as connection.quarantined.
    kind: String,
    /// The quarantine, account or token it is about.
    subject_id: Uuid,
    /// What happened and what to do.
    detail: String,
    /// When it was sent by mail, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
}

/// Notices.
#[derive(Serialize, ToSchema)]
pub(super) struct NoticeList {
    /// The newest first.
    notices: Vec<NoticeView>,
}

/// The notices
///
/// What administrators should know: a connection in quarantine, an account that another source asks for, a changed login.
#[utoipa::path(get, path = "/api/v1/notices", tag = "guard",
    params(
        ("limit" = Option<i64>, Query, description = "Notices at most, 1 to 1000; 100 when it is left out"),
        ("before" = Option<Uuid>, Query, description = "The id of the last one of the page before"),
    ),
    responses((status = 200, description = "The newest", body = NoticeList), Problems))]
pub(super) async fn notices(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Answer {
    let before: Option<Uuid> = query::parameter(&request, "before", "the id of a notice")?;
    let limit = query::limit(&request)?;
    let listed = state.db.run(call.tenant, move |conn| notices::list(conn, call.tenant, before, limit)).await;
    let view = |row: notices::NoticeRow| NoticeView {
        id: row.id,
        at: mapping::time(row.at),
        kind: row.kind,
        subject_id: row.subject_id,
        detail: row.detail,
        sent_at: row.sent_at.map(mapping::time),
    };
    let notices = listed.map_err(Failure::problem)?.into_iter().map(view).collect();
    Ok(HttpResponse::Ok().json(NoticeList { notices }))
}

async fn shown(state: &State, call: &Call, id: Uuid) -> Answer {
    let tenant = call.tenant;
    let found = state.db.run(tenant, move |conn| quarantines::show(conn, tenant, id)).await;
    let (row, out) = found.map_err(Failure::problem)?;
    Ok(HttpResponse::Ok().json(QuarantineView::new(row, Some(out))))
}

/// Who decides: an administrator. A sync does not release itself.
pub(super) fn by_hand(call: &Call) -> Result<By, Failure> {
    if call.sync.is_some() {
        return Err(Failure::problem(guard::not_by_hand()));
    }
    Ok(call.by())
}

fn quarantine_id(id: &str) -> Result<Uuid, Failure> {
    id_in(id, quarantines::no_quarantine)
}
