//! What can go wrong with the private cluster, in sentences that say the way out.

use std::io;
use std::path::{Path, PathBuf};

use super::install_hint;

/// A failure of the private PostgreSQL cluster or of its data directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// A second server on one data directory.
    #[error("another rollcall server{} already uses {}; stop it or choose another --data-dir", pid_words(.pid), .dir.display())]
    InUse {
        /// Process id of the server that holds the lock, where the lock file tells it.
        pid: Option<u32>,
        /// The data directory both want.
        dir: PathBuf,
    },

    /// The data directory was made by somebody else.
    #[error("the data directory {} belongs to {owner}, and this process runs as {current}; run rollcall as {owner} or choose another --data-dir", .dir.display())]
    WrongOwner {
        /// The directory (or the cluster in it).
        dir: PathBuf,
        /// Whose it is: a user name, or `uid 1234`.
        owner: String,
        /// Who runs this process.
        current: String,
    },

    /// The path cannot be a data directory.
    #[error("{} cannot be the data directory: {reason}; choose another --data-dir", .dir.display())]
    UnfitDirectory {
        /// The path as given.
        dir: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// No usable server binaries.
    #[error("no PostgreSQL server from version 14 up was found{}; install one with\n  {}\nor set DATABASE_URL to use a PostgreSQL that runs elsewhere", found_words(.found), install_hint::command(None))]
    NotInstalled {
        /// Versions found that are too old, for example `13.11`.
        found: Vec<String>,
    },

    /// The cluster was made by a major version that is not on this machine.
    #[error("the cluster in {} was made by PostgreSQL {major}, which is not installed{}; install it with\n  {}", .pgdata.display(), found_words(.found), install_hint::command(Some(*.major)))]
    VersionMissing {
        /// Major version in `PG_VERSION`.
        major: u32,
        /// The cluster's directory.
        pgdata: PathBuf,
        /// Versions that are installed.
        found: Vec<String>,
    },

    /// `PG_VERSION` does not hold a version.
    #[error("{} does not hold a PostgreSQL version but {content:?}; restore the cluster from a backup, or choose another --data-dir", .path.display())]
    UnreadableVersion {
        /// The file.
        path: PathBuf,
        /// What it holds, shortened to 64 characters.
        content: String,
    },

    /// `ROLLCALL_POSTGRES_BIN` is set, and wrong.
    #[error("ROLLCALL_POSTGRES_BIN names {}, which holds no working `postgres` and `initdb` from version 14 up; correct it, or unset it to search the usual places", .dir.display())]
    BadBinDirectory {
        /// Its value.
        dir: PathBuf,
    },

    /// Started as root, and no account to become.
    #[error(
        "PostgreSQL refuses to run as root, and none of the users postgres, rollcall and nobody exists; create one with `useradd --system rollcall`"
    )]
    NoUnprivilegedUser,

    /// The user that runs PostgreSQL cannot get at the cluster.
    #[error("the user {user} cannot enter {}; give it the way (chmod a+x on each parent directory), or choose another --data-dir", .path.display())]
    Unreachable {
        /// The user PostgreSQL runs as.
        user: String,
        /// The cluster's directory.
        path: PathBuf,
    },

    /// `initdb` failed.
    #[error("initdb could not create the cluster in {}: {output}", .pgdata.display())]
    InitFailed {
        /// Where it should have gone.
        pgdata: PathBuf,
        /// The end of what initdb said.
        output: String,
    },

    /// The postmaster ended before it was ready.
    #[error("PostgreSQL did not start: {output}\n(all of its words are in {})", .log.display())]
    DidNotStart {
        /// The end of what it logged.
        output: String,
        /// Its log file.
        log: PathBuf,
    },

    /// The postmaster lives, and does not get ready.
    #[error("PostgreSQL (pid {pid}) was not ready within {seconds} seconds; what it does is in {}", .log.display())]
    NotReady {
        /// The postmaster.
        pid: u32,
        /// How long was waited.
        seconds: u64,
        /// Its log file.
        log: PathBuf,
    },

    /// The postmaster does not go away.
    #[error("PostgreSQL (pid {pid}) did not stop, neither by a fast nor by an immediate shutdown; see {}", .log.display())]
    DidNotStop {
        /// The postmaster.
        pid: u32,
        /// Its log file.
        log: PathBuf,
    },

    /// PostgreSQL was started again, and the directory of its socket was gone.
    #[error("the socket's directory {} was removed while the server ran; start the server again", .dir.display())]
    SocketMoved {
        /// Where the socket was.
        dir: PathBuf,
    },

    /// Another rollcall process starts or stops the cluster, without end.
    #[error("another rollcall process has been starting or stopping PostgreSQL in {} for {seconds} seconds; look for it with `ps`, end it, and try again", .dir.display())]
    TransitionBusy {
        /// The data directory.
        dir: PathBuf,
        /// How long was waited.
        seconds: u64,
    },

    /// The operating system refused.
    #[error("cannot {what} {}: {source}", .path.display())]
    Io {
        /// What was tried, as a verb: `create`, `lock`, `run`.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl PostgresError {
    /// For `map_err`: an operating system error with what was tried and where.
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, path: path.to_owned(), source }
    }
}

fn pid_words(pid: &Option<u32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}

fn found_words(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(" (only {})", found.join(", ")) }
}
