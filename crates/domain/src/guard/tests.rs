//! Who goes, how many may, and how they come back.

use super::*;
use crate::account::{Command, Reason, Role, decide};
use crate::credential::SignIn;

fn now() -> DateTime<Utc> {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

fn after(account: &Account, command: Command) -> Account {
    decide(account, command, &Policy::ROLLCALL, now()).unwrap().account
}

#[test]
fn the_threshold_is_the_larger_of_two_and_never_above_the_ceiling() {
    let standard = Threshold { count: 5, percent: 2 };
    for (accounts, most) in [(0, 5), (25, 5), (249, 5), (300, 6), (1_000, 20), (1_000_000, 20_000)] {
        assert_eq!(standard.of(accounts), most, "{accounts}");
    }
    assert_eq!(Threshold { count: 1_000, percent: 20 }.of(1_000), 200);
    assert_eq!(Threshold { count: 10, percent: 1 }.of(40), 8);
    assert_eq!(Threshold { count: 1, percent: 1 }.of(40), 1);
}

#[test]
fn who_goes_and_who_does_not() {
    let person = Account::new(SignIn::Email);
    let off = after(&person, Command::Deactivate(Reason::Left));
    let in_days = |days: i64| Some(now() + Duration::days(days));
    for (name, before, command, expected) in [
        ("a deactivation", person, Command::Deactivate(Reason::Left), true),
        ("another one", off, Command::Deactivate(Reason::Left), false),
        (
            "of somebody who is locked",
            after(&person, Command::Lock),
            Command::Deactivate(Reason::Left),
            false,
        ),
        ("a deletion", person, Command::Delete, true),
        ("the deletion of somebody who was out", off, Command::Delete, false),
        ("an end that has come", person, Command::SetExpiry(in_days(-1)), true),
        ("an end that is near", person, Command::SetExpiry(in_days(3)), true),
        ("an end far away", person, Command::SetExpiry(in_days(30)), false),
        ("a start to come", person, Command::SetStart(in_days(30)), true),
        ("another role", person, Command::SetRole(Role::Trainer), false),
        ("a reactivation", off, Command::Reactivate, false),
        ("an end of somebody who is out", off, Command::SetExpiry(in_days(1)), false),
    ] {
        assert_eq!(departs(&before, &after(&before, command), now()), expected, "{name}");
    }
    let ending = after(&person, Command::SetExpiry(in_days(3)));
    assert!(!departs(&ending, &after(&ending, Command::SetExpiry(in_days(5))), now()), "a later end");
    assert!(returns(&after(&off, Command::Reactivate), now()));
    assert!(!returns(&off, now()) && !returns(&ending, now()));
    assert!(!departs(&ending, &after(&ending, Command::SetExpiry(in_days(2))), now()), "one that was near");
    assert!(departs(&ending, &after(&ending, Command::SetExpiry(in_days(-1))), now()), "one that has come");
    let staged = after(&person, Command::SetStart(in_days(3)));
    assert!(departs(&staged, &after(&staged, Command::SetStart(in_days(4))), now()), "a later start");
    assert!(!departs(&staged, &after(&staged, Command::SetStart(in_days(2))), now()), "an earlier one");
    assert!(!departs(&staged, &after(&staged, Command::SetStart(None)), now()), "none any more");
    assert!(departs(&staged, &after(&staged, Command::Deactivate(Reason::Left)), now()));
}

#[test]
fn an_administrator_is_lost_by_role_access_or_an_end() {
    let administrator = Account { role: Role::Administrator, ..Account::new(SignIn::Email) };
    for command in [
        Command::Deactivate(Reason::Left),
        Command::Delete,
        Command::Lock,
        Command::SetRole(Role::Manager),
        Command::SetExpiry(Some(now() + Duration::days(400))),
    ] {
        assert!(loses_administration(&administrator, &after(&administrator, command), now()), "{command:?}");
        let learner = Account { role: Role::Learner, ..administrator };
        assert!(!loses_administration(&learner, &after(&learner, command), now()), "{command:?}");
    }
    assert!(!loses_administration(&administrator, &after(&administrator, Command::RecordAccess), now()));
}

#[test]
fn a_restoration_undoes_all_but_the_end_of_the_sessions() {
    let expires_at = Some(now() + Duration::days(90));
    let person = Account { password: Password::Set, expires_at, ..Account::new(SignIn::Username) };
    let person = after(&person, Command::Create);
    let before = Before {
        starts_at: person.starts_at,
        expires_at: person.expires_at,
        deactivate_at: None,
        deactivated: None,
        password: person.password,
    };
    for command in [
        Command::Deactivate(Reason::Left),
        Command::Delete,
        Command::SetExpiry(Some(now() - Duration::days(1))),
    ] {
        let gone = after(&person, command);
        let restored = restore(&gone, &before, &Policy::ROLLCALL, now());
        let seat = restored.account.seat;
        assert!(seat.is_some() && restored.effects.contains(&Effect::SeatTaken), "{command:?}");
        assert_eq!(restored.account.session_epoch, gone.session_epoch, "no session lives again");
        let expected = Account { session_epoch: gone.session_epoch, seat, ..person };
        assert_eq!(restored.account, expected, "{command:?}");
        assert!(!restored.effects.contains(&Effect::EnrolmentsReopened));
    }
    let locked = after(&after(&person, Command::Deactivate(Reason::Left)), Command::Lock);
    let restored = restore(&locked, &before, &Policy::ROLLCALL, now()).account;
    assert!(restored.locked_at.is_some() && !restored.is_active(now()));
}
