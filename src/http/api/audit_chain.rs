//! /audit/chain and /audit/export: where the chain of the audit log ends, and the log with its links as a stream.

use super::pieces::{self, Pieces};
use super::problems::Problems;
use crate::app::chain::{self, Export};
use crate::app::{AppError, mapping};
use crate::http::State;
use crate::http::caller::Caller;
use crate::http::envelope::Failure;
use crate::http::query;
use crate::store::Db;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use rollcall_domain::ids::TenantId;
use serde::Serialize;
use utoipa::ToSchema;

/// Where the chain of the audit log ends.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChainHead {
    /// How many links there are.
    links: i64,
    /// Digest of the last one, which contains all before it. Kept elsewhere, it shows that nothing was written anew.
    digest: Option<String>,
    /// Position of the last row in it.
    through: Option<String>,
    /// When it was made.
    sealed_at: Option<String>,
    /// Rows that are in no link yet.
    not_sealed: i64,
}

/// Where the chain of the audit log ends
///
/// As it is stored: `rollcall audit verify` computes it again.
#[utoipa::path(get, path = "/api/v1/audit/chain", tag = "audit",
    responses((status = 200, description = "The end of the chain", body = ChainHead), Problems))]
pub(super) async fn head(
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Result<HttpResponse, Failure> {
    let head = state.db.run(call.tenant, move |conn| chain::head(conn, call.tenant)).await;
    let head = head.map_err(Failure::problem)?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(ChainHead {
        links: head.links,
        digest: head.digest.map(|digest| digest.to_string()),
        through: head.through.map(|position| position.to_string()),
        sealed_at: head.sealed_at.map(mapping::time),
        not_sealed: head.not_sealed,
    }))
}

/// The audit log as JSON Lines
///
/// A row or a link on each line, oldest first. It holds whole links, so that `rollcall audit verify --file` can check it: more rows
/// than were asked for, up to the beginning of the first link and the end of the last. What is not final yet is left out.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit",
    params(
        ("from" = Option<String>, Query, description = "From this position on; from the beginning when it is left out"),
        ("to" = Option<String>, Query, description = "Up to this position; to the end when it is left out"),
    ),
    responses((status = 200, description = "The lines", content((String = "application/jsonl"))), Problems))]
pub(super) async fn export(
    request: HttpRequest,
    state: web::Data<State>,
    Caller { call, .. }: Caller,
) -> Result<HttpResponse, Failure> {
    query::only(request.query_string(), &["from", "to"]).map_err(Failure::problem)?;
    let place = "a position, as a row of the audit log has it";
    let from = query::parameter(&request, "from", place)?;
    let to = query::parameter(&request, "to", place)?;
    let walk = Walk { db: state.db.clone(), tenant: call.tenant, export: Export::new(call.tenant, from, to) };
    let pieces = pieces::stream(walk).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/jsonl")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""))
        .streaming(pieces))
}

struct Walk {
    db: Db,
    tenant: TenantId,
    export: Export,
}

impl Pieces for Walk {
    fn name(&self) -> String {
        format!("an export of the audit log of tenant {}", self.tenant)
    }

    async fn step(&mut self) -> Result<Option<Bytes>, AppError> {
        while !self.export.is_done() {
            let mut export = self.export.clone();
            let read = self.db.run(self.tenant, move |conn| {
                let piece = export.some(conn)?;
                Ok::<_, AppError>((piece, export))
            });
            let (piece, export) = read.await?;
            self.export = export;
            if !piece.is_empty() {
                return Ok(Some(piece.into()));
            }
        }
        Ok(None)
    }
}
