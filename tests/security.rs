//! Who is let in, what they can see, and what is never told.

mod catalogue;
mod cve;
mod isolation;
mod secrets;
mod surroundings;
mod tokens;
