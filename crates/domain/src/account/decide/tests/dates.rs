//! Dates: what is true when they come, and what commands make of them.

use super::*;

fn at(hours: i64) -> DateTime<Utc> {
    now() + Duration::hours(hours)
}

fn scheduled(hours: i64) -> Option<ScheduledDeactivation> {
    Some(ScheduledDeactivation { at: at(hours), reason: Reason::Left })
}

fn after(account: &Account, command: Command, hours: i64) -> Result<Decision, Refusal> {
    decide(account, command, &Policy::ROLLCALL, at(hours))
}

#[test]
fn status_follows_the_clock_without_any_command() {
    let account = Account {
        starts_at: Some(at(1)),
        deactivate_at: scheduled(3),
        expires_at: Some(at(5)),
        ..made(SignIn::Email)
    };
    let statuses: Vec<&str> = (0..7).map(|hours| account.status(at(hours)).as_str()).collect();
    assert_eq!(
        statuses,
        ["staged", "activated", "activated", "deactivated", "deactivated", "deactivated", "deactivated"]
    );
    let unscheduled = Account { deactivate_at: None, first_access_at: Some(at(2)), ..account };
    let statuses: Vec<&str> = (0..7).map(|hours| unscheduled.status(at(hours)).as_str()).collect();
    assert_eq!(statuses, ["staged", "active", "active", "active", "active", "expired", "expired"]);
    assert_eq!(account.ends_at(), Some(at(3)));
    assert_eq!(unscheduled.ends_at(), Some(at(5)));
}

#[test]
fn what_fell_due_is_on_record_with_the_next_decision() {
    let account = Account { deactivate_at: scheduled(1), ..made(SignIn::Email) };
    let settled = account.settled(at(9));
    assert_eq!(settled.deactivated, Some(Deactivation { at: at(1), reason: Reason::Left }));
    assert_eq!(settled.session_epoch, account.session_epoch + 1);
    assert_eq!(settled.settled(at(99)), settled, "once");
    assert_eq!(account.settled(at(0)), account, "not before its time");
    let decision = after(&account, Command::SetRole(Role::Manager), 9).unwrap();
    assert_eq!(decision.account, Account { role: Role::Manager, seat: None, ..settled });
    let followed = [Effect::DeactivationFellDue, Effect::SessionsEnded, Effect::SeatReleased];
    assert_eq!(decision.effects, followed);
    let alone = settle(&account, &Policy::ROLLCALL, at(9));
    assert_eq!((alone.account, alone.effects), (Account { seat: None, ..settled }, followed.to_vec()));
}

#[test]
fn reactivation_cancels_the_schedule_that_fell_due_and_not_the_one_to_come() {
    let due = Account { deactivate_at: scheduled(1), ..made(SignIn::Email) };
    let back = after(&due, Command::Reactivate, 2).unwrap().account;
    assert_eq!((back.deactivate_at, back.deactivated, back.is_active(at(99))), (None, None, true));
    assert!(back.session_epoch > due.session_epoch, "no session of before lives again");

    let off = after(&due, Command::Deactivate(Reason::Leave), 0).unwrap().account;
    let back = after(&off, Command::Reactivate, 0).unwrap().account;
    assert_eq!(
        (back.deactivate_at, back.is_active(at(0)), back.is_active(at(1))),
        (scheduled(1), true, false)
    );
}

#[test]
fn taking_a_schedule_back_in_time_keeps_the_person_and_too_late_does_not() {
    let account = Account { deactivate_at: scheduled(1), ..made(SignIn::Email) };
    let kept = after(&account, Command::CancelDeactivation, 0).unwrap();
    assert_eq!((kept.account.is_active(at(9)), kept.effects), (true, vec![]));
    let late = after(&account, Command::CancelDeactivation, 2).unwrap().account;
    assert_eq!(late.deactivated, Some(Deactivation { at: at(1), reason: Reason::Left }));
    let moved = ScheduledDeactivation { at: at(50), reason: Reason::Left };
    let late = after(&account, Command::ScheduleDeactivation(moved), 2).unwrap().account;
    assert!(!late.is_active(at(3)), "a later date does not bring back whom the first one shut out");
}

#[test]
fn a_schedule_in_the_past_shuts_out_now_and_not_before() {
    let account = made(SignIn::Email);
    let past = ScheduledDeactivation { at: at(-50), reason: Reason::Left };
    let decision = after(&account, Command::ScheduleDeactivation(past), 0).unwrap();
    assert_eq!(decision.account.deactivated, Some(Deactivation { at: at(0), reason: Reason::Left }));
    assert_eq!(decision.effects, [Effect::SessionsEnded, Effect::SeatReleased]);
}

#[test]
fn an_expiry_is_undone_by_a_date_and_by_nothing_else() {
    let account = Account { expires_at: Some(at(1)), ..made(SignIn::Email) };
    assert_eq!(after(&account, Command::Reactivate, 1), Err(Refusal::Expired { at: at(1) }));
    let off = after(&account, Command::Deactivate(Reason::Left), 2).unwrap().account;
    assert_eq!(off.status(at(2)), Status::Deactivated);
    assert_eq!(after(&off, Command::Reactivate, 3), Err(Refusal::Expired { at: at(1) }));

    let extended = after(&account, Command::SetExpiry(Some(at(9))), 2).unwrap();
    assert_eq!(
        (extended.account.is_active(at(2)), extended.effects),
        (true, vec![Effect::SessionsEnded, Effect::LaterEnrolmentsWait])
    );
    let in_time = after(&account, Command::SetExpiry(None), 0).unwrap();
    assert_eq!((in_time.account.is_active(at(99)), in_time.effects), (true, vec![]));
    let shortened = after(&account, Command::SetExpiry(Some(at(-1))), 0).unwrap();
    assert_eq!(
        (shortened.account.status(at(0)), shortened.effects),
        (Status::Expired, vec![Effect::SessionsEnded, Effect::SeatReleased])
    );
}

#[test]
fn where_the_policy_says_so_a_reactivation_undoes_an_expiry_and_brings_no_session_back() {
    let account = Account { expires_at: Some(at(1)), password: Password::Set, ..made(SignIn::Username) };
    let policy = Policy { expiry_needs_new_date: false, ..Policy::ROLLCALL };
    let back = decide(&account, Command::Reactivate, &policy, at(2)).unwrap();
    assert!(back.account.is_active(at(99)));
    assert_eq!((back.account.expires_at, back.account.password), (None, Password::Invalidated));
    assert_eq!(back.account.session_epoch, account.session_epoch + 1);
    let effects = [Effect::SessionsEnded, Effect::PasswordInvalidated, Effect::LaterEnrolmentsWait];
    assert_eq!(back.effects, effects);
    let in_time = decide(&account, Command::Reactivate, &policy, at(0)).unwrap();
    assert_eq!(in_time.account.expires_at, Some(at(1)), "nothing is undone before its time");
}

#[test]
fn a_start_moved_into_the_future_ends_sessions_and_a_deactivation_outlives_the_start() {
    let account = made(SignIn::Email);
    let staged = after(&account, Command::SetStart(Some(at(5))), 0).unwrap();
    assert_eq!((staged.account.status(at(0)), staged.effects), (Status::Staged, vec![Effect::SessionsEnded]));
    assert_eq!(after(&staged.account, Command::Reactivate, 1).unwrap().account, staged.account);
    let off = after(&staged.account, Command::Deactivate(Reason::Left), 1).unwrap().account;
    assert!(!off.is_active(at(6)), "whoever left before the first day does not come alive on it");
    let back = after(&off, Command::Reactivate, 2).unwrap().account;
    assert_eq!((back.status(at(2)), back.status(at(5))), (Status::Staged, Status::Activated));
}

#[test]
fn ownership_is_neither_given_nor_taken() {
    let learner = made(SignIn::Email);
    let owner = Account { role: Role::Owner, ..learner };
    assert_eq!(after(&learner, Command::SetRole(Role::Owner), 0), Err(Refusal::Ownership));
    assert_eq!(after(&owner, Command::SetRole(Role::Learner), 0), Err(Refusal::Ownership));
    assert_eq!(after(&owner, Command::SetRole(Role::Owner), 0).unwrap().account, owner);
    for role in Role::ASSIGNABLE {
        assert_eq!(after(&learner, Command::SetRole(role), 0).unwrap().account.role, role);
        assert_eq!(Role::from_word(&role.as_str().to_uppercase()), Some(role));
    }
}

/// L61-L63: whoever looks first, the worker or a change of something else, puts a date on record, and nobody does so again.
#[test]
fn each_date_falls_due_once() {
    let hour = Duration::hours(1);
    let policy = Policy::ROLLCALL;
    let deactivation = ScheduledDeactivation { at: now() + hour * 3, reason: Reason::Left };
    let mut account = made(SignIn::Email);
    for command in [
        Command::SetStart(Some(now() + hour)),
        Command::SetExpiry(Some(now() + hour * 2)),
        Command::ScheduleDeactivation(deactivation),
    ] {
        account = decide(&account, command, &policy, now()).unwrap().account;
    }
    let mut seen = Vec::new();
    for half_hours in 0..10 {
        let time = now() + Duration::minutes(30 * half_hours);
        let due = account.due_at.is_some_and(|due| due <= time);
        // Now by the worker, now by a command of somebody else.
        let decision = if half_hours % 2 == 0 {
            settle(&account, &policy, time)
        } else {
            decide(&account, Command::SetRole(Role::Trainer), &policy, time).unwrap()
        };
        assert_eq!(due, !decision.effects.is_empty(), "{half_hours}: {:?}", decision.effects);
        seen.extend(decision.effects);
        account = decision.account;
    }
    assert_eq!(
        seen,
        [
            Effect::StartFellDue,
            Effect::ExpiryFellDue,
            Effect::SeatReleased,
            Effect::DeactivationFellDue,
            Effect::SessionsEnded
        ]
    );
    assert_eq!(account.due_at, None);
}

#[test]
fn nothing_more_falls_due_for_who_is_switched_off_until_they_return() {
    let hour = Duration::hours(1);
    let policy = Policy::ROLLCALL;
    let step = |account: &Account, command, time| decide(account, command, &policy, time).unwrap();
    let account = step(&made(SignIn::Email), Command::SetExpiry(Some(now() + hour * 5)), now()).account;
    assert_eq!(account.due_at, Some(now() + hour * 5));
    let off = step(&account, Command::Deactivate(Reason::Leave), now() + hour).account;
    assert_eq!(off.due_at, None);
    let back = step(&off, Command::Reactivate, now() + hour * 2).account;
    assert_eq!(back.due_at, Some(now() + hour * 5));
}

/// LIFECYCLE C9, L39.
#[test]
fn c9_which_enrolments_wait_after_a_return_is_policy() {
    let off = decide(&made(SignIn::Email), Command::Deactivate(Reason::Leave), &Policy::ROLLCALL, now());
    let off = off.unwrap().account;
    for (preset, expected) in [
        (crate::policy::Preset::Assure, Some(Effect::EnrolmentsWait)),
        (crate::policy::Preset::Ihasco, Some(Effect::EnrolmentsReopened)),
        (crate::policy::Preset::Ispring, Some(Effect::EnrolmentsReopened)),
        (crate::policy::Preset::Rollcall, Some(Effect::LaterEnrolmentsWait)),
    ] {
        let back = decide(&off, Command::Reactivate, &preset.policy(), now()).unwrap();
        let wait = back.effects.iter().copied().find(|effect| {
            [Effect::EnrolmentsWait, Effect::LaterEnrolmentsWait, Effect::EnrolmentsReopened].contains(effect)
        });
        assert_eq!(wait, expected, "{preset:?}");
    }
}
