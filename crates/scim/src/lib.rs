#![doc = include_str!("../README.md")]

pub mod bulk;
pub mod cursor;
pub mod error;
pub mod etag;
pub mod filter;
mod letter_case;
mod lookalike;
pub mod message;
mod number;
pub mod patch;
pub mod path;
pub mod project;
pub mod quirk;
pub mod registry;
pub mod resource;
pub mod schema;
pub mod sort;
mod twice;
