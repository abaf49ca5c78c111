//! Instants in filters and in resources (`xsd:dateTime`, RFC 7643 §2.3.5).

use chrono::{DateTime, NaiveDateTime, Utc};

/// Reads an `xsd:dateTime` such as `2011-05-13T04:42:34Z`. Fractions of any length and years from 0001 are read (quirk 37:
/// `0001-01-03T00:00:00.0000000Z`); without an offset the time is taken as UTC. `None` when it is no such time.
pub fn parse_date_time(text: &str) -> Option<DateTime<Utc>> {
    // RFC 3339 would let a blank stand for the `T`; xsd:dateTime does not.
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(instant) => Some(instant.to_utc()),
        Err(_) => {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|local| local.and_utc())
        }
    }
}
