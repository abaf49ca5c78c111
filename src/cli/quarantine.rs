//! `rollcall quarantine …`

use super::on_tenant::Common;
use super::output;
use crate::app::audit::By;
use crate::app::quarantines::{self, QuarantineRow, QuarantineView};
use crate::app::{Call, Rules, mapping, policy};
use crate::clock::Clock;
use rollcall_domain::account::Acting;
use rollcall_domain::ids::{AccountId, Actor, ConnectionId};
use serde_json::{Value, json};
use uuid::Uuid;

/// Commands about connections that the guard has stopped.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the quarantines of a tenant, the newest first
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Let the connection go on: whoever has gone is accepted, and counting begins anew
    Release {
        /// Id of the quarantine, from `quarantine list`
        id: Uuid,
        /// Why; it is recorded
        #[arg(long)]
        reason: String,
        /// How many more than usual may go within the next window
        #[arg(long, value_name = "N", default_value_t = 0)]
        allow: i64,
        #[command(flatten)]
        common: Common,
    },
    /// Say that the source is wrong: its deactivations stay refused until the quarantine is released
    Reject {
        /// Id of the quarantine, from `quarantine list`
        id: Uuid,
        /// Why; it is recorded, and the connection is told
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        common: Common,
    },
    /// Bring back whom the connection has put out, with groups, seats, enrolments and passwords as they were
    Restore {
        /// Id of the quarantine, from `quarantine list`
        id: Uuid,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<()> {
    super::log("error");
    let by = By::operator(Clock::system().now());
    match command {
        Command::List { common } => {
            let all = common.on_database(quarantines::list)?;
            if common.json {
                output::line(json!(
                    all.into_iter().map(|row| QuarantineView::new(row, None)).collect::<Vec<_>>()
                ));
            } else {
                let rows: Vec<Vec<String>> = all.iter().map(cells).collect();
                output::table(&["ID", "CONNECTION", "STATE", "SINCE", "GONE", "OF", "RESTORED"], &rows);
            }
        }
        Command::Release { id, reason, allow, common } => {
            let row = common
                .on_database(|conn, tenant| quarantines::release(conn, tenant, id, &reason, allow, &by))?;
            decided(row, common.json);
        }
        Command::Reject { id, reason, common } => {
            let row =
                common.on_database(|conn, tenant| quarantines::reject(conn, tenant, id, &reason, &by))?;
            decided(row, common.json);
        }
        Command::Restore { id, common } => restore(id, &common)?,
    }
    Ok(())
}

fn restore(id: Uuid, common: &Common) -> anyhow::Result<()> {
    let (restored, not_restored) = common.on_database(|conn, tenant| {
        let mut rules = Rules::standard()?;
        rules.policy = policy::show(conn, tenant)?.in_force()?;
        let call = Call {
            tenant,
            connection: ConnectionId(Uuid::nil()),
            actor: Actor::Operator,
            now: Clock::system().now(),
            request_id: Uuid::nil(),
            base: String::new(),
            sync: None,
            acting: Acting::System,
        };
        let (mut restored, mut not_restored) = (0, Vec::new());
        let mut after = Some(AccountId(Uuid::nil()));
        while let Some(last) = after {
            let part = quarantines::restore(conn, &rules, &call, id, last, 500)?;
            restored += part.restored;
            not_restored.extend(part.not_restored);
            after = part.next;
        }
        anyhow::Ok((restored, not_restored))
    })?;
    if common.json {
        let others: Vec<Value> = not_restored
            .iter()
            .map(|one| json!({"account": one.account.to_string(), "detail": one.detail}))
            .collect();
        output::line(json!({"restored": restored, "notRestored": others}));
        return Ok(());
    }
    output::line(format_args!("Restored {restored}."));
    for one in not_restored {
        output::line(format_args!("Not restored: {} ({})", one.account, one.detail));
    }
    Ok(())
}

fn cells(row: &QuarantineRow) -> Vec<String> {
    vec![
        row.id.to_string(),
        row.connection.clone(),
        row.state().to_owned(),
        mapping::time(row.began_at),
        row.departed.to_string(),
        row.accounts.to_string(),
        row.restored.to_string(),
    ]
}

fn decided(row: QuarantineRow, json: bool) {
    if json {
        output::line(json!(QuarantineView::new(row, None)));
    } else {
        let state = row.state();
        output::line(format_args!("The quarantine of the connection {} is {state}.", row.connection));
    }
}
