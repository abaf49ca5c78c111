//! The settings of a connection: what can be set, how it is kept, and what follows for the protocol.

use super::authority::{Authority, Guard, Others, Source};
use crate::app::AppError;
use rollcall_scim::error::shorten;
use rollcall_scim::resource::{
    Dialect, Passwords, PatchAnswer, PathlessPatch, Reading, UnknownAttributes, UnknownMembers,
    UnmatchedFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A setting that there is.
pub struct Setting {
    /// Its name, on the command line, in the API and in the database.
    pub name: &'static str,
    /// The words it can be set to.
    pub words: &'static [&'static str],
    /// The least number it can be set to, where it is a number; 0 is none at all.
    pub least: Option<u32>,
}

impl Setting {
    const fn of_words(name: &'static str, words: &'static [&'static str]) -> Self {
        Self { name, words, least: None }
    }

    /// What it can be set to.
    pub fn choice(&self) -> String {
        match self.least {
            Some(least) => format!("a whole number from {least} to {MOST}, 0 for no limit"),
            None => self.words.join(", "),
        }
    }

    /// The value as it is kept, if it can be set to it. A number may come as text, as commands send it.
    fn read(&self, value: &Value) -> Option<Value> {
        match (self.least, value) {
            (Some(least), value) => {
                let digits = value.as_str().and_then(|text| text.parse::<u64>().ok());
                let number = u32::try_from(value.as_u64().or(digits)?).ok()?;
                (number == 0 || (least..=MOST).contains(&number)).then(|| number.into())
            }
            (None, Value::String(word)) => self.words.contains(&word.as_str()).then(|| value.clone()),
            _ => None,
        }
    }
}

/// The largest number of a setting.
const MOST: u32 = 1_000_000;

/// The least that a provider is held to: Entra sends as much to an endpoint of its gallery.
pub const LEAST_REQUESTS: u32 = 25;

/// Every setting.
pub const SETTINGS: [Setting; 11] = [
    Setting::of_words("dialect", Reading::WORDS),
    Setting::of_words("unknown_attributes", UnknownAttributes::WORDS),
    Setting::of_words("unmatched_filter", UnmatchedFilter::WORDS),
    Setting::of_words("pathless_patch", PathlessPatch::WORDS),
    Setting::of_words("unknown_members", UnknownMembers::WORDS),
    Setting::of_words("patch_answer", PatchAnswer::WORDS),
    Setting::of_words("passwords", Passwords::WORDS),
    Setting::of_words("source", Source::WORDS),
    Setting::of_words("guard", Guard::WORDS),
    Setting::of_words("others", Others::WORDS),
    Setting { name: "requests_per_second", words: &[], least: Some(LEAST_REQUESTS) },
];

/// What was set singly; `None` is as the dialect has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How names and values are read, and what all others are by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Reading>,
    /// Attributes that no schema has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_attributes: Option<UnknownAttributes>,
    /// Filters in paths of a PATCH that match nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmatched_filter: Option<UnmatchedFilter>,
    /// PATCH operations without path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pathless_patch: Option<PathlessPatch>,
    /// Members that nobody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_members: Option<UnknownMembers>,
    /// The answer to a PATCH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_answer: Option<PatchAnswer>,
    /// Passwords that the client sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passwords: Option<Passwords>,
    /// Who speaks through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Whether it is kept from putting out many people at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    /// What it may do with accounts that another connection owns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<Others>,
    /// Requests a second; 0 for no limit, and as the server has it when nothing is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
}

impl Settings {
    /// The settings as the database keeps them.
    ///
    /// # Errors
    /// `Broken`: somebody else wrote them.
    pub fn stored(json: Value) -> Result<Self, AppError> {
        let read = serde_json::from_value(json);
        read.map_err(|error| AppError::Broken(format!("settings of a connection: {error}")))
    }

    /// These settings with some changed. A null gives one back to the dialect.
    ///
    /// # Errors
    /// `Invalid` for a name or word that there is not, with those that there are.
    pub fn merged(&self, changes: &Map<String, Value>) -> Result<Self, AppError> {
        let mut all = self.to_map()?;
        for (name, value) in changes {
            let setting = SETTINGS.iter().find(|setting| setting.name == name).ok_or_else(|| {
                let names = SETTINGS.map(|setting| setting.name).join(", ");
                invalid(format!("there is no setting {:?}; there are: {names}", shorten(name)))
            })?;
            match setting.read(value) {
                _ if value.is_null() => all.remove(name),
                Some(read) => all.insert(name.clone(), read),
                None => {
                    let (shown, choice) = (shorten(&value.to_string()), setting.choice());
                    return Err(invalid(format!("{name} cannot be {shown}; it can be: {choice}")));
                }
            };
        }
        Self::stored(Value::Object(all))
    }

    /// What they mean for the protocol.
    pub fn dialect(&self) -> Dialect {
        let by_default = Dialect::of(self.dialect.unwrap_or(Reading::Compat));
        Dialect {
            strict: by_default.strict,
            unknown_attributes: self.unknown_attributes.unwrap_or(by_default.unknown_attributes),
            unmatched_filter: self.unmatched_filter.unwrap_or(by_default.unmatched_filter),
            pathless_patch: self.pathless_patch.unwrap_or(by_default.pathless_patch),
            unknown_members: self.unknown_members.unwrap_or(by_default.unknown_members),
            patch_answer: self.patch_answer.unwrap_or(by_default.patch_answer),
            passwords: self.passwords.unwrap_or(by_default.passwords),
        }
    }

    /// How far its word reaches, with a token of SCIM or, `by_api`, of administrators.
    pub fn authority(&self, by_api: bool) -> Authority {
        let source = self.source.unwrap_or(if by_api { Source::Administrators } else { Source::Provider });
        let by_hand = source == Source::Administrators;
        Authority {
            source,
            guard: self.guard.unwrap_or(if by_hand { Guard::Off } else { Guard::On }),
            others: self.others.unwrap_or(if by_hand { Others::Change } else { Others::Read }),
        }
    }

    /// Every setting with the word that holds, whether it was set or not; but for what each server has by itself.
    pub fn in_force(&self) -> Settings {
        let dialect = self.dialect();
        let authority = self.authority(false);
        Settings {
            dialect: Some(self.dialect.unwrap_or(Reading::Compat)),
            unknown_attributes: Some(dialect.unknown_attributes),
            unmatched_filter: Some(dialect.unmatched_filter),
            pathless_patch: Some(dialect.pathless_patch),
            unknown_members: Some(dialect.unknown_members),
            patch_answer: Some(dialect.patch_answer),
            passwords: Some(dialect.passwords),
            source: Some(authority.source),
            guard: Some(authority.guard),
            others: Some(authority.others),
            requests_per_second: self.requests_per_second,
        }
    }

    /// Names and words of what is set.
    ///
    /// # Errors
    /// `Broken`, never in practice: words are JSON.
    pub fn to_map(self) -> Result<Map<String, Value>, AppError> {
        match serde_json::to_value(self)? {
            Value::Object(map) => Ok(map),
            other => Err(AppError::Broken(format!("settings of a connection: {other}"))),
        }
    }
}

fn invalid(detail: String) -> AppError {
    AppError::invalid("settings", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[allow(clippy::needless_pass_by_value, reason = "it is always written where it is passed")]
    fn merged(settings: &Settings, changes: Value) -> Result<Settings, AppError> {
        settings.merged(changes.as_object().unwrap())
    }

    #[test]
    fn every_word_of_every_setting_can_be_set_and_given_back() {
        for Setting { name, words, .. } in SETTINGS {
            for word in words {
                let set = merged(&Settings::default(), json!({name: word})).unwrap();
                assert_eq!(set.to_map().unwrap().get(name), Some(&json!(word)));
                assert_eq!(set.in_force().to_map().unwrap().get(name), Some(&json!(word)));
                assert_eq!(Settings::stored(json!(set)).unwrap(), set);
                assert_eq!(merged(&set, json!({name: null})).unwrap(), Settings::default());
            }
        }
    }

    #[test]
    fn a_number_is_read_as_number_and_as_text() {
        for (value, number) in
            [(json!(25), 25), (json!("1000000"), 1_000_000), (json!(0), 0), (json!("0"), 0)]
        {
            let set = merged(&Settings::default(), json!({"requests_per_second": value})).unwrap();
            assert_eq!(set.requests_per_second, Some(number));
            assert_eq!(Settings::stored(json!(set)).unwrap(), set);
            assert_eq!(merged(&set, json!({"requests_per_second": null})).unwrap(), Settings::default());
        }
    }

    #[test]
    fn the_dialect_sets_the_others_and_each_can_be_set_by_itself() {
        assert_eq!(Settings::default().dialect(), Dialect::compat());
        let strict = merged(&Settings::default(), json!({"dialect": "strict"})).unwrap();
        assert_eq!(strict.dialect(), Dialect::strict());
        let mixed = merged(&strict, json!({"unmatched_filter": "create"})).unwrap();
        let expected = Dialect { unmatched_filter: UnmatchedFilter::Create, ..Dialect::strict() };
        assert_eq!(mixed.dialect(), expected);
    }

    #[test]
    fn what_there_is_not_is_refused_with_what_there_is() {
        for (changes, expected) in [
            (
                json!({"colour": "red"}),
                "there is no setting \"colour\"; there are: dialect, unknown_attributes,",
            ),
            (
                json!({"passwords": "never"}),
                "passwords cannot be \"never\"; it can be: ignore, refuse, accept",
            ),
            (json!({"dialect": true}), "dialect cannot be true; it can be: compat, strict"),
            (
                json!({"requests_per_second": 24}),
                "requests_per_second cannot be 24; it can be: a whole number from 25 to 1000000, 0 for no limit",
            ),
            (json!({"requests_per_second": 1_000_001}), "requests_per_second cannot be 1000001"),
            (json!({"requests_per_second": -1}), "requests_per_second cannot be -1"),
            (json!({"requests_per_second": 99.5}), "requests_per_second cannot be 99.5"),
            (json!({"requests_per_second": "many"}), "requests_per_second cannot be \"many\""),
        ] {
            let error = merged(&Settings::default(), changes).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
