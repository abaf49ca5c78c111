//! The requests on a kind of resource, the same for users and groups: read the request, call one operation, write the result.

use super::answer::{self, if_match};
use crate::app::list::Query;
use crate::app::resources::{Change, Kind, Resources};
use crate::app::{Call, Rules};
use crate::http::State;
use crate::http::body::ScimBody;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

pub(super) async fn list<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
) -> Answer {
    let query = query::scim(request.query_string()).map_err(Failure::scim)?;
    listed::<R>(&request, &state, call, query).await
}

/// The query as a body, for filters that do not fit an address or do not belong in one (RFC 7644 §3.4.3).
pub(super) async fn search<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    ScimBody(body): ScimBody,
) -> Answer {
    let query = query::search(&body).map_err(Failure::scim)?;
    listed::<R>(&request, &state, call, query).await
}

async fn listed<R: Resources>(request: &HttpRequest, state: &State, call: Call, query: Query) -> Answer {
    let rules = state.rules.clone();
    let listed = state.db.run(call.tenant, move |conn| R::list(conn, &rules, &call, &query)).await;
    Ok(answer::json(request, StatusCode::OK, listed.map_err(Failure::scim)?.to_json()))
}

pub(super) async fn create<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    ScimBody(body): ScimBody,
) -> Answer {
    let projection = answer::projection(&request, &state.rules, R::resource_type).map_err(Failure::scim)?;
    let (rules, asking) = (state.rules.clone(), call.clone());
    let row = state.db.run(call.tenant, move |conn| R::create(conn, &rules, &asking, body)).await;
    let row = row.map_err(Failure::scim)?;
    let location = location::<R>(&state.rules, &call, &row);
    let one = R::represent(&state.rules, &call, &row, &projection).map_err(Failure::scim)?;
    Ok(answer::created(&request, one, &location))
}

pub(super) async fn get<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    id: web::Path<String>,
) -> Answer {
    let projection = answer::projection(&request, &state.rules, R::resource_type).map_err(Failure::scim)?;
    let id = parsed::<R>(&id)?;
    let (rules, asking, wanted) = (state.rules.clone(), call.clone(), projection.clone());
    let row = state.db.run(call.tenant, move |conn| R::get(conn, &rules, &asking, id, &wanted)).await;
    let row = row.map_err(Failure::scim)?;
    let one = R::represent(&state.rules, &call, &row, &projection).map_err(Failure::scim)?;
    let location = location::<R>(&state.rules, &call, &row);
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
    Caller(call): Caller,
    id: &str,
    ScimBody(body): ScimBody,
    kind: Kind,
) -> Answer {
    let projection = answer::projection(request, &state.rules, R::resource_type).map_err(Failure::scim)?;
    let id = parsed::<R>(id)?;
    let change = Change { kind, body, if_match: if_match(request), projection: projection.clone() };
    let (rules, asking) = (state.rules.clone(), call.clone());
    let changed = state.db.run(call.tenant, move |conn| R::change(conn, &rules, &asking, id, change)).await;
    let Some(row) = changed.map_err(Failure::scim)? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let one = R::represent(&state.rules, &call, &row, &projection).map_err(Failure::scim)?;
    let location = location::<R>(&state.rules, &call, &row);
    Ok(answer::shown_at(&location, answer::one(request, StatusCode::OK, one)))
}

pub(super) async fn delete<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller(call): Caller,
    id: web::Path<String>,
) -> Answer {
    let (id, if_match, rules) = (parsed::<R>(&id)?, if_match(&request), state.rules.clone());
    let deleted =
        state.db.run(call.tenant, move |conn| R::delete(conn, &rules, &call, id, if_match.as_deref())).await;
    deleted.map_err(Failure::scim)?;
    Ok(HttpResponse::NoContent().finish())
}

/// The address of a resource.
fn location<R: Resources>(rules: &Rules, call: &Call, row: &R::Row) -> String {
    format!("{}{}/{}", call.base, R::resource_type(rules).endpoint, R::id(row))
}

/// What is no uuid is nobody's id: 404, as for every other id that does not exist.
fn parsed<R: Resources>(id: &str) -> Result<Uuid, Failure> {
    let unknown = |_| Failure::scim(R::not_found(&rollcall_scim::error::shorten(id)));
    Uuid::try_parse(id).map_err(unknown)
}
