//! Requests that make sense: every byte is a choice between attributes, spellings and values of the schema, so a fuzzer
//! spends its time behind the parser.

use super::generate::{Bytes, Request};
use super::laws;

/// `data` is a list of choices.
pub fn check(data: &[u8]) {
    let request = Request::any(&mut Bytes::new(data));
    laws::check(&request.rt, &request.before, &request.operations, request.dialect);
}
