//! What `active` means, from the provider's word to the person who cannot go on.

mod deactivation;
mod passwords;
mod race;
mod reactivation;
mod story;
