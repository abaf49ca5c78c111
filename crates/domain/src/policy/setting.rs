//! Settings by their keys and words, for command lines, the API and the database.

/// What a setting can be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number of something.
    Number {
        /// At least.
        min: u16,
        /// At most.
        max: u16,
        /// Of what, such as `hours`.
        unit: &'static str,
    },
}

/// A setting that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its key, such as `seat.basis`.
    pub key: &'static str,
    /// What it can be set to.
    pub kind: Kind,
    /// Where it comes from: the contradiction (C) or the row (L) of LIFECYCLE, and the seeds that ask for it.
    pub source: &'static str,
    /// The question it answers.
    pub question: &'static str,
}

/// A setting that cannot be set so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is none of this key.
    #[error("there is no setting {:?}; there are: {all}", shortened(.key))]
    Unknown {
        /// What was wanted.
        key: String,
        /// The keys that there are.
        all: String,
    },
    /// It cannot be this.
    #[error("{key} cannot be {:?}; it can be {}", shortened(.word), described(*.kind))]
    Word {
        /// Key of the setting.
        key: &'static str,
        /// What was wanted.
        word: String,
        /// What is possible.
        kind: Kind,
    },
}

/// Who is wrong by a page reads no page.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

fn described(kind: Kind) -> String {
    match kind {
        Kind::Words(words) => words.join(", "),
        Kind::Number { min, max, unit } => format!("a whole number of {unit} from {min} to {max}"),
    }
}

/// The type of a setting.
pub(super) trait Value: Copy {
    /// What it can be set to.
    const KIND: Kind;

    /// The word it is set to.
    fn word(self) -> String;

    /// The value of a word; `None` for a word that is not possible.
    fn from_word(word: &str) -> Option<Self>;
}

impl Value for bool {
    const KIND: Kind = Kind::Words(&["true", "false"]);

    fn word(self) -> String {
        self.to_string()
    }

    fn from_word(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

/// A number of hours, up to thirty days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours(pub u16);

/// A number of days, up to ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(pub u16);

/// A number of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct People(pub u16);

/// So many of a hundred, up to a fifth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(pub u16);

macro_rules! number {
    ($name:ident, $unit:literal, $max:literal) => {
        impl Value for $name {
            const KIND: Kind = Kind::Number { min: 1, max: $max, unit: $unit };

            fn word(self) -> String {
                self.0.to_string()
            }

            fn from_word(word: &str) -> Option<Self> {
                let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
                let number = word.parse().ok().filter(|_| digits)?;
                (1..=$max).contains(&number).then_some(Self(number))
            }
        }
    };
}

number!(Hours, "hours", 720);
number!(Days, "days", 3650);
number!(People, "people", 1000);
number!(Percent, "percent", 20);

/// The policy, and every setting with its key.
macro_rules! policy {
    ($(#[$doc:meta])* $name:ident { $(
        $(#[$field_doc:meta])*
        $field:ident: $type:ty = $key:literal, $source:literal, $question:literal;
    )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* #[doc = concat!("`", $key, "` (", $source, "): ", $question)] pub $field: $type,)*
        }

        /// Every setting, in the order in which they are shown.
        pub const SETTINGS: &[Setting] = &[
            $(Setting { key: $key, kind: <$type as Value>::KIND, source: $source, question: $question },)*
        ];

        impl $name {
            /// The word that a setting is set to; `None` for a key that there is not.
            pub fn get(&self, key: &str) -> Option<String> {
                match key {
                    $($key => Some(self.$field.word()),)*
                    _ => None,
                }
            }

            /// The same policy with one setting changed.
            ///
            /// # Errors
            /// A key or a word that there is not, with those that there are.
            pub fn with(mut self, key: &str, word: &str) -> Result<Self, SettingError> {
                match key {
                    $($key => {
                        self.$field = <$type as Value>::from_word(word).ok_or_else(|| SettingError::Word {
                            key: $key,
                            word: word.to_owned(),
                            kind: <$type as Value>::KIND,
                        })?;
                    })*
                    _ => {
                        let keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
                        return Err(SettingError::Unknown { key: key.to_owned(), all: keys.join(", ") });
                    }
                }
                Ok(self)
            }
        }
    };
}
pub(super) use policy;
