//! Latencies of single requests, kept one by one: a run has at most a few million of them.

/// Response times in whole microseconds.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    sorted: Vec<u32>,
}

impl Latencies {
    /// Joins what the connections measured.
    pub(crate) fn collect(parts: impl IntoIterator<Item = Vec<u32>>) -> Self {
        let mut sorted: Vec<u32> = parts.into_iter().flatten().collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// How many requests were measured.
    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The time in milliseconds within which `percent` of all requests were answered (nearest rank); `None` without
    /// requests.
    pub(crate) fn percentile_ms(&self, percent: f64) -> Option<f64> {
        let rank = (percent / 100.0 * self.sorted.len() as f64).ceil() as usize;
        self.sorted.get(rank.max(1) - 1).map(|&micros| f64::from(micros) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank_over_all_connections() {
        let latencies = Latencies::collect([
            (51..=100).map(|n| n * 1000).collect(),
            (1..=50).map(|n| n * 1000).collect(),
        ]);
        assert_eq!(latencies.count(), 100);
        assert_eq!(latencies.percentile_ms(50.0), Some(50.0));
        assert_eq!(latencies.percentile_ms(99.0), Some(99.0));
        assert_eq!(latencies.percentile_ms(100.0), Some(100.0));
        assert_eq!(latencies.percentile_ms(0.0), Some(1.0));
    }

    #[test]
    fn one_request_is_every_percentile_and_none_is_no_figure() {
        assert_eq!(Latencies::collect([vec![1500]]).percentile_ms(99.0), Some(1.5));
        assert_eq!(Latencies::default().percentile_ms(50.0), None);
    }
}
