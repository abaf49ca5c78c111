//! What the machine allows: a server that answers over HTTP (H requests a second) and asks the database (P a second) on
//! the same cores needs the time of both for every request.

/// L = 1 / (1/H + 1/P), in requests per second; `None` when one of the two was not measured.
pub(crate) fn limit(http: Option<f64>, database: Option<f64>) -> Option<f64> {
    match (http, database) {
        (Some(http), Some(database)) if http > 0.0 && database > 0.0 => {
            Some(1.0 / (1.0 / http + 1.0 / database))
        }
        _ => None,
    }
}

/// The share of the limit that was reached.
pub(crate) fn share(reached: Option<f64>, limit: Option<f64>) -> Option<f64> {
    Some(reached? / limit?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_equal_halves_give_half() {
        let value = limit(Some(100_000.0), Some(100_000.0)).unwrap();
        assert!((value - 50_000.0).abs() < 1e-6, "{value}");
    }

    #[test]
    fn the_slower_part_decides() {
        let value = limit(Some(113_000.0), Some(63_000.0)).unwrap();
        assert!((value - 40_448.9).abs() < 0.1, "{value}");
        assert!((share(Some(24_269.3), Some(value)).unwrap() - 0.6).abs() < 0.001);
    }

    #[test]
    fn what_was_not_measured_gives_no_figure() {
        assert_eq!(limit(None, Some(1.0)), None);
        assert_eq!(limit(Some(0.0), Some(1.0)), None);
        assert_eq!(share(Some(1.0), None), None);
    }
}
