//! The query of a request. Unknown names are ignored, as clients leave their own flags in the address (IDP-QUIRKS 9).

use crate::app::AppError;
use crate::app::list::Query;
use rollcall_scim::error::ScimError;

/// Reads the parameters of RFC 7644 §3.4.2. Their names may be written in any letter case; the first of two counts.
pub(super) fn scim(query: &str) -> Result<Query, AppError> {
    let mut read = Query::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let text = || Some(value.clone().into_owned());
        match name.to_ascii_lowercase().as_str() {
            "filter" if read.filter.is_none() => read.filter = text(),
            "attributes" if read.attributes.is_none() => read.attributes = text(),
            "excludedattributes" if read.excluded.is_none() => read.excluded = text(),
            "startindex" if read.start_index.is_none() => {
                read.start_index = Some(number("startIndex", &value)?)
            }
            "count" if read.count.is_none() => read.count = Some(number("count", &value)?),
            _ => {}
        }
    }
    Ok(read)
}

fn number(name: &str, value: &str) -> Result<i64, ScimError> {
    value.trim().parse().map_err(|_| {
        let shown = rollcall_scim::error::shorten(value);
        ScimError::invalid_value(format!("{name} {shown:?} is no whole number; send one, such as {name}=1"))
    })
}

/// The value of a parameter of the API.
pub(super) fn value(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}
