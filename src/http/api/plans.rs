//! /plans: commands for many accounts.

use super::id_in;
use super::problems::Problems;
use crate::app::AppError;
use crate::app::commands::Order;
use crate::app::commands::plans::{self, Plan};
use crate::app::commands::upload::{self, Upload};
use crate::app::people::Who;
use crate::http::State;
use crate::http::body::{CsvBody, Nothing, Typed};
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Bytes of a body: ten thousand ids fit.
const MAX_BODY: usize = 512 * 1024;

/// A command for those who are named: by `accounts`, or by `filter`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPlan {
    /// What is to be done. Not for many: makeOwner, recordAccess, erase.
    command: Order,
    /// These accounts, up to 10,000.
    accounts: Option<Vec<Uuid>>,
    /// Those whom this SCIM filter finds, up to 10,000.
    filter: Option<String>,
    /// Run it at once, without a look. Refused where the policy asks for a confirmation.
    #[serde(default)]
    run: bool,
}

impl NewPlan {
    fn who(&self) -> Result<Who, AppError> {
        match (&self.accounts, &self.filter) {
            (Some(ids), None) if (1..=plans::MAX_ACCOUNTS).contains(&ids.len()) => Ok(Who::Ids(ids.clone())),
            (Some(ids), None) => {
                let detail = format!("has {} ids; send 1 to {}", ids.len(), plans::MAX_ACCOUNTS);
                Err(AppError::invalid("accounts", detail))
            }
            (None, Some(filter)) => Who::found_by(filter),
            _ => {
                let detail = "send either \"accounts\" or \"filter\"".to_owned();
                Err(AppError::invalid("accounts", detail))
            }
        }
    }
}

/// Plan a command for many
///
/// Answers what would become of each account, and changes nothing until the plan is run. A plan is run as it was shown, within an
/// hour, or not at all.
#[utoipa::path(post, path = "/api/v1/plans", tag = "accounts", request_body = NewPlan,
    responses((status = 201, description = "The plan, or with `run` what became of each", body = Plan), Problems))]
pub(super) async fn make(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    Typed(new): Typed<NewPlan, MAX_BODY>,
) -> Result<HttpResponse, actix_web::Error> {
    let who = new.who().map_err(Failure::problem)?;
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let made = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        plans::make(conn, &rules, call, &new.command, &who, new.run)
    });
    let (plan, _) = made.await.map_err(Failure::problem)?;
    Ok(HttpResponse::Created().json(plan))
}

/// A plan
///
/// With what it would do now.
#[utoipa::path(get, path = "/api/v1/plans/{id}", tag = "accounts",
    params(("id" = String, Path, description = "The id of the plan")),
    responses((status = 200, description = "The plan", body = Plan), Problems))]
pub(super) async fn show(
    state: web::Data<State>,
    Caller { call, rules, .. }: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let id = plan_id(&id)?;
    let shown = state.db.run(call.tenant, move |conn| plans::show(conn, &rules, &call, id)).await;
    Ok(HttpResponse::Ok().json(shown.map_err(Failure::problem)?))
}

/// Run a plan
///
/// All of it or nothing. 409 `plan-outdated` if an account has changed since it was shown.
#[utoipa::path(post, path = "/api/v1/plans/{id}/run", tag = "accounts",
    params(("id" = String, Path, description = "The id of the plan")),
    responses((status = 200, description = "What became of each account", body = Plan), Problems))]
pub(super) async fn run(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    id: web::Path<String>,
    Typed(Nothing {}): Typed<Nothing>,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let id = plan_id(&id)?;
    let ran = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        plans::run(conn, &rules, call, id)
    });
    let (plan, _) = ran.await.map_err(Failure::problem)?;
    Ok(HttpResponse::Ok().json(plan))
}

/// Plans from a file
///
/// A CSV file with the columns `userName` and `Active` (Yes or No; TRUE, FALSE, 1, 0, Active, Inactive, Suspended and Long Term Leave are
/// understood). A word that is none of them is no leave: the line is rejected.
#[utoipa::path(post, path = "/api/v1/plans/upload", tag = "accounts",
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, description = "The plans, and the lines that cannot be used", body = Upload), Problems))]
pub(super) async fn upload(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    CsvBody(file): CsvBody,
) -> Result<HttpResponse, actix_web::Error> {
    let Caller { call, rules, .. } = caller.still(&request).await?;
    let planned = crate::app::operate(&state.db, &state.clock, &call, move |conn, call| {
        upload::plan(conn, &rules, call, &file)
    });
    let (planned, _) = planned.await.map_err(Failure::problem)?;
    Ok(HttpResponse::Created().json(planned))
}

fn plan_id(id: &str) -> Result<Uuid, Failure> {
    id_in(id, plans::no_plan)
}
