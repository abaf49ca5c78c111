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

/// The id of a text in the one form in which ids are shown: lower case, with hyphens. Any other spelling is nobody's id, as ids
/// are case-exact (RFC 7643 §3.1).
pub fn id_as_shown(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

/// Who does something, as the audit log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A connection, by its token.
    Connection(ConnectionId),
    /// A person, for their own account.
    Account(AccountId),
    /// Whoever runs the server, by its commands.
    Operator,
    /// The server by itself, when a date has come.
    Worker,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Connection(id) => write!(f, "connection:{id}"),
            Actor::Account(id) => write!(f, "account:{id}"),
            Actor::Operator => f.write_str("operator"),
            Actor::Worker => f.write_str("worker"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R052: an id is case-exact.
    #[test]
    fn only_the_spelling_that_is_shown_is_the_id() {
        let shown = "01a20046-1b8c-70d9-b1cc-cf54d639c90e";
        let id = id_as_shown(shown).unwrap();
        assert_eq!(id.to_string(), shown);
        let simple = shown.replace('-', "");
        let braced = format!("{{{shown}}}");
        let urn = format!("urn:uuid:{shown}");
        for other in [shown.to_uppercase(), simple, braced, urn, format!("{shown} "), String::new()] {
            assert_eq!(id_as_shown(&other), None, "{other}");
        }
    }
}
