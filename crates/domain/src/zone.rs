//! Time zones: the instant that a local time stands for.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// No zone was ever further from UTC than this.
const FURTHEST: TimeDelta = TimeDelta::hours(16);

/// A time zone of the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(Tz::UTC);

    /// The zone of an IANA name such as `Europe/Berlin`, written as the database writes it.
    pub fn from_name(name: &str) -> Option<Zone> {
        name.parse().ok().map(Zone)
    }

    /// The instant at which clocks show a local time.
    ///
    /// A time that clocks show twice, when they are set back, is the first of the two; a time that they never show, when they
    /// are set forward, is counted with the offset from before (RFC 5545 §3.3.5): 02:30 is the instant at which they show
    /// 03:30. `None` at the ends of the calendar.
    pub fn instant(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
            LocalResult::None => {
                let before = local.checked_sub_signed(FURTHEST)?;
                let offset = self.0.offset_from_utc_datetime(&before).fix();
                Some(local.checked_sub_offset(offset)?.and_utc())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(zone: &str, local: &str) -> String {
        let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M:%S").unwrap();
        let at = Zone::from_name(zone).unwrap().instant(local).unwrap();
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn names_are_those_of_the_database() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12"] {
            assert!(Zone::from_name(name).is_some(), "{name}");
        }
        for name in ["", "Berlin", "Mars/Olympus", "Pacific Standard Time", "+02:00", "CEST"] {
            assert!(Zone::from_name(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_local_time_is_an_instant() {
        assert_eq!(instant("UTC", "2026-12-31T23:59:59"), "2026-12-31T23:59:59Z");
        assert_eq!(instant("Europe/Berlin", "2026-06-30T18:00:00"), "2026-06-30T16:00:00Z");
        assert_eq!(instant("Europe/Berlin", "2026-12-31T18:00:00"), "2026-12-31T17:00:00Z");
        assert_eq!(instant("Australia/Melbourne", "2026-05-14T23:59:00"), "2026-05-14T13:59:00Z");
    }

    #[test]
    fn the_same_day_ends_a_day_apart_on_both_sides_of_the_date_line() {
        assert_eq!(instant("Pacific/Kiritimati", "2026-12-31T23:59:59"), "2026-12-31T09:59:59Z");
        assert_eq!(instant("Etc/GMT+12", "2026-12-31T23:59:59"), "2027-01-01T11:59:59Z");
    }

    #[test]
    fn a_time_that_clocks_show_twice_is_the_first() {
        assert_eq!(instant("Europe/Berlin", "2026-10-25T02:30:00"), "2026-10-25T00:30:00Z");
        assert_eq!(instant("America/New_York", "2026-11-01T01:30:00"), "2026-11-01T05:30:00Z");
        assert_eq!(instant("Australia/Lord_Howe", "2026-04-05T01:45:00"), "2026-04-04T14:45:00Z");
    }

    #[test]
    fn a_time_that_clocks_skip_is_counted_from_before() {
        assert_eq!(instant("Europe/Berlin", "2026-03-29T02:30:00"), "2026-03-29T01:30:00Z");
        assert_eq!(instant("America/New_York", "2026-03-08T02:00:00"), "2026-03-08T07:00:00Z");
        assert_eq!(instant("Australia/Lord_Howe", "2026-10-04T02:15:00"), "2026-10-03T15:45:00Z");
        // Samoa moved across the date line and had no 30 December 2011.
        assert_eq!(instant("Pacific/Apia", "2011-12-30T12:00:00"), "2011-12-30T22:00:00Z");
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_instant_or_one() {
        for local in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
            for zone in ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"] {
                let _ = Zone::from_name(zone).unwrap().instant(local);
            }
        }
    }
}
