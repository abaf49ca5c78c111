//! Every state × every command, and the promises that hold for all of them.

use super::*;
use crate::account::Status;
use crate::policy::Preset;
use chrono::Duration;

mod dates;
mod owner;
mod seats;
mod sequences;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// A new account with the seat that it needs.
fn made(sign_in: SignIn) -> Account {
    let new = Account::new(sign_in);
    decide(&new, Command::Create, &Policy::ROLLCALL, now()).unwrap().account
}

/// Every combination of the facts that a decision looks at, each with the seat that it needs.
fn accounts() -> Vec<Account> {
    let passwords = [
        Password::None,
        Password::Set,
        Password::Temporary { expires_at: now() + Duration::hours(1) },
        Password::Temporary { expires_at: now() },
        Password::Invalidated,
    ];
    let day = Duration::days(1);
    let dates = [
        (None, None, None),
        (Some(now() - day), Some(now() + day), Some(now() + day)),
        (Some(now() + day), None, None),
        (None, Some(now()), None),
        (None, None, Some(now())),
        (Some(now() + day), Some(now() - day), Some(now() - day)),
    ];
    let mut all = Vec::new();
    for sign_in in [SignIn::Email, SignIn::Username] {
        for password in passwords {
            for deactivated in [None, Some(Deactivation { at: now() - day, reason: Reason::Left })] {
                for first_access_at in [None, Some(now() - Duration::days(9))] {
                    for deleted_at in [None, Some(now() - Duration::hours(2))] {
                        for ((starts_at, expires_at, deactivate_at), locked_at) in dates
                            .into_iter()
                            .flat_map(|dates| [None, Some(now() - day)].map(|locked_at| (dates, locked_at)))
                        {
                            let account = Account {
                                locked_at,
                                password,
                                starts_at,
                                expires_at,
                                deactivate_at: deactivate_at
                                    .map(|at| ScheduledDeactivation { at, reason: Reason::Leave }),
                                deactivated,
                                first_access_at,
                                last_login_at: first_access_at,
                                session_epoch: 7,
                                deleted_at,
                                ..Account::new(sign_in)
                            };
                            let seat = account.settled(now()).needed_seat(&Policy::ROLLCALL, now());
                            // As the last decision left it, half an hour ago.
                            let due_at = account.next_due(now() - Duration::minutes(30));
                            all.push(Account { seat, due_at, ..account });
                        }
                    }
                }
            }
        }
    }
    all
}

/// Every command, with dates on both sides of now.
fn commands() -> Vec<Command> {
    let mut all = vec![
        Command::Deactivate(Reason::Security),
        Command::Reactivate,
        Command::CancelDeactivation,
        Command::SetRole(Role::Trainer),
        Command::SetRole(Role::Owner),
        Command::IssueTemporaryPassword,
        Command::ChangePassword,
        Command::SetPassword,
        Command::SignIn,
        Command::Create,
        Command::RecordAccess,
        Command::StartCourse,
        Command::Lock,
        Command::Unlock,
        Command::TakeOwnership,
        Command::GiveUpOwnership,
        Command::Delete,
        Command::Erase,
    ];
    for at in [now() - Duration::hours(1), now(), now() + Duration::hours(1)] {
        all.push(Command::SetStart(Some(at)));
        all.push(Command::SetExpiry(Some(at)));
        all.push(Command::ScheduleDeactivation(ScheduledDeactivation { at, reason: Reason::Left }));
    }
    all.extend([Command::SetStart(None), Command::SetExpiry(None)]);
    all
}

const POLICIES: [ReactivatePassword; 3] =
    [ReactivatePassword::Keep, ReactivatePassword::InvalidateUsernameOnly, ReactivatePassword::InvalidateAll];

fn for_all(check: impl Fn(&Account, Command, &Policy, Result<Decision, Refusal>)) {
    for account in accounts() {
        for command in commands() {
            for reactivate_password in POLICIES {
                let policy = Policy { reactivate_password, ..Policy::ROLLCALL };
                check(&account, command, &policy, decide(&account, command, &policy, now()));
            }
        }
    }
}

#[test]
fn who_cannot_sign_in_holds_no_session() {
    for_all(|before, command, _, result| {
        let Ok(decision) = result else { return };
        if before.is_active(now()) && !decision.account.is_active(now()) {
            assert!(decision.account.session_epoch > before.session_epoch, "{command:?} on {before:?}");
            assert!(decision.effects.contains(&Effect::SessionsEnded));
        }
        if decision.effects.contains(&Effect::SessionStarted) {
            assert!(decision.account.is_active(now()));
        }
    });
}

#[test]
fn the_epoch_never_falls_and_rises_exactly_when_sessions_end() {
    for_all(|before, command, _, result| {
        let Ok(decision) = result else { return };
        let rise = decision.account.session_epoch - before.session_epoch;
        let ended = decision.effects.iter().filter(|effect| **effect == Effect::SessionsEnded).count();
        assert!(rise >= 0 && ended <= 1, "{command:?} on {before:?}");
        assert_eq!(rise > 0, ended == 1, "{command:?} on {before:?}");
    });
}

#[test]
fn a_deleted_account_takes_no_command_but_the_erasure_of_what_is_left() {
    for_all(|before, command, _, result| {
        if before.deleted_at.is_some() {
            let expected = if command == Command::Erase { None } else { Some(Refusal::Deleted) };
            assert_eq!(result.err(), expected);
        }
    });
}

#[test]
fn the_same_command_twice_changes_nothing_the_second_time() {
    for before in accounts() {
        for command in [Command::Deactivate(Reason::Security), Command::Reactivate] {
            let Ok(first) = decide(&before, command, &Policy::ROLLCALL, now()) else { continue };
            let later = now() + Duration::hours(5);
            let Ok(second) = decide(&first.account, command, &Policy::ROLLCALL, later) else {
                assert!(first.account.expired(later).is_some());
                continue;
            };
            assert_eq!(second, Decision { account: first.account, effects: vec![] });
        }
    }
}

#[test]
fn another_reason_corrects_the_first_and_keeps_since_when() {
    let on = made(SignIn::Email);
    let off =
        decide(&on, Command::Deactivate(Reason::Administrative), &Policy::ROLLCALL, now()).unwrap().account;
    let later = now() + Duration::days(3);
    let corrected = decide(&off, Command::Deactivate(Reason::Left), &Policy::ROLLCALL, later).unwrap();
    assert_eq!(corrected.account.deactivated, Some(Deactivation { at: now(), reason: Reason::Left }));
    assert_eq!((corrected.account.session_epoch, corrected.effects), (off.session_epoch, vec![]));
}

#[test]
fn reactivation_replaces_the_password_of_those_whom_the_policy_names() {
    for_all(|before, command, policy, result| {
        let (Command::Reactivate, Ok(decision)) = (command, result) else { return };
        let expected = before.status(now()) == Status::Deactivated
            && before.password.exists()
            && match policy.reactivate_password {
                ReactivatePassword::Keep => false,
                ReactivatePassword::InvalidateUsernameOnly => before.sign_in == SignIn::Username,
                ReactivatePassword::InvalidateAll => true,
            };
        assert_eq!(decision.effects.contains(&Effect::PasswordInvalidated), expected, "{before:?}");
        assert_eq!(
            decision.account.password == Password::Invalidated,
            expected || before.password == Password::Invalidated
        );
        assert_ne!(decision.account.status(now()), Status::Deactivated, "{before:?}");
    });
}

#[test]
fn an_email_that_arrives_while_inactive_does_not_save_the_old_password() {
    let on = Account { password: Password::Set, ..made(SignIn::Username) };
    let off = decide(&on, Command::Deactivate(Reason::Left), &Policy::ROLLCALL, now()).unwrap().account;
    let changed = become_signing_in_by(&off, SignIn::Email, &Policy::ROLLCALL);
    assert_eq!(changed.account.password, Password::Invalidated);
    assert_eq!(changed.effects, [Effect::PasswordInvalidated]);
    // Who is active has proved it, and who signed in by e-mail all along keeps it.
    assert_eq!(become_signing_in_by(&on, SignIn::Email, &Policy::ROLLCALL).account.password, Password::Set);
    let by_email = Account { sign_in: SignIn::Email, ..off };
    assert_eq!(
        become_signing_in_by(&by_email, SignIn::Username, &Policy::ROLLCALL).account.password,
        Password::Set
    );
}

#[test]
fn only_a_password_of_ones_own_opens_a_session() {
    for_all(|before, command, _, result| {
        let (Command::SignIn, None) = (command, before.deleted_at) else { return };
        match result {
            Ok(decision) => {
                let shut = (before.deactivated, before.locked_at);
                assert_eq!((before.password, shut), (Password::Set, (None, None)));
                assert_eq!(decision.account.status(now()), Status::Active);
                assert_eq!(decision.account.last_login_at, Some(now()));
            }
            Err(refusal) => {
                let settled = before.settled(now());
                let inactive = settled.deactivated.map(|d| Refusal::Inactive { since: d.at });
                let expired = before.expires_at.filter(|at| *at <= now());
                let staged = before.starts_at.filter(|at| *at > now());
                let by_password = match before.password {
                    Password::Temporary { expires_at } if expires_at > now() => {
                        Refusal::PasswordChangeRequired
                    }
                    Password::Temporary { expires_at } => {
                        Refusal::TemporaryPasswordExpired { at: expires_at }
                    }
                    _ => Refusal::NoPassword,
                };
                let locked = before.locked_at.map(|since| Refusal::Locked { since });
                let expected = locked
                    .or(inactive)
                    .or(expired.map(|at| Refusal::AccessExpired { at }))
                    .or(staged.map(|at| Refusal::NotStarted { at }))
                    .unwrap_or(by_password);
                assert_eq!(refusal, expected);
            }
        }
    });
}

#[test]
fn a_temporary_password_works_until_the_policy_ends_it_and_ends_sessions() {
    let account = Account { password: Password::Set, ..made(SignIn::Username) };
    let issued = decide(&account, Command::IssueTemporaryPassword, &Policy::ROLLCALL, now()).unwrap();
    assert_eq!(issued.account.password, Password::Temporary { expires_at: now() + Duration::hours(72) });
    assert_eq!(issued.effects, [Effect::PasswordSet, Effect::SessionsEnded]);
    let changed = decide(&issued.account, Command::ChangePassword, &Policy::ROLLCALL, now()).unwrap();
    assert_eq!(changed.account.password, Password::Set);
    let late = now() + Duration::hours(72);
    assert!(matches!(
        decide(&issued.account, Command::ChangePassword, &Policy::ROLLCALL, late),
        Err(Refusal::TemporaryPasswordExpired { .. })
    ));
}

#[test]
fn a_password_that_the_provider_sets_needs_no_proof_but_an_active_account_and_ends_sessions() {
    for_all(|before, command, _, result| {
        let (Command::SetPassword, None) = (command, before.deleted_at) else { return };
        if !before.is_active(now()) {
            assert!(result.is_err());
            return;
        }
        let decision = result.unwrap();
        let epoch = before.session_epoch + 1;
        assert_eq!(decision.account, Account { password: Password::Set, session_epoch: epoch, ..*before });
        assert_eq!(decision.effects, [Effect::PasswordSet, Effect::SessionsEnded]);
    });
}

#[test]
fn a_password_that_is_set_with_the_deactivation_is_withdrawn_by_the_reactivation() {
    let now = now();
    let step = |account: &Account, command| decide(account, command, &Policy::ROLLCALL, now).unwrap().account;
    for (sign_in, expected) in [(SignIn::Username, Password::Invalidated), (SignIn::Email, Password::Set)] {
        let set = step(&made(sign_in), Command::SetPassword);
        let off = step(&set, Command::Deactivate(Reason::Administrative));
        assert_eq!(off.password, Password::Set);
        assert_eq!(step(&off, Command::Reactivate).password, expected);
    }
}

#[test]
fn status_tells_never_signed_in_from_signed_in_and_off() {
    let new = made(SignIn::Email);
    assert_eq!(new.status(now()), Status::Activated);
    let used = Account { first_access_at: Some(now()), ..new };
    assert_eq!(used.status(now()), Status::Active);
    let off = decide(&used, Command::Deactivate(Reason::Left), &Policy::ROLLCALL, now()).unwrap().account;
    assert_eq!(off.status(now()), Status::Deactivated);
    assert!(!off.is_active(now()));
}
