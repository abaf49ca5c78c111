//! From text to [`Expr`]: recursive descent, whose recursion is bounded by [`limits::MAX_DEPTH`](super::limits::MAX_DEPTH).
//!
//! Precedence is `not` before `and` before `or` (RFC 7644 §3.4.2.2). Every token is read once, so parsing is linear in the
//! length of the text.

use serde_json::Number;

use super::FilterError;
use super::ast::{AttrRef, CompareOp, Expr, Literal};
use super::lexer::{Lexer, Spanned, Token};
use super::limits::Usage;
use crate::error::shorten;

/// Parses a whole filter.
///
/// Beyond RFC 7644 it understands what identity providers send: a value without quotation marks (quirk 28),
/// `emails[type eq "work"].value eq "x"` (quirk 30, read as `emails[type eq "work" and value eq "x"]`), a blank before
/// the bracket of `not (` or none, and `eq"x"` without a blank.
///
/// # Errors
/// [`FilterError`] with the offset at which the text stops making sense, or where a limit of
/// [`limits`](super::limits) is passed.
pub fn parse(text: &str) -> Result<Expr, FilterError> {
    Usage::check_total_length(text)?;
    let mut parser = Parser::new(text, 0)?;
    let expr = parser.or_list(0, Place::Resource)?;
    match parser.current.token {
        Token::End => {}
        _ => return Err(parser.current.unexpected("\"and\", \"or\" or the end")),
    }
    parser.usage.check_length(text)?;
    Ok(expr)
}

/// Parses the bracketed part of a PATCH path (`[type eq "work"]`) that begins at byte `start` of `text`. Returns the filter
/// inside and the offset just after the closing bracket.
pub(crate) fn parse_bracketed(text: &str, start: usize) -> Result<(Expr, usize), FilterError> {
    Usage::check_total_length(text)?;
    let mut parser = Parser::new(text, start)?;
    let inner = parser.bracketed(0)?;
    parser.usage.check_length(text)?;
    Ok((inner, parser.previous_end))
}

/// Where an expression stands: a value path may not contain another one (errata 4690 and 7322 of RFC 7644).
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Resource,
    ValuePath,
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    current: Spanned<'t>,
    previous_end: usize,
    usage: Usage,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, at: usize) -> Result<Self, FilterError> {
        let mut lexer = Lexer::new(text, at);
        let current = lexer.next()?;
        Ok(Self { lexer, current, previous_end: at, usage: Usage::default() })
    }

    fn advance(&mut self) -> Result<Spanned<'t>, FilterError> {
        let next = self.lexer.next()?;
        self.previous_end = self.current.end;
        Ok(std::mem::replace(&mut self.current, next))
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.current.token, Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn or_list(&mut self, depth: usize, place: Place) -> Result<Expr, FilterError> {
        let mut operands = Vec::new();
        let mut start = self.previous_end;
        loop {
            let operand = self.and_list(depth, place)?;
            if operands.last().is_some_and(|previous| continues_chain(previous, &operand)) {
                self.usage.chained(self.previous_end - start);
            }
            self.usage.check_elements(self.current.start)?;
            match operand {
                Expr::Or(inner) => operands.extend(inner),
                other => operands.push(other),
            }
            start = self.previous_end;
            if !self.at_word("or") {
                return Ok(one_or(operands, Expr::Or));
            }
            self.advance()?;
        }
    }

    fn and_list(&mut self, depth: usize, place: Place) -> Result<Expr, FilterError> {
        let mut operands = Vec::new();
        loop {
            match self.operand(depth, place)? {
                Expr::And(inner) => operands.extend(inner),
                other => operands.push(other),
            }
            if !self.at_word("and") {
                return Ok(one_or(operands, Expr::And));
            }
            self.advance()?;
        }
    }

    fn operand(&mut self, depth: usize, place: Place) -> Result<Expr, FilterError> {
        if self.current.token == Token::Open {
            return self.group(depth, place);
        }
        if self.at_word("not") {
            self.advance()?;
            return Ok(Expr::Not(Box::new(self.group(depth, place)?)));
        }
        let attr = self.attribute()?;
        if self.current.token != Token::OpenBracket {
            return self.comparison(attr);
        }
        if place == Place::ValuePath {
            return Err(self.current.unexpected("an operator, because brackets cannot contain brackets"));
        }
        let inner = self.bracketed(depth)?;
        self.value_path(attr, inner)
    }

    fn group(&mut self, depth: usize, place: Place) -> Result<Expr, FilterError> {
        if self.current.token != Token::Open {
            return Err(self.current.unexpected("\"(\""));
        }
        Usage::check_depth(depth + 1, self.current.start)?;
        self.advance()?;
        let inner = self.or_list(depth + 1, place)?;
        if self.current.token != Token::Close {
            return Err(self.current.unexpected("\"and\", \"or\" or \")\""));
        }
        self.advance()?;
        Ok(inner)
    }

    fn bracketed(&mut self, depth: usize) -> Result<Expr, FilterError> {
        if self.current.token != Token::OpenBracket {
            return Err(self.current.unexpected("\"[\""));
        }
        Usage::check_depth(depth + 1, self.current.start)?;
        self.advance()?;
        let inner = self.or_list(depth + 1, Place::ValuePath)?;
        if self.current.token != Token::CloseBracket {
            return Err(self.current.unexpected("\"and\", \"or\" or \"]\""));
        }
        self.advance()?;
        Ok(inner)
    }

    /// What follows `attr[inner]`: nothing, or `.sub op value` (quirk 30).
    fn value_path(&mut self, attr: AttrRef, inner: Expr) -> Result<Expr, FilterError> {
        let sub = match self.current.token {
            Token::Word(word) if self.current.start == self.previous_end => word.strip_prefix('.'),
            _ => None,
        };
        let Some(sub) = sub else {
            return Ok(Expr::ValuePath { attr, inner: Box::new(inner) });
        };
        let sub = checked_name(sub, self.current.start + 1)?;
        self.advance()?;
        let comparison = self.comparison(sub)?;
        let mut operands = match inner {
            Expr::And(operands) => operands,
            other => vec![other],
        };
        operands.push(comparison);
        Ok(Expr::ValuePath { attr, inner: Box::new(Expr::And(operands)) })
    }

    fn attribute(&mut self) -> Result<AttrRef, FilterError> {
        match self.current.token {
            Token::Word(word) => {
                let attr = checked_name(word, self.current.start)?;
                self.advance()?;
                Ok(attr)
            }
            _ => Err(self.current.unexpected("an attribute name")),
        }
    }

    fn comparison(&mut self, attr: AttrRef) -> Result<Expr, FilterError> {
        const OPERATORS: &str = "one of the operators eq, ne, co, sw, ew, pr, gt, ge, lt, le";
        self.usage.term(attr.offset)?;
        let Token::Word(word) = self.current.token else {
            return Err(self.current.unexpected(OPERATORS));
        };
        if word.eq_ignore_ascii_case("pr") {
            self.advance()?;
            return Ok(Expr::Present(attr));
        }
        let Some(op) = CompareOp::from_word(word) else {
            return Err(self.current.unexpected(OPERATORS));
        };
        self.advance()?;
        let value = self.literal()?;
        Ok(Expr::Compare { attr, op, value })
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
        let value = match &self.current.token {
            Token::Text(text) => Literal::String(text.clone().into_owned()),
            Token::Word(word) if may_be_value(word) => literal_word(word),
            _ => return Err(self.current.unexpected("a value, a string in double quotation marks")),
        };
        self.advance()?;
        Ok(value)
    }
}

fn continues_chain(previous: &Expr, next: &Expr) -> bool {
    match (previous, next) {
        (
            Expr::Compare { attr: a, op: CompareOp::Eq, .. },
            Expr::Compare { attr: b, op: CompareOp::Eq, .. },
        ) => a.text.eq_ignore_ascii_case(&b.text),
        _ => false,
    }
}

fn one_or(mut operands: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match operands.pop() {
        Some(only) if operands.is_empty() => only,
        Some(last) => {
            operands.push(last);
            many(operands)
        }
        // Both lists read at least one operand before they come here.
        None => many(operands),
    }
}

fn is_keyword(word: &str) -> bool {
    ["and", "or", "not"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// `'x'` or a word in quotation marks of a text editor, or a word with an invisible character that came with it from a document, would be compared with all that and
/// silently find nothing; and U+0000 is in no value (PostgreSQL refuses to look for it).
fn may_be_value(word: &str) -> bool {
    !is_keyword(word)
        && !word.starts_with([
            '\'', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{201E}', '\u{AB}', '\u{BB}',
        ])
        && !word.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// RFC 7643 §2.1 lets names contain `$`, which the grammar of RFC 7644 forgot (`$ref`); `:`, `.` and `/` are for URNs.
fn checked_name(word: &str, offset: usize) -> Result<AttrRef, FilterError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_' | ':' | '.' | '/');
    let begins = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$');
    let wrong = if begins && !is_keyword(word) { word.find(|c| !legal(c)) } else { Some(0) };
    match wrong {
        None => Ok(AttrRef { text: word.to_owned(), offset }),
        Some(at) => Err(FilterError {
            offset: offset + at,
            expected: "an attribute name".to_owned(),
            found: format!("\"{}\"", shorten(word.get(at..).unwrap_or_default())),
        }),
    }
}

fn literal_word(word: &str) -> Literal {
    if word.eq_ignore_ascii_case("true") {
        return Literal::Bool(true);
    }
    if word.eq_ignore_ascii_case("false") {
        return Literal::Bool(false);
    }
    if word.eq_ignore_ascii_case("null") {
        return Literal::Null;
    }
    match serde_json::from_str::<Number>(word) {
        // An employee number of 30 digits must not be rounded on its way to a string attribute.
        Ok(number) if number.to_string() == word => Literal::Number(number),
        _ => Literal::Bare(word.to_owned()),
    }
}
