//! What somebody may make of a cursor that was not meant for them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use rollcall_scim::cursor::{KEY_ID, NONCE};

use super::super::generate::Choices;

/// A change of a text, and where.
pub struct Forgery {
    kind: usize,
    place: usize,
    byte: u8,
}

impl Forgery {
    /// Any change.
    pub fn any(choices: &mut impl Choices) -> Self {
        Self {
            kind: choices.below(16),
            place: choices.below(256) * 256 + choices.below(256),
            byte: choices.below(256) as u8,
        }
    }

    /// The text with the change made; with some changes of some texts the same as before.
    pub fn of(&self, cursor: &str) -> String {
        let mut bytes = URL_SAFE_NO_PAD.decode(cursor).expect("it was sealed");
        let at = self.place % bytes.len();
        let mut text = cursor.to_owned();
        let in_text = self.place % cursor.len();
        let character = char::from(self.byte % 128);
        match self.kind {
            0 => bytes[at] ^= self.byte,
            1 => bytes[at] = bytes[at].wrapping_add(self.byte),
            2 => bytes.truncate(at),
            3 => bytes.push(self.byte),
            4 => bytes.insert(at, self.byte),
            5 => drop(bytes.remove(at)),
            6 => bytes.rotate_left(at),
            7 => bytes.swap(at, usize::from(self.byte) % KEY_ID),
            8 => bytes.extend_from_within(at..),
            9 => return STANDARD.encode(&bytes),
            10 => return STANDARD_NO_PAD.encode(&bytes),
            11 => return URL_SAFE.encode(&bytes),
            12 => return text.to_ascii_uppercase(),
            13 => {
                text.insert(in_text, character);
                return text;
            }
            14 => {
                text.replace_range(in_text..=in_text, character.encode_utf8(&mut [0; 4]));
                return text;
            }
            // The last character, which may have bits that mean nothing.
            _ => {
                text.pop();
                text.push(character);
                return text;
            }
        }
        URL_SAFE_NO_PAD.encode(&bytes)
    }
}

/// The nonce of a cursor.
pub fn nonce(cursor: &str) -> Option<[u8; NONCE]> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    bytes.get(KEY_ID..)?.first_chunk().copied()
}
