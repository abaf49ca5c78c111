//! Who is let in, what they can see, and what is never told.

mod access;
mod administrators;
mod authority;
mod catalogue;
mod guard;
mod isolation;
mod keys;
mod oauth;
mod people;
mod scopes;
mod secrets;
mod surroundings;
mod token_life;
mod tokens;
