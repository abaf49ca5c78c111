//! The order of a list in SQL, and the places in it where a page can begin.

use super::accounts::standing;
use super::filter::column::{self, Column, at};
use super::filter::condition::Piece;
use super::filter::{Asking, Table, Unsearchable, full_path, is_membership, json, path, refuse_unstored};
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use rollcall_scim::schema::AttributeType;
use rollcall_scim::sort::{Direction, Sort};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use uuid::Uuid;

/// How values of an order are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By code point.
    Text,
    /// As instants.
    Time,
    /// As numbers.
    Number,
    /// false before true.
    Bool,
    /// By bytes.
    Uuid,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Time => "a time",
            Kind::Number => "a number",
            Kind::Bool => "a boolean",
            Kind::Uuid => "an id",
        }
    }
}

/// A total order: by a key, and by id among rows of the same key. Descending is the exact reverse.
#[derive(Debug, Clone)]
pub struct Order {
    key: Vec<Piece>,
    kind: Kind,
    /// Some rows may have no key.
    nullable: bool,
    /// No two rows have the same key, so that the id need not decide.
    unique: bool,
    direction: Direction,
}

/// A place in an order: just after this row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The row's key as text; `None` where it has none.
    #[serde(rename = "k")]
    pub key: Option<String>,
    /// The row's id.
    #[serde(rename = "i")]
    pub id: Uuid,
}

/// A stretch of an order that one index range serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretch<'a> {
    /// Rows with a key, behind a place.
    KeysAfter(&'a str, Uuid),
    /// All rows with a key.
    Keys,
    /// Rows without a key, behind an id.
    MissingAfter(Uuid),
    /// All rows without a key.
    Missing,
}

impl Default for Order {
    /// That of the ids, which is that of creation.
    fn default() -> Self {
        Self {
            key: vec![Piece::Sql("a.id")],
            kind: Kind::Uuid,
            nullable: false,
            unique: true,
            direction: Direction::Ascending,
        }
    }
}

impl Order {
    /// The order that a client asks for.
    ///
    /// # Errors
    /// [`Unsearchable`] for what is made for each answer, and for members and groups, which have no primary one.
    pub fn by(table: Table, asking: Asking<'_>, sort: &Sort) -> Result<Self, Unsearchable> {
        let field = &sort.field;
        refuse_unstored(field)?;
        let of_key =
            |key, kind, nullable, unique| Self { key, kind, nullable, unique, direction: sort.direction };
        let column = |sql, kind, nullable, unique| of_key(at(sql, asking.now), kind, nullable, unique);
        Ok(match column::of(table, field) {
            Some(Column::Id) => column("a.id", Kind::Uuid, false, true),
            Some(Column::Key(sql)) if sql == column::USER_NAME => column(sql, Kind::Text, false, true),
            Some(Column::Key(sql)) => column(sql, Kind::Text, true, false),
            // Everybody's, as they are shown.
            Some(Column::ExternalId) => column("a.external_id", Kind::Text, true, false),
            Some(Column::Time(sql) | Column::Instant(sql)) => column(sql, Kind::Time, true, false),
            Some(Column::Active) => column(standing::USABLE, Kind::Bool, false, false),
            Some(Column::Bool(sql, _)) => column(sql, Kind::Bool, false, false),
            Some(Column::Text(sql)) => column(sql, Kind::Text, true, false),
            None if is_membership(table, field) => {
                return Err(Unsearchable::Attribute(full_path(field).join(".")));
            }
            None => {
                let value = if field.multi_valued {
                    chosen_element(sort)
                } else {
                    json::value(&full_path(field), field.kind)
                };
                let kind = match field.kind {
                    AttributeType::Boolean => Kind::Bool,
                    AttributeType::Decimal | AttributeType::Integer => Kind::Number,
                    AttributeType::DateTime => Kind::Time,
                    _ => Kind::Text,
                };
                let (before, after) = match (kind, field.case_exact) {
                    (Kind::Text, true) => ("left(", ", 1024)"),
                    (Kind::Text, false) => ("left(folded(", "), 1024)"),
                    _ => ("(", ")"),
                };
                let key = [vec![Piece::Sql(before)], value, vec![Piece::Sql(after)]].concat();
                of_key(key, kind, true, false)
            }
        })
    }

    /// Makes one order of two for two tables: where the values are equal the ids decide, also where one table has each value once.
    ///
    /// # Errors
    /// What the values of each are, when nothing says how to compare one with another.
    pub fn join(&mut self, other: &mut Self) -> Result<(), (&'static str, &'static str)> {
        if self.kind != other.kind {
            return Err((self.kind.word(), other.kind.word()));
        }
        self.unique &= other.unique;
        other.unique = self.unique;
        Ok(())
    }

    /// The same order for a table whose rows do not have the attribute (RFC 7644 §3.4.2.1).
    #[must_use]
    pub fn without_values(&self) -> Self {
        let key = vec![Piece::Sql(match self.kind {
            Kind::Text => "NULL::text",
            Kind::Time => "NULL::timestamptz",
            Kind::Number => "NULL::double precision",
            Kind::Bool => "NULL::boolean",
            Kind::Uuid => "NULL::uuid",
        })];
        Self { key, nullable: true, unique: false, ..*self }
    }

    /// Whether it is the order of the ids.
    pub(super) fn is_by_id(&self) -> bool {
        self.kind == Kind::Uuid && self.unique
    }

    /// Compares two places, as the database does.
    pub fn compare(&self, a: &Position, b: &Position) -> Ordering {
        let by_key = match (&a.key, &b.key) {
            (Some(a), Some(b)) if self.kind == Kind::Number => {
                let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
                number(a).total_cmp(&number(b))
            }
            // Times are written so that their texts have their order, and so are the others.
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let ascending = by_key.then_with(|| a.id.cmp(&b.id));
        if self.is_descending() { ascending.reverse() } else { ascending }
    }

    /// What comes after a place, in order.
    pub(super) fn stretches_after<'p>(&self, place: &'p Position) -> Vec<Stretch<'p>> {
        let mut all = match (&place.key, self.is_descending()) {
            (Some(key), false) => vec![Stretch::KeysAfter(key, place.id), Stretch::Missing],
            (Some(key), true) => vec![Stretch::KeysAfter(key, place.id)],
            (None, false) => vec![Stretch::MissingAfter(place.id)],
            (None, true) => vec![Stretch::MissingAfter(place.id), Stretch::Keys],
        };
        all.retain(|stretch| self.nullable || matches!(stretch, Stretch::Keys | Stretch::KeysAfter(..)));
        all
    }

    fn is_descending(&self) -> bool {
        self.direction == Direction::Descending
    }

    fn push_key<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.key.iter().try_for_each(|piece| piece.push(out.reborrow()))?;
        out.push_sql(")");
        if self.kind == Kind::Text {
            // By code point, whatever the collation of the database.
            out.push_sql(" COLLATE \"C\"");
        }
        Ok(())
    }

    /// The key as text, from which a [`Position`] is made.
    pub(super) fn push_key_as_text<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (before, after) = match self.kind {
            Kind::Time => ("to_char(", " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"),
            _ => ("", "::text"),
        };
        out.push_sql(before);
        self.push_key(out.reborrow())?;
        out.push_sql(after);
        Ok(())
    }

    /// What stands after ORDER BY. The tenant leads, as it leads every index.
    pub(super) fn push_order_by<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let direction = if self.is_descending() { " DESC" } else { "" };
        out.push_sql("a.tenant_id");
        out.push_sql(direction);
        out.push_sql(", ");
        self.push_key(out.reborrow())?;
        out.push_sql(direction);
        if !self.unique {
            out.push_sql(", a.id");
            out.push_sql(direction);
        }
        Ok(())
    }

    /// The condition of a stretch.
    pub(super) fn push_stretch<'b>(
        &'b self,
        stretch: &'b Stretch<'b>,
        mut out: AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        let behind = if self.is_descending() { " < " } else { " > " };
        match stretch {
            Stretch::KeysAfter(key, _) if self.unique => {
                self.push_key(out.reborrow())?;
                out.push_sql(behind);
                self.push_bound_key(key, out)
            }
            Stretch::KeysAfter(key, id) => {
                out.push_sql("(");
                self.push_key(out.reborrow())?;
                out.push_sql(", a.id)");
                out.push_sql(behind);
                out.push_sql("(");
                self.push_bound_key(key, out.reborrow())?;
                out.push_sql(", ");
                out.push_bind_param::<SqlUuid, _>(id)?;
                out.push_sql(")");
                Ok(())
            }
            Stretch::Keys => {
                self.push_key(out.reborrow())?;
                out.push_sql(" IS NOT NULL");
                Ok(())
            }
            Stretch::MissingAfter(id) => {
                self.push_key(out.reborrow())?;
                out.push_sql(" IS NULL AND a.id");
                out.push_sql(behind);
                out.push_bind_param::<SqlUuid, _>(id)
            }
            Stretch::Missing => {
                self.push_key(out.reborrow())?;
                out.push_sql(" IS NULL");
                Ok(())
            }
        }
    }

    fn push_bound_key<'b>(&'b self, key: &'b &'b str, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<Text, _>(key)?;
        out.push_sql(match self.kind {
            Kind::Text => "",
            Kind::Time => "::timestamptz",
            Kind::Number => "::double precision",
            Kind::Bool => "::boolean",
            Kind::Uuid => "::uuid",
        });
        Ok(())
    }

    /// What stands after ORDER BY where the keys are texts in a column `k` and the ids a column `id`.
    pub(super) fn of_texts(&self) -> &'static str {
        match (self.kind, self.is_descending()) {
            (Kind::Number, false) => "k::double precision, id",
            (Kind::Number, true) => "k::double precision DESC, id DESC",
            (_, false) => "k COLLATE \"C\", id",
            (_, true) => "k COLLATE \"C\" DESC, id DESC",
        }
    }
}

/// The sub-attribute of the primary element, else of the first (RFC 7644 §3.4.2.3).
fn chosen_element(sort: &Sort) -> Vec<Piece> {
    let array = || Piece::Texts(path(&sort.field));
    let mut pieces = vec![Piece::Sql("(SELECT ")];
    pieces.extend(json::element(sort.field.sub_attribute.as_deref(), sort.field.kind));
    pieces.extend([
        Piece::Sql(" FROM jsonb_array_elements(CASE jsonb_typeof(a.resource #> "),
        array(),
        Piece::Sql(") WHEN 'array' THEN a.resource #> "),
        array(),
        Piece::Sql(
            " END) WITH ORDINALITY AS e (v, n) ORDER BY COALESCE(e.v -> 'primary' = 'true', FALSE) DESC, e.n LIMIT 1)",
        ),
    ]);
    pieces
}
