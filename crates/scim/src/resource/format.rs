//! The formats that RFC 7643 §4.1 gives some values of a user, for connections that are read by the letter. Identity
//! providers send words there that have none (IDP-QUIRKS 63), so the forgiving dialect keeps them as they are.

use serde_json::{Map, Value};

use crate::error::{ScimError, shorten};

/// An attribute with a format: its name, the sub-attribute that has it, how it is recognised, and what it is called.
type Format = (&'static str, Option<&'static str>, fn(&str) -> bool, &'static str);

const FORMATS: [Format; 5] = [
    ("addresses", Some("country"), is_country, "a country of two letters (ISO 3166-1), such as \"US\""),
    ("emails", Some("value"), is_address, "an e-mail address (RFC 5321), such as \"babs@example.com\""),
    (
        "preferredLanguage",
        None,
        is_preference,
        "languages as in Accept-Language, such as \"en-GB, fr;q=0.5\"",
    ),
    ("locale", None, is_language, "a language tag (RFC 5646), such as \"en-US\""),
    ("timezone", None, is_zone, "a time zone of the IANA database, such as \"America/Los_Angeles\""),
];

/// Checks the attributes of a canonical user that `looked_at` names; an absent or empty value has no format.
///
/// # Errors
/// `invalidValue` naming the attribute, its value and the format (R066, R069).
pub(crate) fn check_formats(
    resource: &Map<String, Value>,
    looked_at: impl Fn(&str) -> bool,
) -> Result<(), ScimError> {
    for (name, sub, has_format, format) in FORMATS.into_iter().filter(|(name, ..)| looked_at(name)) {
        let Some(value) = resource.get(name) else { continue };
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let mut texts = elements.iter().filter_map(|element| match sub {
            Some(sub) => element.get(sub)?.as_str(),
            None => element.as_str(),
        });
        if let Some(text) = texts.find(|text| !text.is_empty() && !has_format(text)) {
            let path = sub.map_or(name.to_owned(), |sub| format!("{name}.{sub}"));
            return Err(ScimError::invalid_value(format!(
                "{path} must be {format}, found \"{}\".",
                shorten(text)
            )));
        }
    }
    Ok(())
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Something before and after the last `@`; what stands before may be quoted, and then hold nearly everything.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let plain = !local.is_empty() && !local.contains(|c: char| c.is_whitespace() || c == '@' || c == '"');
    (quoted || plain) && !host.is_empty() && !host.contains(|c: char| c.is_whitespace())
}

/// Subtags of one to eight letters and digits, the first of letters. RFC 7643 writes `en-US`, and many write `en_US`.
fn is_language(text: &str) -> bool {
    let mut subtags = text.split(['-', '_']);
    let first = subtags.next().unwrap_or_default();
    let is_subtag =
        |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_subtag(first) && first.bytes().all(|byte| byte.is_ascii_alphabetic()) && subtags.all(is_subtag)
}

/// `Accept-Language` (RFC 7231 §5.3.5): languages or `*`, each with a weight from 0 to 1 if it has one.
fn is_preference(text: &str) -> bool {
    text.split(',').all(|range| {
        let (language, weight) = range.split_once(';').map_or((range, None), |(l, w)| (l, Some(w)));
        let weighed = weight.is_none_or(|weight| {
            let number = weight.trim().strip_prefix("q=").and_then(|number| number.parse::<f32>().ok());
            number.is_some_and(|number| (0.0..=1.0).contains(&number))
        });
        weighed && (language.trim() == "*" || is_language(language.trim()))
    })
}

/// The form of a name in the IANA database; whether there is such a zone changes with the database.
fn is_zone(text: &str) -> bool {
    text.split('/').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(user: &Value) -> Option<String> {
        check_formats(user.as_object().unwrap(), |_| true).err().map(|error| error.detail)
    }

    /// R066, R069: what the RFC allows has the format.
    #[test]
    fn what_has_its_format() {
        for good in [
            json!({"addresses": [{"country": "US"}, {"locality": "Hollywood"}, {"country": ""}]}),
            json!({"emails": [{"value": "babs@example.com"}, {"value": "\"a b@c\"@example.com"}, {"type": "work"}]}),
            json!({"preferredLanguage": "da, en-gb;q=0.8, *;q=0.1", "locale": "en_US", "timezone": "Etc/GMT+5"}),
            json!({"preferredLanguage": "nso-ZA", "locale": "zh-Hant-TW", "timezone": "America/Argentina/Ushuaia"}),
            json!({"timezone": "UTC", "locale": "de", "userName": "no format"}),
        ] {
            assert_eq!(refusal(&good), None, "{good}");
        }
    }

    /// R066, R069: what the RFC does not allow is named with its format.
    #[test]
    fn what_has_another() {
        for (bad, name) in [
            (json!({"addresses": [{"country": "US"}, {"country": "USA"}]}), "addresses.country"),
            (json!({"addresses": [{"country": "us"}]}), "addresses.country"),
            (json!({"emails": [{"value": "babs"}]}), "emails.value"),
            (json!({"emails": [{"value": "b abs@example.com"}]}), "emails.value"),
            (json!({"emails": [{"value": "a@b@example.com"}]}), "emails.value"),
            (json!({"preferredLanguage": "en;q=2"}), "preferredLanguage"),
            (json!({"preferredLanguage": "en,,fr"}), "preferredLanguage"),
            (json!({"locale": "NNRDFXPHOXUY"}), "locale"),
            (json!({"timezone": "Pacific Standard Time"}), "timezone"),
            (json!({"timezone": "+01:00"}), "timezone"),
        ] {
            let detail = refusal(&bad).unwrap_or_default();
            assert!(detail.starts_with(&format!("{name} must be ")), "{bad}: {detail}");
        }
    }

    #[test]
    fn what_is_not_looked_at_may_be_anything() {
        let user = json!({"locale": "NNRDFXPHOXUY", "timezone": "UTC"});
        assert_eq!(check_formats(user.as_object().unwrap(), |name| name == "timezone"), Ok(()));
    }
}
