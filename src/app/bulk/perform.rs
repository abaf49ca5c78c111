//! One operation: the same functions that a single request calls.

use crate::app::conditions::Conditions;
use crate::app::passwords::Pushed;
use crate::app::resources::{Body, Change, Groups, Kind, Resources, Users};
use crate::app::{AppError, Call, Rules};
use crate::store::TenantConnection;
use rollcall_scim::bulk::{Method, Task};
use rollcall_scim::etag::ETag;
use rollcall_scim::project::Projection;
use uuid::Uuid;

/// What to do at an endpoint. Ids are as the client sent them.
pub(super) enum Action {
    Create(Body),
    Change {
        id: String,
        kind: Kind,
        body: Body,
        conditions: Conditions,
    },
    Delete {
        id: String,
        conditions: Conditions,
    },
    /// Only looks what version it is at.
    Read(Uuid),
}

impl Action {
    /// What the task asks for, on the resource of that id.
    pub(super) fn of(task: Task, id: String, password: Option<Pushed>) -> Self {
        let Task { method, version, data: json } = task;
        let conditions = Conditions::version(version);
        let body = Body { json, password };
        match method {
            Method::Post => Self::Create(body),
            Method::Put => Self::Change { id, kind: Kind::Replace, body, conditions },
            Method::Patch => Self::Change { id, kind: Kind::Patch, body, conditions },
            Method::Delete => Self::Delete { id, conditions },
        }
    }
}

/// What was done.
pub(super) struct Done {
    /// The HTTP status of a single request that does the same.
    pub(super) status: u16,
    /// The resource.
    pub(super) id: Uuid,
    /// Its version, unless it is gone.
    pub(super) version: Option<ETag>,
}

/// Carries out an action on a kind of resource.
///
/// # Errors
/// Those of a single request.
pub(super) fn perform(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    endpoint: &str,
    action: Action,
) -> Result<Done, AppError> {
    if endpoint == Users::resource_type(rules).endpoint {
        return on::<Users>(conn, rules, call, action);
    }
    if endpoint == Groups::resource_type(rules).endpoint {
        return on::<Groups>(conn, rules, call, action);
    }
    Err(AppError::Broken(format!("nothing is known of the resources at {endpoint}")))
}

fn on<R: Resources>(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    action: Action,
) -> Result<Done, AppError> {
    // The resource is not part of the answer, so what belongs to it need not be loaded.
    let lean = || Projection::parse(R::resource_type(rules), Some("id"), None);
    let done = |status, row: &R::Row| Done { status, id: R::id(row), version: Some(R::etag(call, row)) };
    match action {
        Action::Create(body) => Ok(done(201, &R::create(conn, rules, call, body)?)),
        Action::Change { id, kind, body, conditions } => {
            let id = R::parse_id(&id)?;
            let change = Change { kind, body, conditions, projection: lean()?, seen: None };
            Ok(done(200, R::change(conn, rules, call, id, change)?.row()))
        }
        Action::Delete { id, conditions } => {
            let id = R::parse_id(&id)?;
            R::delete(conn, rules, call, id, &conditions)?;
            Ok(Done { status: 204, id, version: None })
        }
        Action::Read(id) => Ok(done(200, &R::get(conn, rules, call, id, &lean()?)?)),
    }
}
