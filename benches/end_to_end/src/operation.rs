//! The operations that are measured: what each is called, and what the database has to do for it. The requests are in
//! `requests`, the right answers in `content`.

use clap::ValueEnum;

/// One measured operation. The order here is the order of measuring: what adds rows comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Operation {
    /// `GET /Users/{id}` of a random user.
    Get,
    /// `GET /Users?filter=userName eq "…"` of a random user.
    Filter,
    /// `GET /Users?filter=externalId eq "…"` of a random user.
    ExternalId,
    /// `GET /Users?filter=emails[type eq "work"].value eq "…"` of a random user.
    Email,
    /// `GET /Users?filter=displayName sw "…"` of a hundred users.
    DisplayName,
    /// `GET /Users?count=100&cursor=…`, nine tenths of the way through all users.
    Cursor,
    /// `GET /Users?count=100&cursor=`: the first page of a walk with a cursor
    First,
    /// `GET /Users?count=100&cursor=&sortBy=displayName`: the first page of an order.
    Sorted,
    /// `GET /Users?startIndex=1&count=100`.
    Page,
    /// `POST /api/v1/introspect` with the token of a session that lives.
    Session,
    /// `PATCH /Users/{id}` that sets `active`, off and then on again, with the guard against a sync gone wrong switched off.
    Patch,
    /// The same with the guard watching, and never near its threshold.
    PatchGuarded,
    /// `PATCH /Groups/{id}` that puts one member into a group of ten, and takes it out again.
    GroupSmall,
    /// The same with a group of very many.
    GroupLarge,
    /// The same with fifty members at once.
    GroupBatch,
    /// `POST /Users` of a user with a new name.
    Post,
    /// `POST /Bulk` of a thousand new users, one bulk after the other.
    Bulk,
    /// A hundred thousand new users, by bulks on all connections. Measured only when it is asked for.
    Import,
}

/// What there is to say about an operation.
#[derive(Debug, Clone, Copy)]
struct Described {
    /// Name in options and in JSON.
    name: &'static str,
    /// Name in the table.
    title: &'static str,
    /// Whether it changes rows.
    writes: bool,
    /// The script of pgbench; empty for what is compared with COPY.
    script: &'static str,
}

const fn reads(name: &'static str, title: &'static str, script: &'static str) -> Described {
    Described { name, title, writes: false, script }
}

const fn writes(name: &'static str, title: &'static str, script: &'static str) -> Described {
    Described { name, title, writes: true, script }
}

impl Operation {
    /// Those whose cost should not depend on the number of users.
    pub(crate) const QUERIES: [Self; 6] =
        [Self::Filter, Self::ExternalId, Self::Email, Self::DisplayName, Self::Cursor, Self::Sorted];

    fn described(self) -> Described {
        match self {
            Self::Get => reads("get", "GET by id", include_str!("../sql/get.sql")),
            Self::Filter => reads("filter", "filter userName eq", include_str!("../sql/filter.sql")),
            Self::ExternalId => {
                reads("external-id", "filter externalId eq", include_str!("../sql/external_id.sql"))
            }
            Self::Email => reads("email", "filter emails[type].value eq", include_str!("../sql/email.sql")),
            Self::DisplayName => {
                reads("display-name", "filter displayName sw", include_str!("../sql/display_name.sql"))
            }
            Self::Cursor => reads("cursor", "cursor page at 9/10", include_str!("../sql/cursor.sql")),
            Self::First => reads("first", "cursor page 1", include_str!("../sql/page.sql")),
            Self::Sorted => reads("sorted", "sorted page 1", include_str!("../sql/sorted.sql")),
            Self::Page => reads("page", "page of 100", include_str!("../sql/page.sql")),
            Self::Session => reads("session", "session check", include_str!("../sql/session.sql")),
            Self::Patch => writes("patch", "PATCH active", include_str!("../sql/patch.sql")),
            Self::PatchGuarded => {
                writes("patch-guarded", "PATCH active, guarded", include_str!("../sql/patch.sql"))
            }
            Self::GroupSmall => {
                writes("group-small", "PATCH group of 10, one", include_str!("../sql/group.sql"))
            }
            Self::GroupLarge => {
                writes("group-large", "PATCH large group, one", include_str!("../sql/group.sql"))
            }
            Self::GroupBatch => {
                writes("group-batch", "PATCH large group, 50", include_str!("../sql/group.sql"))
            }
            Self::Post => writes("post", "POST", include_str!("../sql/post.sql")),
            Self::Bulk => writes("bulk", "Bulk of 1,000, users", ""),
            Self::Import => writes("import", "import of 100,000, users", ""),
        }
    }

    /// Name in options and in JSON.
    pub(crate) fn name(self) -> &'static str {
        self.described().name
    }

    /// Name in the table.
    pub(crate) fn title(self) -> &'static str {
        self.described().title
    }

    /// True when it changes rows.
    pub(crate) fn writes(self) -> bool {
        self.described().writes
    }

    /// Whether it makes many users at once, and so is counted in users and compared with COPY.
    pub(crate) fn is_mass(self) -> bool {
        matches!(self, Self::Bulk | Self::Import)
    }

    /// Whether it needs the groups.
    pub(crate) fn needs_groups(self) -> bool {
        matches!(self, Self::GroupSmall | Self::GroupLarge | Self::GroupBatch)
    }

    /// The script with which pgbench does the same reads and writes.
    pub(crate) fn sql(self) -> String {
        let (guard, settled) = match self {
            Self::PatchGuarded => (include_str!("../sql/guard.sql"), "false"),
            _ => ("", "true"),
        };
        let script = self.described().script;
        let script = script
            .replace("{accounts}\n", include_str!("../sql/accounts.sql"))
            .replace("{answer}\n", include_str!("../sql/group_answer.sql"))
            .replace("{comer}", include_str!("../sql/group_comer.sql").trim_end());
        script.replace("{guard}\n", guard).replace("{settled}", settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_called_as_its_option() {
        for operation in Operation::value_variants() {
            let option = operation.to_possible_value().unwrap();
            assert_eq!(operation.name(), option.get_name());
        }
    }

    #[test]
    fn no_placeholder_is_left_in_a_script() {
        for operation in Operation::value_variants() {
            let sql = operation.sql();
            assert!(!sql.contains('{') || sql.contains("'{"), "{sql}");
            assert_eq!(sql.is_empty(), operation.is_mass());
        }
        assert!(Operation::PatchGuarded.sql().contains("departure_allowed"));
        assert!(!Operation::Patch.sql().contains("departure_allowed"));
    }
}
