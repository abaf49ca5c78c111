//! /groups: groups as segments of people.

use super::problems::Problems;
use crate::app::AppError;
use crate::app::segments::{self, Segment};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::{HttpResponse, web};
use rollcall_domain::ids::{GroupId, id_as_shown};

/// A group as a segment
///
/// How many people, and how many of them are inactive. Who they are: `/accounts?filter=groups.value eq "<id>"`.
#[utoipa::path(get, path = "/api/v1/groups/{id}", tag = "learning",
    params(("id" = String, Path, description = "The SCIM id of the group")),
    responses((status = 200, description = "The segment", body = Segment), Problems))]
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let shown = rollcall_scim::error::shorten(&id);
    let unknown = || Failure::problem(AppError::NotFound(format!("there is no group {shown:?}")));
    let id = id_as_shown(&id).map(GroupId).ok_or_else(unknown)?;
    let found = state.db.run(call.tenant, move |conn| segments::show(conn, &rules, &call, id)).await;
    Ok(HttpResponse::Ok().json(found.map_err(Failure::problem)?))
}
