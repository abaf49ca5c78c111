//! The learning records of a person.

use super::accounts::account_id;
use super::courses::course_id;
use super::problems::Problems;
use crate::app::learning::{self, Certificate, Completion, Enrolment, NewCompletion};
use crate::http::State;
use crate::http::body::{Nothing, Typed};
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

/// The enrolments of a person.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentList {
    /// The oldest first.
    enrolments: Vec<Enrolment>,
}

/// The training history of a person.
#[derive(Serialize, ToSchema)]
pub(super) struct CompletionList {
    /// In the order in which they were recorded.
    completions: Vec<Completion>,
}

/// The certificates that a person may be shown.
#[derive(Serialize, ToSchema)]
pub(super) struct CertificateList {
    /// In the order in which they were recorded.
    certificates: Vec<Certificate>,
}

/// Which enrolments are opened again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reopening {
    /// Those in these courses; all that wait when it is left out.
    courses: Option<Vec<Uuid>>,
}

/// How many enrolments were opened again.
#[derive(Serialize, ToSchema)]
pub(super) struct Reopened {
    /// How many.
    opened: usize,
}

/// The enrolments of a person
///
/// With what the person can do with each now: open, waiting, closed or completed.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/enrolments", tag = "learning",
    params(("id" = String, Path, description = "The SCIM id")),
    responses((status = 200, description = "The enrolments", body = EnrolmentList), Problems))]
pub(super) async fn enrolments(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let id = account_id(&id)?;
    let found = state.db.run(call.tenant, move |conn| learning::enrolments(conn, &call, id)).await;
    Ok(HttpResponse::Ok().json(EnrolmentList { enrolments: found.map_err(Failure::problem)? }))
}

/// Open enrolments again
///
/// Those that wait since a reactivation (`reactivate.restore`).
#[utoipa::path(post, path = "/api/v1/accounts/{id}/enrolments/reopen", tag = "learning",
    params(("id" = String, Path, description = "The SCIM id")),
    request_body = Option<Reopening>,
    responses((status = 200, description = "How many", body = Reopened), Problems))]
pub(super) async fn reopen(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    Typed(Reopening { courses }): Typed<Reopening>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, .. } = caller.still(&request).await?;
    let id = account_id(&id)?;
    let opened =
        state.db.run(call.tenant, move |conn| learning::reopen(conn, &call, id, courses.as_deref())).await;
    Ok(HttpResponse::Ok().json(Reopened { opened: opened.map_err(Failure::problem)? }))
}

/// A person starts a course
#[utoipa::path(post, path = "/api/v1/accounts/{id}/courses/{course}/start", tag = "learning",
    params(
        ("id" = String, Path, description = "The SCIM id"),
        ("course" = String, Path, description = "The id of the course"),
    ),
    responses((status = 204, description = "It is on record"), Problems))]
pub(super) async fn start(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    ids: web::Path<(String, String)>,
    Typed(Nothing {}): Typed<Nothing>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let (id, course) = (account_id(&ids.0)?, course_id(&ids.1)?);
    let started = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        learning::start(conn, &rules, call, id, course)
    });
    started.await.map_err(Failure::problem)?;
    Ok(HttpResponse::NoContent().finish())
}

/// A person completed a course
#[utoipa::path(post, path = "/api/v1/accounts/{id}/courses/{course}/completion", tag = "learning",
    params(
        ("id" = String, Path, description = "The SCIM id"),
        ("course" = String, Path, description = "The id of the course"),
    ),
    request_body = Option<NewCompletion>,
    responses((status = 201, description = "The completion", body = Completion), Problems))]
pub(super) async fn complete(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    ids: web::Path<(String, String)>,
    Typed(new): Typed<NewCompletion>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let (id, course) = (account_id(&ids.0)?, course_id(&ids.1)?);
    let completed = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        learning::complete(conn, &rules, call, id, course, &new)
    });
    let (completion, _) = completed.await.map_err(Failure::problem)?;
    Ok(HttpResponse::Created().json(completion))
}

/// The training history of a person
///
/// For administrators: it stays through deactivation.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/completions", tag = "learning",
    params(("id" = String, Path, description = "The SCIM id")),
    responses((status = 200, description = "The completions", body = CompletionList), Problems))]
pub(super) async fn completions(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let id = account_id(&id)?;
    let found = state.db.run(call.tenant, move |conn| learning::completions(conn, &call, id)).await;
    Ok(HttpResponse::Ok().json(CompletionList { completions: found.map_err(Failure::problem)? }))
}

/// The certificates that a person may be shown
///
/// Refused for who is inactive, unless the policy lets them look (`certificates.while_inactive`).
#[utoipa::path(get, path = "/api/v1/accounts/{id}/certificates", tag = "learning",
    params(("id" = String, Path, description = "The SCIM id")),
    responses((status = 200, description = "The certificates", body = CertificateList), Problems))]
pub(super) async fn certificates(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let id = account_id(&id)?;
    let found = state.db.run(call.tenant, move |conn| learning::certificates(conn, &rules, &call, id)).await;
    Ok(HttpResponse::Ok().json(CertificateList { certificates: found.map_err(Failure::problem)? }))
}
