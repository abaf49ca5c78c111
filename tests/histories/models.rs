//! What users, groups, names and seats do, one operation after the other.

use super::checker::Model;

/// A user whose one attribute is written with and without `If-Match`; every value is written once.
pub(crate) struct Register;

#[derive(Debug, Clone)]
pub(crate) enum OnRegister {
    Read,
    Write(u64),
    /// The version that `If-Match` names, and the value.
    Swap(u64, u64),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RegisterTold {
    /// Value and version.
    Is(u64, u64),
    /// 412.
    Stale,
}

impl Model for Register {
    type State = (u64, u64);
    type Op = OnRegister;
    type Told = RegisterTold;

    fn first(&self) -> (u64, u64) {
        (0, 1)
    }

    fn step(&self, state: &(u64, u64), op: &OnRegister, told: Option<&RegisterTold>) -> Option<(u64, u64)> {
        let (_, version) = *state;
        let next = match op {
            OnRegister::Read => *state,
            OnRegister::Write(value) => (*value, version + 1),
            OnRegister::Swap(expected, value) if *expected == version => (*value, version + 1),
            // Of a version that is over: nothing happens.
            OnRegister::Swap(..) => {
                return (told.is_none() || told == Some(&RegisterTold::Stale)).then_some(*state);
            }
        };
        match told {
            None => Some(next),
            Some(RegisterTold::Is(value, version)) => ((*value, *version) == next).then_some(next),
            Some(RegisterTold::Stale) => None,
        }
    }

    /// Versions only rise.
    fn is_too_late(&self, state: &(u64, u64), op: &OnRegister, told: &RegisterTold) -> bool {
        match (op, told) {
            (OnRegister::Read, RegisterTold::Is(_, version)) => *version < state.1,
            (_, RegisterTold::Is(_, version)) => *version <= state.1,
            (_, RegisterTold::Stale) => false,
        }
    }
}

/// The members of a group, a bit for each.
pub(crate) struct Members;

#[derive(Debug, Clone)]
pub(crate) enum OnMembers {
    Read,
    Add(u32),
    Remove(u32),
}

impl Model for Members {
    type State = u32;
    type Op = OnMembers;
    /// Who was there, of a read; of the others nothing but that it was done.
    type Told = u32;

    fn first(&self) -> u32 {
        0
    }

    fn step(&self, state: &u32, op: &OnMembers, told: Option<&u32>) -> Option<u32> {
        match op {
            OnMembers::Read => told.is_none_or(|told| told == state).then_some(*state),
            OnMembers::Add(some) => Some(state | some),
            OnMembers::Remove(some) => Some(state & !some),
        }
    }
}

/// Two attributes of a user, each written by clients that never speak of the other.
pub(crate) struct Pair;

#[derive(Debug, Clone)]
pub(crate) enum OnPair {
    Read,
    /// Which, and the value.
    Set(usize, u64),
}

impl Model for Pair {
    type State = [u64; 2];
    type Op = OnPair;
    /// Both, as the answer shows them.
    type Told = [u64; 2];

    fn first(&self) -> [u64; 2] {
        [0, 0]
    }

    fn step(&self, state: &[u64; 2], op: &OnPair, told: Option<&[u64; 2]>) -> Option<[u64; 2]> {
        let mut next = *state;
        if let OnPair::Set(which, value) = op {
            next[*which] = *value;
        }
        told.is_none_or(|told| *told == next).then_some(next)
    }
}

/// A user name, in whatever letters.
pub(crate) struct Name;

#[derive(Debug, Clone)]
pub(crate) enum OnName {
    Create,
    /// Of this id.
    Delete(u128),
    Find,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NameTold {
    /// Created, or found.
    Holder(u128),
    /// 409.
    Taken,
    /// Deleted.
    Gone,
    /// Found nobody; or nobody there to be deleted.
    Nobody,
    /// Found more than one.
    Several,
}

/// Who has the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    Nobody,
    /// Created by a request whose answer never came.
    Somebody,
    Known(u128),
}

impl Model for Name {
    type State = Holder;
    type Op = OnName;
    type Told = NameTold;

    fn first(&self) -> Holder {
        Holder::Nobody
    }

    fn step(&self, state: &Holder, op: &OnName, told: Option<&NameTold>) -> Option<Holder> {
        use NameTold as T;
        match (op, told, state) {
            (OnName::Create, None, Holder::Nobody) => Some(Holder::Somebody),
            (OnName::Create, Some(T::Holder(id)), Holder::Nobody) => Some(Holder::Known(*id)),
            (OnName::Create, Some(T::Taken), Holder::Somebody | Holder::Known(_)) => Some(state.clone()),
            (OnName::Delete(id), None, Holder::Known(holder)) if id == holder => Some(Holder::Nobody),
            (OnName::Delete(_), None, Holder::Somebody) => Some(Holder::Nobody),
            (OnName::Delete(id), Some(T::Gone), Holder::Known(holder)) if id == holder => {
                Some(Holder::Nobody)
            }
            (OnName::Delete(_), Some(T::Gone), Holder::Somebody) => Some(Holder::Nobody),
            (OnName::Delete(id), Some(T::Nobody), Holder::Known(holder)) if id == holder => None,
            (OnName::Delete(_), Some(T::Nobody), _) => Some(state.clone()),
            (OnName::Find, Some(T::Nobody), Holder::Nobody) => Some(Holder::Nobody),
            (OnName::Find, Some(T::Holder(id)), Holder::Known(holder)) if id == holder => Some(state.clone()),
            (OnName::Find, Some(T::Holder(id)), Holder::Somebody) => Some(Holder::Known(*id)),
            (_, None, _) => Some(state.clone()),
            _ => None,
        }
    }
}

/// Who is active, a bit for each, where not all can be.
pub(crate) struct Seats(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) enum OnSeats {
    Activate(u32),
    Deactivate(u32),
    /// Is this one active?
    Read(u32),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SeatsTold {
    Done,
    /// 403.
    NoSeat,
    Active(bool),
}

impl Model for Seats {
    type State = u32;
    type Op = OnSeats;
    type Told = SeatsTold;

    fn first(&self) -> u32 {
        0
    }

    fn step(&self, state: &u32, op: &OnSeats, told: Option<&SeatsTold>) -> Option<u32> {
        match op {
            OnSeats::Activate(one) => {
                let possible = state & one != 0 || state.count_ones() < self.0;
                match told {
                    None | Some(SeatsTold::Done) if possible => Some(state | one),
                    None => Some(*state),
                    Some(SeatsTold::NoSeat) => (!possible).then_some(*state),
                    Some(_) => None,
                }
            }
            OnSeats::Deactivate(one) => {
                told.is_none_or(|told| *told == SeatsTold::Done).then_some(state & !one)
            }
            OnSeats::Read(one) => {
                let active = SeatsTold::Active(state & one != 0);
                told.is_none_or(|told| *told == active).then_some(*state)
            }
        }
    }
}
