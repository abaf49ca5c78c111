//! The tables of docs/ACCOUNT-LIFECYCLE.md, which tests write and keep true.

use crate::architecture::root;
use chrono::{DateTime, Duration, Utc};
use rollcall_domain::account::{Account, Command, Deactivation, Reason, Role, ScheduledDeactivation, decide};
use rollcall_domain::credential::{Password, SignIn};
use rollcall_domain::policy::Policy;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// Compares a table of a page with what it has to be, or writes it with `UPDATE_LIFECYCLE`. It stands between the comments
/// `<!-- name: … -->` and `<!-- end of name -->`.
#[track_caller]
pub(crate) fn keep(page: &str, name: &str, table: &str) {
    // Several tables stand in one page, and their tests run at once.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = root().join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let opening = text.find(&format!("<!-- {name}:")).unwrap_or_else(|| panic!("{page} has no table {name}"));
    let begin = opening + text[opening..].find("-->\n").unwrap() + 4;
    let end = text.find(&format!("<!-- end of {name} -->")).unwrap();
    let expected = format!("{}{table}\n{}", &text[..begin], &text[end..]);
    if std::env::var_os("UPDATE_LIFECYCLE").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        text == expected,
        "UPDATE_LIFECYCLE=1 ./test the_page_of_the_life_cycle writes the table {name} of {page} anew"
    );
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// One account for each place where an account can stand.
fn states() -> Vec<(&'static str, Account)> {
    let day = Duration::days(1);
    let new = Account { password: Password::Set, ..Account::new(SignIn::Username) };
    let new = decide(&new, Command::Create, &Policy::ROLLCALL, now() - day * 9).unwrap().account;
    let used = Account { first_access_at: Some(now() - day), last_login_at: Some(now() - day), ..new };
    let step =
        |account: &Account, command, at| decide(account, command, &Policy::ROLLCALL, at).unwrap().account;
    vec![
        ("staged", step(&new, Command::SetStart(Some(now() + day)), now() - day)),
        ("activated", new),
        ("active", used),
        ("deactivated", step(&used, Command::Deactivate(Reason::Left), now() - day)),
        ("expired", step(&used, Command::SetExpiry(Some(now())), now() - day)),
        ("locked", step(&used, Command::Lock, now() - day)),
        ("owner", Account { role: Role::Owner, ..used }),
        ("deleted", step(&used, Command::Delete, now() - day)),
    ]
}

fn commands() -> Vec<(&'static str, Command)> {
    let later = now() + Duration::days(30);
    vec![
        ("create", Command::Create),
        ("deactivate", Command::Deactivate(Reason::Left)),
        ("reactivate", Command::Reactivate),
        (
            "schedule a deactivation",
            Command::ScheduleDeactivation(ScheduledDeactivation { at: later, reason: Reason::Left }),
        ),
        ("cancel it", Command::CancelDeactivation),
        ("start later", Command::SetStart(Some(later))),
        ("start now", Command::SetStart(None)),
        ("expire later", Command::SetExpiry(Some(later))),
        ("expire now", Command::SetExpiry(Some(now()))),
        ("never expire", Command::SetExpiry(None)),
        ("give another role", Command::SetRole(Role::Trainer)),
        ("issue a temporary password", Command::IssueTemporaryPassword),
        ("change the password", Command::ChangePassword),
        ("set a password (provider)", Command::SetPassword),
        ("sign in", Command::SignIn),
        ("record access", Command::RecordAccess),
        ("start a course", Command::StartCourse),
        ("lock", Command::Lock),
        ("unlock", Command::Unlock),
        ("make the owner", Command::TakeOwnership),
        ("give up ownership", Command::GiveUpOwnership),
        ("delete", Command::Delete),
        ("erase", Command::Erase),
    ]
}

/// Where an account stands, in one word.
fn word(account: &Account) -> &'static str {
    if account.deleted_at.is_some() {
        "deleted"
    } else if account.locked_at.is_some() {
        "locked"
    } else {
        account.status(now()).as_str()
    }
}

/// Every state with every command, under the policy `rollcall`: where the account stands afterwards and what follows, or the refusal.
#[test]
fn the_page_of_the_life_cycle_has_every_state_with_every_command() {
    let states = states();
    for (name, account) in &states {
        assert!(*name == word(account) || *name == "owner", "{name}: {account:?}");
    }
    let mut table = String::from("| Command |");
    let mut rule = String::from("\n| --- |");
    for (name, _) in &states {
        write!(table, " {name} |").unwrap();
        rule.push_str(" --- |");
    }
    table.push_str(&rule);
    for (command_name, command) in commands() {
        write!(table, "\n| {command_name} |").unwrap();
        for (_, account) in &states {
            let cell = match decide(account, command, &Policy::ROLLCALL, now()) {
                Err(refusal) => format!("*refused: {}*", kind(&refusal)),
                Ok(decision) if decision.account == *account && decision.effects.is_empty() => "–".to_owned(),
                Ok(decision) => {
                    let effects: Vec<&str> = decision.effects.iter().map(|effect| effect.as_str()).collect();
                    let after = word(&decision.account);
                    let after = if after == word(account) { "" } else { after };
                    match (after, effects.as_slice()) {
                        ("", []) => "set".to_owned(),
                        (after, []) => after.to_owned(),
                        ("", effects) => format!("set; {}", effects.join(", ")),
                        (after, effects) => format!("{after}; {}", effects.join(", ")),
                    }
                }
            };
            write!(table, " {cell} |").unwrap();
        }
    }
    keep("docs/ACCOUNT-LIFECYCLE.md", "states", &table);
    // The columns are not there by chance.
    assert_eq!(
        states
            .iter()
            .filter(|(_, account)| account.deactivated.map(|Deactivation { reason, .. }| reason).is_some())
            .count(),
        1
    );
}

fn kind(refusal: &rollcall_domain::refusal::Refusal) -> &'static str {
    use rollcall_domain::refusal::Refusal as R;
    match refusal {
        R::Inactive { .. } => "inactive",
        R::NotStarted { .. } => "not started",
        R::AccessExpired { .. } => "expired",
        R::Expired { .. } => "needs a new date",
        R::Locked { .. } => "locked",
        R::Owner => "the owner",
        R::LastAdministrator => "the last administrator",
        R::Ends { .. } => "it ends",
        R::NoSeat { .. } => "no seat",
        R::Ownership => "ownership",
        R::PasswordChangeRequired => "change the password",
        R::TemporaryPasswordExpired { .. } => "too late",
        R::NoPassword => "no password",
        R::Deleted => "deleted",
        R::OwnAccount | R::HigherRole { .. } | R::OwnerOnly => "refused to whom the role does not allow it",
    }
}
