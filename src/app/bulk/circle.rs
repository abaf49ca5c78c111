//! POSTs that refer to each other in a circle (RFC 7644 §3.7.1): each is made without what is not there yet, and then given it.
//! They are one transaction, since none of them is what the client asked for without the others.

use super::perform::{Action, Done, perform};
use super::{Begun, Bulk};
use crate::app::resources::{Body, Kind};
use crate::app::{AppError, Rules};
use crate::store::{StoreError, TenantConnection};
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

impl Bulk {
    /// Carries out a circle, all of it or nothing. Returns the place that says how it went.
    pub(super) fn circle(&mut self, conn: &mut TenantConnection, places: &[usize]) -> usize {
        let told = match conn.in_transaction(|conn| self.together(conn, places)) {
            Ok(all) => {
                places.iter().zip(all).for_each(|(place, done)| self.record(*place, Ok(done)));
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

    /// Makes all of them, then gives each what it had to wait for. Every one is read again at the end: what came after it may
    /// have given it another version.
    fn together(&mut self, conn: &mut TenantConnection, places: &[usize]) -> Result<Vec<Done>, Undone> {
        let mut made = Vec::with_capacity(places.len());
        for place in places {
            let at = |error: ScimError| Undone { place: Some(*place), error: error.into() };
            let Begun { endpoint, action, waiting } = self.begin(*place).map_err(at)?;
            let done = self.act(conn, &self.rules, *place, &endpoint, action)?;
            self.remember(*place, &done);
            made.push((done, Waiting { place: *place, endpoint, data: waiting }));
        }
        // The PATCH that completes one is this server's own: how the client may write its own is not asked of it.
        let mut rules = (*self.rules).clone();
        rules.dialect.pathless_patch = PathlessPatch::Accept;
        for (done, Waiting { place, endpoint, data }) in &mut made {
            if !data.is_empty() {
                self.fill_in(data);
                let body = Body { json: completion(std::mem::take(data)), password: None };
                let (id, kind) = (done.id.to_string(), Kind::Patch);
                let change = Action::Change { id, kind, body, if_match: None };
                self.act(conn, &rules, *place, endpoint, change)?;
            }
        }
        let finished = |(done, Waiting { place, endpoint, .. }): (Done, Waiting)| {
            let now = self.act(conn, &self.rules, place, &endpoint, Action::Read(done.id))?;
            Ok(Done { version: now.version, ..done })
        };
        made.into_iter().map(finished).collect()
    }

    fn act(
        &self,
        conn: &mut TenantConnection,
        rules: &Rules,
        place: usize,
        endpoint: &str,
        action: Action,
    ) -> Result<Done, Undone> {
        perform(conn, rules, &self.call, endpoint, action)
            .map_err(|error| Undone { place: Some(place), error })
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
