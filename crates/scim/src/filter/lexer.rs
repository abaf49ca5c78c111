//! Splits a filter into words, strings and brackets.
//!
//! A word is everything up to a blank, a bracket or a quotation mark, so names with a URN (`…:2.0:User:userName`), `$ref`
//! and values without quotation marks all arrive whole, and `eq"x"` (an example of RFC 7644 §3.5.2.2) needs no blank.

use std::borrow::Cow;

use super::FilterError;
use crate::error::shorten;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// A name, an operator or a value without quotation marks.
    Word(&'t str),
    /// A JSON string with its escapes resolved.
    Text(Cow<'t, str>),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// Nothing is left.
    End,
}

/// A token and the bytes it covers.
#[derive(Clone, Debug)]
pub(super) struct Spanned<'t> {
    pub(super) token: Token<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Spanned<'_> {
    /// "expected …, found this token".
    pub(super) fn unexpected(&self, expected: &str) -> FilterError {
        FilterError { offset: self.start, expected: expected.to_owned(), found: self.describe() }
    }

    fn describe(&self) -> String {
        match &self.token {
            Token::Word(word) => format!("\"{}\"", shorten(word)),
            Token::Text(text) => format!("the string \"{}\"", shorten(text)),
            Token::Open => "\"(\"".to_owned(),
            Token::Close => "\")\"".to_owned(),
            Token::OpenBracket => "\"[\"".to_owned(),
            Token::CloseBracket => "\"]\"".to_owned(),
            Token::End => "the end".to_owned(),
        }
    }
}

/// Reads `text` from left to right.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    /// Starts at byte `at`, which must be the beginning of a token.
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// The next token; [`Token::End`] again and again when nothing is left.
    pub(super) fn next(&mut self) -> Result<Spanned<'t>, FilterError> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
        let start = self.at;
        let token = match self.rest().chars().next() {
            None => Token::End,
            Some('(') => self.bracket(Token::Open),
            Some(')') => self.bracket(Token::Close),
            Some('[') => self.bracket(Token::OpenBracket),
            Some(']') => self.bracket(Token::CloseBracket),
            Some('"') => Token::Text(self.string()?),
            Some(_) => Token::Word(self.word()),
        };
        Ok(Spanned { token, start, end: self.at })
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn bracket(&mut self, token: Token<'t>) -> Token<'t> {
        self.at += 1;
        token
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| is_blank(c) || matches!(c, '(' | ')' | '[' | ']' | '"'));
        let word = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
        self.at += word.len();
        word
    }

    /// RFC 7644 takes the rules of a JSON string, quotation marks included.
    fn string(&mut self) -> Result<Cow<'t, str>, FilterError> {
        let start = self.at;
        let rest = self.rest();
        let mut plain = true;
        let mut bytes = rest.bytes().enumerate().skip(1);
        let end = loop {
            match bytes.next() {
                Some((index, b'"')) => break index,
                Some((_, b'\\')) => {
                    plain = false;
                    bytes.next();
                }
                Some((_, byte)) => plain &= byte >= b' ',
                None => {
                    return Err(FilterError {
                        offset: start,
                        expected: "a closing quotation mark".to_owned(),
                        found: "the end".to_owned(),
                    });
                }
            }
        };
        self.at = start + end + 1;
        if plain {
            return Ok(Cow::Borrowed(rest.get(1..end).unwrap_or_default()));
        }
        let quoted = rest.get(..=end).unwrap_or_default();
        let text = serde_json::from_str::<String>(quoted).map_err(|error| FilterError {
            offset: start + place_of(&error, quoted),
            expected: "a JSON string, in which \\ and \" are written \\\\ and \\\"".to_owned(),
            found: shorten(quoted),
        })?;
        // No value can hold it, and PostgreSQL refuses to look for it.
        if text.contains('\0') {
            return Err(FilterError {
                offset: start,
                expected: "a string without U+0000".to_owned(),
                found: shorten(quoted),
            });
        }
        Ok(Cow::Owned(text))
    }
}

/// Where in `quoted` the JSON parser stopped: line and column, in bytes, which may be in the middle of a character.
fn place_of(error: &serde_json::Error, quoted: &str) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let before: usize = quoted.split_inclusive('\n').take(lines_before).map(str::len).sum();
    beginning_of_character(quoted, (before + error.column()).saturating_sub(1))
}

/// `offset`, or the beginning of the character that it is in the middle of, or the end of `text`.
pub(super) fn beginning_of_character(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace()
}
