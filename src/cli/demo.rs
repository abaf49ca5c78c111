//! The first start: a tenant to begin with, its tokens in demo.env, and on request a few people.

use crate::app::resources::Body;
use crate::app::tokens::{self, Scope};
use crate::app::{AppError, Call, Rules, groups, tenants, users};
use crate::postgres::DataDir;
use crate::store::{self, TenantConnection};
use chrono::{DateTime, Utc};
use rollcall_domain::ids::{Actor, ConnectionId, TenantId};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const TENANT: &str = "demo";
/// The connection whose token stands in demo.env for identity providers.
const CONNECTION: &str = "identity-provider";
/// The connection of the administrator's token.
const ADMINISTRATION: &str = "administration";

/// Where to point an identity provider.
pub(super) struct Facts {
    scim: String,
    /// Only at the first start.
    token: Option<String>,
    /// The file with the tokens, when there is one.
    file: Option<PathBuf>,
    /// The command that issues another token, ready to paste.
    another: String,
}

/// Makes the tenant, the connections and the tokens when there is no tenant at all; else finds what is there.
pub(super) fn first_start(
    conn: &mut TenantConnection,
    dir: &DataDir,
    private: bool,
    origin: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<Facts> {
    let file = dir.path().join("demo.env");
    let place = private.then_some(dir.path());
    let (scim, api) = (format!("{origin}/scim/v2"), format!("{origin}/api/v1"));
    let facts = conn.in_transaction(|conn| {
        // Servers that start together on one database find or make the same tenant.
        store::tenants::lock_making(conn)?;
        find_or_make(conn, file.clone(), scim.clone(), &api, place, now)
    });
    Ok(facts?)
}

fn find_or_make(
    conn: &mut TenantConnection,
    file: PathBuf,
    scim: String,
    api: &str,
    place: Option<&Path>,
    now: DateTime<Utc>,
) -> Result<Facts, AppError> {
    let all = tenants::list(conn)?;
    if let Some(first) = all.first() {
        let tenant = all.iter().find(|tenant| tenant.name == TENANT).unwrap_or(first);
        let kept = keep_tokens(conn, tenant.id, &file, &scim, api)?;
        let another = another_token(&tenant.name, place);
        return Ok(Facts { scim, token: None, file: kept.then_some(file), another });
    }
    let another = another_token(TENANT, place);
    let tenant = tenants::create(conn, TENANT, now)?.id;
    let token = tokens::issue(conn, tenant, CONNECTION, Scope::Scim, None, now)?.token;
    let api_token = tokens::issue(conn, tenant, ADMINISTRATION, Scope::Api, None, now)?.token;
    // Before the commit: a tenant whose tokens nobody has is worse than a file whose tokens open nothing.
    write(&file, &scim, token.expose_secret(), api, api_token.expose_secret())?;
    Ok(Facts { scim, token: Some(token.expose_secret().to_owned()), file: Some(file), another })
}

/// The command for a tenant, with this very program and data directory where a shell would not find them by itself.
fn another_token(tenant: &str, private: Option<&Path>) -> String {
    let called = std::env::args().next().unwrap_or_default();
    let program = match std::env::current_exe() {
        Ok(path) if called.contains('/') => quote(&path),
        _ => "rollcall".to_owned(),
    };
    let place = private.map(|dir| format!(" --data-dir {}", quote(dir))).unwrap_or_default();
    format!("{program} token issue --tenant {tenant} --connection {CONNECTION}{place}")
}

/// A path as one word of a shell.
fn quote(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

/// Brings the addresses in demo.env up to date and leaves the tokens; `false` when there is no such file, or when it belongs
/// to another database.
fn keep_tokens(
    conn: &mut TenantConnection,
    tenant: TenantId,
    file: &Path,
    scim: &str,
    api: &str,
) -> Result<bool, AppError> {
    let Ok(text) = fs::read_to_string(file) else { return Ok(false) };
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('\'').to_owned()).unwrap_or_default()
    };
    let (scim_token, api_token) = (value("SCIM_TOKEN"), value("API_TOKEN"));
    if !tokens::is_known(conn, tenant, &scim_token)? {
        return Ok(false);
    }
    write(file, scim, &scim_token, api, &api_token)?;
    Ok(true)
}

/// Writes the file whole or not at all, readable by its owner only.
fn write(file: &Path, scim: &str, scim_token: &str, api: &str, api_token: &str) -> Result<(), AppError> {
    let failed =
        |error: std::io::Error| AppError::Broken(format!("could not write {}: {error}", file.display()));
    let new = file.with_extension("env.new");
    let _ = fs::remove_file(&new);
    let mut out =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(failed)?;
    write!(
        out,
        "SCIM_BASE_URL='{scim}'\nSCIM_TOKEN='{scim_token}'\nAPI_URL='{api}'\nAPI_TOKEN='{api_token}'\n"
    )
    .and_then(|()| out.sync_all())
    .and_then(|()| fs::rename(&new, file))
    .map_err(failed)
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nRollcall is ready. Point an identity provider at:\n")?;
        writeln!(f, "  SCIM base URL   {}", self.scim)?;
        match (&self.token, &self.file) {
            (Some(token), _) => writeln!(f, "  Token           {token}")?,
            (None, Some(file)) => {
                writeln!(f, "  Token           shown at the first start; it stands in {}", file.display())?;
                writeln!(f, "                  another one: {}", self.another)?;
            }
            (None, None) => {
                writeln!(f, "  Token           cannot be shown again")?;
                writeln!(f, "                  another one: {}", self.another)?;
            }
        }
        if let Some(file) = &self.file {
            let file = quote(file);
            writeln!(f, "\nTry it:\n")?;
            writeln!(
                f,
                "  . {file} && curl -s -H \"Authorization: Bearer $SCIM_TOKEN\" \"$SCIM_BASE_URL/Users\""
            )?;
        }
        Ok(())
    }
}

/// A few people and a group, through the same door as a provider's. Those who are there already are left alone.
pub(super) fn people(conn: &mut TenantConnection, origin: &str, now: DateTime<Utc>) -> anyhow::Result<()> {
    let tenant = tenants::by_name(conn, TENANT)?.id;
    conn.enter(tenant)?;
    let new_id = ConnectionId(crate::random::id(now));
    let (connection, _) = store::connections::find_or_make(conn, tenant, CONNECTION, new_id, now)?;
    let rules = Rules::standard()?;
    let call = Call {
        tenant,
        connection,
        actor: Actor::Connection(connection),
        acting: rollcall_domain::account::Acting::System,
        now,
        request_id: crate::random::id(now),
        base: format!("{origin}/scim/v2"),
        sync: None,
    };
    let mut members = Vec::new();
    for (user_name, display_name, active) in [
        ("learner.one@example.com", "Learner One", true),
        ("learner.two@example.com", "Learner Two", true),
        ("trainer@example.com", "Trainer", true),
        ("on.leave@example.com", "Learner on Leave", false),
        ("shopfloor-7", "Shop Floor 7 (signs in by user name)", true),
    ] {
        let user = object(json!({"userName": user_name, "displayName": display_name, "active": active}));
        if let Some(row) =
            unless_taken(users::create(conn, &rules, &call, Body { json: user, password: None }))?
        {
            members.push(json!({"value": row.id.to_string()}));
        }
    }
    if !members.is_empty() {
        let group = object(json!({"displayName": "Fire safety 2026", "members": members}));
        unless_taken(groups::create(conn, &rules, &call, group))?;
    }
    Ok(())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn unless_taken<T>(result: Result<T, AppError>) -> Result<Option<T>, AppError> {
    match result {
        Err(error) if error.status() == 409 => Ok(None),
        other => other.map(Some),
    }
}
