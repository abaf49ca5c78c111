//! Who is let in, what they can see, and what is never told.

mod administrators;
mod authority;
mod catalogue;
mod evidence;
mod guard;
mod isolation;
mod materials;
mod secrets;
mod surroundings;
mod tokens;
