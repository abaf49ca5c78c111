//! The checker is a program, too: it finds what is wrong, and nothing in what is right.

use super::checker::{Done, Model, check};
use super::models::*;
use super::run::Dice;

/// An operation of `client` from `start` to `end`.
fn did<O, R>(client: usize, op: O, told: R, start: u64, end: u64) -> Done<O, R> {
    Done { client, op, told: Some(told), start, end }
}

/// One whose answer never came.
fn perhaps<O, R>(client: usize, op: O, start: u64) -> Done<O, R> {
    Done { client, op, told: None, start, end: u64::MAX }
}

#[track_caller]
fn right<M: Model>(model: &M, history: &[Done<M::Op, M::Told>]) {
    check(model, history).unwrap();
}

#[track_caller]
fn wrong<M: Model>(model: &M, history: &[Done<M::Op, M::Told>]) {
    let Err(found) = check(model, history) else { panic!("the mistake is not found") };
    assert!(found.contains("explained"), "{found}");
}

use OnMembers as M;
use OnName as N;
use OnPair as P;
use OnRegister as R;
use OnSeats as S;
use RegisterTold::{Is, Stale};

#[test]
fn a_register_that_forgets_goes_back_or_takes_two_for_one_is_found() {
    right(
        &Register,
        &[
            did(0, R::Write(7), Is(7, 2), 0, 10),
            did(1, R::Read, Is(0, 1), 5, 6),
            did(1, R::Read, Is(7, 2), 7, 8),
        ],
    );
    // An old value after a new one was seen.
    wrong(
        &Register,
        &[
            did(0, R::Write(7), Is(7, 2), 0, 10),
            did(1, R::Read, Is(7, 2), 3, 4),
            did(2, R::Read, Is(0, 1), 5, 6),
        ],
    );
    // A write that was acknowledged, and is not there.
    wrong(&Register, &[did(0, R::Write(7), Is(7, 2), 0, 1), did(1, R::Read, Is(0, 1), 2, 3)]);
    // Two swaps of one version both succeed: the lost update.
    wrong(&Register, &[did(0, R::Swap(1, 7), Is(7, 2), 0, 9), did(1, R::Swap(1, 8), Is(8, 2), 0, 9)]);
    right(&Register, &[did(0, R::Swap(1, 7), Is(7, 2), 0, 9), did(1, R::Swap(1, 8), Stale, 0, 9)]);
    // Stale, where nobody wrote.
    wrong(&Register, &[did(0, R::Swap(1, 7), Stale, 0, 9), did(1, R::Read, Is(0, 1), 10, 11)]);
    // A write whose answer never came happened, or not, but not twice and not before it began.
    for (told, is_right) in [(Is(0, 1), true), (Is(7, 2), true), (Is(7, 3), false)] {
        let history = [perhaps(0, R::Write(7), 0), did(1, R::Read, told, 5, 6)];
        assert_eq!(check(&Register, &history).is_ok(), is_right, "{history:?}");
    }
    wrong(&Register, &[perhaps(0, R::Write(7), 5), did(1, R::Read, Is(7, 2), 1, 2)]);
    right(
        &Register,
        &[perhaps(0, R::Write(7), 0), did(1, R::Read, Is(0, 1), 5, 6), did(1, R::Read, Is(7, 2), 7, 8)],
    );
    wrong(
        &Register,
        &[perhaps(0, R::Write(7), 0), did(1, R::Read, Is(7, 2), 5, 6), did(1, R::Read, Is(0, 1), 7, 8)],
    );
}

#[test]
fn a_member_that_vanishes_or_comes_back_is_found() {
    right(
        &Members,
        &[
            did(0, M::Add(1), 0, 0, 9),
            did(1, M::Add(2), 0, 0, 9),
            did(2, M::Read, 2, 4, 5),
            did(2, M::Read, 3, 10, 11),
        ],
    );
    wrong(&Members, &[did(0, M::Add(1), 0, 0, 9), did(1, M::Add(2), 0, 0, 9), did(2, M::Read, 2, 10, 11)]);
    wrong(&Members, &[did(0, M::Add(1), 0, 0, 1), did(1, M::Remove(1), 0, 2, 3), did(2, M::Read, 1, 4, 5)]);
    // Half of what one request added.
    wrong(&Members, &[did(0, M::Add(3), 0, 0, 9), did(2, M::Read, 1, 4, 5), did(2, M::Read, 3, 10, 11)]);
}

#[test]
fn an_attribute_that_another_request_overwrote_is_found() {
    right(
        &Pair,
        &[
            did(0, P::Set(0, 1), [1, 1], 0, 9),
            did(1, P::Set(1, 1), [0, 1], 0, 9),
            did(2, P::Read, [1, 1], 10, 11),
        ],
    );
    wrong(
        &Pair,
        &[
            did(0, P::Set(0, 1), [1, 0], 0, 9),
            did(1, P::Set(1, 1), [0, 1], 0, 9),
            did(2, P::Read, [1, 1], 10, 11),
        ],
    );
    wrong(
        &Pair,
        &[
            did(0, P::Set(0, 1), [1, 0], 0, 1),
            did(1, P::Set(1, 1), [1, 1], 2, 3),
            did(2, P::Read, [0, 1], 4, 5),
        ],
    );
}

#[test]
fn a_name_that_two_hold_or_nobody_is_found() {
    use NameTold as T;
    right(&Name, &[did(0, N::Create, T::Holder(1), 0, 9), did(1, N::Create, T::Taken, 0, 9)]);
    wrong(&Name, &[did(0, N::Create, T::Holder(1), 0, 9), did(1, N::Create, T::Holder(2), 0, 9)]);
    wrong(&Name, &[did(0, N::Create, T::Taken, 0, 9), did(1, N::Create, T::Taken, 0, 9)]);
    wrong(&Name, &[did(0, N::Create, T::Holder(1), 0, 1), did(0, N::Find, T::Several, 2, 3)]);
    wrong(
        &Name,
        &[
            did(0, N::Create, T::Holder(1), 0, 1),
            did(0, N::Delete(1), T::Gone, 2, 3),
            did(1, N::Find, T::Holder(1), 4, 5),
        ],
    );
    right(
        &Name,
        &[
            perhaps(0, N::Create, 0),
            did(1, N::Find, T::Holder(4), 4, 5),
            did(1, N::Delete(4), T::Gone, 6, 7),
            did(1, N::Find, T::Nobody, 8, 9),
        ],
    );
    wrong(
        &Name,
        &[perhaps(0, N::Create, 0), did(1, N::Find, T::Holder(4), 4, 5), did(1, N::Find, T::Holder(5), 6, 7)],
    );
}

#[test]
fn a_seat_too_many_or_one_kept_from_who_should_have_it_is_found() {
    use SeatsTold::{Active, Done as Yes, NoSeat};
    right(&Seats(1), &[did(0, S::Activate(1), Yes, 0, 9), did(1, S::Activate(2), NoSeat, 0, 9)]);
    wrong(&Seats(1), &[did(0, S::Activate(1), Yes, 0, 9), did(1, S::Activate(2), Yes, 0, 9)]);
    wrong(&Seats(1), &[did(0, S::Activate(1), NoSeat, 0, 9), did(1, S::Activate(2), NoSeat, 0, 9)]);
    wrong(&Seats(1), &[did(0, S::Activate(1), Yes, 0, 1), did(1, S::Read(1), Active(false), 2, 3)]);
    right(
        &Seats(1),
        &[
            did(0, S::Activate(1), Yes, 0, 1),
            perhaps(0, S::Deactivate(1), 2),
            did(1, S::Activate(2), Yes, 3, 4),
        ],
    );
}

/// A long history with many clients and lost answers is decided, and one wrong answer in it is found.
#[test]
fn a_long_history_is_decided_and_one_wrong_answer_in_it_is_found() {
    let mut history = Vec::new();
    let (mut value, mut version) = (0, 1);
    for n in 0..800_u64 {
        let (start, end) = (n * 10, n * 10 + 45);
        match n % 5 {
            0 => {
                (value, version) = (n, version + 1);
                history.push(did(0, R::Write(n), Is(n, version), start, end));
            }
            3 if n % 100 == 3 => history.push(perhaps(3, R::Write(n), start)),
            4 => history.push(did(4, R::Swap(0, n), Stale, start, end)),
            _ => history.push(did(1, R::Read, Is(value, version), start, end)),
        }
    }
    right(&Register, &history);
    let read = history.iter().rposition(|done| matches!(done.op, R::Read)).unwrap();
    history[read].told = Some(Is(5, 3));
    wrong(&Register, &history);
}

/// People who come and go: what a group would have told its clients, where some never heard, and what they asked for was done later or never.
fn of_a_group(dice: &mut Dice, length: u64, unknown_of_a_hundred: usize) -> Vec<Done<OnMembers, u32>> {
    let mut events = Vec::new();
    for number in 0..length {
        let start = number * 10;
        let end = start + 1 + dice.below(50) as u64;
        let some = 1 + u32::try_from(dice.below(63)).unwrap();
        let op = match dice.below(3) {
            0 => M::Read,
            1 => M::Add(some),
            _ => M::Remove(some),
        };
        let is_known = dice.below(100) >= unknown_of_a_hundred;
        let late = if is_known { end - start } else { length * 20 };
        let moment = start + dice.below(usize::try_from(late).unwrap()) as u64;
        events.push((moment, Done { client: 0, op, told: is_known.then_some(0), start, end }));
    }
    events.sort_by_key(|(moment, _)| *moment);
    let mut state = 0;
    for (_, done) in &mut events {
        match done.op {
            M::Read => done.told = done.told.map(|_| state),
            M::Add(some) => state |= some,
            M::Remove(some) => state &= !some,
        }
    }
    let known = |done: &Done<_, _>| if done.told.is_some() { done.end } else { u64::MAX };
    events.into_iter().map(|(_, done)| Done { end: known(&done), ..done }).collect()
}

#[test]
fn what_a_group_did_is_decided_also_where_many_never_heard() {
    for seed in 0..12 {
        right(&Members, &of_a_group(&mut Dice::new(seed), 500, 6));
    }
}

/// All orders, one after the other.
fn has_an_order<M: Model>(model: &M, state: &M::State, left: &[&Done<M::Op, M::Told>]) -> bool {
    let horizon = left.iter().filter(|done| done.told.is_some()).map(|done| done.end).min();
    let Some(horizon) = horizon else { return true };
    (0..left.len()).filter(|at| left[*at].start <= horizon).any(|at| {
        let mut others = left.to_vec();
        let done = others.remove(at);
        model
            .step(state, &done.op, done.told.as_ref())
            .is_some_and(|state| has_an_order(model, &state, &others))
    })
}

#[test]
fn short_histories_are_decided_as_by_trying_every_order() {
    let mut found = [0, 0];
    for seed in 0..3_000 {
        let mut dice = Dice::new(seed);
        let mut history = of_a_group(&mut dice, 7, 40);
        if let Some(done) =
            history.iter_mut().find(|done| matches!((&done.op, done.told), (M::Read, Some(_))))
        {
            done.told = Some(u32::try_from(dice.below(64)).unwrap());
        }
        let is_right = has_an_order(&Members, &0, &history.iter().collect::<Vec<_>>());
        assert_eq!(check(&Members, &history).is_ok(), is_right, "{history:?}");
        found[usize::from(is_right)] += 1;
    }
    assert!(found.iter().all(|number| *number > 300), "wrong and right: {found:?}");
}
