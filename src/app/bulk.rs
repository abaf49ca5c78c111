//! Bulk (RFC 7644 §3.7): many operations, each of them what a single request would do, as in a transaction of its own.
//!
//! A bulk is carried out in slices, so that it holds a connection no longer than others wait for one. Between two slices nothing
//! is open: what was done is committed, and stays whatever becomes of the rest.

mod circle;
mod perform;
mod side_by_side;

use super::passwords::{Hasher, Pushed};
use super::resources::{Resources, Users};
use super::{AppError, Call, Rules};
use crate::clock::Clock;
use crate::store::{StoreError, TenantConnection};
use perform::{Action, Done, perform};
use rollcall_scim::bulk::{
    Entry, Method, Requested, Step, Target, Task, bulk_response, parse, part, referenced, replace_references,
    steps,
};
use rollcall_scim::error::{ScimError, shorten};
use rollcall_scim::resource::Passwords;
use serde_json::{Map, Value};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A bulk request on its way.
pub struct Bulk {
    rules: Arc<Rules>,
    call: Call,
    clock: Clock,
    /// What is left to do.
    steps: VecDeque<Step>,
    operations: Vec<Requested>,
    /// What became of the operations, by their places in the request.
    entries: Vec<Option<Entry>>,
    /// What the bulkIds of this request stand for.
    made: HashMap<String, Uuid>,
    /// The passwords that are set on the way, by the places of the operations.
    passwords: HashMap<usize, Pushed>,
    errors: usize,
    fail_on_errors: Option<usize>,
    /// How many are still to be done alone.
    alone: usize,
}

/// An operation as the client sent it, taken out of the request.
#[derive(Clone)]
struct Taken {
    target: Target,
    needs: Vec<usize>,
    task: Task,
    password: Option<Pushed>,
}

/// An operation that is about to be carried out.
struct Begun {
    endpoint: String,
    action: Action,
    /// What it has to be given afterwards, because it refers to what is not made yet.
    waiting: Map<String, Value>,
}

impl Bulk {
    /// Reads a bulk request. Nothing is done yet.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidValue` or 413 for what is no bulk request as a whole.
    pub fn new(
        rules: Arc<Rules>,
        call: Call,
        clock: Clock,
        body: Map<String, Value>,
    ) -> Result<Self, ScimError> {
        let request = parse(body, rules.registry(), &call.base, &rules.dialect)?;
        Ok(Self {
            rules,
            call,
            clock,
            steps: steps(&request.operations).into(),
            entries: request.operations.iter().map(|_| None).collect(),
            operations: request.operations,
            made: HashMap::new(),
            passwords: HashMap::new(),
            errors: 0,
            fail_on_errors: request.fail_on_errors,
            alone: 0,
        })
    }

    /// Hashes the passwords in the operations, if the connection may set any. An operation whose password cannot be used fails
    /// alone. Returns whether there were any.
    pub async fn prepare(&mut self, hasher: &Hasher) -> bool {
        for (place, operation) in self.operations.iter_mut().enumerate() {
            let endpoint = operation.target.as_ref().map(|target| target.endpoint.as_str());
            let (true, Ok(task)) =
                (endpoint == Some(&*Users::resource_type(&self.rules).endpoint), &operation.task)
            else {
                continue;
            };
            match Pushed::take(hasher, &self.rules, &task.data, task.method == Method::Patch).await {
                Ok(password) => self.passwords.extend(password.map(|password| (place, password))),
                Err(error) => operation.task = Err(error.to_scim()),
            }
        }
        !self.passwords.is_empty()
    }

    /// Goes on by these rules, which may have changed. A password that was taken is not set any more where none may be.
    pub fn go_by(&mut self, rules: Arc<Rules>) {
        self.rules = rules;
        let not_any_more = match self.rules.dialect.passwords {
            Passwords::Accept => return,
            Passwords::Ignore => None,
            Passwords::Refuse => Some(Pushed::refused()),
        };
        for (place, _) in self.passwords.drain() {
            if let (Some(operation), Some(refusal)) = (self.operations.get_mut(place), &not_any_more) {
                operation.task = Err(refusal.clone());
            }
        }
    }

    /// Whether nothing was done yet.
    pub fn is_untouched(&self) -> bool {
        self.entries.iter().all(Option::is_none)
    }

    /// Whether nothing is left to do: everything was tried, or there were as many errors as the client accepts.
    pub fn is_done(&self) -> bool {
        self.steps.is_empty() || self.fail_on_errors.is_some_and(|limit| self.errors >= limit)
    }

    /// Carries out operations for about the time of `slice`, and at least one. Ends early when the database was busy or went
    /// away: another connection may do better.
    pub fn proceed(&mut self, conn: &mut TenantConnection, slice: Duration) {
        let begun = Instant::now();
        while !self.is_done() {
            self.call.now = self.clock.now();
            let is_busy = !self.side_by_side(conn) && self.step(conn);
            if is_busy || begun.elapsed() >= slice {
                return;
            }
        }
    }

    /// Carries out the next step. Whether the database was busy, or away.
    fn step(&mut self, conn: &mut TenantConnection) -> bool {
        let last = match self.steps.pop_front() {
            None => return false,
            Some(Step::Single(place)) => {
                let outcome = self.single(conn, place);
                self.record(place, outcome);
                place
            }
            Some(Step::Circle(places)) => self.circle(conn, &places),
            Some(Step::Unsolvable(places, error)) => {
                places.iter().for_each(|place| self.record(*place, Err(error.clone())));
                places.last().copied().unwrap_or_default()
            }
        };
        self.entry(last).is_some_and(|entry| entry.status() == 503)
    }

    /// Leaves undone what is not done yet: an entry of 503 for each, so that the client knows what to send again.
    pub fn give_up(&mut self) {
        let late = StoreError::Unavailable("a bulk could not be finished in time".to_owned());
        let reason = self.refused(&late.into());
        while !self.is_done() {
            let places = match self.steps.pop_front() {
                None => return,
                Some(Step::Single(place)) => vec![place],
                Some(Step::Circle(places) | Step::Unsolvable(places, _)) => places,
            };
            places.into_iter().for_each(|place| self.record(place, Err(reason.clone())));
        }
    }

    /// The body of the answer: an entry for each operation that was tried, in the order of the request.
    pub fn to_json(&mut self) -> String {
        bulk_response(std::mem::take(&mut self.entries).into_iter().flatten()).to_string()
    }

    fn single(&mut self, conn: &mut TenantConnection, place: usize) -> Result<Done, ScimError> {
        let taken = self.take(place)?;
        let Begun { endpoint, action, .. } = self.begin(taken)?;
        let done = perform(conn, &self.rules, &self.call, &endpoint, action);
        let done = done.map_err(|error| self.refused(&error))?;
        self.remember(place, &done);
        Ok(done)
    }

    /// Takes an operation out of the request.
    fn take(&mut self, place: usize) -> Result<Taken, ScimError> {
        let twice = || ScimError::internal("the operation was begun before");
        let operation = self.operations.get_mut(place).ok_or_else(twice)?;
        let task = std::mem::replace(&mut operation.task, Err(twice()))?;
        let target = operation.target.clone().ok_or_else(twice)?;
        let needs = std::mem::take(&mut operation.needs);
        Ok(Taken { target, needs, task, password: self.passwords.remove(&place) })
    }

    /// Takes an operation up, with ids in the place of what it refers to.
    fn begin(&self, taken: Taken) -> Result<Begun, ScimError> {
        let Taken { target, needs, mut task, password } = taken;
        self.check(&needs)?;
        let mut waiting = Map::new();
        if !needs.is_empty() {
            (task.data, waiting) = part(task.data, &|name| !self.made.contains_key(name));
            self.fill_in(&mut task.data);
        }
        let id = self.resolved(target.id.as_deref().unwrap_or_default());
        let action = Action::of(task, id, password);
        Ok(Begun { endpoint: target.endpoint, action, waiting })
    }

    /// Refuses what refers to something that could not be made.
    fn check(&self, needs: &[usize]) -> Result<(), ScimError> {
        let failed = needs.iter().find_map(|need| self.entry(*need).filter(|entry| entry.outcome.is_err()));
        match failed {
            None => Ok(()),
            Some(entry) => Err(ScimError::conflict(format!(
                "it refers to \"bulkId:{}\", which was not made: that POST failed with {}; mend it and send both again",
                shorten(entry.bulk_id.as_deref().unwrap_or_default()),
                entry.status()
            ))),
        }
    }

    /// Puts ids in the place of references to what is made.
    fn fill_in(&self, data: &mut Map<String, Value>) {
        replace_references(data, &|name| self.made.get(name).map(Uuid::to_string));
    }

    /// The id in a path, which may be a reference.
    fn resolved(&self, id: &str) -> String {
        let made = referenced(id).and_then(|name| self.made.get(name));
        made.map_or_else(|| id.to_owned(), Uuid::to_string)
    }

    /// Notes what the bulkId of a POST stands for from now on.
    fn remember(&mut self, place: usize, done: &Done) {
        if let Some(operation) = self.operations.get(place).filter(|operation| operation.creates())
            && let Some(name) = &operation.bulk_id
        {
            self.made.insert(name.clone(), done.id);
        }
    }

    fn entry(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place).and_then(Option::as_ref)
    }

    /// Writes down what became of an operation.
    fn record(&mut self, place: usize, outcome: Result<Done, ScimError>) {
        let Some(operation) = self.operations.get(place) else { return };
        // A POST that failed has no address (RFC 7644 §3.7), even if its path had an id.
        let id = match (&outcome, operation.target.as_ref().and_then(|target| target.id.as_deref())) {
            (Ok(done), _) => Some(done.id.to_string()),
            (Err(_), sent) => sent.filter(|_| !operation.creates()).map(|id| self.resolved(id)),
        };
        let address = operation.target.as_ref().zip(id);
        let entry = Entry {
            method: operation.method.clone(),
            bulk_id: operation.bulk_id.clone(),
            location: address.map(|(target, id)| format!("{}{}/{id}", self.call.base, target.endpoint)),
            version: outcome.as_ref().ok().and_then(|done| done.version.clone()),
            outcome: outcome.map(|done| done.status),
        };
        self.errors += usize::from(entry.outcome.is_err());
        if let Some(slot) = self.entries.get_mut(place) {
            *slot = Some(entry);
        }
    }

    /// What the client may know of an error; what it may not, and what is wrong with the database, goes to the log, as for every
    /// request.
    fn refused(&self, error: &AppError) -> ScimError {
        if error.status() >= 500 {
            let level = if error.status() == 503 { log::Level::Warn } else { log::Level::Error };
            log::log!(level, "{error} request={}", self.call.request_id);
        }
        error.to_scim()
    }
}
