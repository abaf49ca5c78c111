//! Where an account stands, in SQL: the same as `Account::status` and `Account::is_active` of the domain, from the same facts.
//!
//! The account is called `a`; every `{}` stands for the present time, which is bound, because the clock is not the database's.

/// Whether the account may be used, as far as dates, deactivation and lock say. Never NULL.
macro_rules! usable {
    () => {
        "(a.deactivated_at IS NULL AND a.locked_at IS NULL AND (a.deactivate_at > {}) IS NOT FALSE \
         AND (a.expires_at > {}) IS NOT FALSE AND (a.starts_at <= {}) IS NOT FALSE)"
    };
}
pub(in crate::store) use usable;

/// Whether the account may be used.
pub(in crate::store) const USABLE: &str = usable!();

/// Whether it may not: the opposite, in the form that the index accounts_inactive is made for.
pub(in crate::store) const UNUSABLE: &str = "(a.deactivated_at IS NOT NULL OR a.deactivate_at <= {} OR a.expires_at <= {} OR a.starts_at > {} OR a.locked_at IS NOT NULL)";

/// The word for where it stands.
pub(in crate::store) const STATUS: &str = "(CASE WHEN a.deactivated_at IS NOT NULL OR a.deactivate_at <= {} THEN 'deactivated' \
     WHEN a.expires_at <= {} THEN 'expired' WHEN a.starts_at > {} THEN 'staged' \
     WHEN a.first_access_at IS NOT NULL THEN 'active' ELSE 'activated' END)";

/// Whether it holds a seat. Never NULL.
pub(in crate::store) const SEATED: &str = "(a.seat_since IS NOT NULL AND (a.seat_until > {}) IS NOT FALSE)";

/// Whether it holds none.
pub(in crate::store) const UNSEATED: &str = "(a.seat_since IS NULL OR a.seat_until <= {})";

/// Since when it is deactivated; NULL while it is not.
pub(in crate::store) const DEACTIVATED_AT: &str =
    "COALESCE(a.deactivated_at, CASE WHEN a.deactivate_at <= {} THEN a.deactivate_at END)";

/// Why it is or will be deactivated, in SCIM's word; before, the one that the client keeps ready.
pub(in crate::store) const REASON: &str = "replace(COALESCE(a.deactivated_reason, a.deactivate_reason, \
       a.resource #>> '{urn:ietf:params:scim:schemas:extension:rollcall:2.0:User,deactivationReason}'), 'role_change', 'roleChange')";
