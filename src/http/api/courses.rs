//! /courses and who is enrolled in them.

use super::id_in;
use super::problems::Problems;
use crate::app::learning::{self, Course, CourseWithCounts, Enrolled, Target};
use crate::http::State;
use crate::http::body::Typed;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

type Answer = Result<HttpResponse, Failure>;

/// Bytes of a body: a thousand ids fit.
const MAX_BODY: usize = 64 * 1024;

/// A course to make known.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewCourse {
    /// What people call it: 1 to 200 characters.
    name: String,
    /// What the learning platform calls it; unique.
    external_id: Option<String>,
}

/// A page of courses.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CourseList {
    /// In the order in which they were made known.
    courses: Vec<Course>,
    /// The `after` of the next page, if there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Uuid>,
}

/// The courses
#[utoipa::path(get, path = "/api/v1/courses", tag = "learning",
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Courses at most, 1 to 1000; 100 when it is left out"),
    ),
    responses((status = 200, description = "A page", body = CourseList), Problems))]
pub(super) async fn list(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Answer {
    let after: Option<Uuid> = query::parameter(&request, "after", "the id of a course")?;
    let limit = query::limit(&request)?;
    let listed = state.db.run(call.tenant, move |conn| learning::list(conn, &call, after, limit)).await;
    let courses = listed.map_err(Failure::problem)?;
    let is_full = i64::try_from(courses.len()).is_ok_and(|n| n == limit);
    let next = courses.last().map(|course| course.id).filter(|_| is_full);
    Ok(HttpResponse::Ok().json(CourseList { courses, next }))
}

/// Make a course known
#[utoipa::path(post, path = "/api/v1/courses", tag = "learning", request_body = NewCourse,
    responses((status = 201, description = "The course", body = Course), Problems))]
pub(super) async fn make(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    Typed(new): Typed<NewCourse>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, .. } = caller.still(&request).await?;
    let made = state
        .db
        .run(call.tenant, move |conn| learning::make(conn, &call, &new.name, new.external_id.clone()))
        .await;
    Ok(HttpResponse::Created().json(made.map_err(Failure::problem)?))
}

/// A course
///
/// With how many are enrolled, wait, and have completed it.
#[utoipa::path(get, path = "/api/v1/courses/{id}", tag = "learning",
    params(("id" = String, Path, description = "The id of the course")),
    responses((status = 200, description = "The course", body = CourseWithCounts), Problems))]
pub(super) async fn get(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
    id: web::Path<String>,
) -> Answer {
    let id = course_id(&id)?;
    let found = state.db.run(call.tenant, move |conn| learning::course(conn, &call, id)).await;
    Ok(HttpResponse::Ok().json(found.map_err(Failure::problem)?))
}

/// Enrol people
///
/// By name, with a group, or with everyone who is there now. Whether inactive people are enrolled is policy (`enrol.inactive`).
#[utoipa::path(post, path = "/api/v1/courses/{id}/enrolments", tag = "learning",
    params(("id" = String, Path, description = "The id of the course")),
    request_body = Target,
    responses((status = 200, description = "How many, and who was left out", body = Enrolled), Problems))]
pub(super) async fn enrol(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    Typed(target): Typed<Target, MAX_BODY>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let id = course_id(&id)?;
    let enrolled = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        learning::enrol(conn, &rules, call, id, target)
    });
    let (enrolled, _) = enrolled.await.map_err(Failure::problem)?;
    Ok(HttpResponse::Ok().json(enrolled))
}

pub(super) fn course_id(id: &str) -> Result<Uuid, Failure> {
    id_in(id, learning::no_course)
}
