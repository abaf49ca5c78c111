//! Hashing passwords: Argon2id, never more at once than the machine bears, and always the same work.

mod argon;
mod pushed;
mod workers;

pub use pushed::Pushed;

use super::AppError;
use crate::store::StoreError;
use actix_web::rt::time::timeout;
use argon::Memory;
use rollcall_domain::name::password_key;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use workers::Workers;

/// Characters of a password at least (ASVS 6.2.1) and at most.
const MIN_CHARS: usize = 8;
const MAX_CHARS: usize = 128;
/// Of a long password this much is judged; it makes no usual one of the rest.
const JUDGED_CHARS: usize = 72;
/// A million guesses.
const FIRST_GUESSES_LOG10: f64 = 6.0;
/// Bytes at most, so that hashing long inputs cannot be used to starve the server.
const MAX_BYTES: usize = 512;

/// How long somebody waits for their turn before they are told to come back.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where nobody has signed in for so long, the memory for it is given back.
const QUIET: Duration = Duration::from_secs(10);

/// Without letters and digits that are mistaken for each other when somebody reads a password out.
const ALPHABET: [u8; 32] = *b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a temporary password: 16 of 32 are 80 bits.
const TEMPORARY_CHARS: usize = 16;

/// Hashes and verifies, a few at a time.
#[derive(Clone)]
pub struct Hasher {
    permits: Arc<Semaphore>,
    workers: Workers,
    memory: Memory,
    /// Hash of a password nobody knows: verified for unknown names, so that they take as long as known ones.
    decoy: Arc<str>,
}

impl Hasher {
    /// A hasher that works on `at_once` passwords at the same time; each takes 19 MiB.
    ///
    /// # Errors
    /// No randomness, no threads, or the parameters are refused.
    pub fn new(at_once: usize) -> Result<Self, AppError> {
        let secret = crate::random::secret::<32>()?;
        // Its memory is given back: 19 MiB that nobody needs who signs nobody in.
        let decoy = Memory::default().hash(&secret)?.into();
        let memory = Memory::default();
        let rest = {
            let memory = memory.clone();
            move || memory.let_go()
        };
        let workers = Workers::new(at_once, QUIET, rest)?;
        Ok(Self { permits: Arc::new(Semaphore::new(at_once)), workers, memory, decoy })
    }

    /// Whether `password` is the one of `hash`; without a hash it is not, after the same work.
    ///
    /// # Errors
    /// [`AppError::Hash`] when the hash cannot be read.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, AppError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.to_string());
        let key = password_key(password);
        let memory = self.memory.clone();
        let right = self.work(move || memory.is_right(key.as_bytes(), &hash)).await?;
        Ok(right && known)
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// [`AppError::Hash`].
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let key = password_key(password);
        let memory = self.memory.clone();
        self.work(move || memory.hash(key.as_bytes())).await
    }

    /// Whether a new password may be chosen. It takes some time to tell, so it waits for its turn as hashing does.
    ///
    /// # Errors
    /// [`AppError::Invalid`] says what is missing.
    pub async fn check_new(
        &self,
        field: &'static str,
        new: &SecretString,
        present: &str,
        user_name: &str,
    ) -> Result<(), AppError> {
        let (new, present, user_name) = (new.clone(), present.to_owned(), user_name.to_owned());
        self.work(move || check_new(field, new.expose_secret(), &present, &user_name)).await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let stopped = || AppError::Hash("the server is stopping".to_owned());
        let waited = timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await;
        let busy = |_| StoreError::Unavailable("too many passwords are being checked at once".to_owned());
        let permit = waited.map_err(busy)?.map_err(|_| stopped())?;
        let done = self.workers.run(move || {
            let _permit = permit;
            work()
        });
        done.await.unwrap_or_else(|| Err(stopped()))
    }
}

/// A new temporary password, in groups that can be read out: `abcd-efgh-ijkm-npqr`.
///
/// # Errors
/// No randomness.
pub fn temporary() -> Result<String, AppError> {
    let random = crate::random::secret::<TEMPORARY_CHARS>()?;
    let mut password = String::with_capacity(TEMPORARY_CHARS + 3);
    for (position, byte) in random.into_iter().enumerate() {
        if position > 0 && position % 4 == 0 {
            password.push('-');
        }
        // 256 is a multiple of 32, so every character is as likely as any other.
        let index = usize::from(byte) % ALPHABET.len();
        password.push(ALPHABET.get(index).copied().map_or('x', char::from));
    }
    Ok(password)
}

/// Whether a text is another of at most a third of its length, over and over.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 3).any(|period| chars.iter().skip(period).eq(chars.iter().take(chars.len() - period)))
}

/// Whether a new password may be chosen.
///
/// # Errors
/// [`AppError::Invalid`] says what is missing.
fn check_new(field: &'static str, new: &str, present: &str, user_name: &str) -> Result<(), AppError> {
    let invalid = |detail: String| Err(AppError::invalid(field, detail));
    let chars = new.chars().count();
    if chars < MIN_CHARS {
        return invalid(format!("has {chars} characters; choose at least {MIN_CHARS}"));
    }
    check_length(field, new)?;
    if new.contains('\0') {
        return invalid("holds a NUL; choose one that can be typed".to_owned());
    }
    if password_key(new) == password_key(present) {
        return invalid("is the password it shall replace; choose another".to_owned());
    }
    if !user_name.is_empty() && new.to_lowercase().contains(&user_name.to_lowercase()) {
        return invalid("contains the user name; choose one that does not".to_owned());
    }
    // The words and patterns that attackers try first (ASVS 6.2.4, 6.2.12), and variations of them.
    let beginning: String = new.chars().take(JUDGED_CHARS).collect();
    if zxcvbn::zxcvbn(&beginning, &[user_name]).guesses_log10() < FIRST_GUESSES_LOG10 {
        if repeats(&beginning) {
            return invalid(
                "is a few characters over and over, which an attacker tries early, however long it is; choose one that does not repeat itself"
                    .to_owned(),
            );
        }
        return invalid(
            "is among the first million that an attacker tries; choose a longer or less usual one".to_owned(),
        );
    }
    Ok(())
}

/// Whether a password is short enough to be hashed.
///
/// # Errors
/// [`AppError::Invalid`] names the limit.
pub fn check_length(field: &'static str, password: &str) -> Result<(), AppError> {
    if password.len() > MAX_BYTES || password.chars().count() > MAX_CHARS {
        let detail = format!("is longer than {MAX_CHARS} characters or {MAX_BYTES} bytes");
        return Err(AppError::invalid(field, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn temporary_passwords_are_readable_and_never_the_same() {
        let all: HashSet<String> = (0..500).map(|_| temporary().unwrap()).collect();
        assert_eq!(all.len(), 500);
        for password in all {
            assert_eq!(password.len(), 19, "{password}");
            let plain = password.replace('-', "");
            assert!(plain.bytes().all(|b| ALPHABET.contains(&b)), "{password}");
        }
    }

    #[test]
    fn what_may_not_be_chosen() {
        for (new, why) in [
            ("short", "at least 8"),
            ("old password", "choose another"),
            ("my name is Babs!", "user name"),
            ("Password123", "first million"),
            ("abababababababababababab", "over and over"),
            (&"ab".repeat(60), "over and over"),
            ("aaaaaaaaaaaa", "over and over"),
            ("abcabcabcab", "over and over"),
            ("qwertyuiop", "first million"),
            ("iloveyou", "first million"),
            (&"x".repeat(129), "longer"),
        ] {
            let error = check_new("newPassword", new, "old password", "babs").unwrap_err().to_string();
            assert!(error.contains(why) && error.starts_with("newPassword"), "{error}");
        }
        check_new("newPassword", "correct horse battery", "old password", "babs").unwrap();
    }
}
