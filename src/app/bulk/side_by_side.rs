//! Users that are made one after the other, and refer to nothing: many share a statement, which costs each of them a fraction. Each is
//! what it would have been alone: if there is something to say of one of them, nothing has happened, and each has its own.

use super::perform::Done;
use super::{Bulk, Taken};
use crate::app::resources::{Body, Resources, Users};
use crate::app::{AppError, users};
use crate::store::TenantConnection;
use crate::store::accounts::AccountRow;
use rollcall_scim::bulk::Step;

/// How many share a statement at most.
const MOST: usize = 50;

/// How many are done alone after some that could not share one: who sends people again that are there already sends many.
const ALONE: usize = 200;

impl Bulk {
    /// Makes the users that come next, if there are several; `false` where the next operation has to be done alone.
    pub(super) fn side_by_side(&mut self, conn: &mut TenantConnection) -> bool {
        if self.alone > 0 {
            self.alone -= 1;
            return false;
        }
        let next = self.steps.iter().take(MOST).map_while(|step| self.new_user(step));
        let places: Vec<usize> = next.collect();
        if places.len() < 2 {
            return false;
        }
        let Ok(taken) = self.take_all(&places) else { return false };
        let made: Result<Vec<AccountRow>, AppError> = conn.in_transaction(|conn| {
            let body = |(_, taken): &(usize, Taken)| {
                let Taken { task, password, .. } = taken.clone();
                Body { json: task.data, password }
            };
            users::create_new(conn, &self.rules, &self.call, taken.iter().map(body).collect())
        });
        match made {
            Ok(made) => {
                self.steps.drain(..places.len());
                for ((place, _), row) in taken.iter().zip(made) {
                    let version = Some(Users::etag(&self.call, &row));
                    let (place, done) = (*place, Done { status: 201, id: row.id.0, version });
                    self.remember(place, &done);
                    self.record(place, Ok(done));
                }
                true
            }
            // Why is said when it is done alone.
            Err(_) => {
                taken.into_iter().for_each(|(place, taken)| self.give_back(place, taken));
                self.alone = ALONE - 1;
                false
            }
        }
    }

    /// The place of an operation that makes a user and refers to nothing.
    fn new_user(&self, step: &Step) -> Option<usize> {
        let Step::Single(place) = step else { return None };
        let operation = self.operations.get(*place)?;
        let is_user = operation.target.as_ref()?.endpoint == Users::resource_type(&self.rules).endpoint;
        (is_user && operation.creates() && operation.needs.is_empty() && operation.task.is_ok())
            .then_some(*place)
    }

    /// Puts an operation back into the request.
    fn give_back(&mut self, place: usize, taken: Taken) {
        if let Some(operation) = self.operations.get_mut(place) {
            operation.task = Ok(taken.task);
            operation.needs = taken.needs;
        }
        self.passwords.extend(taken.password.map(|password| (place, password)));
    }
}
