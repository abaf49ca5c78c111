//! Courses, who is enrolled in them, and who completed them.

use super::schema::{completions, courses, enrolments};
use super::{StoreError, TenantConnection};
use chrono::{DateTime, Utc};
use diesel::dsl::{case_when, count_star};
use diesel::prelude::*;
use rollcall_domain::ids::{AccountId, TenantId};
use uuid::Uuid;

/// A course.
#[derive(Debug, Clone, Queryable)]
pub struct Course {
    /// Id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What the learning platform calls it.
    pub external_id: Option<String>,
    /// When it was made known.
    pub created_at: DateTime<Utc>,
}

type CourseColumns = (courses::id, courses::name, courses::external_id, courses::created_at);
const COURSE: CourseColumns = (courses::id, courses::name, courses::external_id, courses::created_at);

/// Adds a course.
///
/// # Errors
/// [`StoreError::Taken`] when the platform's name for it is in use; database failures.
pub fn insert_course(
    conn: &mut TenantConnection,
    tenant: TenantId,
    course: &Course,
) -> Result<(), StoreError> {
    diesel::insert_into(courses::table)
        .values((
            courses::tenant_id.eq(tenant.0),
            courses::id.eq(course.id),
            courses::name.eq(&course.name),
            courses::external_id.eq(&course.external_id),
            courses::created_at.eq(course.created_at),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// The course of an id.
///
/// # Errors
/// Database failures.
pub fn course(conn: &mut TenantConnection, tenant: TenantId, id: Uuid) -> Result<Option<Course>, StoreError> {
    let one = courses::table.find((tenant.0, id)).select(COURSE);
    Ok(one.first(&mut **conn).optional()?)
}

/// Courses in the order in which they were made known, from after an id on.
///
/// # Errors
/// Database failures.
pub fn courses(
    conn: &mut TenantConnection,
    tenant: TenantId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Course>, StoreError> {
    let after = after.unwrap_or(Uuid::nil());
    let page = courses::table
        .filter(courses::tenant_id.eq(tenant.0).and(courses::id.gt(after)))
        .order(courses::id)
        .limit(limit)
        .select(COURSE);
    Ok(page.load(&mut **conn)?)
}

/// How many are enrolled in a course, wait, and have completed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Enrolments, whatever became of them.
    pub enrolled: i64,
    /// Of these, those that wait for an administrator.
    pub waiting: i64,
    /// Completions, also of those who are not there any more.
    pub completions: i64,
}

/// The numbers of a course.
///
/// # Errors
/// Database failures.
pub fn counts(conn: &mut TenantConnection, tenant: TenantId, id: Uuid) -> Result<Counts, StoreError> {
    let of_course = enrolments::tenant_id.eq(tenant.0).and(enrolments::course_id.eq(id));
    let enrolled = enrolments::table.filter(of_course).count().get_result(&mut **conn)?;
    let waiting = enrolments::table
        .filter(of_course.and(enrolments::waits_since.is_not_null()))
        .count()
        .get_result(&mut **conn)?;
    let completions = completions::table
        .filter(completions::tenant_id.eq(tenant.0).and(completions::course_id.eq(id)))
        .select(count_star())
        .first(&mut **conn)?;
    Ok(Counts { enrolled, waiting, completions })
}

/// How people come to be enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// One by one.
    Name,
    /// With a group.
    Group(Uuid),
    /// With everyone.
    Everyone,
}

/// Enrols people in a course, each with whether they may be told. Who is enrolled already stays as they are; who waits goes on, and
/// who has completed it begins anew. Returns how many are enrolled by it.
///
/// # Errors
/// Database failures.
pub fn enrol(
    conn: &mut TenantConnection,
    tenant: TenantId,
    course: Uuid,
    people: &[(AccountId, bool)],
    source: Source,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let (word, group) = match source {
        Source::Name => ("name", None),
        Source::Group(id) => ("group", Some(id)),
        Source::Everyone => ("everyone", None),
    };
    let rows: Vec<_> = people
        .iter()
        .map(|(account, told)| {
            (
                enrolments::tenant_id.eq(tenant.0),
                enrolments::course_id.eq(course),
                enrolments::account_id.eq(account.0),
                enrolments::enrolled_at.eq(now),
                enrolments::source.eq(word),
                enrolments::group_id.eq(group),
                enrolments::told.eq(told),
            )
        })
        .collect();
    let enrolment = diesel::insert_into(enrolments::table)
        .values(rows)
        .on_conflict((enrolments::tenant_id, enrolments::course_id, enrolments::account_id))
        .do_update()
        .set((
            enrolments::enrolled_at.eq(now),
            enrolments::source.eq(word),
            enrolments::group_id.eq(group),
            enrolments::told.eq(diesel::upsert::excluded(enrolments::told)),
            enrolments::waits_since.eq(None::<DateTime<Utc>>),
            // What waited goes on where it was, and what was completed begins anew.
            enrolments::started_at.eq(case_when(enrolments::completed_at.is_null(), enrolments::started_at)),
            enrolments::completed_at.eq(None::<DateTime<Utc>>),
        ));
    // Who takes it still is left as they are.
    let over = enrolments::completed_at.is_not_null().or(enrolments::waits_since.is_not_null());
    let made = diesel::query_dsl::methods::FilterDsl::filter(enrolment, over);
    Ok(made.execute(&mut **conn)?)
}

/// An enrolment with its course.
#[derive(Debug, Clone, Queryable)]
pub struct Enrolment {
    /// The course.
    pub course: Uuid,
    /// Its name.
    pub course_name: String,
    /// By name, group or everyone.
    pub source: String,
    /// The group, if it was done with one.
    pub group: Option<Uuid>,
    /// Since when.
    pub enrolled_at: DateTime<Utc>,
    /// Whether the person may have been told.
    pub told: bool,
    /// Since when it waits for an administrator.
    pub waits_since: Option<DateTime<Utc>>,
    /// When it was first started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
}

/// The enrolments of a person, the oldest first.
///
/// # Errors
/// Database failures.
pub fn enrolments_of(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<Enrolment>, StoreError> {
    let of_account = enrolments::tenant_id.eq(tenant.0).and(enrolments::account_id.eq(account.0));
    let rows = enrolments::table
        .inner_join(
            courses::table
                .on(courses::tenant_id.eq(enrolments::tenant_id).and(courses::id.eq(enrolments::course_id))),
        )
        .filter(of_account)
        .order((enrolments::enrolled_at, enrolments::course_id))
        .select((
            courses::id,
            courses::name,
            enrolments::source,
            enrolments::group_id,
            enrolments::enrolled_at,
            enrolments::told,
            enrolments::waits_since,
            enrolments::started_at,
            enrolments::completed_at,
        ))
        .load(&mut **conn)?;
    Ok(rows)
}

/// Opens enrolments of a person again that wait: of these courses, or all. Returns how many.
///
/// # Errors
/// Database failures.
pub fn reopen(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
    only: Option<&[Uuid]>,
) -> Result<usize, StoreError> {
    let of_account = enrolments::tenant_id.eq(tenant.0).and(enrolments::account_id.eq(account.0));
    let waiting = of_account.and(enrolments::waits_since.is_not_null());
    let open = enrolments::waits_since.eq(None::<DateTime<Utc>>);
    let opened = match only {
        None => diesel::update(enrolments::table.filter(waiting)).set(open).execute(&mut **conn)?,
        Some(only) => {
            diesel::update(enrolments::table.filter(waiting.and(enrolments::course_id.eq_any(only))))
                .set(open)
                .execute(&mut **conn)?
        }
    };
    Ok(opened)
}

/// Records that a person started a course, or completed it.
///
/// # Errors
/// Database failures.
pub fn advance(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
    course: Uuid,
    started_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    diesel::update(enrolments::table.find((tenant.0, course, account.0)))
        .set((enrolments::started_at.eq(started_at), enrolments::completed_at.eq(completed_at)))
        .execute(&mut **conn)?;
    Ok(())
}

/// A completion.
#[derive(Debug, Clone, Queryable)]
pub struct Completion {
    /// Id.
    pub id: Uuid,
    /// The course.
    pub course: Uuid,
    /// Its name.
    pub course_name: String,
    /// When it was completed.
    pub completed_at: DateTime<Utc>,
    /// What the certificate is found by.
    pub certificate: Option<String>,
}

/// Adds a completion to the training history.
///
/// # Errors
/// Database failures.
pub fn insert_completion(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
    completion: &Completion,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(completions::table)
        .values((
            completions::tenant_id.eq(tenant.0),
            completions::id.eq(completion.id),
            completions::course_id.eq(completion.course),
            completions::account_id.eq(account.0),
            completions::completed_at.eq(completion.completed_at),
            completions::recorded_at.eq(now),
            completions::certificate.eq(&completion.certificate),
        ))
        .execute(&mut **conn)?;
    Ok(())
}

/// The training history of a person, in the order in which it was recorded.
///
/// # Errors
/// Database failures.
pub fn completions_of(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<Completion>, StoreError> {
    let of_account = completions::tenant_id.eq(tenant.0).and(completions::account_id.eq(account.0));
    let rows =
        completions::table
            .inner_join(courses::table.on(
                courses::tenant_id.eq(completions::tenant_id).and(courses::id.eq(completions::course_id)),
            ))
            .filter(of_account)
            .order(completions::id)
            .select((
                completions::id,
                courses::id,
                courses::name,
                completions::completed_at,
                completions::certificate,
            ))
            .load(&mut **conn)?;
    Ok(rows)
}

/// What an erasure did to learning records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Enrolments that were removed.
    pub enrolments: usize,
    /// Completions that were removed, or are kept and nobody's.
    pub completions: usize,
}

/// Takes a person out of the learning records: removes them, or keeps the completions for the counts without saying whose they
/// were.
///
/// # Errors
/// Database failures.
pub fn erase(
    conn: &mut TenantConnection,
    tenant: TenantId,
    account: AccountId,
    removed: bool,
) -> Result<Erased, StoreError> {
    let enrolled = enrolments::tenant_id.eq(tenant.0).and(enrolments::account_id.eq(account.0));
    let enrolments = diesel::delete(enrolments::table.filter(enrolled)).execute(&mut **conn)?;
    let completed = completions::tenant_id.eq(tenant.0).and(completions::account_id.eq(account.0));
    let of_account = completions::table.filter(completed);
    let completions = if removed {
        diesel::delete(of_account).execute(&mut **conn)?
    } else {
        diesel::update(of_account)
            .set((completions::account_id.eq(None::<Uuid>), completions::certificate.eq(None::<String>)))
            .execute(&mut **conn)?
    };
    Ok(Erased { enrolments, completions })
}
