//! Courses.

use crate::app::{AppError, Call, mapping};
use crate::store::learning as store;
use crate::store::{StoreError, TenantConnection, audit};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// Characters of a name at most.
const MAX_NAME: usize = 200;

/// A course.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Course {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What the learning platform calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When it was made known.
    pub created_at: String,
}

impl From<store::Course> for Course {
    fn from(row: store::Course) -> Self {
        Self {
            id: row.id,
            name: row.name,
            external_id: row.external_id,
            created_at: mapping::time(row.created_at),
        }
    }
}

/// A course with its numbers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CourseWithCounts {
    /// The course.
    #[serde(flatten)]
    course: Course,
    /// Enrolments, whatever became of them.
    enrolled: i64,
    /// Of these, those that wait for an administrator since a reactivation.
    waiting: i64,
    /// Completions, also of people who were erased since.
    completions: i64,
}

/// Makes a course known.
///
/// # Errors
/// `Invalid` for a name that is none; `Conflict` when the platform's name for it is in use; database failures.
pub fn make(
    conn: &mut TenantConnection,
    call: &Call,
    name: &str,
    external_id: Option<String>,
) -> Result<Course, AppError> {
    let name = name.trim();
    check("name", name)?;
    if let Some(id) = &external_id {
        check("externalId", id)?;
    }
    let course = store::Course {
        id: crate::random::id(call.now),
        name: name.to_owned(),
        external_id,
        created_at: call.now,
    };
    conn.in_transaction(|conn| {
        store::insert_course(conn, call.tenant, &course).map_err(|error| match error {
            StoreError::Taken(_) => AppError::Conflict {
                kind: "course-exists",
                detail: format!(
                    "externalId {:?} is another course; send its id instead, or choose another",
                    course.external_id.as_deref().unwrap_or_default()
                ),
            },
            error => error.into(),
        })?;
        let entry = call.by().entry("course.added", Vec::new(), json!({}));
        audit::insert(conn, call.tenant, course.id, &entry)?;
        Ok::<_, AppError>(())
    })?;
    Ok(course.into())
}

/// Whether a text is one that people can read: 1 to 200 characters, none of them invisible.
pub(super) fn check(field: &'static str, text: &str) -> Result<(), AppError> {
    let length = text.chars().count();
    if length == 0 || length > MAX_NAME {
        let detail = format!("has {length} characters; send 1 to {MAX_NAME}");
        return Err(AppError::invalid(field, detail));
    }
    mapping::hidden_in(text).map_or(Ok(()), |detail| Err(AppError::invalid(field, detail)))
}

/// A course with its numbers.
///
/// # Errors
/// `NotFound`; database failures.
pub fn course(conn: &mut TenantConnection, call: &Call, id: Uuid) -> Result<CourseWithCounts, AppError> {
    let course = find(conn, call, id)?.into();
    let store::Counts { enrolled, waiting, completions } = store::counts(conn, call.tenant, id)?;
    Ok(CourseWithCounts { course, enrolled, waiting, completions })
}

pub(super) fn find(conn: &mut TenantConnection, call: &Call, id: Uuid) -> Result<store::Course, AppError> {
    store::course(conn, call.tenant, id)?.ok_or_else(|| no_course(&id.to_string()))
}

/// There is no such course, or none that the caller may know of.
pub fn no_course(id: &str) -> AppError {
    AppError::NotFound(format!("there is no course {id:?}"))
}

/// Courses in the order in which they were made known, from after an id on.
///
/// # Errors
/// Database failures.
pub fn list(
    conn: &mut TenantConnection,
    call: &Call,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Course>, AppError> {
    let rows = store::courses(conn, call.tenant, after, limit)?;
    Ok(rows.into_iter().map(Course::from).collect())
}
