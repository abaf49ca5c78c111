//! Reads that many want at the same moment, done as one.
//!
//! A statement that finds one row by its key costs PostgreSQL and the system more for being a statement than for the row: it is sent, two
//! processes are woken, a snapshot is taken. So while a read of a kind runs, those who ask for others of it wait for each other, and the
//! next statement answers all of them. Who asks alone never waits, and where one takes long (a page that has to come from a disk, more
//! readers than one connection serves) the next one runs beside it.

use super::threads::Enqueue;
use super::{Manager, TenantConnection, left};
use crate::lock::hold;
use crate::store::{StoreError, accounts, sessions, totals};
use diesel::r2d2::Pool;
use rollcall_domain::ids::TenantId;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long somebody waits for a statement that runs, before another one runs beside it.
pub(super) const PATIENCE: Duration = Duration::from_millis(2);

/// How many one statement answers at most.
const MOST: usize = 64;

/// A read that can be done for many at once. All of them see what was committed when they asked.
pub trait Together: Sized + Send + 'static {
    /// What has to be the same for those that one statement answers, beside the tenant.
    type Common: PartialEq + Send + 'static;
    /// What one of them asks for.
    type Wanted: Send + 'static;
    /// What tells an answer from others.
    type Key: Eq + Hash;
    /// What one of them is answered.
    type Found: Clone + Send + 'static;

    /// Which answer is wanted.
    fn key(wanted: &Self::Wanted) -> &Self::Key;

    /// What there is of `wanted`, each of which is here once or more often.
    ///
    /// # Errors
    /// Database failures.
    fn read(
        conn: &mut TenantConnection,
        tenant: TenantId,
        common: &Self::Common,
        wanted: &[&Self::Wanted],
    ) -> Result<HashMap<Self::Key, Self::Found>, StoreError>;

    /// Where those who ask for this wait for each other.
    fn gathering(all: &Gatherings) -> &Arc<Gathering<Self>>;
}

/// Where each kind is waited for.
#[derive(Default)]
pub struct Gatherings {
    pub(in crate::store) accounts: Arc<Gathering<accounts::ById>>,
    pub(in crate::store) names: Arc<Gathering<accounts::ByUserName>>,
    pub(in crate::store) sessions: Arc<Gathering<sessions::ById>>,
    pub(in crate::store) totals: Arc<Gathering<totals::Total>>,
}

/// Those who ask for a kind of read and have not been heard.
pub struct Gathering<R: Together>(Mutex<Waiting<R>>);

struct Waiting<R: Together> {
    asked: VecDeque<Asked<R>>,
    /// Statements that run, or are about to.
    running: usize,
}

/// One who asks.
pub(super) struct Asked<R: Together> {
    pub(super) tenant: TenantId,
    pub(super) common: R::Common,
    pub(super) wanted: R::Wanted,
    /// When the request began to wait for the database.
    pub(super) since: Instant,
    /// When this was asked.
    pub(super) at: Instant,
    /// Set by whoever is first: who takes it up, or who does not want it any more.
    pub(super) taken: Arc<AtomicBool>,
    pub(super) answer: oneshot::Sender<Result<Option<R::Found>, StoreError>>,
}

impl<R: Together> Default for Gathering<R> {
    fn default() -> Self {
        Self(Mutex::new(Waiting { asked: VecDeque::new(), running: 0 }))
    }
}

impl<R: Together> Gathering<R> {
    /// Puts somebody to those who wait. Whether a statement has to be begun for them: the one that runs takes whoever is there when it ends.
    pub(super) fn add(&self, asked: Asked<R>) -> bool {
        let mut waiting = hold(&self.0);
        waiting.asked.push_back(asked);
        let begins = waiting.running == 0;
        waiting.running += usize::from(begins);
        begins
    }

    /// Whether another statement has to be begun for those who have waited too long, beside as many as are allowed.
    pub(super) fn is_overdue(&self, most: usize) -> bool {
        let mut waiting = hold(&self.0);
        let begins = waiting.running < most && waiting.is_overdue();
        waiting.running += usize::from(begins);
        begins
    }

    /// Who has waited longest, and all who can be answered with them.
    fn take(&self) -> Vec<Asked<R>> {
        let mut waiting = hold(&self.0);
        let mut taken: Vec<Asked<R>> = Vec::new();
        let mut others = VecDeque::new();
        while let Some(asked) = waiting.asked.pop_front() {
            let fits = taken
                .first()
                .is_none_or(|first| first.tenant == asked.tenant && first.common == asked.common);
            if !fits || taken.len() == MOST {
                others.push_back(asked);
            } else if !asked.taken.swap(true, Ordering::Relaxed) {
                taken.push(asked);
            }
        }
        waiting.asked = others;
        taken
    }

    /// Whether there is something for a statement more, or for another one beside those that run; else one less runs.
    fn goes_on(&self) -> bool {
        let mut waiting = hold(&self.0);
        let goes_on = if waiting.running > 1 { waiting.is_overdue() } else { !waiting.asked.is_empty() };
        waiting.running -= usize::from(!goes_on);
        goes_on
    }
}

impl<R: Together> Waiting<R> {
    fn is_overdue(&self) -> bool {
        self.asked.front().is_some_and(|first| first.at.elapsed() >= PATIENCE)
    }
}

/// Reads for those who wait, again and again until nobody does. Between two statements others have their turn.
pub(super) struct Reader<R: Together> {
    pub(super) gathering: Arc<Gathering<R>>,
    pub(super) pool: Pool<Manager>,
    pub(super) queue: Enqueue,
}

impl<R: Together> Reader<R> {
    /// One statement, for as many as it answers.
    pub(super) fn read(self) {
        let asked = self.gathering.take();
        // Also after a panic.
        let this = Again(Some(self));
        if let (Some(reader), Some(first)) = (&this.0, asked.first()) {
            let answers = reader.answers(first, &asked);
            for (asked, answer) in asked.into_iter().zip(answers) {
                // Nobody may be waiting any more.
                let _ = asked.answer.send(answer);
            }
        }
    }

    fn answers(&self, first: &Asked<R>, asked: &[Asked<R>]) -> Vec<Result<Option<R::Found>, StoreError>> {
        let same = |error: &dyn Fn() -> StoreError| asked.iter().map(|_| Err(error())).collect();
        let mut conn = match self.pool.get_timeout(left(first.since)) {
            Ok(conn) => conn,
            Err(error) => return same(&|| StoreError::Unavailable(error.to_string())),
        };
        let mut read = |wanted: &[&R::Wanted]| {
            conn.enter(first.tenant)?;
            R::read(&mut conn, first.tenant, &first.common, wanted)
        };
        let all: Vec<&R::Wanted> = asked.iter().map(|asked| &asked.wanted).collect();
        match read(&all) {
            Ok(found) => all.into_iter().map(|wanted| Ok(found.get(R::key(wanted)).cloned())).collect(),
            Err(StoreError::Unavailable(why)) => same(&|| StoreError::Unavailable(why.clone())),
            Err(StoreError::TimedOut) => same(&|| StoreError::TimedOut),
            Err(error) if all.len() == 1 => vec![Err(error)],
            // What is wrong with one of them is nothing to the others.
            Err(_) => {
                let one = |wanted| read(&[wanted]).map(|mut found| found.remove(R::key(wanted)));
                all.into_iter().map(one).collect()
            }
        }
    }
}

/// Goes on at its end, if somebody waits.
struct Again<R: Together>(Option<Reader<R>>);

impl<R: Together> Drop for Again<R> {
    fn drop(&mut self) {
        if let Some(reader) = self.0.take()
            && reader.gathering.goes_on()
        {
            reader.queue.clone().next(move || reader.read());
        }
    }
}
