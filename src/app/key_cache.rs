//! The public keys of issuers and clients, fetched from where they publish them, and kept for a while.

mod addresses;
mod fetch;

pub use fetch::Fetcher;
pub(super) use fetch::check_address;

use super::AppError;
use super::jwt::{Keys, Shown, Signature};
use crate::lock::hold;
use actix_web::rt::time::timeout;
use chrono::{DateTime, Duration, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, watch};

/// Older keys are asked for anew, beside the requests that use them.
const FRESH: Duration = Duration::minutes(10);
/// For older ones a request waits until they have been asked for anew: a key that was withdrawn does not come back with the first
/// request after a quiet night.
const STALE: Duration = Duration::minutes(20);
/// How long keys are used when their owner cannot be reached.
const KEPT: Duration = Duration::hours(24);
/// A name of a key that is not known makes the keys be asked for again, but not more often than this.
const ASKED_AT_MOST: Duration = Duration::seconds(30);
/// Fetches at once, for all owners together.
const AT_ONCE: usize = 4;
/// How long a request waits for a fetch: two steps of three seconds, and somewhat more.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(7);
/// Owners that are remembered; there are as many as somebody has set up.
const REMEMBERED: usize = 10_000;

/// Where keys are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// At this address.
    At(String),
    /// Where the discovery document of this issuer says (OpenID Connect Discovery §4).
    Issuer(String),
}

/// Knows keys.
#[derive(Clone)]
pub struct KeyCache {
    fetcher: Arc<Fetcher>,
    slots: Arc<Mutex<HashMap<Source, Arc<Slot>>>>,
    at_once: Arc<Semaphore>,
}

/// What is known of one owner.
struct Slot {
    state: Mutex<State>,
    /// Told when a fetch has ended.
    ended: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    known: Option<(Arc<Keys>, DateTime<Utc>)>,
    asked_at: Option<DateTime<Utc>>,
    under_way: bool,
}

impl KeyCache {
    /// Knows no keys yet.
    pub fn new(fetcher: Fetcher) -> Self {
        Self { fetcher: Arc::new(fetcher), slots: Arc::default(), at_once: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Whether one of the owner's keys signed the token by one of these algorithms.
    ///
    /// # Errors
    /// `IssuerAway` when no keys are known and none can be had.
    pub(super) async fn signed(
        &self,
        source: &Source,
        token: &Shown<'_>,
        allowed: &[&str],
        now: DateTime<Utc>,
    ) -> Result<bool, AppError> {
        let slot = self.slot(source);
        let keys = self.usable(source, &slot, now).await?;
        match keys.check(token, allowed) {
            Signature::Good => return Ok(true),
            Signature::Bad => return Ok(false),
            Signature::UnknownKey => {}
        }
        // There may be a new key since.
        self.ask(source, &slot, now, true).await;
        let keys = slot.keys(now).ok_or_else(|| away(&slot, now))?;
        Ok(keys.check(token, allowed) == Signature::Good)
    }

    async fn usable(
        &self,
        source: &Source,
        slot: &Arc<Slot>,
        now: DateTime<Utc>,
    ) -> Result<Arc<Keys>, AppError> {
        let age = hold(&slot.state).known.as_ref().map(|(_, at)| now - *at);
        match age {
            // A clock that was set back tells no age.
            Some(age) if age >= Duration::zero() && age < FRESH => {}
            Some(age) if age >= Duration::zero() && age < STALE => self.ask(source, slot, now, false).await,
            _ => self.ask(source, slot, now, true).await,
        }
        slot.keys(now).ok_or_else(|| away(slot, now))
    }

    /// Asks for the keys anew, unless that was done a moment ago or is being done, and waits for it if told to.
    async fn ask(&self, source: &Source, slot: &Arc<Slot>, now: DateTime<Utc>, wait: bool) {
        let mut ended = slot.ended.subscribe();
        let under_way = {
            let mut state = hold(&slot.state);
            let lately = state.asked_at.is_some_and(|at| {
                let ago = now - at;
                ago >= Duration::zero() && ago < ASKED_AT_MOST
            });
            match Arc::clone(&self.at_once).try_acquire_owned() {
                Ok(permit) if !state.under_way && !lately => {
                    state.under_way = true;
                    state.asked_at = Some(now);
                    let (fetcher, source, slot) =
                        (Arc::clone(&self.fetcher), source.clone(), Arc::clone(slot));
                    // It begins at once, and ends also if nobody waits.
                    drop(actix_web::web::block(move || {
                        let _permit = permit;
                        slot.fill(&fetcher, &source, now);
                    }));
                    true
                }
                _ => state.under_way,
            }
        };
        if under_way && wait {
            // Whoever does not wait long enough goes on with what is known.
            let _ = timeout(PATIENCE, ended.changed()).await;
        }
    }

    fn slot(&self, source: &Source) -> Arc<Slot> {
        let mut slots = hold(&self.slots);
        if let Some(slot) = slots.get(source) {
            return Arc::clone(slot);
        }
        if slots.len() >= REMEMBERED {
            slots.clear();
        }
        let slot = Arc::new(Slot { state: Mutex::default(), ended: watch::Sender::new(()) });
        slots.insert(source.clone(), Arc::clone(&slot));
        slot
    }
}

impl Slot {
    /// The keys that may be used.
    fn keys(&self, now: DateTime<Utc>) -> Option<Arc<Keys>> {
        let state = hold(&self.state);
        state.known.as_ref().filter(|(_, at)| now - *at < KEPT).map(|(keys, _)| Arc::clone(keys))
    }

    fn fill(&self, fetcher: &Fetcher, source: &Source, now: DateTime<Utc>) {
        let fetched = fetcher.keys(source);
        let mut state = hold(&self.state);
        match fetched {
            // What is not among them any more is not known any more.
            Ok(keys) => state.known = Some((Arc::new(keys), now)),
            Err(why) => log::warn!("the public keys of {source}: {why}"),
        }
        state.under_way = false;
        drop(state);
        self.ended.send_replace(());
    }
}

fn away(slot: &Slot, now: DateTime<Utc>) -> AppError {
    let asked = hold(&slot.state).asked_at;
    let left = asked.map_or(1, |at| (at + ASKED_AT_MOST - now).num_seconds());
    AppError::IssuerAway { seconds: left.clamp(1, ASKED_AT_MOST.num_seconds()) }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::At(address) => f.write_str(address),
            Source::Issuer(issuer) => write!(f, "the issuer {issuer}"),
        }
    }
}
