//! Counting what comes from an address without a good credential. The memory is bounded, whoever sends.

use crate::app::household::household;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Addresses that are remembered at most. While there are more that send too much, new ones are not counted.
const REMEMBERED: usize = 20_000;
/// Requests that may come at once, as seconds of the limit.
const BURST: Duration = Duration::from_secs(2);
/// Who is forgotten is looked for once in this time.
const TIDIED_EVERY: Duration = Duration::from_millis(100);

/// When what each address has used will be allowed again.
#[derive(Debug)]
pub(super) struct Addresses {
    until: HashMap<IpAddr, Instant>,
    tidied: Instant,
}

impl Addresses {
    /// Nobody has sent anything.
    pub(super) fn new(now: Instant) -> Self {
        Self { until: HashMap::new(), tidied: now }
    }

    /// Counts a request of an address that may send so many a second; else says how long to wait.
    ///
    /// # Errors
    /// The time after which there is room for one.
    pub(super) fn take(&mut self, address: IpAddr, per_second: u32, now: Instant) -> Result<(), Duration> {
        let address = household(address);
        let each = Duration::from_secs(1) / per_second.max(1);
        let until = self.until.get(&address).copied().unwrap_or(now).max(now) + each;
        if let Some(wait) = until.checked_duration_since(now + BURST).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        if self.until.len() >= REMEMBERED && now.saturating_duration_since(self.tidied) >= TIDIED_EVERY {
            self.until.retain(|_, until| *until > now);
            self.tidied = now;
        }
        if self.until.len() < REMEMBERED || self.until.contains_key(&address) {
            self.until.insert(address, until);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_limit_and_takes_from_no_other() {
        let now = Instant::now();
        let mut all = Addresses::new(now);
        let mut served = |from: &str, after: Duration| {
            (0..1_000).filter(|_| all.take(address(from), 10, now + after).is_ok()).count()
        };
        assert_eq!(served("192.0.2.1", Duration::ZERO), 20);
        assert_eq!(served("192.0.2.1", Duration::from_secs(1)), 10);
        assert_eq!(served("::ffff:192.0.2.1", Duration::from_secs(1)), 0);
        assert_eq!(served("192.0.2.2", Duration::from_secs(1)), 20);
        assert_eq!(served("2001:db8:1:2::1", Duration::from_secs(1)), 20);
        assert_eq!(served("2001:db8:1:2:ffff::9", Duration::from_secs(1)), 0);
        assert_eq!(served("2001:db8:1:3::1", Duration::from_secs(1)), 20);
        let wait = all.take(address("192.0.2.2"), 10, now + Duration::from_secs(1)).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
    }

    #[test]
    fn the_memory_has_an_end_and_those_who_are_known_keep_their_limit() {
        let start = Instant::now();
        let mut all = Addresses::new(start);
        let known = address("192.0.2.1");
        while all.take(known, 10, start).is_ok() {}
        for n in 0..200_000_u128 {
            let from = IpAddr::V6(Ipv6Addr::from(n << 64));
            all.take(from, 10, start + Duration::from_nanos(n as u64)).unwrap();
        }
        assert!(all.until.len() <= REMEMBERED, "{}", all.until.len());
        assert!(all.take(known, 10, start + Duration::from_millis(1)).is_err());
        // And whoever has waited is forgotten, so that there is room again.
        all.take(address("192.0.2.9"), 10, start + Duration::from_secs(3)).unwrap();
        assert_eq!(all.until.len(), 1);
    }
}
