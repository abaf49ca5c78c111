#![doc = include_str!("../README.md")]

pub mod account;
pub mod credential;
pub mod guard;
pub mod ids;
pub mod name;
pub mod policy;
pub mod refusal;
pub mod zone;
