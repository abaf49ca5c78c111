//! What a filter says, before anybody has looked at a schema (RFC 7644 §3.4.2.2, Figure 1).
//!
//! `Display` writes the expression back in the RFC's form, so that parsing the printed text gives the same tree.

use std::fmt;

use serde_json::Number;

/// A comparison operator of RFC 7644 §3.4.2.2, Table 3 (`pr` is [`Expr::Present`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `eq`: equal.
    Eq,
    /// `ne`: not equal; also true where the attribute has no value.
    Ne,
    /// `co`: contains.
    Co,
    /// `sw`: starts with.
    Sw,
    /// `ew`: ends with.
    Ew,
    /// `gt`: greater than.
    Gt,
    /// `ge`: greater than or equal to.
    Ge,
    /// `lt`: less than.
    Lt,
    /// `le`: less than or equal to.
    Le,
}

impl CompareOp {
    /// The operator called `word` in any letter case (RFC 7644 §3.4.2.2: operators are case-insensitive).
    pub fn from_word(word: &str) -> Option<Self> {
        const ALL: [CompareOp; 9] = [
            CompareOp::Eq,
            CompareOp::Ne,
            CompareOp::Co,
            CompareOp::Sw,
            CompareOp::Ew,
            CompareOp::Gt,
            CompareOp::Ge,
            CompareOp::Lt,
            CompareOp::Le,
        ];
        ALL.into_iter().find(|op| op.as_str().eq_ignore_ascii_case(word))
    }

    /// The operator as the RFC writes it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// The value an attribute is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A JSON string, escapes already resolved.
    String(String),
    /// A word without quotation marks that is no JSON value, such as `jyoung` or `00123` (quirk 28). What it means is
    /// decided by the type of the attribute.
    Bare(String),
    /// A JSON number whose text is exactly what the number prints as.
    Number(Number),
    /// `true` or `false`.
    Bool(bool),
    /// `null`: the attribute has no value.
    Null,
}

/// The name of an attribute as the client wrote it, with where it stands in the filter.
#[derive(Clone, Debug, Eq)]
pub struct AttrRef {
    /// For example `userName`, `name.givenName` or `urn:ietf:params:scim:schemas:core:2.0:User:userName`.
    pub text: String,
    /// Offset of the first byte in the filter, from 0; only for messages.
    pub offset: usize,
}

/// Two references are equal when they name the same attribute, wherever they stand.
impl PartialEq for AttrRef {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// A filter as a tree. `And` and `Or` hold any number of operands (at least two), so that a chain of thousands of
/// terms is a list and not a deep tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Every operand is true.
    And(Vec<Expr>),
    /// At least one operand is true.
    Or(Vec<Expr>),
    /// The operand is false.
    Not(Box<Expr>),
    /// `attr op value`.
    Compare {
        /// What is compared.
        attr: AttrRef,
        /// How.
        op: CompareOp,
        /// With what.
        value: Literal,
    },
    /// `attr pr`: there is a value.
    Present(AttrRef),
    /// `attr[inner]`: one value of `attr` satisfies all of `inner`.
    ValuePath {
        /// The attribute before the bracket.
        attr: AttrRef,
        /// The filter inside, on sub-attributes.
        inner: Box<Expr>,
    },
}

impl Expr {
    /// Where an attribute is named, by the end of the name, in any letter case; the first of several.
    pub fn names(&self, attribute: &str) -> Option<&AttrRef> {
        let is_meant =
            |attr: &AttrRef| attr.text.to_ascii_lowercase().ends_with(&attribute.to_ascii_lowercase());
        match self {
            Expr::And(operands) | Expr::Or(operands) => {
                operands.iter().find_map(|operand| operand.names(attribute))
            }
            Expr::Not(inner) => inner.names(attribute),
            Expr::Compare { attr, .. } | Expr::Present(attr) => Some(attr).filter(|attr| is_meant(attr)),
            Expr::ValuePath { attr, inner } => {
                Some(attr).filter(|attr| is_meant(attr)).or_else(|| inner.names(attribute))
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // `Value` prints a string with the JSON escapes that the lexer resolves.
            Self::String(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Bare(word) => f.write_str(word),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(operands) => list(f, operands, " and "),
            Self::Or(operands) => list(f, operands, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare { attr, op, value } => write!(f, "{} {} {value}", attr.text, op.as_str()),
            Self::Present(attr) => write!(f, "{} pr", attr.text),
            Self::ValuePath { attr, inner } => write!(f, "{}[{inner}]", attr.text),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, operands: &[Expr], separator: &str) -> fmt::Result {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        match operand {
            Expr::And(_) | Expr::Or(_) => write!(f, "({operand})")?,
            _ => write!(f, "{operand}")?,
        }
    }
    Ok(())
}
