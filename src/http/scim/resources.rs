//! The requests on a kind of resource, the same for users and groups: read the request, call one operation, write the result.

use super::answer::{self, conditions};
use crate::app::conditions::Conditions;
use crate::app::list::{self, Query};
use crate::app::resources::{Body, Change, Changed, Kind, Resources};
use crate::app::{Call, Rules, operate};
use crate::http::State;
use crate::http::body::ScimBody;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use std::sync::Arc;

type Answer = Result<HttpResponse, Error>;

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
    let caller = caller.still(&request).await?;
    let query = query::search(request.query_string(), &body).map_err(Failure::scim)?;
    listed::<R>(&request, &state, caller, query).await
}

async fn listed<R: Resources>(request: &HttpRequest, state: &State, caller: Caller, query: Query) -> Answer {
    let Caller { call, rules, .. } = caller;
    let listed = list::list::<R>(&state.db, &state.clock, rules, &call, query).await;
    let listed = listed.map_err(Failure::scim)?;
    Ok(answer::json(request, StatusCode::OK, listed.to_json()))
}

pub(super) async fn create<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    caller: Caller,
    ScimBody(json): ScimBody,
) -> Answer {
    let (Caller { call, rules, .. }, body) = prepared::<R>(&request, &state, caller, json, false).await?;
    let projection = answer::projection(&request, &rules, R::resource_type).map_err(Failure::scim)?;
    let projection = projection.after_writing(R::resource_type(&rules), &body.json);
    let rules_of_work = Arc::clone(&rules);
    let made = operate(&state.db, &state.clock, &call, move |conn, call| {
        R::create(conn, &rules_of_work, call, body)
    })
    .await;
    let (row, call) = made.map_err(Failure::scim)?;
    let location = location::<R>(&rules, &call, &row);
    let one = R::represent(&rules, &call, &row, &projection).map_err(Failure::scim)?;
    Ok(answer::created(&request, one, &location))
}

/// The body with what takes time done, and the caller as they are after it. Where another rule holds by then, it is prepared by
/// that one.
async fn prepared<R: Resources>(
    request: &HttpRequest,
    state: &State,
    caller: Caller,
    json: Map<String, Value>,
    is_patch: bool,
) -> Result<(Caller, Body), Error> {
    let mut caller = caller.still(request).await?;
    let mut body = Body { json, password: None };
    loop {
        let rules = Arc::clone(&caller.rules);
        body = Body::prepare::<R>(&state.hasher, &rules, body.json, is_patch).await.map_err(Failure::scim)?;
        caller = caller.still(request).await?;
        if rules.dialect == caller.rules.dialect {
            return Ok((caller, body));
        }
    }
}

pub(super) async fn get<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let projection = answer::projection(&request, &rules, R::resource_type).map_err(Failure::scim)?;
    let id = R::parse_id(&id).map_err(Failure::scim)?;
    let read = R::read(&state.db, &state.clock, &rules, &call, id, &projection).await;
    let (row, call) = read.map_err(Failure::scim)?;
    let one = R::represent(&rules, &call, &row, &projection).map_err(Failure::scim)?;
    // If-None-Match is answered with 304, and not with an error.
    let demanded = Conditions { if_none_match: None, ..conditions(&request) };
    demanded.check(&one.etag).map_err(Failure::scim)?;
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
    caller: Caller,
    id: &str,
    ScimBody(json): ScimBody,
    kind: Kind,
) -> Answer {
    let id = R::parse_id(id).map_err(Failure::scim)?;
    let (Caller { call, rules, .. }, body) =
        prepared::<R>(request, state, caller, json, kind == Kind::Patch).await?;
    let projection = answer::projection(request, &rules, R::resource_type).map_err(Failure::scim)?;
    let projection = projection.after_writing(R::resource_type(&rules), &body.json);
    let seen = R::look_at(&state.db, &call, id).await.map_err(Failure::scim)?;
    let change = Change { kind, body, conditions: conditions(request), projection: projection.clone(), seen };
    let rules_of_work = Arc::clone(&rules);
    let changed = operate(&state.db, &state.clock, &call, move |conn, call| {
        R::change(conn, &rules_of_work, call, id, change)
    })
    .await;
    let (changed, call) = changed.map_err(Failure::scim)?;
    let row = match changed {
        Changed::Shown(row) => row,
        // RFC 7644 §3.14: the version comes with every answer about one resource, also with one without a body.
        Changed::Brief(row) => {
            let etag = R::etag(&call, &row);
            return Ok(HttpResponse::NoContent().insert_header((ETAG, etag.as_str())).finish());
        }
    };
    let one = R::represent(&rules, &call, &row, &projection).map_err(Failure::scim)?;
    let location = location::<R>(&rules, &call, &row);
    Ok(answer::shown_at(&location, answer::one(request, StatusCode::OK, one)))
}

pub(super) async fn delete<R: Resources>(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let (id, conditions) = (R::parse_id(&id).map_err(Failure::scim)?, conditions(&request));
    let work = move |conn: &mut _, call: &Call| R::delete(conn, &rules, call, id, &conditions);
    operate(&state.db, &state.clock, &call, work).await.map_err(Failure::scim)?;
    Ok(HttpResponse::NoContent().finish())
}

/// The address of a resource.
fn location<R: Resources>(rules: &Rules, call: &Call, row: &R::Row) -> String {
    format!("{}{}/{}", call.base, R::resource_type(rules).endpoint, R::id(row))
}
