//! Who is let in, what they can see, and what is never told.

mod catalogue;
mod headers;
mod isolation;
mod limits;
mod pools;
mod proxies;
mod rates;
mod secrets;
mod surroundings;
mod tls;
mod tokens;
