//! POSTs that refer to each other in a circle (RFC 7644 §3.7.1): each is made without what is not there yet, and then given it.
//! They are one transaction, since none of them is what the client asked for without the others.
//!
//! A new resource holds its name until the end of the transaction, so the order in which they are made is one in which all
//! circles make them, and not that of the request: else two that want the same names would wait for each other.

use super::perform::{Action, Done, perform};
use super::{Begun, Bulk, Taken};
use crate::app::conditions::Conditions;
use crate::app::resources::{Body, Groups, Kind, Resources, Users};
use crate::app::{AppError, Call, Rules, mapping};
use crate::store::{StoreError, StoreFailure, TenantConnection, groups};
use rollcall_scim::bulk::completion;
use rollcall_scim::error::{ScimError, shorten};
use rollcall_scim::resource::PathlessPatch;
use serde_json::{Map, Value};

/// Why a circle was undone.
struct Undone {
    /// The operation at which it failed; `None` for the transaction itself.
    place: Option<usize>,
    error: AppError,
}

/// What is left to be put in: where, and into which resource.
struct Waiting {
    place: usize,
    endpoint: String,
    data: Map<String, Value>,
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self { place: None, error: error.into() }
    }
}

impl StoreFailure for Undone {
    fn store(&self) -> Option<&StoreError> {
        self.error.store()
    }
}

impl Bulk {
    /// Carries out a circle, all of it or nothing. Returns the place that says how it went.
    pub(super) fn circle(&mut self, conn: &mut TenantConnection, places: &[usize]) -> usize {
        let taken = self.take_all(places);
        let taken = taken.map_err(|(place, error)| Undone { place: Some(place), error: error.into() });
        let done = taken.and_then(|taken| {
            conn.in_transaction(|conn| {
                // What an attempt made that was undone is not there any more.
                self.forget(places);
                self.together(conn, &taken)
            })
        });
        let told = match done {
            Ok(all) => {
                all.into_iter().for_each(|(place, done)| self.record(place, Ok(done)));
                None
            }
            Err(Undone { place, error }) => {
                self.forget(places);
                let error = self.refused(&error);
                let others = self.undone(place, &error);
                for other in places {
                    let own = if Some(*other) == place { error.clone() } else { others.clone() };
                    self.record(*other, Err(own));
                }
                place
            }
        };
        told.or(places.first().copied()).unwrap_or_default()
    }

    /// Takes all of them out of the request, in the order in which they are made: users before groups, as they are locked
    /// everywhere, and each kind by the names.
    pub(super) fn take_all(&mut self, places: &[usize]) -> Result<Vec<(usize, Taken)>, (usize, ScimError)> {
        let take = |place: &usize| match self.take(*place) {
            Ok(taken) => Ok((*place, taken)),
            Err(error) => Err((*place, error)),
        };
        let mut all = places.iter().map(take).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_cached_key(|(_, taken)| {
            let is_group = self.is_group(taken);
            let attribute = if is_group { Groups::UNIQUE_NAME } else { Users::UNIQUE_NAME };
            (is_group, mapping::sent_name(&taken.task.data, attribute))
        });
        Ok(all)
    }

    fn is_group(&self, taken: &Taken) -> bool {
        taken.target.endpoint == Groups::resource_type(&self.rules).endpoint
    }

    /// Makes all of them, then gives each what it had to wait for. Every one is read again at the end: what came after it may
    /// have given it another version.
    fn together(
        &mut self,
        conn: &mut TenantConnection,
        all: &[(usize, Taken)],
    ) -> Result<Vec<(usize, Done)>, Undone> {
        if all.iter().any(|(_, taken)| self.is_group(taken)) {
            // It comes before every group, and a new one is locked.
            groups::hold(conn, self.call.tenant)?;
        }
        let mut made = Vec::with_capacity(all.len());
        for (place, taken) in all {
            let at = |error: ScimError| Undone { place: Some(*place), error: error.into() };
            let Begun { endpoint, action, waiting } = self.begin(taken.clone()).map_err(at)?;
            let done = act(conn, &self.rules, &self.call, *place, &endpoint, action)?;
            self.remember(*place, &done);
            made.push((done, Waiting { place: *place, endpoint, data: waiting }));
        }
        // What a connection says of operations without path is said of its client's, and not of this server's own.
        let mut rules = Rules::clone(&self.rules);
        rules.dialect.pathless_patch = PathlessPatch::Accept;
        for (done, Waiting { place, endpoint, data }) in &mut made {
            if !data.is_empty() {
                self.fill_in(data);
                let body = Body { json: completion(std::mem::take(data)), password: None };
                let (id, kind) = (done.id.to_string(), Kind::Patch);
                let change = Action::Change { id, kind, body, conditions: Conditions::default() };
                act(conn, &rules, &self.call, *place, endpoint, change)?;
            }
        }
        let finished = |(done, Waiting { place, endpoint, .. }): (Done, Waiting)| {
            let read = Action::Read(done.id);
            let now = act(conn, &self.rules, &self.call, place, &endpoint, read)?;
            Ok((place, Done { version: now.version, ..done }))
        };
        made.into_iter().map(finished).collect()
    }

    /// Nothing of the circle was made after all.
    fn forget(&mut self, places: &[usize]) {
        for place in places {
            if let Some(name) = self.operations.get(*place).and_then(|operation| operation.bulk_id.as_ref()) {
                self.made.remove(name);
            }
        }
    }

    /// What is said of those who are not to blame.
    fn undone(&self, place: Option<usize>, error: &ScimError) -> ScimError {
        let name = place.and_then(|place| self.operations.get(place)?.bulk_id.as_deref());
        match name {
            Some(name) if error.status < 500 => ScimError::conflict(format!(
                "it refers in a circle to \"bulkId:{}\", which failed with {}: nothing of the circle was made; mend that \
                 operation and send all of them again",
                shorten(name),
                error.status
            )),
            _ => error.clone(),
        }
    }
}

fn act(
    conn: &mut TenantConnection,
    rules: &Rules,
    call: &Call,
    place: usize,
    endpoint: &str,
    action: Action,
) -> Result<Done, Undone> {
    perform(conn, rules, call, endpoint, action).map_err(|error| Undone { place: Some(place), error })
}
