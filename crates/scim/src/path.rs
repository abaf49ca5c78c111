//! PATCH paths (RFC 7644 §3.5.2, Figure 7: `PATH = attrPath / valuePath [subAttr]`), resolved against a resource type.

use crate::error::{ScimError, shorten};
use crate::filter::name::{Located, Lookup, locate};
use crate::filter::{self, Expr, Filter};
use crate::registry::ResourceType;
use crate::schema::{Attribute, AttributeType, Schema};

/// The place an operation is about. Names are in canonical case.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The URN of the extension; `None` for the core schema and the common attributes.
    pub schema: Option<String>,
    /// The attribute.
    pub attribute: String,
    /// Which elements of a multi-valued complex attribute; fields are relative to the element.
    pub filter: Option<Filter>,
    /// The sub-attribute.
    pub sub_attribute: Option<String>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// An attribute or a part of one.
    Attribute(Path),
    /// A whole extension, by its URN.
    Extension(String),
    /// A well-formed path to something the schema does not have, as the client wrote it. It is not an error here because
    /// such an operation may have to be ignored (quirk 114).
    Unknown(String),
}

/// A parsed path that still holds the definitions, for the PATCH engine.
#[derive(Debug)]
pub(crate) enum Resolved<'r> {
    Attribute(Spot<'r>),
    Extension(&'r Schema),
    /// The URN of the core schema: the resource itself.
    Core,
    Unknown,
}

/// An attribute path with its definitions.
#[derive(Debug)]
pub(crate) struct Spot<'r> {
    pub(crate) schema: Option<&'r Schema>,
    pub(crate) attribute: &'r Attribute,
    pub(crate) filter: Option<Filter>,
    pub(crate) sub: Option<&'r Attribute>,
}

/// A path cut into its parts; nothing is resolved yet.
#[derive(Debug)]
pub(crate) struct Parts<'t> {
    /// The attribute with URN and, where there is no filter, sub-attribute.
    pub(crate) name: &'t str,
    pub(crate) filter: Option<Expr>,
    /// The sub-attribute after the bracket.
    pub(crate) sub: Option<&'t str>,
}

/// Parses `text`, any letter case, for resources of type `rt`.
///
/// # Errors
/// `invalidPath` when the text is no path, with the offset; `invalidFilter` when the filter in brackets is wrong.
pub fn parse(rt: &ResourceType, text: &str) -> Result<Target, ScimError> {
    Ok(match resolve(rt, text)? {
        Resolved::Attribute(spot) => Target::Attribute(Path {
            schema: spot.schema.map(|schema| schema.id.clone()),
            attribute: spot.attribute.name.clone(),
            filter: spot.filter,
            sub_attribute: spot.sub.map(|sub| sub.name.clone()),
        }),
        Resolved::Extension(schema) => Target::Extension(schema.id.clone()),
        Resolved::Core | Resolved::Unknown => Target::Unknown(text.to_owned()),
    })
}

/// [`parse`], keeping the definitions.
pub(crate) fn resolve<'r>(rt: &'r ResourceType, text: &str) -> Result<Resolved<'r>, ScimError> {
    // The common case costs no more than the look-up: a known name needs no syntax check.
    if let Lookup::Attribute(Located { schema, attribute, sub }) = locate(rt, text) {
        return Ok(Resolved::Attribute(Spot { schema, attribute, filter: None, sub }));
    }
    let parts = split(text)?;
    let located = match locate(rt, parts.name) {
        Lookup::Attribute(located) => located,
        Lookup::Extension(schema) if parts.filter.is_none() => return Ok(Resolved::Extension(schema)),
        Lookup::Core if parts.filter.is_none() => return Ok(Resolved::Core),
        Lookup::Extension(_) | Lookup::Core => {
            return Err(invalid(text, parts.name.len(), "an attribute name before the bracket"));
        }
        Lookup::Unknown => return Ok(Resolved::Unknown),
    };
    let Some(expr) = parts.filter else {
        return Ok(Resolved::Attribute(Spot {
            schema: located.schema,
            attribute: located.attribute,
            filter: None,
            sub: located.sub,
        }));
    };
    let attribute = located.attribute;
    if located.sub.is_some() || !attribute.multi_valued || attribute.kind != AttributeType::Complex {
        return Err(ScimError::invalid_path(format!(
            "the path \"{}\" is wrong: \"{}\" does not hold several complex values, so no brackets may follow it",
            shorten(text),
            shorten(parts.name)
        )));
    }
    // As unknown as an attribute that the schema does not have: in the same way it must not lose what stands beside it.
    if !filter::is_all_of(attribute, &expr) {
        return Ok(Resolved::Unknown);
    }
    let filter = filter::resolve_element(attribute, &expr)?;
    let sub = match parts.sub {
        None => None,
        Some(name) => match attribute.sub_attribute(name) {
            Some(sub) => Some(sub),
            None => return Ok(Resolved::Unknown),
        },
    };
    Ok(Resolved::Attribute(Spot { schema: located.schema, attribute, filter: Some(filter), sub }))
}

/// Cuts a path into its parts and checks their syntax.
///
/// # Errors
/// As [`parse`].
pub(crate) fn split(text: &str) -> Result<Parts<'_>, ScimError> {
    let trimmed = text.trim();
    let Some(bracket) = trimmed.find('[') else {
        check_name(text, trimmed, 0)?;
        return Ok(Parts { name: trimmed, filter: None, sub: None });
    };
    let name = trimmed.get(..bracket).unwrap_or_default().trim_end();
    check_name(text, name, 0)?;
    let (expr, end) = filter::parse_bracketed(trimmed, bracket)?;
    let rest = trimmed.get(end..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(Parts { name, filter: Some(expr), sub: None });
    }
    let Some(sub) = rest.strip_prefix('.') else {
        return Err(invalid(text, end, "a dot and a sub-attribute, or the end"));
    };
    check_name(text, sub, end + 1)?;
    Ok(Parts { name, filter: Some(expr), sub: Some(sub) })
}

/// RFC 7643 §2.1 names, with the `:`, `.` and other characters of a URN before them. No empty part between dots.
fn check_name(text: &str, name: &str, offset: usize) -> Result<(), ScimError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "$-_:./%+".contains(c);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$') {
        return Err(invalid(text, offset, "an attribute name"));
    }
    if let Some(at) = name.find(|c| !legal(c)) {
        return Err(invalid(
            text,
            offset + at,
            "an attribute name of letters, digits, \"-\", \"_\" and \"$\"",
        ));
    }
    if name.ends_with('.') || name.contains("..") {
        return Err(invalid(text, offset + name.len(), "a sub-attribute name after the dot"));
    }
    Ok(())
}

fn invalid(text: &str, offset: usize, expected: &str) -> ScimError {
    ScimError::invalid_path(format!(
        "the path \"{}\" is wrong at offset {offset}: expected {expected}",
        shorten(text)
    ))
}

#[cfg(test)]
mod tests;
