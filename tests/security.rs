//! Who is let in, what they can see, and what is never told.

mod catalogue;
mod isolation;
mod oauth;
mod secrets;
mod surroundings;
mod tokens;
