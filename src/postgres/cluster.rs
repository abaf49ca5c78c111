//! A use of the private cluster: start or adopt it, and stop it or leave it to the others.

use std::fs::File;
use std::path::PathBuf;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::binaries::Binaries;
use super::data_dir::DataDir;
use super::error::PostgresError;
use super::initialise::{self, ROLE};
use super::launch::launch;
use super::layout::Layout;
use super::pid_file::Socket;
use super::process::{self, Identity, identify};
use super::running::{self, PAUSE, Running};
use super::socket_dir;

/// How long connections may take to close and a checkpoint to be written.
const FAST_LIMIT: Duration = Duration::from_secs(60);

/// How long an immediate shutdown may take.
const IMMEDIATE_LIMIT: Duration = Duration::from_secs(15);

/// This process's use of a running private cluster. While it lives, no other process's [`Cluster::release`] stops
/// the cluster. Dropping it is a release, for early returns; call [`Cluster::stop`] or [`Cluster::release`] to
/// learn of errors.
#[derive(Debug)]
pub struct Cluster {
    dir: DataDir,
    pgdata: PathBuf,
    pid: u32,
    socket: Socket,
    /// The postmaster, when this process is its parent and has to collect it.
    child: Option<Child>,
    started_here: bool,
    durable: bool,
    /// Counts this process among the users; `None` once it has left them.
    usage: Option<File>,
}

impl Cluster {
    /// Brings up the cluster of `dir` and waits until it takes connections: adopts a postmaster that runs already,
    /// else starts one, on a cluster made now if there is none. `durable = false` is only for clusters that are
    /// thrown away (tests, benchmarks): they lose data when the machine crashes.
    ///
    /// # Errors
    /// When no suitable PostgreSQL is installed, or it does not start; the message says what to do.
    pub fn start(dir: &DataDir, durable: bool) -> Result<Self, PostgresError> {
        let _transition = dir.lock_transition()?;
        let layout = Layout::of(dir)?;
        let adopted = match layout.major {
            Some(_) => running::find(&layout.pgdata, &dir.log_path())?,
            None => None,
        };
        let started_here = adopted.is_none();
        let (child, Running { pid, socket }) = match adopted {
            Some(running) => (None, running),
            None => start_postmaster(dir, &layout, durable)?,
        };
        if started_here {
            log::debug!("started PostgreSQL (pid {pid})");
        } else {
            log::debug!("using the PostgreSQL that runs already (pid {pid})");
        }
        // Only now, so that every failure above leaves no trace among the users.
        let usage = Some(dir.join_users()?);
        Ok(Self { dir: dir.clone(), pgdata: layout.pgdata, pid, socket, child, started_here, durable, usage })
    }

    /// The connection string (for libpq) of the database `database`, as the cluster's owner role, over the socket.
    pub fn url(&self, database: &str) -> String {
        let host = escape(&self.socket.dir.to_string_lossy(), b"/");
        format!("postgresql://{ROLE}@/{}?host={host}&port={}", escape(database, b""), self.socket.port)
    }

    /// True when this process started the postmaster; false when it was running already.
    pub fn started_here(&self) -> bool {
        self.started_here
    }

    /// Process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Starts the postmaster again when it has ended behind our back; does nothing while it lives. True when it had to.
    /// The connection string stays the same.
    ///
    /// # Errors
    /// When PostgreSQL does not start any more; the message says why.
    pub(super) fn revive(&mut self) -> Result<bool, PostgresError> {
        if self.is_alive() {
            return Ok(false);
        }
        log::warn!("PostgreSQL (pid {}) has ended unexpectedly; starting it again", self.pid);
        let begun = Instant::now();
        let revived = Self::start(&self.dir, self.durable)?;
        if revived.socket != self.socket {
            revived.stop()?;
            return Err(PostgresError::SocketMoved { dir: self.socket.dir.clone() });
        }
        // The old use ends only now, so that the cluster was never without a user.
        drop(std::mem::replace(self, revived));
        log::info!("PostgreSQL runs again (pid {}, after {:.1} s)", self.pid, begun.elapsed().as_secs_f64());
        Ok(true)
    }

    /// Stops the cluster, whoever started it and whoever else uses it: what a server does at its end. Open
    /// transactions are rolled back, everything committed is kept. Takes up to a minute; after that the shutdown
    /// is immediate (the next start recovers), with a warning in the log.
    ///
    /// # Errors
    /// When the postmaster does not go away.
    pub fn stop(mut self) -> Result<(), PostgresError> {
        let _transition = self.dir.lock_transition()?;
        self.usage = None;
        self.shut_down()
    }

    /// Ends this use: stops the cluster when no other process uses it, else leaves it running. What a subcommand
    /// does at its end, beside a server or without one. The last of several stops it, also when another began.
    ///
    /// # Errors
    /// When the postmaster should stop and does not.
    pub fn release(mut self) -> Result<(), PostgresError> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), PostgresError> {
        // Nobody can join or leave while this is held, so that the last user knows that it is the last.
        let _transition = self.dir.lock_transition()?;
        self.usage = None;
        if self.dir.is_unused()? { self.shut_down() } else { Ok(()) }
    }

    fn shut_down(&mut self) -> Result<(), PostgresError> {
        if !self.is_alive() {
            return Ok(());
        }
        // SIGINT: fast shutdown. SIGQUIT: immediate. Both signals as `pg_ctl stop` sends them.
        process::signal(self.pid, Signal::SIGINT);
        if !self.ends_within(FAST_LIMIT) {
            log::warn!(
                "PostgreSQL did not stop within {FAST_LIMIT:?}; ending it at once, the next start recovers"
            );
            process::signal(self.pid, Signal::SIGQUIT);
            if !self.ends_within(IMMEDIATE_LIMIT) {
                return Err(PostgresError::DidNotStop { pid: self.pid, log: self.dir.log_path() });
            }
        }
        socket_dir::tidy(&self.dir, &self.socket.dir);
        Ok(())
    }

    fn ends_within(&mut self, limit: Duration) -> bool {
        let begun = Instant::now();
        while self.is_alive() {
            if begun.elapsed() > limit {
                return false;
            }
            sleep(PAUSE);
        }
        true
    }

    fn is_alive(&mut self) -> bool {
        match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => identify(self.pid, &self.pgdata) == Identity::Postmaster,
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.usage.is_some()
            && let Err(error) = self.leave()
        {
            log::warn!("{error}");
        }
    }
}

fn start_postmaster(
    dir: &DataDir,
    layout: &Layout,
    durable: bool,
) -> Result<(Option<Child>, Running), PostgresError> {
    let binaries = match layout.major {
        Some(major) => Binaries::of_major(major, &layout.pgdata)?,
        None => {
            let binaries = Binaries::newest()?;
            initialise::create(layout, &binaries, durable)?;
            binaries
        }
    };
    if !super::child::can_write(&layout.pgdata, &layout.owner) {
        let user = layout.owner.name.clone();
        return Err(PostgresError::Unreachable { user, path: layout.pgdata.clone() });
    }
    let socket_dir = socket_dir::prepare(dir, &layout.run, &layout.owner)?;
    let (child, running) = launch(dir, layout, &binaries, &socket_dir, durable)?;
    Ok((Some(child), running))
}

/// Percent-encoding for a URL: everything but unreserved characters (RFC 3986 §2.3) and the bytes in `keep`.
fn escape(text: &str, keep: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn escapes_what_would_end_a_part_of_a_url() {
        assert_eq!(escape("/data dir/50%&?/ü", b"/"), "/data%20dir/50%25%26%3F/%C3%BC");
        assert_eq!(escape("a/b", b""), "a%2Fb");
    }
}
