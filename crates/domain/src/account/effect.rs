//! What follows from a decision beyond the new facts; the shell carries it out in the same transaction.

/// One consequence, recorded in the audit row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Every session that was open is dead.
    SessionsEnded,
    /// A scheduled deactivation, whose instant had come before this decision, is now on record.
    DeactivationFellDue,
    /// The start of the account's time, which had come before this decision, is now on record.
    StartFellDue,
    /// The end of the account's time, which had come before this decision, is now on record.
    ExpiryFellDue,
    /// The password that was valid is not any more, and its hash must go.
    PasswordInvalidated,
    /// A new password was set, and its hash must be stored.
    PasswordSet,
    /// What the person signs in with is another now: the user name, or the e-mail address.
    LoginChanged,
    /// A session of the decided epoch may begin.
    SessionStarted,
    /// Group memberships end.
    MembershipsEnded,
    /// A seat is taken; the shell refuses where none is free.
    SeatTaken,
    /// It was made inactive, because no seat was free (LIFECYCLE L33).
    NoFreeSeat,
    /// The seat is free for somebody else.
    SeatReleased,
    /// Every enrolment that waited is open again (LIFECYCLE C9).
    EnrolmentsReopened,
    /// Courses that are not completed wait until an administrator opens them again (LIFECYCLE C9).
    EnrolmentsWait,
    /// As [`Effect::EnrolmentsWait`], but only what came while the account was inactive.
    LaterEnrolmentsWait,
    /// Everything that says who it was is to go.
    PersonalDataErased,
    /// The learning records are to go.
    RecordsRemoved,
}

impl Effect {
    /// The key of the fact in the audit row.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::SessionsEnded => "sessionsEnded",
            Effect::DeactivationFellDue => "deactivationFellDue",
            Effect::StartFellDue => "startFellDue",
            Effect::ExpiryFellDue => "expiryFellDue",
            Effect::PasswordInvalidated => "passwordInvalidated",
            Effect::PasswordSet => "passwordSet",
            Effect::LoginChanged => "loginChanged",
            Effect::SessionStarted => "sessionStarted",
            Effect::MembershipsEnded => "membershipsEnded",
            Effect::SeatTaken => "seatTaken",
            Effect::NoFreeSeat => "noFreeSeat",
            Effect::SeatReleased => "seatReleased",
            Effect::EnrolmentsReopened => "enrolmentsReopened",
            Effect::EnrolmentsWait => "enrolmentsWait",
            Effect::LaterEnrolmentsWait => "laterEnrolmentsWait",
            Effect::PersonalDataErased => "personalDataErased",
            Effect::RecordsRemoved => "recordsRemoved",
        }
    }
}
