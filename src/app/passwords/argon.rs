//! Argon2id in memory that is kept and used again: an allocator does not give nineteen mebibytes back to the system each time, so that
//! many sign-ins would take more and more of them.

use crate::app::AppError;
use crate::lock::hold;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::sync::{Arc, Mutex};
use subtle::ConstantTimeEq;

/// Memory in KiB, passes and lanes: one of the sets that OWASP ASVS 5.0 names.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Blocks that a piece has room for: 33 MiB, of which nothing takes memory but what is used. An allocator keeps a smaller one for itself when
/// it is given back; from 32 MiB on (`DEFAULT_MMAP_THRESHOLD_MAX` in mallopt(3)) the system has it back at once.
const ROOM: usize = 33 * 1024;

/// Bytes of a salt and of a hash.
const SALT: usize = 16;
const HASH: usize = 32;

/// As many pieces as passwords were hashed at once since they were last let go; each is made when it is first needed.
#[derive(Clone, Default)]
pub(super) struct Memory {
    free: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl Memory {
    /// The PHC string of a password.
    ///
    /// # Errors
    /// No randomness; parameters that are refused.
    pub(super) fn hash(&self, password: &[u8]) -> Result<String, AppError> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH)).map_err(said)?;
        let (salt, mut hash) = (crate::random::secret::<SALT>()?, [0; HASH]);
        self.fill(Algorithm::Argon2id, Version::V0x13, params.clone(), password, &salt, &mut hash)?;
        let whole = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(said)?,
            salt: Some(Salt::new(&salt).map_err(said)?),
            hash: Some(Output::new(&hash).map_err(said)?),
        };
        Ok(whole.to_string())
    }

    /// Whether a password is the one of a PHC string, by the parameters that stand in it.
    ///
    /// # Errors
    /// The string cannot be read.
    pub(super) fn is_right(&self, password: &[u8], hash: &str) -> Result<bool, AppError> {
        let known = PasswordHash::new(hash).map_err(said)?;
        let (Some(salt), Some(right)) = (&known.salt, &known.hash) else {
            return Err(said("it has no salt or no hash"));
        };
        let algorithm = Algorithm::try_from(known.algorithm.as_str()).map_err(said)?;
        let version = known.version.map(Version::try_from).transpose().map_err(said)?.unwrap_or_default();
        let params = Params::try_from(&known).map_err(said)?;
        let mut hash = vec![0; right.as_ref().len()];
        self.fill(algorithm, version, params, password, salt.as_ref(), &mut hash)?;
        Ok(right.as_ref().ct_eq(&hash).into())
    }

    /// Gives back what nobody hashes in.
    pub(super) fn let_go(&self) {
        let free = std::mem::take(&mut *hold(&self.free));
        if !free.is_empty() {
            log::debug!("the memory of {} passwords is given back", free.len());
        }
    }

    fn fill(
        &self,
        algorithm: Algorithm,
        version: Version,
        params: Params,
        password: &[u8],
        salt: &[u8],
        out: &mut [u8],
    ) -> Result<(), AppError> {
        let free = || hold(&self.free);
        let mut piece = free().pop().unwrap_or_default();
        if piece.len() < params.block_count() {
            piece.reserve_exact(ROOM.saturating_sub(piece.len()));
            piece.resize(params.block_count(), Block::new());
        }
        let argon = Argon2::new(algorithm, version, params);
        let done = argon.hash_password_into_with_memory(password, salt, out, &mut piece);
        free().push(piece);
        done.map_err(said)
    }
}

fn said(error: impl std::fmt::Display) -> AppError {
    AppError::Hash(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    #[test]
    fn hashes_are_those_of_the_library_and_memory_is_used_again() {
        let memory = Memory::default();
        for password in ["correct horse battery", "Zürich-Straße", ""] {
            let hash = memory.hash(password.as_bytes()).unwrap();
            assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
            assert!(Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok());
            assert!(memory.is_right(password.as_bytes(), &hash).unwrap());
            assert!(!memory.is_right(b"something else", &hash).unwrap());
        }
        // What was hashed with other parameters is read by those.
        for (kib, passes) in [(64, 1), (20 * 1024, 1)] {
            let argon = Argon2::from(Params::new(kib, passes, 1, None).unwrap());
            let hash: PasswordHash = argon.hash_password(b"older").unwrap();
            assert!(memory.is_right(b"older", &hash.to_string()).unwrap());
            assert!(!memory.is_right(b"newer", &hash.to_string()).unwrap());
        }
        assert!(memory.is_right(b"x", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ").is_err());
        assert_eq!(memory.free.lock().unwrap().len(), 1, "one password at a time needs one piece");
        memory.let_go();
        assert!(memory.free.lock().unwrap().is_empty());
    }
}
