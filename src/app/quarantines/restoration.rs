//! Bringing back whom a source has put out: access, groups, seat, enrolments and password as they were, in one act.

use super::find;
use crate::app::accounts::{self, Planned};
use crate::app::{AppError, Call, Rules, audit, groups, learning, mapping, seats};
use crate::store::TenantConnection;
use crate::store::departures::{self, Departure};
use crate::store::{accounts as rows, quarantines as store};
use rollcall_domain::guard;
use rollcall_domain::ids::{AccountId, GroupId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Somebody who could not be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRestored {
    /// Who.
    pub account: AccountId,
    /// Why, and the way out.
    pub detail: String,
}

/// What became of a part of a restoration.
#[derive(Debug, Default)]
pub struct Restored {
    /// How many are back.
    pub restored: i64,
    /// Who is not, and why.
    pub not_restored: Vec<NotRestored>,
    /// After whom to go on; `None`: it is done.
    pub next: Option<AccountId>,
}

/// Brings back some of those who went out by the connection of a quarantine and are still out, those after an id. Nobody who is
/// back is touched, so it can be repeated.
///
/// # Errors
/// `NotFound`; database failures. What was restored stays so.
pub fn restore(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    quarantine: Uuid,
    after: AccountId,
    limit: i64,
) -> Result<Restored, AppError> {
    let row = find(conn, call.tenant, quarantine, false)?;
    let some = departures::of_quarantine(conn, call.tenant, quarantine, after, limit)?;
    let mut done = Restored::default();
    for departure in &some {
        match seats::with_seat(conn, call, |conn| bring_back(conn, rules, call, departure)) {
            Ok(()) => done.restored += 1,
            Err(error) if error.status() < 500 => {
                done.not_restored.push(NotRestored { account: departure.account, detail: error.to_string() });
            }
            Err(error) => return Err(error),
        }
    }
    if done.restored > 0 {
        conn.in_transaction(|conn| {
            store::restored(conn, call.tenant, quarantine, done.restored, call.now)?;
            let facts =
                json!({"connection": row.connection, "quarantine": quarantine, "restored": done.restored});
            let connection = row.connection_id;
            audit::record(
                conn,
                call.tenant,
                &call.by(),
                "connection.departures_restored",
                connection,
                Vec::new(),
                facts,
            )
        })?;
    }
    let whole = i64::try_from(some.len()).is_ok_and(|some| some == limit);
    done.next = some.last().filter(|_| whole).map(|departure| departure.account);
    Ok(done)
}

fn bring_back(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    departure: &Departure,
) -> Result<(), AppError> {
    let id = departure.account;
    conn.in_transaction(|conn| {
        rows::undelete(conn, call.tenant, id).map_err(|error| taken(error.into()))?;
        accounts::change(conn, call, id, &|row| {
            let decision = guard::restore(&row.account, &departure.before, &rules.policy, call.now);
            let before: Map<String, Value> = serde_json::from_str(&row.resource)?;
            let mut after = before.clone();
            mapping::write_facts(&row.account, &decision.account, &[], &mut after);
            let mut attributes = mapping::changed(&before, &after);
            attributes.insert(0, "active".to_owned());
            let changed = row.account.password != decision.account.password;
            let hash = departure.password_hash.clone().filter(|_| changed);
            let planned = Planned::decided(row, decision, hash, "account.restored");
            Ok(Some(Planned { resource: Some(after), attributes, ..planned }))
        })?;
        learning::reopen(conn, call, id, Some(&departure.open_courses))?;
        let mut theirs = departure.groups.clone();
        // In the order in which groups are locked everywhere.
        theirs.sort_unstable();
        for group in theirs {
            groups::regained_member(conn, call, GroupId(group), id.0)?;
        }
        Ok(departures::forget(conn, call.tenant, id)?)
    })
}

/// Whose name was given to somebody else in the meantime.
fn taken(error: AppError) -> AppError {
    match error.status() {
        409 => AppError::Conflict {
            kind: "name-is-taken",
            detail: "the user name or externalId belongs to somebody else by now; give that one another name, and restore again".to_owned(),
        },
        _ => error,
    }
}
