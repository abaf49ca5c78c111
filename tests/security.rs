//! Who is let in, what they can see, and what is never told.

mod access;
mod administrators;
mod authority;
mod catalogue;
mod cve;
mod evidence;
mod guard;
mod guard_of_administrators;
mod guard_ways_round;
mod headers;
mod isolation;
mod keys;
mod limits;
mod materials;
mod notices;
mod oauth;
mod people;
mod pools;
mod proxies;
mod rates;
mod scopes;
mod secrets;
mod surroundings;
mod tls;
mod token_life;
mod tokens;
