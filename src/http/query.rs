//! The query of a request. Unknown names are ignored, as clients leave their own flags in the address (IDP-QUIRKS 9).

use super::envelope::Failure;
use crate::app::AppError;
use crate::app::audit::MAX_PAGE;
use crate::app::list::Query;
use actix_web::HttpRequest;
use rollcall_scim::error::ScimError;
use rollcall_scim::filter::{self, Expr};
use serde_json::{Map, Value};
use std::str::FromStr;

/// Reads the parameters of RFC 7644 §3.4.2 and RFC 9865 §2. Their names may be written in any letter case; the first of two
/// counts, lists of attributes are joined, and two filters are refused: whichever were taken, the other would be lost.
pub(super) fn scim(query: &str) -> Result<Query, AppError> {
    let mut read = Query::default();
    let mut count = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let text = || Some(value.clone().into_owned());
        match name.to_ascii_lowercase().as_str() {
            "filter" if read.filter.is_some() => {
                return Err(ScimError::invalid_filter(
                    "filter stands twice in the address; join the two with `and`",
                )
                .into());
            }
            "filter" => read.filter = Some(expression(&value)?),
            "attributes" => read.attributes = joined(read.attributes.take(), &value),
            "excludedattributes" => read.excluded = joined(read.excluded.take(), &value),
            "sortby" if read.sort_by.is_none() => read.sort_by = text(),
            "sortorder" if read.sort_order.is_none() => read.sort_order = text(),
            "cursor" if read.cursor.is_none() => read.cursor = text(),
            "startindex" if read.start_index.is_none() => {
                read.start_index = Some(number("startIndex", &value)?)
            }
            "count" if count.is_none() => count = text(),
            _ => {}
        }
    }
    let count = count.map(|text| number("count", &text)).transpose();
    read.count = count.map_err(|wrong| about_count(wrong, &read))?;
    Ok(read)
}

fn joined(before: Option<String>, more: &str) -> Option<String> {
    Some(before.map_or_else(|| more.to_owned(), |before| format!("{before},{more}")))
}

/// A wrong count has a keyword of its own where there is a cursor (RFC 9865 §2.1).
fn about_count(wrong: ScimError, query: &Query) -> ScimError {
    if query.cursor.is_some() { ScimError::invalid_count(wrong.detail) } else { wrong }
}

fn expression(filter: &str) -> Result<Expr, ScimError> {
    Ok(filter::parse(filter)?)
}

fn number(name: &str, value: &str) -> Result<i64, ScimError> {
    let digits = value.trim();
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    if unsigned.len() > 18 && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        // Larger than any list, and brought into range as every other number.
        return Ok(if digits.starts_with('-') { i64::MIN } else { i64::MAX });
    }
    digits.parse().map_err(|_| {
        let shown = rollcall_scim::error::shorten(value);
        ScimError::invalid_value(format!("{name} {shown:?} is no whole number; send one, such as {name}=1"))
    })
}

/// Reads the body of a search (RFC 7644 §3.4.3). Names may be written in any letter case; lists of attributes are arrays, or
/// texts as in an address. What stands in the address of a search is ignored as everywhere, but not a filter: the answer would
/// be more than was asked for.
pub(super) fn search(address: &str, body: &Map<String, Value>) -> Result<Query, AppError> {
    if names(address, "filter") {
        let detail = "filter stands in the address of a search, where none is read; send it in the body";
        return Err(ScimError::invalid_filter(detail).into());
    }
    let mut read = Query::default();
    let mut count = None;
    for (name, value) in body {
        match (name.to_ascii_lowercase().as_str(), value) {
            (_, Value::Null) => {}
            ("filter", value) => read.filter = Some(expression(&text("filter", value)?)?),
            ("attributes", value) => read.attributes = Some(attribute_names("attributes", value)?),
            ("excludedattributes", value) => {
                read.excluded = Some(attribute_names("excludedAttributes", value)?)
            }
            ("sortby", value) => read.sort_by = Some(text("sortBy", value)?),
            ("sortorder", value) => read.sort_order = Some(text("sortOrder", value)?),
            ("cursor", value) => read.cursor = Some(text("cursor", value)?),
            ("startindex", value) => read.start_index = Some(whole("startIndex", value)?),
            ("count", value) => count = Some(value),
            _ => {}
        }
    }
    let count = count.map(|value| whole("count", value)).transpose();
    read.count = count.map_err(|wrong| about_count(wrong, &read))?;
    Ok(read)
}

fn text(name: &str, value: &Value) -> Result<String, ScimError> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(name, value, "a string"))
}

fn whole(name: &str, value: &Value) -> Result<i64, ScimError> {
    // Larger than any list, and brought into range as in an address.
    let larger = value.as_f64().filter(|number| number.abs() >= 9e18);
    let clamped = larger.map(|number| if number < 0.0 { i64::MIN } else { i64::MAX });
    value.as_i64().or(clamped).ok_or_else(|| wrong(name, value, "a whole number"))
}

fn attribute_names(name: &str, value: &Value) -> Result<String, ScimError> {
    let Value::Array(all) = value else { return text(name, value) };
    let all = all.iter().map(|one| text(name, one)).collect::<Result<Vec<_>, _>>()?;
    Ok(all.join(","))
}

fn wrong(name: &str, value: &Value, expected: &str) -> ScimError {
    let shown = rollcall_scim::error::shorten(&value.to_string());
    ScimError::invalid_value(format!("{name} {shown} cannot be read; send {expected}"))
}

/// Whether a parameter is there, in any letter case.
pub(super) fn names(query: &str, parameter: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name.eq_ignore_ascii_case(parameter))
}

/// Whether there are no parameters but these, each once: whoever misspells one would get an answer to another question.
///
/// # Errors
/// `Invalid` names the one that is too much.
pub(super) fn only(query: &str, known: &'static [&'static str]) -> Result<(), AppError> {
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        let Some(known) = known.iter().find(|known| **known == name) else {
            let shown = rollcall_scim::error::shorten(&name);
            return Err(AppError::invalid(
                shown,
                format!("is not known here; there are: {}", known.join(", ")),
            ));
        };
        if seen.contains(known) {
            return Err(AppError::invalid(*known, "stands twice in the address; send it once".to_owned()));
        }
        seen.push(known);
    }
    Ok(())
}

/// The value of a parameter of the API.
pub(super) fn value(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

/// A parameter of the API that is more than a text; `expected` says what it has to be.
pub(super) fn parameter<T: FromStr>(
    request: &HttpRequest,
    field: &'static str,
    expected: &str,
) -> Result<Option<T>, Failure> {
    let Some(text) = value(request.query_string(), field) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let shown = rollcall_scim::error::shorten(&text);
        Failure::problem(AppError::invalid(field, format!("{shown:?} cannot be read; send {expected}")))
    })
}

/// How many rows of a list are asked for: `limit`, from 1 to 1,000, and 100 when it is left out.
pub(super) fn limit(request: &HttpRequest) -> Result<i64, Failure> {
    let expected = format!("a whole number from 1 to {MAX_PAGE}");
    let limit = parameter(request, "limit", &expected)?.unwrap_or(100_i64);
    if (1..=MAX_PAGE).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("\"{limit}\" is out of range; send {expected}");
    Err(Failure::problem(AppError::invalid("limit", detail)))
}
