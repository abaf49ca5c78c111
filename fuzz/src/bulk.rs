//! Bulk requests: any JSON, or a graph of operations out of choices, for circles are hard to come by in JSON.

mod generate;
mod order;
mod parts;
mod request;

use std::sync::LazyLock;

use rollcall_scim::bulk;
use rollcall_scim::registry::Registry;
use rollcall_scim::resource::{self, Dialect};
use serde_json::{Map, Value};

use super::generate::Bytes;
use super::{dialects, refusal};

/// The address of the service, which may stand in paths.
const BASE: &str = "https://rollcall.example/scim/v2";

static REGISTRY: LazyLock<Registry> =
    LazyLock::new(|| Registry::standard().expect("scim-schemas/ are right"));

/// `data` is the body of a bulk request, or a list of choices when it begins with a byte that no text begins with.
pub fn check(data: &[u8]) {
    let body = match data.split_first() {
        Some((0x80..=0xbf, choices)) => generate::body(&mut Bytes::new(choices)),
        _ => match resource::parse_object(data) {
            Ok(body) => body,
            Err(error) => return refusal::check(&error),
        },
    };
    dialects::for_input(data).iter().for_each(|dialect| with(&body, dialect));
}

fn with(body: &Map<String, Value>, dialect: &Dialect) {
    match bulk::parse(body.clone(), &REGISTRY, BASE, dialect) {
        Err(error) => refusal::check(&error),
        Ok(read) => {
            request::check(body, &read, &REGISTRY);
            let steps = bulk::steps(&read.operations);
            order::check(&read.operations, &steps);
            parts::check(&read.operations, &steps, &REGISTRY, dialect);
        }
    }
}
