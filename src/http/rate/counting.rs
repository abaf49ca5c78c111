//! Counting requests against a limit, where others count against the same one elsewhere. Nothing here asks the time.

use std::time::{Duration, Instant};

/// How long a burst may last that is twice the limit: what was not used before may be.
const BURST_SECONDS: u32 = 2;
/// Requests of a second that a server keeps to itself: one in so many of the limit.
const SLICES: u32 = 20;
/// A server that has served less than a slice in this time tells nobody.
const QUIET: Duration = Duration::from_secs(1);

/// Requests that may come in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit(pub(super) u32);

impl Limit {
    /// Requests that may come at once.
    fn burst(self) -> f64 {
        f64::from(self.0.saturating_mul(BURST_SECONDS))
    }

    /// Requests after which the other servers are told.
    pub(super) fn slice(self) -> u32 {
        (self.0 / SLICES).max(1)
    }
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// It is served.
    Serve,
    /// It is served, and the others are told first.
    Report,
    /// It is not; after this time there is room for one.
    Wait(Duration),
}

/// What one server knows of the use of a limit.
#[derive(Debug)]
pub(super) struct Counter {
    /// What all servers had used above the limit when it was last heard of. It sinks by the limit every second.
    level: f64,
    /// When that was.
    heard: Instant,
    /// Served here, and not told yet.
    own: u32,
    /// Since when.
    since: Instant,
}

impl Counter {
    /// Nothing is used.
    pub(super) fn new(now: Instant) -> Self {
        Self { level: 0.0, heard: now, own: 0, since: now }
    }

    /// Counts a request, if there is room for it.
    pub(super) fn take(&mut self, limit: Limit, now: Instant) -> Verdict {
        if self.own < limit.slice() && now.saturating_duration_since(self.since) >= QUIET {
            (self.own, self.since) = (0, now);
        }
        let room = limit.burst() - self.used(limit, now);
        if room < 1.0 {
            return Verdict::Wait(Duration::from_secs_f64((1.0 - room) / f64::from(limit.0.max(1))));
        }
        self.own = self.own.saturating_add(1);
        if self.own < limit.slice() { Verdict::Serve } else { Verdict::Report }
    }

    /// What the others are to be told now, if it is enough to be told.
    pub(super) fn untold(&self, limit: Limit) -> Option<u32> {
        (self.own >= limit.slice()).then_some(self.own)
    }

    /// The others were told of `served`, and this is what all have used; `None` when they could not be reached, and everybody
    /// counts alone.
    pub(super) fn hear(&mut self, served: u32, level: Option<f64>, limit: Limit, now: Instant) {
        self.own = self.own.saturating_sub(served);
        self.level = level.unwrap_or_else(|| self.sunk(limit, now) + f64::from(served));
        (self.heard, self.since) = (now, now);
    }

    /// Whether nothing is left of what was used, so that the counter can be forgotten.
    pub(super) fn is_idle(&self, limit: Limit, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= QUIET && self.sunk(limit, now) <= 0.0
    }

    fn used(&self, limit: Limit, now: Instant) -> f64 {
        self.sunk(limit, now) + f64::from(self.own)
    }

    fn sunk(&self, limit: Limit, now: Instant) -> f64 {
        let seconds = now.saturating_duration_since(self.heard).as_secs_f64();
        (self.level - f64::from(limit.0) * seconds).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit(100);

    /// Several servers and what they share, without a database.
    struct Servers {
        all: Vec<Counter>,
        level: f64,
        at: Instant,
        told: usize,
    }

    impl Servers {
        fn new(count: usize, now: Instant) -> Self {
            Self { all: (0..count).map(|_| Counter::new(now)).collect(), level: 0.0, at: now, told: 0 }
        }

        /// Whether one of them serves a request.
        fn ask(&mut self, server: usize, now: Instant) -> bool {
            let counter = &mut self.all[server];
            let verdict = counter.take(LIMIT, now);
            if verdict == Verdict::Report {
                let served = counter.untold(LIMIT).unwrap();
                let sunk = self.level - f64::from(LIMIT.0) * (now - self.at).as_secs_f64();
                (self.level, self.at) = (sunk.max(0.0) + f64::from(served), now);
                self.told += 1;
                counter.hear(served, Some(self.level), LIMIT, now);
            }
            !matches!(verdict, Verdict::Wait(_))
        }
    }

    #[test]
    fn a_flood_over_several_servers_gets_what_the_limit_allows_and_a_slice_of_each() {
        for count in 1..=8 {
            let start = Instant::now();
            let mut servers = Servers::new(count, start);
            let mut served = 0_u32;
            // A hundred thousand requests within ten seconds, in turn.
            for n in 0..100_000_u32 {
                let now = start + Duration::from_micros(u64::from(n) * 100);
                served += u32::from(servers.ask(n as usize % count, now));
            }
            let allowed = LIMIT.0 * (BURST_SECONDS + 10);
            let error = LIMIT.slice() * u32::try_from(count).unwrap();
            assert!(served <= allowed + error, "{count} servers: {served}, allowed {allowed}");
            assert!(served >= allowed - error, "{count} servers: only {served} of {allowed}");
        }
    }

    #[test]
    fn who_is_quiet_is_never_told_of_and_never_refused() {
        let start = Instant::now();
        let mut servers = Servers::new(2, start);
        // Four requests a second at each, and a slice is five.
        for n in 0..400_u32 {
            let now = start + Duration::from_millis(u64::from(n) * 250);
            assert!(servers.ask(0, now) && servers.ask(1, now));
        }
        assert_eq!(servers.told, 0);
    }

    #[test]
    fn who_stays_within_the_limit_is_never_refused_and_a_burst_is_paid_back() {
        let start = Instant::now();
        let mut servers = Servers::new(1, start);
        for n in 0..2_000_u32 {
            assert!(servers.ask(0, start + Duration::from_millis(u64::from(n) * 10)), "request {n}");
        }
        let later = start + Duration::from_secs(60);
        let at_once = (0..1_000).filter(|_| servers.ask(0, later)).count();
        assert_eq!(at_once, 200);
        let Verdict::Wait(wait) = servers.all[0].take(LIMIT, later) else { panic!("served") };
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(11), "{wait:?}");
        assert!(servers.ask(0, later + wait));
    }

    #[test]
    fn without_the_others_everybody_counts_alone() {
        let now = Instant::now();
        let mut counter = Counter::new(now);
        let mut served = 0;
        for _ in 0..1_000 {
            match counter.take(LIMIT, now) {
                Verdict::Wait(_) => continue,
                Verdict::Report => counter.hear(counter.untold(LIMIT).unwrap(), None, LIMIT, now),
                Verdict::Serve => {}
            }
            served += 1;
        }
        assert_eq!(served, 200);
        assert!(!counter.is_idle(LIMIT, now) && counter.is_idle(LIMIT, now + Duration::from_secs(3)));
    }

    #[test]
    fn the_smallest_limit_is_served_in_full() {
        let (limit, now) = (Limit(25), Instant::now());
        let mut counter = Counter::new(now);
        for n in 0..250 {
            let now = now + Duration::from_millis(n * 40);
            assert!(!matches!(counter.take(limit, now), Verdict::Wait(_)), "request {n}");
            if let Some(served) = counter.untold(limit) {
                counter.hear(served, None, limit, now);
            }
        }
    }
}
