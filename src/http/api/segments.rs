//! /groups: groups as segments of people.

use super::id_in;
use super::problems::Problems;
use crate::app::groups;
use crate::app::segments::{self, Segment};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::{HttpResponse, web};
use rollcall_domain::ids::GroupId;

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
    let id = id_in(&id, groups::not_found).map(GroupId)?;
    let found = state.db.run(call.tenant, move |conn| segments::show(conn, &rules, &call, id)).await;
    Ok(HttpResponse::Ok().json(found.map_err(Failure::problem)?))
}
