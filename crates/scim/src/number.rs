//! Which numbers are kept as they were sent: those that a double holds, which is what JSON can count on (RFC 8259 §6).

use serde_json::Number;

/// The largest whole number whose neighbours a double tells apart, 2^53 - 1; its negative is the smallest.
pub(crate) const LARGEST: u64 = (1 << 53) - 1;

/// Digits that a double may need to be written; of more, the last ones would be lost.
pub(crate) const DIGITS: usize = 17;

/// Whether a number that was read is the number that was written, as far as it can still be told.
pub(crate) fn is_exact(number: &Number) -> bool {
    match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) => whole.unsigned_abs() <= LARGEST,
        (None, whole) => whole.is_none(),
    }
}

/// Whether a number in JSON has a fraction or an exponent, and more digits than would be kept. Zeros at either end are none.
pub(crate) fn is_too_precise(text: &str) -> bool {
    if text.len() <= DIGITS || !text.contains(['.', 'e', 'E']) {
        return false;
    }
    let digits = text.split(['e', 'E']).next().unwrap_or_default().chars().filter(char::is_ascii_digit);
    let digits: String = digits.collect();
    digits.trim_matches('0').len() > DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_up_to_a_limit() {
        for (text, exact) in [
            ("9007199254740991", true),
            ("-9007199254740991", true),
            ("9007199254740992", false),
            ("-9007199254740992", false),
            ("-9223372036854775808", false),
            ("18446744073709551615", false),
            ("0", true),
            ("1e20", true),
        ] {
            assert_eq!(is_exact(&serde_json::from_str(text).unwrap()), exact, "{text}");
        }
    }

    #[test]
    fn digits_are_counted_without_zeros_at_the_ends() {
        for (text, too_precise) in [
            ("0.30000000000000004", false),
            ("0.123456789012345678901234567890", true),
            ("1.000000000000000000000", false),
            ("0.00000000000000000000000000001", false),
            ("123456789012345678.5", true),
            ("-1.23456789012345678e10", true),
            ("1234567890123456789", false),
        ] {
            assert_eq!(is_too_precise(text), too_precise, "{text}");
        }
    }
}
