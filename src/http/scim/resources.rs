//! The requests on a kind of resource, the same for users and groups: read the request, call one operation, write the result.

use super::answer::{self, if_match};
use crate::app::list::Query;
use crate::app::resources::{Body, Change, Kind, Resources};
use crate::app::{Call, Rules};
use crate::http::State;
use crate::http::body::ScimBody;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

type Answer = Result<HttpResponse, Failure>;

pub(super) async fn list<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    caller: Caller,
) -> Answer {
    let query = query::scim(request.query_string()).map_err(Failure::scim)?;
    listed::<R>(&request, &state, caller, query).await
}

/// The query as a body, for filters that do not fit an address or do not belong in one (RFC 7644 §3.4.3).
pub(super) async fn search<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    caller: Caller,
    ScimBody(body): ScimBody,
) -> Answer {
    let query = query::search(&body).map_err(Failure::scim)?;
    listed::<R>(&request, &state, caller, query).await
}

async fn listed<R: Resources>(request: &HttpRequest, state: &State, caller: Caller, query: Query) -> Answer {
    let Caller { call, rules } = caller;
    let listed = state.db.run(call.tenant, move |conn| R::list(conn, &rules, &call, &query)).await;
    Ok(answer::json(request, StatusCode::OK, listed.map_err(Failure::scim)?.to_json()))
}

pub(super) async fn create<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules }: Caller,
    ScimBody(body): ScimBody,
) -> Answer {
    let projection = answer::projection(&request, &rules, R::resource_type).map_err(Failure::scim)?;
    let projection = projection.after_writing(R::resource_type(&rules), &body);
    let body = Body::prepare::<R>(&state.hasher, &rules, body, false).await.map_err(Failure::scim)?;
    let (rules_of_work, asking) = (Arc::clone(&rules), call.clone());
    let row = state.db.run(call.tenant, move |conn| R::create(conn, &rules_of_work, &asking, body)).await;
    let row = row.map_err(Failure::scim)?;
    let location = location::<R>(&rules, &call, &row);
    let one = R::represent(&rules, &call, &row, &projection).map_err(Failure::scim)?;
    Ok(answer::created(&request, one, &location))
}

pub(super) async fn get<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules }: Caller,
    id: web::Path<String>,
) -> Answer {
    let projection = answer::projection(&request, &rules, R::resource_type).map_err(Failure::scim)?;
    let id = R::parse_id(&id).map_err(Failure::scim)?;
    let (rules_of_work, asking, wanted) = (Arc::clone(&rules), call.clone(), projection.clone());
    let row = state.db.run(call.tenant, move |conn| R::get(conn, &rules_of_work, &asking, id, &wanted)).await;
    let row = row.map_err(Failure::scim)?;
    let one = R::represent(&rules, &call, &row, &projection).map_err(Failure::scim)?;
    let location = location::<R>(&rules, &call, &row);
    Ok(answer::shown_at(&location, answer::one(&request, StatusCode::OK, one)))
}

pub(super) async fn replace<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: ScimBody,
) -> Answer {
    changed::<R>(&request, &state, caller, &id, body, Kind::Replace).await
}

pub(super) async fn patch<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: ScimBody,
) -> Answer {
    changed::<R>(&request, &state, caller, &id, body, Kind::Patch).await
}

async fn changed<R: Resources>(
    request: &HttpRequest,
    state: &State,
    Caller { call, rules }: Caller,
    id: &str,
    ScimBody(body): ScimBody,
    kind: Kind,
) -> Answer {
    let projection = answer::projection(request, &rules, R::resource_type).map_err(Failure::scim)?;
    let projection = projection.after_writing(R::resource_type(&rules), &body);
    let id = R::parse_id(id).map_err(Failure::scim)?;
    let body = Body::prepare::<R>(&state.hasher, &rules, body, kind == Kind::Patch).await;
    let body = body.map_err(Failure::scim)?;
    let change = Change { kind, body, if_match: if_match(request), projection: projection.clone() };
    let (rules_of_work, asking) = (Arc::clone(&rules), call.clone());
    let work = move |conn: &mut _| R::change(conn, &rules_of_work, &asking, id, change);
    let changed = state.db.run(call.tenant, work).await;
    let Some(row) = changed.map_err(Failure::scim)? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let one = R::represent(&rules, &call, &row, &projection).map_err(Failure::scim)?;
    let location = location::<R>(&rules, &call, &row);
    Ok(answer::shown_at(&location, answer::one(request, StatusCode::OK, one)))
}

pub(super) async fn delete<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules }: Caller,
    id: web::Path<String>,
) -> Answer {
    let (id, if_match) = (R::parse_id(&id).map_err(Failure::scim)?, if_match(&request));
    let deleted =
        state.db.run(call.tenant, move |conn| R::delete(conn, &rules, &call, id, if_match.as_deref())).await;
    deleted.map_err(Failure::scim)?;
    Ok(HttpResponse::NoContent().finish())
}

/// The address of a resource.
fn location<R: Resources>(rules: &Rules, call: &Call, row: &R::Row) -> String {
    format!("{}{}/{}", call.base, R::resource_type(rules).endpoint, R::id(row))
}
