//! The data directory and its locks.
//!
//! Three lock files, so that nobody stops what another process uses:
//! - `lock` is held by the one server, as long as it lives;
//! - `postgres.lock` is held for the moment in which a process starts or stops the cluster;
//! - `postgres.users` is held, shared, by everybody who uses the cluster; who gets it exclusively is the last one.
//!   It is only ever taken by a holder of `postgres.lock`.
//!
//! The kernel gives the locks back when a process dies, however it dies.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::unistd::Uid;

use super::error::PostgresError;
use super::owner::user_name;

/// How long another process may take to start or stop the cluster: an orderly stop takes up to a minute, a recovery
/// from the log after a crash several.
const TRANSITION_LIMIT: Duration = Duration::from_secs(660);

/// The directory in which a server keeps what is its own: `lock`, `postgres/` (the cluster, or a link to it), `run/`
/// (the socket's directory), `postgres.log`.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
}

/// Proof that this process is the one server of its data directory; given back when dropped.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
}

impl DataDir {
    /// Opens the data directory at `path`, creating it and its parents when absent: mode 0700, or 0711 for root, so
    /// that the unprivileged user that runs PostgreSQL can pass through it.
    ///
    /// # Errors
    /// When it cannot be created, is writable by everybody, or was made by another user.
    pub fn open(path: &Path) -> Result<Self, PostgresError> {
        let unfit = |reason| PostgresError::UnfitDirectory { dir: path.to_owned(), reason };
        if path.as_os_str().as_bytes().iter().any(u8::is_ascii_control) {
            return Err(unfit(
                "its name holds a control character, which PostgreSQL's own files cannot carry",
            ));
        }
        let me = Uid::effective();
        if !path.exists() {
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                fs::create_dir_all(parent).map_err(PostgresError::io("create", parent))?;
            }
            match DirBuilder::new().mode(if me.is_root() { 0o711 } else { 0o700 }).create(path) {
                Err(error) if !path.is_dir() => return Err(PostgresError::io("create", path)(error)),
                _ => {}
            }
        }
        let path = fs::canonicalize(path).map_err(PostgresError::io("open", path))?;
        let metadata = fs::metadata(&path).map_err(PostgresError::io("look at", &path))?;
        if !metadata.is_dir() {
            return Err(unfit("it is not a directory"));
        }
        if metadata.mode() & 0o002 != 0 {
            return Err(unfit("everybody may write to it"));
        }
        let dir = Self { path };
        dir.check_owner(metadata.uid(), me.as_raw())?;
        Ok(dir)
    }

    /// The directory, absolute and without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the lock of the one server of this directory.
    ///
    /// # Errors
    /// [`PostgresError::InUse`] when another server holds it.
    pub fn lock_for_server(&self) -> Result<ServerLock, PostgresError> {
        let path = self.path.join("lock");
        let mut file = self.lock_file("lock")?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut content = String::new();
                let _ = file.read_to_string(&mut content);
                return Err(PostgresError::InUse {
                    pid: content.trim().parse().ok(),
                    dir: self.path.clone(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(PostgresError::io("lock", &path)(source)),
        }
        file.set_len(0).map_err(PostgresError::io("write", &path))?;
        writeln!(file, "{}", std::process::id()).map_err(PostgresError::io("write", &path))?;
        Ok(ServerLock { _file: file })
    }

    /// The log of the cluster's processes.
    pub(super) fn log_path(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// Waits until no other process starts or stops the cluster, and keeps the others from it until dropped.
    pub(super) fn lock_transition(&self) -> Result<File, PostgresError> {
        let file = self.lock_file("postgres.lock")?;
        let begun = Instant::now();
        let mut said = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => {
                    return Err(PostgresError::io("lock", &self.path.join("postgres.lock"))(source));
                }
            }
            if begun.elapsed() > TRANSITION_LIMIT {
                let seconds = TRANSITION_LIMIT.as_secs();
                return Err(PostgresError::TransitionBusy { dir: self.path.clone(), seconds });
            }
            if begun.elapsed() > Duration::from_secs(3) && !said {
                said = true;
                log::info!("waiting for another rollcall process that starts or stops PostgreSQL");
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Counts this process among the users of the cluster until the file is dropped. Call under
    /// [`Self::lock_transition`].
    pub(super) fn join_users(&self) -> Result<File, PostgresError> {
        let file = self.lock_file("postgres.users")?;
        file.lock_shared().map_err(PostgresError::io("lock", &self.path.join("postgres.users")))?;
        Ok(file)
    }

    /// Whether nobody uses the cluster any more. Call under [`Self::lock_transition`].
    pub(super) fn is_unused(&self) -> Result<bool, PostgresError> {
        match self.lock_file("postgres.users")?.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => {
                Err(PostgresError::io("lock", &self.path.join("postgres.users"))(source))
            }
        }
    }

    fn lock_file(&self, name: &str) -> Result<File, PostgresError> {
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        options.open(&path).map_err(PostgresError::io("open", &path))
    }

    /// Root must not write where another user could have laid links, and a user cannot work in what root made. An
    /// unprivileged user may be given an empty directory of root's that it can write to (a container's volume).
    fn check_owner(&self, owner: u32, me: u32) -> Result<(), PostgresError> {
        let foreign = |entry: &str| fs::symlink_metadata(self.path.join(entry)).is_ok_and(|m| m.uid() != me);
        let lent =
            me != 0 && owner == 0 && !foreign("lock") && !foreign("postgres.lock") && !foreign("postgres");
        if owner == me || (lent && nix::unistd::access(&self.path, nix::unistd::AccessFlags::W_OK).is_ok()) {
            return Ok(());
        }
        let (owner, current) = (user_name(owner), user_name(me));
        Err(PostgresError::WrongOwner { dir: self.path.clone(), owner, current })
    }
}
