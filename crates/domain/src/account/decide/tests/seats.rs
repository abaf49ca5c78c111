//! A seat is taken once, given back once, and by the rules of the product.

use super::*;
use crate::account::Seat;
use crate::policy::{ExpiryResult, SeatBasis, SeatRelease};

/// Every policy that decides differently over seats.
fn policies() -> Vec<Policy> {
    let mut all = Vec::new();
    for seat_basis in [SeatBasis::Account, SeatBasis::ActiveAccount, SeatBasis::FirstCourseStart] {
        for seat_release in [SeatRelease::Always, SeatRelease::Never, SeatRelease::OnlyIfNotStarted] {
            for expiry_result in [ExpiryResult::ExpiredLocked, ExpiryResult::Deactivated] {
                all.push(Policy { seat_basis, seat_release, expiry_result, ..Policy::ROLLCALL });
            }
        }
    }
    all
}

#[test]
fn a_seat_is_never_counted_twice() {
    for account in accounts() {
        let some = Some(Seat { since: now(), until: None });
        for (seat, first_course_at) in [(None, None), (some, None), (None, Some(now())), (some, Some(now()))]
        {
            let before = Account { seat, first_course_at, ..account };
            for policy in policies() {
                for command in commands() {
                    let Ok(decision) = decide(&before, command, &policy, now()) else { continue };
                    let count = |wanted| decision.effects.iter().filter(|effect| **effect == wanted).count();
                    let taken = count(Effect::SeatTaken);
                    let released = count(Effect::SeatReleased);
                    let held = |account: &Account| usize::from(account.seat.is_some());
                    assert_eq!(held(&before) + taken, held(&decision.account) + released, "{command:?}");
                    assert!(taken + released <= 1, "{command:?} on {before:?}");
                    // Once it is decided, the same facts ask for no more.
                    assert_eq!(decision.account.needed_seat(&policy, now()), decision.account.seat);
                }
            }
        }
    }
}

/// The seat of somebody who is made, starts a course or does not, is deactivated, and comes back.
fn story(policy: &Policy, starts: bool) -> [bool; 5] {
    let step = |account: Account, command| decide(&account, command, policy, now()).unwrap().account;
    let made = step(Account::new(SignIn::Email), Command::Create);
    let learning = if starts { step(made, Command::StartCourse) } else { made };
    let off = step(learning, Command::Deactivate(Reason::Left));
    let back = step(off, Command::Reactivate);
    let gone = step(back, Command::Delete);
    [made, learning, off, back, gone].map(|account| account.seat.is_some())
}

#[test]
fn each_product_counts_its_seats_as_its_page_says() {
    let always = [true, true, false, true, false];
    for preset in [Preset::Rollcall, Preset::Workspace, Preset::Ispring] {
        assert_eq!(story(&preset.policy(), true), always, "{preset:?}");
        assert_eq!(story(&preset.policy(), false), always, "{preset:?}");
    }
    // L30, L63 of the page: taken by the first start, and not given back by the deactivation.
    assert_eq!(story(&Preset::Ihasco.policy(), true), [false, true, true, true, false]);
    assert_eq!(story(&Preset::Ihasco.policy(), false), [false; 5]);
    let refundable = Policy { seat_release: SeatRelease::OnlyIfNotStarted, ..Policy::ROLLCALL };
    assert_eq!(story(&refundable, false), always);
    assert_eq!(story(&refundable, true), [true, true, true, true, false]);
}

#[test]
fn a_seat_lapses_at_its_date_without_anything_having_run_and_is_released_by_the_next_decision() {
    let end = now() + Duration::days(3);
    let ends = |command| decide(&made(SignIn::Email), command, &Policy::ROLLCALL, now()).unwrap().account;
    let scheduled =
        ends(Command::ScheduleDeactivation(ScheduledDeactivation { at: end, reason: Reason::Left }));
    let expiring = ends(Command::SetExpiry(Some(end)));
    let before = end - Duration::seconds(1);
    for account in [scheduled, expiring] {
        assert_eq!(account.seat, Some(Seat { since: now(), until: Some(end) }));
        assert!(account.holds_seat(before) && !account.holds_seat(end));
        let next = decide(&account, Command::SetRole(Role::Trainer), &Policy::ROLLCALL, end).unwrap();
        assert!(next.effects.contains(&Effect::SeatReleased));
    }
    // By the account being there, its expiry frees nothing; by its deactivation on a date, it does.
    let workspace = Preset::Workspace.policy();
    let under = |account, policy| settle(account, &policy, now()).account;
    assert!(under(&expiring, workspace).holds_seat(end) && !under(&scheduled, workspace).holds_seat(end));
    let never = Policy { seat_release: SeatRelease::Never, ..workspace };
    assert!(under(&scheduled, never).holds_seat(end));
}

#[test]
fn who_starts_later_has_the_seat_from_now_on() {
    let start = now() + Duration::days(30);
    let staged = Account { starts_at: Some(start), ..Account::new(SignIn::Email) };
    let made = decide(&staged, Command::Create, &Policy::ROLLCALL, now()).unwrap();
    assert_eq!(made.effects, [Effect::SeatTaken]);
    assert_eq!(made.account.status(now()), Status::Staged);
}
