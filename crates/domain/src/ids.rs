//! Identifiers as types, so that an account's id is never taken for a group's.

use std::fmt;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A customer of the learning platform.
    TenantId
);
id!(
    /// One identity provider's, HR system's or administrator's tool's access to a tenant.
    ConnectionId
);
id!(
    /// A person's account; the SCIM `id` of a User.
    AccountId
);
id!(
    /// A group; the SCIM `id` of a Group.
    GroupId
);

/// Who does something, as the audit log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A connection, by its token.
    Connection(ConnectionId),
    /// A person, for their own account.
    Account(AccountId),
    /// Whoever runs the server, by its commands.
    Operator,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Connection(id) => write!(f, "connection:{id}"),
            Actor::Account(id) => write!(f, "account:{id}"),
            Actor::Operator => f.write_str("operator"),
        }
    }
}
