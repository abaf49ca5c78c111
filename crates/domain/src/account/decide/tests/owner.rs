//! Nobody shuts the owner out, and a lock is lifted by nobody but who set it.

use super::*;

fn owner() -> Account {
    decide(&made(SignIn::Email), Command::TakeOwnership, &Policy::ROLLCALL, now()).unwrap().account
}

#[test]
fn whatever_is_commanded_the_owner_stays_in() {
    let century = now() + Duration::days(36_500);
    for policy in Preset::ALL.map(Preset::policy) {
        for command in commands() {
            let Ok(decision) = decide(&owner(), command, &policy, now()) else { continue };
            let still = decision.account.role == Role::Owner;
            assert!(still || command == Command::GiveUpOwnership, "{command:?}");
            for time in [now(), century] {
                assert!(decision.account.is_active(time), "{command:?}");
            }
        }
    }
}

#[test]
fn the_refusal_names_the_owner_and_the_way_out() {
    for command in [
        Command::Deactivate(Reason::Left),
        Command::Lock,
        Command::Delete,
        Command::Erase,
        Command::SetExpiry(Some(now() + Duration::days(900))),
        Command::SetStart(Some(now() + Duration::days(1))),
    ] {
        let refusal = decide(&owner(), command, &Policy::ROLLCALL, now()).unwrap_err();
        assert_eq!(refusal, Refusal::Owner, "{command:?}");
        assert!(refusal.to_string().ends_with("make somebody else the owner first"));
    }
    let former = decide(&owner(), Command::GiveUpOwnership, &Policy::ROLLCALL, now()).unwrap().account;
    assert_eq!(former.role, Role::Administrator);
    assert!(decide(&former, Command::Deactivate(Reason::Left), &Policy::ROLLCALL, now()).is_ok());
}

#[test]
fn only_who_is_in_and_stays_can_become_the_owner() {
    for_all(|before, command, _, result| {
        let (Command::TakeOwnership, None) = (command, before.deleted_at) else { return };
        let stays = before.is_active(now()) && before.ends_at().is_none();
        assert_eq!(result.is_ok(), stays, "{before:?}");
    });
}

#[test]
fn reactivating_does_not_unlock() {
    for_all(|before, command, policy, result| {
        let Ok(decision) = result else { return };
        if before.locked_at.is_some() && command != Command::Unlock {
            assert_eq!(decision.account.locked_at, before.locked_at, "{command:?}");
        }
        if command == Command::Unlock {
            let unlocked = Account { locked_at: None, ..settle(before, policy, now()).account };
            assert_eq!(decision.account, unlocked, "nothing else is undone");
        }
    });
    let locked = decide(&made(SignIn::Email), Command::Lock, &Policy::ROLLCALL, now()).unwrap();
    assert_eq!(locked.effects, [Effect::SessionsEnded]);
    let refusal = decide(&locked.account, Command::Reactivate, &Policy::ROLLCALL, now()).unwrap_err();
    assert_eq!(refusal, Refusal::Locked { since: now() });
}
