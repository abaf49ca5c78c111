//! `rollcall client list`: what each client can prove itself with.

use crate::app::mapping;
use crate::app::oauth::clients;
use crate::cli::on_tenant::Common;
use crate::cli::output;
use crate::store::oauth_clients::{ClientRow, SecretRow};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(super) fn list(common: &Common, now: DateTime<Utc>) -> anyhow::Result<()> {
    let (all, secrets) = common.on_database(clients::list)?;
    let of = |client: &ClientRow| -> Vec<&SecretRow> {
        secrets.iter().filter(|secret| secret.client == client.id).collect()
    };
    if common.json {
        let shown = all.iter().map(|(client, connection)| describe(client, connection, &of(client), now));
        output::line(Value::Array(shown.collect()));
        return Ok(());
    }
    let rows: Vec<Vec<String>> =
        all.iter().flat_map(|(client, connection)| rows(client, connection, &of(client), now)).collect();
    output::table(&["CLIENT", "CONNECTION", "SCOPE", "CREDENTIAL", "STATE", "EXPIRES"], &rows);
    Ok(())
}

/// A row for each credential; a client without any has one, too.
fn rows(
    client: &ClientRow,
    connection: &str,
    secrets: &[&SecretRow],
    now: DateTime<Utc>,
) -> Vec<Vec<String>> {
    let row = |credential: String, state: &str, ends: String| {
        vec![
            client.id.to_string(),
            connection.to_owned(),
            client.scope.clone(),
            credential,
            state.to_owned(),
            ends,
        ]
    };
    let never = || "never".to_owned();
    let mut all: Vec<Vec<String>> = secrets
        .iter()
        .map(|secret| {
            let ends = secret.expires_at.map_or_else(never, mapping::time);
            row(format!("secret {}", secret.id), state(secret, now), ends)
        })
        .collect();
    all.extend(names(client).into_iter().map(|kid| row(format!("key {kid}"), "live", never())));
    all.extend(client.jwks_uri.iter().map(|uri| row(format!("keys at {uri}"), "live", never())));
    if all.is_empty() {
        all.push(row("none".to_owned(), "", String::new()));
    }
    all
}

fn names(client: &ClientRow) -> Vec<&str> {
    let keys = client.jwks.as_ref().and_then(|set| set["keys"].as_array());
    keys.into_iter().flatten().filter_map(|key| key["kid"].as_str()).collect()
}

fn state(secret: &SecretRow, now: DateTime<Utc>) -> &'static str {
    match (secret.revoked_at, clients::is_live(secret, now)) {
        (Some(_), _) => "revoked",
        (None, true) => "live",
        (None, false) => "expired",
    }
}

fn describe(client: &ClientRow, connection: &str, secrets: &[&SecretRow], now: DateTime<Utc>) -> Value {
    let secrets: Vec<Value> = secrets
        .iter()
        .map(|secret| {
            json!({
                "id": secret.id,
                "state": state(secret, now),
                "createdAt": mapping::time(secret.created_at),
                "expiresAt": secret.expires_at.map(mapping::time),
                "revokedAt": secret.revoked_at.map(mapping::time),
            })
        })
        .collect();
    json!({
        "clientId": client.id,
        "connection": connection,
        "scope": client.scope,
        "createdAt": mapping::time(client.created_at),
        "secrets": secrets,
        "keys": names(client),
        "keysUri": client.jwks_uri,
    })
}
