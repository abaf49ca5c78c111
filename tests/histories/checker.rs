//! Linearizability of the history of one object: the search of Wing and Gong with Lowe's memory of what was tried.
//!
//! An operation takes effect at one moment between its start and its end. One whose outcome nobody knows may take effect at any
//! moment after its start, or never.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::Hash;

/// An operation as its client saw it.
#[derive(Debug, Clone)]
pub(crate) struct Done<O, R> {
    /// Which client; told where something cannot be explained.
    #[expect(dead_code, reason = "it is for whoever reads the message")]
    pub(crate) client: usize,
    /// What it asked for.
    pub(crate) op: O,
    /// What it was told; `None`: it may have happened.
    pub(crate) told: Option<R>,
    /// When it began, in nanoseconds.
    pub(crate) start: u64,
    /// When it was told; the end of time when it was not.
    pub(crate) end: u64,
}

/// What an object does, one operation after the other.
pub(crate) trait Model {
    /// All that later operations can notice.
    type State: Clone + Eq + Hash;
    type Op: Debug;
    type Told: Debug;

    fn first(&self) -> Self::State;

    /// The state after an operation that was told this; `None` when it cannot be told that here. With `told` being `None`, the state
    /// if it happened.
    fn step(&self, state: &Self::State, op: &Self::Op, told: Option<&Self::Told>) -> Option<Self::State>;

    /// Whether an operation that is still to come cannot have been told this any more, whatever comes before it.
    fn is_too_late(&self, _state: &Self::State, _op: &Self::Op, _told: &Self::Told) -> bool {
        false
    }
}

/// More than this has to be tried for no history that is one.
const MOST_TRIES: usize = 1_000_000;

/// Says whether some order of the operations explains what everybody was told.
///
/// # Errors
/// What could not be explained any more, after the longest explanation.
pub(crate) fn check<M: Model>(model: &M, history: &[Done<M::Op, M::Told>]) -> Result<(), String> {
    let mut all: Vec<&Done<M::Op, M::Told>> = history.iter().collect();
    all.sort_by_key(|done| done.start);
    let known = all.iter().filter(|done| done.told.is_some()).count();
    let words = all.len().div_ceil(64);
    let unknown: Vec<usize> = (0..all.len()).filter(|at| all[*at].told.is_none()).collect();
    let (taken, guesses, state) = (vec![0; words], vec![0; words], model.first());
    let mut begin = Try { taken, guesses, count: 0, guessed: 0, lowest: 0, state, guess: None };
    begin.pass(&all);
    let mut seen: Seen<M::State> = HashMap::new();
    let mut open = BTreeMap::new();
    let mut tries = 0;
    open.insert((begin.promise(), tries), begin);
    let (mut best, mut best_count) = (String::new(), 0);
    while let Some((_, tried)) = open.pop_last() {
        if tried.count == known {
            return Ok(());
        }
        if tries > MOST_TRIES {
            return Err(format!("undecided after {MOST_TRIES} tries; {best}"));
        }
        let next = tried.next(model, &all, &unknown);
        if next.is_empty() && (tried.count >= best_count || best.is_empty()) {
            best_count = tried.count;
            best = tried.stuck(&all, known);
        }
        for candidate in next {
            if candidate.is_new(&mut seen) {
                tries += 1;
                open.insert((candidate.promise(), tries), candidate);
            }
        }
    }
    Err(best)
}

/// A guess, and the state before it.
type Guess<S> = Option<(usize, S)>;

/// What was tried: with which guesses the known operations that were taken have led to a state, and the last one if it is a guess.
type Seen<S> = HashMap<(Vec<u64>, S), Vec<(Vec<u64>, Guess<S>)>>;

/// So many operations have to be explained by a guess for it to look better than none.
const WORTH: usize = 20;

/// Operations that were put in order, and the state after them.
struct Try<S> {
    /// Those whose outcome is known.
    taken: Vec<u64>,
    /// The others that are taken to have happened.
    guesses: Vec<u64>,
    /// How many of those whose outcome is known.
    count: usize,
    /// How many of the others.
    guessed: usize,
    /// All before this one are taken, or their outcome is unknown.
    lowest: usize,
    state: S,
    /// If the last one is a guess.
    guess: Guess<S>,
}

impl<S: Clone + Eq + Hash> Try<S> {
    fn has(&self, at: usize) -> bool {
        (self.taken[at / 64] | self.guesses[at / 64]) >> (at % 64) & 1 == 1
    }

    /// What looks best is gone on with.
    fn promise(&self) -> isize {
        self.count.cast_signed() - (WORTH * self.guessed).cast_signed()
    }

    /// Whether the same was not reached before, with no more guesses than these: of all orders that explain a history, one with the fewest
    /// guesses is looked for.
    fn is_new(&self, seen: &mut Seen<S>) -> bool {
        let known = seen.entry((self.taken.clone(), self.state.clone())).or_default();
        let is_covered = known.iter().any(|(guesses, guess)| {
            let (same, within) = (*guesses == self.guesses, guesses.iter().zip(&self.guesses));
            if same {
                *guess == self.guess
            } else {
                within.fold(true, |all, (one, other)| all && one & !other == 0)
            }
        });
        if !is_covered {
            known.push((self.guesses.clone(), self.guess.clone()));
        }
        !is_covered
    }

    /// Before this moment the next operation takes effect: one of those left has ended by then.
    fn horizon<O, R>(&self, all: &[&Done<O, R>]) -> u64 {
        let mut horizon = u64::MAX;
        for (at, done) in all.iter().enumerate().skip(self.lowest) {
            if done.start > horizon {
                break;
            }
            if !self.has(at) && done.told.is_some() {
                horizon = horizon.min(done.end);
            }
        }
        horizon
    }

    /// Passes over what is taken, or need not be.
    fn pass<O, R>(&mut self, all: &[&Done<O, R>]) {
        while self.lowest < all.len() && (self.has(self.lowest) || all[self.lowest].told.is_none()) {
            self.lowest += 1;
        }
    }

    fn next<M: Model<State = S>>(
        &self,
        model: &M,
        all: &[&Done<M::Op, M::Told>],
        unknown: &[usize],
    ) -> Vec<Self> {
        let horizon = self.horizon(all);
        let possible = |at: &usize| all[*at].start <= horizon && !self.has(*at);
        let known: Vec<usize> = (self.lowest..all.len())
            .take_while(|at| all[*at].start <= horizon)
            .filter(|at| possible(at) && all[*at].told.is_some())
            .collect();
        let is_too_late = |at: &usize| {
            all[*at].told.as_ref().is_some_and(|told| model.is_too_late(&self.state, &all[*at].op, told))
        };
        if known.iter().any(is_too_late) {
            return Vec::new();
        }
        let mut candidates: Vec<usize> = unknown.iter().copied().filter(possible).chain(known).collect();
        // The last is tried first: what ended first.
        candidates.sort_by_key(|at| std::cmp::Reverse(all[*at].end));
        let mut next = Vec::new();
        for at in candidates {
            let done = all[at];
            let Some(state) = model.step(&self.state, &done.op, done.told.as_ref()) else { continue };
            let is_known = done.told.is_some();
            if !is_known && state == self.state {
                // Whether it happened makes no difference here.
                continue;
            }
            if self.guessed_too_early(model, all, at, &state) {
                continue;
            }
            let (mut taken, mut guesses) = (self.taken.clone(), self.guesses.clone());
            let bits = if is_known { &mut taken } else { &mut guesses };
            bits[at / 64] |= 1 << (at % 64);
            let (count, guessed) =
                (self.count + usize::from(is_known), self.guessed + usize::from(!is_known));
            let guess = (!is_known).then(|| (at, self.state.clone()));
            let mut tried = Self { taken, guesses, count, guessed, lowest: self.lowest, state, guess };
            tried.pass(all);
            next.push(tried);
        }
        next
    }

    /// Whether the guess before this one could as well come after it, where it is tried, too: a guess is made where it explains something,
    /// and of guesses that can change places the earlier one comes first.
    fn guessed_too_early<M: Model<State = S>>(
        &self,
        model: &M,
        all: &[&Done<M::Op, M::Told>],
        at: usize,
        state: &S,
    ) -> bool {
        let Some((guess, before)) = &self.guess else { return false };
        let (first, second) = (all[at], all[*guess]);
        let other = model.step(before, &first.op, first.told.as_ref());
        (first.told.is_some() || at < *guess)
            && other.and_then(|other| model.step(&other, &second.op, None)).as_ref() == Some(state)
    }

    fn stuck<O: Debug, R: Debug>(&self, all: &[&Done<O, R>], known: usize) -> String {
        let horizon = self.horizon(all);
        let left: Vec<String> = (self.lowest..all.len())
            .filter(|at| !self.has(*at) && all[*at].start <= horizon)
            .take(12)
            .map(|at| format!("{:?}", all[at]))
            .collect();
        format!("explained {} of {known}, then none of these:\n{}", self.count, left.join("\n"))
    }
}
