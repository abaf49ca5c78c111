//! The document of the API (OpenAPI 3.1), made from the code that answers.

use super::{
    accounts, audit, audit_chain, connections, courses, introspection, learning, plans, policy, problems,
    quarantines, reports, schemas, segments, sessions, tokens,
};
use actix_web::HttpResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApi};
use utoipa::{Modify, OpenApi as _};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        description = "What administrators and the learning platform itself do: accounts, sessions, seats, learning records, reports."
    ),
    paths(
        accounts::list, accounts::get, accounts::command, accounts::timeline, accounts::issue_temporary_password,
        plans::make, plans::upload, plans::show, plans::run,
        sessions::sign_in, sessions::current, sessions::sign_out, sessions::reset, introspection::introspect,
        courses::list, courses::make, courses::get, courses::enrol,
        learning::enrolments, learning::reopen, learning::start, learning::complete, learning::completions,
        learning::certificates, segments::get, reports::get,
        policy::get, policy::change, policy::seats, policy::set_seats,
        connections::list, connections::get, connections::change, connections::attribute_owners,
        connections::change_attribute_owners,
        tokens::list, tokens::issue, tokens::revoke,
        schemas::list, schemas::get, schemas::put, schemas::delete,
        quarantines::list, quarantines::get, quarantines::release, quarantines::reject, quarantines::restore,
        quarantines::notices, audit::list, audit_chain::head,
        audit_chain::export, get,
    ),
    components(schemas(problems::Problem)),
    security(("token" = []), ("session" = [])),
    modifiers(&Credentials),
)]
struct Document;

/// What opens the operations.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = |description: &str| {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(description.to_owned());
            SecurityScheme::Http(scheme)
        };
        let components = document.components.take().unwrap_or_default();
        let components = ComponentsBuilder::from(components)
            .security_scheme("token", bearer("A token of the scope `api`, or `api.read` for what only reads"))
            .security_scheme("session", bearer("The token of a session. That of a manager, reader, administrator or owner opens the API by their role"))
            .build();
        document.components = Some(components);
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in [
                ("get", &mut item.get),
                ("post", &mut item.post),
                ("put", &mut item.put),
                ("patch", &mut item.patch),
                ("delete", &mut item.delete),
            ] {
                if let Some(operation) = operation {
                    operation.operation_id = Some(operation_id(method, path));
                }
            }
        }
    }
}

/// `getAccountsIdTimeline`: unique as the address is, where names of functions repeat.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).skip(2);
    words.fold(method.to_owned(), |mut id, word| {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
        id
    })
}

/// The document as it is served.
pub(super) fn document() -> OpenApi {
    Document::openapi()
}

/// This document
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "document", security(()),
    responses((status = 200, description = "The document", body = serde_json::Value), problems::Problems))]
pub(super) async fn get() -> HttpResponse {
    HttpResponse::Ok().json(document())
}
