//! Instants in filters and in resources (`xsd:dateTime`, RFC 7643 §2.3.5): the one way to read them.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};

/// Bytes of a date and time at most.
const LONGEST: usize = 40;
/// Seconds between a zone and UTC at most.
const FARTHEST: i32 = 14 * 3_600;

/// A date and time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// With an offset.
    At(DateTime<Utc>),
    /// A local time.
    Local(NaiveDateTime),
}

impl Written {
    /// The instant, if a local time is one in UTC.
    pub fn in_utc(self) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::Local(local) => local.and_utc(),
        }
    }
}

/// Reads an `xsd:dateTime` such as `2011-05-13T04:42:34Z`, with or without an offset: of the years 0001 to 9999, local and in
/// UTC, and of zones up to 14 hours away, which is what every clock and database can hold. Fractions of any length are read
/// (quirk 37: `0001-01-03T00:00:00.0000000Z`) and rounded to the microsecond as PostgreSQL rounds them; the last half of
/// the last microsecond of 9999 becomes the instant after it. `None` when it is no such time.
pub fn read_date_time(text: &str) -> Option<Written> {
    // The crate that reads it would also take a blank for the `T`, signs, and digits that are left out; and leap seconds, which
    // xsd:dateTime does not have and the database not everywhere.
    if text.len() > LONGEST || !has_shape(text.as_bytes()) {
        return None;
    }
    let fraction = fraction(text)?;
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => {
            let at = (at.offset().local_minus_utc().abs() <= FARTHEST).then_some(at.to_utc());
            at.filter(in_calendar).and_then(|at| rounded(at, fraction)).map(Written::At)
        }
        Err(_) => {
            let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc();
            let local = Some(local).filter(in_calendar).and_then(|local| rounded(local, fraction))?;
            Some(Written::Local(local.naive_utc()))
        }
    }
}

/// The instant of an `xsd:dateTime`; without an offset it is in UTC. `None` when it is no such time ([`read_date_time`]).
pub fn parse_date_time(text: &str) -> Option<DateTime<Utc>> {
    read_date_time(text).and_then(|written| within_calendar(written.in_utc()))
}

/// The same instant, if it is one of the years 1 to 9999 in UTC. What is rounded up to the instant after them, such as the largest
/// time of .NET, is the last microsecond of them.
pub fn within_calendar(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let last = at - TimeDelta::microseconds(1);
    let is_just_after = at.year() == 10_000 && last.year() == 9_999;
    Some(if is_just_after { last } else { at }).filter(in_calendar)
}

/// `YYYY-MM-DDThh:mm:ss`, the seconds below 60, and whatever follows.
fn has_shape(text: &[u8]) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:50";
    let fits = |(byte, wanted): (&u8, &u8)| match wanted {
        b'0' => byte.is_ascii_digit(),
        b'5' => (b'0'..=b'5').contains(byte),
        wanted => byte == wanted,
    };
    text.is_ascii() && text.len() >= SHAPE.len() && text.iter().zip(SHAPE).all(fits)
}

fn in_calendar(at: &DateTime<Utc>) -> bool {
    (1..=9_999).contains(&at.year())
}

/// The fraction of the second in microseconds. PostgreSQL reads it as a binary fraction, and rounds halves to the even one.
fn fraction(text: &str) -> Option<i64> {
    let Some(rest) = text.get(19..)?.strip_prefix('.') else { return Some(0) };
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(Some(rest), |end| rest.get(..end))?;
    let seconds: f64 = format!("0.{digits}").parse().ok()?;
    // Between 0 and 1,000,000: nothing is cut off.
    #[allow(clippy::cast_possible_truncation)]
    Some((seconds * 1_000_000.0).round_ties_even() as i64)
}

/// The time with this fraction of its second.
fn rounded(at: DateTime<Utc>, micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.timestamp(), 0)?.checked_add_signed(TimeDelta::microseconds(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PostgreSQL 17 makes of these texts: `SELECT '…'::timestamptz`.
    #[test]
    fn fractions_are_rounded_as_the_database_rounds_them() {
        for (text, micros) in [
            ("2026-01-01T00:00:00.1234564Z", "2026-01-01T00:00:00.123456Z"),
            ("2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123457Z"),
            ("2026-01-01T00:00:00.0000005Z", "2026-01-01T00:00:00.000000Z"),
            ("2026-01-01T00:00:00.0000015Z", "2026-01-01T00:00:00.000002Z"),
            ("2026-01-01T00:00:00.0000025Z", "2026-01-01T00:00:00.000002Z"),
            ("2026-01-01T00:00:00.00000050000000001", "2026-01-01T00:00:00.000001Z"),
            ("2026-12-31T23:59:59.9999999+01:00", "2026-12-31T23:00:00.000000Z"),
            ("1969-12-31T23:59:59.1234567Z", "1969-12-31T23:59:59.123457Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
        ] {
            let at = parse_date_time(text).unwrap();
            assert_eq!(at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true), micros, "{text}");
        }
    }

    #[test]
    fn an_offset_or_its_absence_is_kept_apart() {
        let at = parse_date_time("2026-01-01T00:00:00Z").unwrap();
        assert_eq!(read_date_time("2026-01-01T02:00:00+02:00"), Some(Written::At(at)));
        assert_eq!(read_date_time("2026-01-01T00:00:00"), Some(Written::Local(at.naive_utc())));
    }

    /// R039: a dateTime has a date and a time, of years that every clock can hold.
    #[test]
    fn what_is_no_date_and_time_is_none() {
        for bad in [
            "",
            "2026-01-01",
            "2026-01-01 00:00:00Z",
            "2026-01-01t00:00:00Z",
            "2026-01- 1T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.",
            "2026-01-01T00:00:00 Z",
            "2026-01-01T00:00:00+23:00",
            "-9999-01-01T00:00:00",
            "+2026-01-01T00:00:00",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:00:00-02:00",
            "12026-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2026-01-01T00:00:00.000000000000000000000000Z",
        ] {
            assert_eq!(read_date_time(bad), None, "{bad}");
        }
    }
}
