//! What every address needs, and what every credential gives: the one place where that is decided. What is not in these tables
//! is not served, and what is not given is refused.

use super::envelope::Envelope;
use crate::app::tokens::Scope;
use actix_web::http::Method;
use rollcall_domain::account::Role;

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Nothing: the address is for everybody, or what is sent to it proves itself.
    Open,
    /// A session, for what concerns its holder only.
    Myself,
    /// Reading over SCIM.
    ReadScim,
    /// Changing over SCIM.
    WriteScim,
    /// Reading people: accounts, their learning records, reports, seats, plans.
    ReadPeople,
    /// Reading everything else: the audit log, settings, tokens; and asking whose session a token is.
    Read,
    /// Commands for accounts, alone and in plans, temporary passwords and enrolments. Whom they may be given to is decided by
    /// rank ([`rollcall_domain::account::Acting`]).
    ManagePeople,
    /// Settings, seats, schemas, courses and tokens.
    Administer,
    /// What only the owner does, within what others may, too: naming another owner, erasing, and tokens that can do so. No address
    /// needs it; who is refused it is refused by rank, and by [`may_issue`].
    Own,
}

use Right::{Administer, ManagePeople, Myself, Open, Read, ReadPeople, ReadScim, WriteScim};

/// The address, below `/scim/v2`, with what each method needs.
type Needs = (&'static str, &'static [(&'static str, Right)]);

const SCIM: &[Needs] = &[
    ("", &[("GET", ReadScim)]),
    ("/ServiceProviderConfig", &[("GET", Open)]),
    ("/serviceConfiguration", &[("GET", ReadScim)]),
    ("/ResourceTypes", &[("GET", ReadScim)]),
    ("/ResourceTypes/{name}", &[("GET", ReadScim)]),
    ("/Schemas", &[("GET", ReadScim)]),
    ("/Schemas/{urn}", &[("GET", ReadScim)]),
    ("/.search", &[("POST", ReadScim)]),
    ("/Bulk", &[("POST", WriteScim)]),
    ("/Users", &[("GET", ReadScim), ("POST", WriteScim)]),
    ("/Users/.search", &[("POST", ReadScim)]),
    ("/Users/{id}", &[("GET", ReadScim), ("PUT", WriteScim), ("PATCH", WriteScim), ("DELETE", WriteScim)]),
    ("/Groups", &[("GET", ReadScim), ("POST", WriteScim)]),
    ("/Groups/.search", &[("POST", ReadScim)]),
    ("/Groups/{id}", &[("GET", ReadScim), ("PUT", WriteScim), ("PATCH", WriteScim), ("DELETE", WriteScim)]),
    ("/Me", &[("GET", Myself), ("POST", Myself), ("PUT", Myself), ("PATCH", Myself), ("DELETE", Myself)]),
];

/// Below `/api/v1`.
const API: &[Needs] = &[
    ("/accounts", &[("GET", ReadPeople)]),
    ("/accounts/{id}", &[("GET", ReadPeople)]),
    ("/accounts/{id}/commands", &[("POST", ManagePeople)]),
    ("/accounts/{id}/timeline", &[("GET", ReadPeople)]),
    ("/accounts/{id}/temporary-password", &[("POST", ManagePeople)]),
    ("/accounts/{id}/enrolments", &[("GET", ReadPeople)]),
    ("/accounts/{id}/enrolments/reopen", &[("POST", ManagePeople)]),
    ("/accounts/{id}/courses/{course}/start", &[("POST", ManagePeople)]),
    ("/accounts/{id}/courses/{course}/completion", &[("POST", ManagePeople)]),
    ("/accounts/{id}/completions", &[("GET", ReadPeople)]),
    ("/accounts/{id}/certificates", &[("GET", ReadPeople)]),
    ("/attribute-owners", &[("GET", Read), ("PATCH", Administer)]),
    ("/audit", &[("GET", Read)]),
    ("/audit/chain", &[("GET", Read)]),
    ("/audit/export", &[("GET", Read)]),
    ("/connections", &[("GET", Read)]),
    ("/connections/{name}", &[("GET", Read), ("PATCH", Administer)]),
    ("/courses", &[("GET", ReadPeople), ("POST", Administer)]),
    ("/courses/{id}", &[("GET", ReadPeople)]),
    ("/courses/{id}/enrolments", &[("POST", ManagePeople)]),
    ("/groups/{id}", &[("GET", ReadPeople)]),
    ("/introspect", &[("POST", Read)]),
    ("/notices", &[("GET", Read)]),
    ("/openapi.json", &[("GET", Open)]),
    ("/password-resets", &[("POST", Open)]),
    ("/plans", &[("POST", ManagePeople)]),
    ("/plans/upload", &[("POST", ManagePeople)]),
    ("/plans/{id}", &[("GET", ReadPeople)]),
    ("/plans/{id}/run", &[("POST", ManagePeople)]),
    ("/policy", &[("GET", Read), ("PATCH", Administer)]),
    ("/quarantines", &[("GET", Read)]),
    ("/quarantines/{id}", &[("GET", Read)]),
    ("/quarantines/{id}/release", &[("POST", Administer)]),
    ("/quarantines/{id}/reject", &[("POST", Administer)]),
    ("/quarantines/{id}/restore", &[("POST", Administer)]),
    ("/reports/{report}", &[("GET", ReadPeople)]),
    ("/schemas", &[("GET", Read)]),
    ("/schemas/{urn}", &[("GET", Read), ("PUT", Administer), ("DELETE", Administer)]),
    ("/seats", &[("GET", ReadPeople), ("PUT", Administer)]),
    ("/sessions", &[("POST", Open)]),
    ("/sessions/current", &[("GET", Myself), ("DELETE", Myself)]),
    ("/tokens", &[("GET", Read), ("POST", Administer)]),
    ("/tokens/{id}", &[("DELETE", Administer)]),
];

/// Outside of both.
const SERVER: &[Needs] = &[
    ("/.well-known/oauth-authorization-server", &[("GET", Open)]),
    ("/health/live", &[("GET", Open)]),
    ("/health/ready", &[("GET", Open)]),
    // The client proves itself with what it sends.
    ("/oauth/token", &[("POST", Open)]),
];

/// What a method needs at an address, which is given without `/scim/v2` or with or without `/api/v1`. `None`: it is not to be served.
pub(super) fn needed(envelope: Envelope, path: &str, method: &Method) -> Option<Right> {
    let (tables, path) = match envelope {
        Envelope::Scim => ([SCIM, &[]], path),
        Envelope::Problem => ([API, SERVER], path.strip_prefix("/api/v1").unwrap_or(path)),
    };
    let (_, methods) = tables.into_iter().flatten().find(|(address, _)| *address == path)?;
    methods.iter().find(|(name, _)| *name == method.as_str()).map(|(_, right)| *right)
}

/// How many routes a table of a surface has.
#[cfg(test)]
pub(super) fn count(envelope: Envelope) -> usize {
    let table = if envelope == Envelope::Scim { SCIM } else { API };
    table.iter().map(|(_, methods)| methods.len()).sum()
}

/// What a credential gives.
pub(super) type Rights = &'static [Right];

const READING: Rights = &[ReadPeople, Read];
const EVERYTHING: Rights = &[ReadPeople, Read, ManagePeople, Administer, Right::Own];

/// What a token gives.
pub(super) fn of_scope(scope: Scope) -> Rights {
    match scope {
        Scope::Scim => &[ReadScim, WriteScim],
        Scope::ScimRead => &[ReadScim],
        Scope::Api => EVERYTHING,
        Scope::ApiRead => READING,
        // The scope of a session, whose holder's role decides.
        Scope::Console => &[],
    }
}

/// What the session of a person gives beside what concerns themselves: the scope `console`, by role.
pub(super) fn of_role(role: Role) -> Rights {
    match role {
        Role::Learner | Role::Trainer => &[],
        Role::Manager => &[ReadPeople, ManagePeople],
        Role::Reader => READING,
        Role::Administrator => &[ReadPeople, Read, ManagePeople, Administer],
        Role::Owner => EVERYTHING,
    }
}

/// Whether somebody with these rights may issue a token of a scope: none that gives more than they have. Who administers a
/// tenant decides who provisions it.
pub(super) fn may_issue(rights: Rights, scope: Scope) -> bool {
    rights.contains(&Administer)
        && of_scope(scope).iter().all(|right| matches!(right, ReadScim | WriteScim) || rights.contains(right))
}

/// Whether these rights open a surface at all. Who has none is not told what there is.
pub(super) fn opens(rights: Rights, envelope: Envelope) -> bool {
    rights.contains(match envelope {
        Envelope::Scim => &ReadScim,
        Envelope::Problem => &ReadPeople,
    })
}

/// What would be needed, in words for who is refused.
pub(super) fn in_words(right: Right) -> &'static str {
    match right {
        Open | Myself => "a session",
        ReadScim => "a token of the scope scim or scim.read",
        WriteScim => "a token of the scope scim",
        ReadPeople => {
            "a token of the scope api or api.read, or the session of a manager, reader, administrator or owner"
        }
        Read => "a token of the scope api or api.read, or the session of a reader, administrator or owner",
        ManagePeople => "a token of the scope api, or the session of a manager, administrator or owner",
        Administer => "a token of the scope api, or the session of an administrator or owner",
        Right::Own => "a token of the scope api, or the session of the owner",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_in_the_tables_twice_and_nothing_else_is_served() {
        for table in [SCIM, API, SERVER] {
            for (at, (path, methods)) in table.iter().enumerate() {
                assert!(!table[..at].iter().any(|(other, _)| other == path), "{path}");
                for (number, (method, _)) in methods.iter().enumerate() {
                    assert!(!methods[..number].iter().any(|(other, _)| other == method), "{method} {path}");
                }
            }
        }
        assert_eq!(needed(Envelope::Problem, "/audit", &Method::DELETE), None);
        assert_eq!(needed(Envelope::Problem, "/secrets", &Method::GET), None);
        assert_eq!(needed(Envelope::Scim, "/audit", &Method::GET), None);
        assert_eq!(needed(Envelope::Problem, "/api/v1/audit", &Method::GET), Some(Read));
    }

    #[test]
    fn every_role_has_what_those_below_it_have_but_for_the_reader_who_only_reads() {
        let has_all =
            |more: Role, less: Role| of_role(less).iter().all(|right| of_role(more).contains(right));
        assert!(of_role(Role::Learner).is_empty() && of_role(Role::Trainer).is_empty());
        for role in Role::ASSIGNABLE.into_iter().chain([Role::Owner]) {
            // Whom the console opens to has no password of a provider.
            assert_eq!(role.opens_console(), !of_role(role).is_empty(), "{role:?}");
        }
        for (more, less) in [
            (Role::Administrator, Role::Manager),
            (Role::Administrator, Role::Reader),
            (Role::Owner, Role::Administrator),
        ] {
            assert!(has_all(more, less), "{more:?}");
        }
        for right in [WriteScim, ManagePeople, Administer, Right::Own] {
            assert!(!of_role(Role::Reader).contains(&right));
            assert!(
                !of_scope(Scope::ApiRead).contains(&right) && !of_scope(Scope::ScimRead).contains(&right)
            );
        }
        assert!(!of_role(Role::Administrator).contains(&Right::Own));
    }

    #[test]
    fn nobody_issues_more_than_they_have() {
        use Scope::{Api, ApiRead, Console, Scim, ScimRead};
        for (rights, may) in [
            (of_scope(Api), &[Scim, ScimRead, Api, ApiRead][..]),
            (of_role(Role::Owner), &[Scim, ScimRead, Api, ApiRead]),
            (of_role(Role::Administrator), &[Scim, ScimRead, ApiRead]),
            (of_role(Role::Manager), &[]),
            (of_role(Role::Reader), &[]),
            (of_scope(ApiRead), &[]),
            (of_scope(Scim), &[]),
        ] {
            for scope in [Scim, ScimRead, Api, ApiRead] {
                assert_eq!(may_issue(rights, scope), may.contains(&scope), "{scope:?}");
            }
        }
        assert!(of_scope(Console).is_empty());
    }
}
