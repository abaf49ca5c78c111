//! Instants in filters and in resources (`xsd:dateTime`, RFC 7643 §2.3.5).

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

/// Characters at most: any fraction that a clock has, and more.
const LONGEST: usize = 40;
/// Seconds that a zone may be away from UTC.
const FARTHEST: i32 = 14 * 3_600;
/// What stands before fraction and offset; `0` is any digit.
const SHAPE: &[u8] = b"0000-00-00T00:00:00";

/// Reads an `xsd:dateTime` such as `2011-05-13T04:42:34Z`. Fractions of any length are read (quirk 37:
/// `0001-01-03T00:00:00.0000000Z`), of which six digits count; without an offset the time is taken as UTC. `None` when it is
/// no such time, or one that not every clock and database can hold: in UTC its year is from 1 to 9999.
pub fn parse_date_time(text: &str) -> Option<DateTime<Utc>> {
    // chrono would also read blanks, signs, and numbers of fewer digits.
    let (shape, rest) = text.as_bytes().split_at_checked(SHAPE.len())?;
    let has_shape = shape.iter().zip(SHAPE).all(|(found, due)| match due {
        b'0' => found.is_ascii_digit(),
        due => found == due,
    });
    if !has_shape || !text.is_ascii() || text.len() > LONGEST {
        return None;
    }
    let instant = match DateTime::parse_from_rfc3339(text) {
        Ok(time) if time.offset().local_minus_utc().abs() > FARTHEST || time.year() < 1 => return None,
        Ok(time) => time.to_utc(),
        Err(_) if rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') => {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc()
        }
        Err(_) => return None,
    };
    // As the database counts: microseconds, and a leap second is the first of the next minute.
    let instant = DateTime::from_timestamp_micros(instant.timestamp_micros())?;
    (1..=9_999).contains(&instant.year()).then_some(instant)
}

#[cfg(test)]
mod tests {
    use super::parse_date_time;

    /// R039: a dateTime has a date and a time, of a kind that the database can hold.
    #[test]
    fn dates_need_a_date_and_a_time() {
        for good in [
            "2008-01-23T04:56:22Z",
            "0001-01-03T00:00:00.0000000Z",
            "0001-01-01T00:00:00+00:00",
            "0001-01-01T00:00:00-14:00",
            "9999-12-31T23:59:59.9999999Z",
            "2011-05-13T04:42:34+02:00",
            "2011-05-13T04:42:34",
            "2024-02-29T23:59:60Z",
        ] {
            assert!(parse_date_time(good).is_some(), "{good}");
        }
        for bad in [
            "2008-01-23",
            "2008-01-23 04:56:22Z",
            "2008-01-23t04:56:22Z",
            "2008-1-23T4:56:22",
            "2008- 1-23T04:56:22",
            "23/01/2008",
            "2008-13-23T04:56:22Z",
            "2023-02-29T04:56:22Z",
            "2008-01-23T24:00:00Z",
            "0000-01-01T00:00:00Z",
            "0000-12-31T23:00:00-02:00",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "+12008-01-23T04:56:22",
            "2008-01-23T04:56:22+23:00",
            "2008-01-23T04:56:22+0200",
            "2008-01-23T04:56:22.",
            "2008-01-23T04:56:22.00000000000000000000000000000000000000Z",
            "2008-01-23T04:56:2\u{e9}",
            "no date",
            "",
        ] {
            assert_eq!(parse_date_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_are_counted_as_the_database_counts_them() {
        for (text, same) in [
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2016-12-31T23:59:59.1234569Z", "2016-12-31T23:59:59.123456Z"),
            ("2016-12-31T23:59:59", "2017-01-01T01:59:59+02:00"),
        ] {
            assert_eq!(parse_date_time(text), parse_date_time(same), "{text}");
        }
    }
}
