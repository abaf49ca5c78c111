//! What a connection may have otherwise than another: how strictly its requests are read, and how they are answered.

use serde::{Deserialize, Serialize};

/// A setting with a few words to choose from: the enum, its words in JSON and on the command line, and all of them in
/// order. Needs `serde::{Deserialize, Serialize}` where it is used.
#[macro_export]
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every word there is.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word in JSON and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

choice! {
    /// How names and values are read, and what every other setting is unless it is set singly.
    Reading {
        /// As identity providers write: `"True"` is true, a single value stands for a list of one, `name.givenName` for a
        /// nested object, and so on.
        Compat = "compat",
        /// By the letter of RFC 7643 and RFC 7644.
        Strict = "strict",
    }
}

choice! {
    /// What becomes of an attribute that no schema has (RFC 7644 §3.1).
    UnknownAttributes {
        /// It is dropped, and the rest of the request is done.
        Ignore = "ignore",
        /// 400: `invalidValue` in a body, `invalidPath` as the path of a PATCH operation.
        Refuse = "refuse",
    }
}

choice! {
    /// What becomes of a PATCH whose path selects by a filter that matches nothing (R142).
    UnmatchedFilter {
        /// The element that the filter describes is created.
        Create = "create",
        /// 400 `noTarget` (RFC 7644 §3.5.2.3).
        NoTarget = "no_target",
    }
}

choice! {
    /// What becomes of a PATCH operation without path (R145).
    PathlessPatch {
        /// Its value is an object of attributes (RFC 7644 §3.5.2.1).
        Accept = "accept",
        /// 400 `invalidPath`, as the interoperability profile wants it.
        Refuse = "refuse",
    }
}

choice! {
    /// What becomes of members that nobody here is.
    UnknownMembers {
        /// They are passed over, and the rest is done.
        Skip = "skip",
        /// 400 `invalidValue`: read strictly as soon as one of them is unknown, otherwise when none of them is known.
        Refuse = "refuse",
    }
}

choice! {
    /// How a PATCH is answered when it chooses no attributes (R133, R134).
    PatchAnswer {
        /// 200 with the resource.
        Representation = "representation",
        /// 204.
        NoContent = "no_content",
    }
}

choice! {
    /// What becomes of a `password` that a client sends (R063).
    Passwords {
        /// It is dropped.
        Ignore = "ignore",
        /// 400 `invalidValue`.
        Refuse = "refuse",
        /// It becomes the account's password.
        Accept = "accept",
    }
}

/// How much to forgive, and what to answer where the RFCs leave a choice. Identity providers break the RFCs in known ways;
/// refusing them loses deactivations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Refuse names and values that RFC 7643 and 7644 do not allow: wrong types, flattened names.
    pub strict: bool,
    /// Attributes that no schema has.
    pub unknown_attributes: UnknownAttributes,
    /// Filters in paths that match nothing.
    pub unmatched_filter: UnmatchedFilter,
    /// PATCH operations without path.
    pub pathless_patch: PathlessPatch,
    /// Members that nobody is.
    pub unknown_members: UnknownMembers,
    /// The answer to a PATCH.
    pub patch_answer: PatchAnswer,
    /// Passwords that a client sends.
    pub passwords: Passwords,
}

impl Dialect {
    /// Forgives: unknown attributes and members are passed over, `"True"` is true, a single value stands for a list of
    /// one, a bare string for an object with `value`, `name.givenName` for a nested object, and so on.
    pub fn compat() -> Self {
        Self {
            strict: false,
            unknown_attributes: UnknownAttributes::Ignore,
            unmatched_filter: UnmatchedFilter::Create,
            pathless_patch: PathlessPatch::Accept,
            unknown_members: UnknownMembers::Skip,
            patch_answer: PatchAnswer::Representation,
            passwords: Passwords::Ignore,
        }
    }

    /// The letter of the RFCs.
    pub fn strict() -> Self {
        Self {
            strict: true,
            unknown_attributes: UnknownAttributes::Refuse,
            unmatched_filter: UnmatchedFilter::NoTarget,
            pathless_patch: PathlessPatch::Accept,
            unknown_members: UnknownMembers::Refuse,
            patch_answer: PatchAnswer::Representation,
            passwords: Passwords::Refuse,
        }
    }

    /// The dialect of a way of reading, before anything is set singly.
    pub fn of(reading: Reading) -> Self {
        match reading {
            Reading::Compat => Self::compat(),
            Reading::Strict => Self::strict(),
        }
    }

    /// Whether attributes that no schema has are refused.
    pub fn refuses_unknown(&self) -> bool {
        self.unknown_attributes == UnknownAttributes::Refuse
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::compat()
    }
}
