//! Whose word a connection is, and how far it reaches.

use rollcall_scim::choice;
use serde::{Deserialize, Serialize};

choice! {
    /// Who speaks through a connection.
    Source {
        /// An identity provider's sync.
        Provider = "provider",
        /// The sync of an HR system.
        Hr = "hr",
        /// Administrators, by hand or with their tools.
        Administrators = "administrators",
    }
}

choice! {
    /// Whether a sync is kept from putting out more people than an administrator has looked at (SECURITY S46).
    Guard {
        /// It is.
        On = "on",
        /// It does as it is told, for test tools.
        Off = "off",
    }
}

choice! {
    /// What a connection may do with accounts that another one owns.
    Others {
        /// See them.
        Read = "read",
        /// Change and delete them like its own.
        Change = "change",
    }
}

/// How far the word of a connection reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// Who speaks.
    pub source: Source,
    /// Whether it is watched.
    pub guard: Guard,
    /// What it may do with accounts of others.
    pub others: Others,
}

impl Authority {
    /// Of people and of the server itself, who come through no connection.
    pub const BY_HAND: Authority =
        Authority { source: Source::Administrators, guard: Guard::Off, others: Others::Change };
}
