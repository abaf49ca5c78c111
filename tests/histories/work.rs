//! What clients do, each kind to an object of its own, and what is made of what they were told.

use super::checker::{Done, Model, check};
use super::models::*;
use super::run::{Ask, Dice, Era, Told};
use crate::support::http::Response;
use crate::support::patch_op;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

/// A history that was checked.
pub(crate) struct Checked {
    pub(crate) operations: usize,
    pub(crate) unknown: usize,
    pub(crate) anomaly: Option<String>,
}

/// Every kind of work.
pub(crate) const ALL: [fn(&Era<'_>) -> Checked; 6] = [register, counter, members, pair, name, seats];

/// What clients of one object were told.
struct Log<O, R>(Mutex<Vec<Done<O, R>>>);

impl<O: Clone + Debug, R: Debug> Log<O, R> {
    fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Sends a request and notes what was told. `read` makes sense of the answer; `None`: nobody should get it.
    fn did(
        &self,
        era: &Era<'_>,
        (client, dice): (usize, &mut Dice),
        (op, token, ask): (O, &str, &Ask<'_>),
        read: impl Fn(&Response) -> Option<R>,
    ) -> Option<Response> {
        let start = era.target.now();
        let answer = era.ask(dice, token, ask);
        let end = era.target.now();
        let (told, answer) = match answer {
            Told::Never => return None,
            Told::Perhaps => (None, None),
            // It may have happened: a server may lose its database between the commit and the word of it.
            Told::Answer(answer) if answer.status == 503 => (None, None),
            Told::Answer(answer) => {
                let told = read(&answer);
                if told.is_none() {
                    let body = String::from_utf8_lossy(&answer.body);
                    era.target.fault(format!("{op:?}: {} {body}", answer.status));
                }
                (told, Some(answer))
            }
        };
        let end = if told.is_some() { end } else { u64::MAX };
        self.0.lock().unwrap().push(Done { client, op, told, start, end });
        answer
    }

    fn checked<M: Model<Op = O, Told = R>>(self, what: &str, model: &M) -> Checked {
        let history = self.0.into_inner().unwrap();
        let anomaly = check(model, &history).err().map(|found| format!("{what}: {found}"));
        let unknown = history.iter().filter(|done| done.told.is_none()).count();
        Checked { operations: history.len(), unknown, anomaly }
    }
}

/// Runs that many clients until the era ends, and one of them once more, when the others are through.
fn clients(
    era: &Era<'_>,
    kind: u64,
    number: usize,
    step: impl Fn(usize, &mut Dice) + Sync,
    last: impl Fn(&mut Dice) -> bool,
) {
    thread::scope(|scope| {
        for client in 0..number {
            let step = &step;
            scope.spawn(move || {
                let mut dice = Dice::new(era.seed ^ kind << 16 ^ client as u64);
                while Instant::now() < era.end {
                    step(client, &mut dice);
                }
            });
        }
    });
    let mut dice = Dice::new(era.seed ^ kind);
    while !last(&mut dice) {
        thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn get(path: &str) -> Ask<'static> {
    Ask { method: "GET", path: format!("/scim/v2{path}"), if_match: None, body: None }
}

fn patch(path: &str, operations: Value) -> Ask<'static> {
    Ask { method: "PATCH", path: format!("/scim/v2{path}"), if_match: None, body: Some(patch_op(operations)) }
}

/// A new resource, whose id is returned. A name for each attempt, since an attempt may have succeeded unseen.
fn made(era: &Era<'_>, token: &str, kind: &str, body: impl Fn(usize) -> Value) -> String {
    let mut dice = Dice::new(era.seed);
    for attempt in 0..3_000 {
        let ask = Ask {
            method: "POST",
            path: format!("/scim/v2{kind}"),
            if_match: None,
            body: Some(body(attempt)),
        };
        if let Told::Answer(answer) = era.ask(&mut dice, token, &ask)
            && answer.status == 201
        {
            return answer.json().unwrap()["id"].as_str().unwrap().to_owned();
        }
        thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{kind}: none can be made");
}

fn number(body: &Value, attribute: &str) -> Option<u64> {
    body[attribute].as_str()?.parse().ok()
}

/// Value and version of a user.
fn shown(answer: &Response) -> Option<RegisterTold> {
    let version = answer.header("ETag")?.strip_prefix("W/\"")?.strip_suffix('"')?.parse().ok()?;
    Some(RegisterTold::Is(number(&answer.json()?, "title")?, version))
}

fn read_register(answer: &Response) -> Option<RegisterTold> {
    match answer.status {
        200 => shown(answer),
        412 => Some(RegisterTold::Stale),
        _ => None,
    }
}

fn swap(path: &str, version: u64, value: u64) -> Ask<'static> {
    let operations = json!([{"op": "replace", "path": "title", "value": value.to_string()}]);
    Ask { if_match: Some(format!("W/\"{version}\"")), ..patch(path, operations) }
}

/// A user who is read, written, and written if nothing changed.
fn register(era: &Era<'_>) -> Checked {
    let token = &era.site.scim;
    let id = made(era, token, "/Users", |n| json!({"userName": format!("register{n}"), "title": "0"}));
    let (path, log) = (format!("/Users/{id}"), Log::new());
    let values = std::sync::atomic::AtomicU64::new(1);
    let step = |client: usize, dice: &mut Dice| {
        let value = values.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match dice.below(4) {
            0 => {
                let operations = json!([{"op": "replace", "path": "title", "value": value.to_string()}]);
                log.did(
                    era,
                    (client, dice),
                    (OnRegister::Write(value), token, &patch(&path, operations)),
                    read_register,
                );
            }
            1 => drop(log.did(era, (client, dice), (OnRegister::Read, token, &get(&path)), read_register)),
            _ => {
                let read =
                    log.did(era, (client, dice), (OnRegister::Read, token, &get(&path)), read_register);
                if let Some(RegisterTold::Is(_, version)) = read.as_ref().and_then(shown) {
                    let op = OnRegister::Swap(version, value);
                    log.did(era, (client, dice), (op, token, &swap(&path, version, value)), read_register);
                }
            }
        }
    };
    clients(era, 1, 4, step, |dice| {
        log.did(era, (99, dice), (OnRegister::Read, token, &get(&path)), read_register).is_some()
    });
    log.checked("register", &Register)
}

/// S16: a counter that is read, raised and written back if nothing changed: every success counts once.
fn counter(era: &Era<'_>) -> Checked {
    let token = &era.site.scim;
    let id = made(era, token, "/Users", |n| json!({"userName": format!("counter{n}"), "title": "0"}));
    let (path, log) = (format!("/Users/{id}"), Log::new());
    let step = |client: usize, dice: &mut Dice| {
        let read = log.did(era, (client, dice), (OnRegister::Read, token, &get(&path)), read_register);
        if let Some(RegisterTold::Is(value, version)) = read.as_ref().and_then(shown) {
            let op = OnRegister::Swap(version, value + 1);
            log.did(era, (client, dice), (op, token, &swap(&path, version, value + 1)), read_register);
        }
    };
    clients(era, 2, 4, step, |dice| {
        log.did(era, (99, dice), (OnRegister::Read, token, &get(&path)), read_register).is_some()
    });
    let (mut counted, mut perhaps, mut last) = (BTreeSet::new(), 0, 0);
    let mut lost = None;
    for done in log.0.lock().unwrap().iter() {
        match (&done.op, &done.told) {
            (OnRegister::Swap(..), Some(RegisterTold::Is(value, _))) if !counted.insert(*value) => {
                lost = Some(format!("counter: {value} was counted twice"));
            }
            (OnRegister::Swap(..), None) => perhaps += 1,
            (OnRegister::Read, Some(RegisterTold::Is(value, _))) => last = *value,
            _ => {}
        }
    }
    let successes = counted.len() as u64;
    if !(successes..=successes + perhaps).contains(&last) {
        lost = Some(format!("counter: {successes} successes, {perhaps} unknown, and it is {last}"));
    }
    let checked = log.checked("counter", &Register);
    Checked { anomaly: lost.or(checked.anomaly), ..checked }
}

/// S18: people who come into a group and leave it.
fn members(era: &Era<'_>) -> Checked {
    const PEOPLE: usize = 6;
    let token = &era.site.scim;
    let ids: Vec<String> = (0..PEOPLE)
        .map(|who| made(era, token, "/Users", |n| json!({"userName": format!("member{who}.{n}")})))
        .collect();
    let group = made(era, token, "/Groups", |n| json!({"displayName": format!("All {n}")}));
    let (path, log) = (format!("/Groups/{group}"), Log::new());
    let mask = |answer: &Response| {
        let body = answer.json()?;
        let there = body["members"].as_array().cloned().unwrap_or_default();
        let bit = |member: &Value| Some(1_u32 << ids.iter().position(|id| member["value"] == json!(id))?);
        there.iter().map(bit).try_fold(0, |mask, bit| Some(mask | bit?))
    };
    let read = |answer: &Response| if answer.status == 200 { mask(answer) } else { None };
    let step = |client: usize, dice: &mut Dice| {
        let some = 1_u32 + u32::try_from(dice.below((1 << PEOPLE) - 1)).unwrap();
        let values: Vec<Value> =
            (0..PEOPLE).filter(|who| some >> who & 1 == 1).map(|who| json!({"value": ids[who]})).collect();
        let changed = |answer: &Response| [200, 204].contains(&answer.status).then_some(0);
        match dice.below(3) {
            0 => drop(log.did(era, (client, dice), (OnMembers::Read, token, &get(&path)), read)),
            1 => {
                let ask = patch(&path, json!([{"op": "add", "path": "members", "value": values}]));
                log.did(era, (client, dice), (OnMembers::Add(some), token, &ask), changed);
            }
            _ => {
                let ask = patch(&path, json!([{"op": "remove", "path": "members", "value": values}]));
                log.did(era, (client, dice), (OnMembers::Remove(some), token, &ask), changed);
            }
        }
    };
    clients(era, 3, 4, step, |dice| {
        log.did(era, (99, dice), (OnMembers::Read, token, &get(&path)), read).is_some()
    });
    log.checked("members", &Members)
}

/// S17: two attributes of one user, written without `If-Match` by clients who do not know of each other.
fn pair(era: &Era<'_>) -> Checked {
    let token = &era.site.scim;
    let id = made(
        era,
        token,
        "/Users",
        |n| json!({"userName": format!("pair{n}"), "title": "0", "nickName": "0"}),
    );
    let (path, log) = (format!("/Users/{id}"), Log::new());
    let values = std::sync::atomic::AtomicU64::new(1);
    let both = |answer: &Response| {
        let body = answer.json()?;
        (answer.status == 200).then_some([number(&body, "title")?, number(&body, "nickName")?])
    };
    let step = |client: usize, dice: &mut Dice| {
        if client == 4 || dice.below(4) == 0 {
            log.did(era, (client, dice), (OnPair::Read, token, &get(&path)), both);
            return;
        }
        let (which, value) = (client % 2, values.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let attribute = ["title", "nickName"][which];
        let ask = patch(&path, json!([{"op": "replace", "path": attribute, "value": value.to_string()}]));
        log.did(era, (client, dice), (OnPair::Set(which, value), token, &ask), both);
    };
    clients(era, 4, 5, step, |dice| {
        log.did(era, (99, dice), (OnPair::Read, token, &get(&path)), both).is_some()
    });
    log.checked("two attributes", &Pair)
}

/// S21: one name in many spellings, given, looked for and given up.
fn name(era: &Era<'_>) -> Checked {
    const SPELLINGS: [&str; 4] = ["straße.jensen", "STRAßE.JENSEN", "Straße.Jensen", "ｓtraẞe.jensen"];
    let token = &era.site.scim;
    let log = Log::new();
    let held = Mutex::new(None::<String>);
    let number = |id: &str| id.parse::<uuid::Uuid>().map(|id| id.as_u128()).ok();
    let find = || get("/Users?filter=userName%20eq%20%22STRA%C3%9FE.JENSEN%22");
    let read = |answer: &Response| {
        let body = answer.json()?;
        match (answer.status, body["totalResults"].as_u64()?) {
            (200, 0) => Some(NameTold::Nobody),
            (200, 1) => Some(NameTold::Holder(number(body["Resources"][0]["id"].as_str()?)?)),
            (200, _) => Some(NameTold::Several),
            _ => None,
        }
    };
    let step = |client: usize, dice: &mut Dice| match dice.below(4) {
        0 => {
            let found = log.did(era, (client, dice), (OnName::Find, token, &find()), read);
            let id = found
                .and_then(|found| found.json())
                .and_then(|found| found["Resources"][0]["id"].as_str().map(str::to_owned));
            if id.is_some() {
                *held.lock().unwrap() = id;
            }
        }
        1 => {
            let Some(id) = held.lock().unwrap().clone() else { return };
            let ask =
                Ask { method: "DELETE", path: format!("/scim/v2/Users/{id}"), if_match: None, body: None };
            let Some(number) = number(&id) else { return };
            log.did(era, (client, dice), (OnName::Delete(number), token, &ask), |answer| {
                match answer.status {
                    204 => Some(NameTold::Gone),
                    404 => Some(NameTold::Nobody),
                    _ => None,
                }
            });
        }
        _ => {
            let body = json!({"userName": SPELLINGS[dice.below(SPELLINGS.len())]});
            let ask =
                Ask { method: "POST", path: "/scim/v2/Users".to_owned(), if_match: None, body: Some(body) };
            let made =
                log.did(era, (client, dice), (OnName::Create, token, &ask), |answer| match answer.status {
                    201 => Some(NameTold::Holder(number(answer.json()?["id"].as_str()?)?)),
                    409 => Some(NameTold::Taken),
                    _ => None,
                });
            if let Some(made) = made.filter(|made| made.status == 201).and_then(|made| made.json()) {
                *held.lock().unwrap() = made["id"].as_str().map(str::to_owned);
            }
        }
    };
    clients(era, 5, 4, step, |dice| log.did(era, (99, dice), (OnName::Find, token, &find()), read).is_some());
    log.checked("name", &Name)
}

/// S20: five people and two seats.
fn seats(era: &Era<'_>) -> Checked {
    const PEOPLE: usize = 5;
    const SEATS: u32 = 2;
    let token = &era.seats.scim;
    let ids: Vec<String> = (0..PEOPLE)
        .map(|who| {
            made(era, token, "/Users", |n| json!({"userName": format!("person{who}.{n}"), "active": false}))
        })
        .collect();
    let limit = Ask {
        method: "PUT",
        path: "/api/v1/seats".to_owned(),
        if_match: None,
        body: Some(json!({"limit": SEATS})),
    };
    era.must(&mut Dice::new(era.seed), &era.seats.api, &limit, 200);
    let log = Log::new();
    let read = |answer: &Response| match answer.status {
        200 => Some(SeatsTold::Active(answer.json()?["active"].as_bool()?)),
        _ => None,
    };
    let switched = |answer: &Response| match answer.status {
        200 => Some(SeatsTold::Done),
        403 => Some(SeatsTold::NoSeat),
        _ => None,
    };
    let step = |client: usize, dice: &mut Dice| {
        let who = dice.below(PEOPLE);
        let (path, bit) = (format!("/Users/{}", ids[who]), 1_u32 << who);
        let active = |on: bool| patch(&path, json!([{"op": "replace", "path": "active", "value": on}]));
        match dice.below(5) {
            0 => drop(log.did(era, (client, dice), (OnSeats::Read(bit), token, &get(&path)), read)),
            1 | 2 => drop(log.did(
                era,
                (client, dice),
                (OnSeats::Deactivate(bit), token, &active(false)),
                switched,
            )),
            _ => drop(log.did(era, (client, dice), (OnSeats::Activate(bit), token, &active(true)), switched)),
        }
    };
    let asked = Mutex::new(0);
    clients(era, 6, 4, step, |dice| {
        let mut who = asked.lock().unwrap();
        let ask = get(&format!("/Users/{}", ids[*who]));
        if log.did(era, (99, dice), (OnSeats::Read(1 << *who), token, &ask), read).is_some() {
            *who += 1;
        }
        *who == PEOPLE
    });
    log.checked("seats", &Seats(SEATS))
}
