//! A data directory that is thrown away, and what a user could look at from outside.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use rollcall::postgres::DataDir;

/// A directory of its own under the system's temporary directory; a cluster left running in it is killed at the end.
pub(crate) struct Fixture {
    base: PathBuf,
    /// Where the data directory is to be; not created yet.
    pub(crate) path: PathBuf,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with_mode(0o755)
    }

    /// `mode` of the directory that holds the data directory: 0700 shuts other users out.
    pub(crate) fn with_mode(mode: u32) -> Self {
        let base = std::env::temp_dir().join(format!("rollcall-pg-{:.12}", uuid::Uuid::new_v4().simple()));
        fs::DirBuilder::new().mode(mode).create(&base).unwrap();
        Self { path: base.join("data"), base }
    }

    pub(crate) fn dir(&self) -> DataDir {
        DataDir::open(&self.path).unwrap()
    }

    pub(crate) fn pgdata(&self) -> PathBuf {
        self.path.join("postgres")
    }

    /// Process id in `postmaster.pid`, when there is one.
    pub(crate) fn pid_in_file(&self) -> Option<u32> {
        let content = fs::read_to_string(self.pgdata().join("postmaster.pid")).ok()?;
        content.lines().next()?.parse().ok()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Some(pid) = self.pid_in_file().filter(|pid| is_postgres(*pid)) {
            let _ = kill(pid_of(pid), Signal::SIGQUIT);
            wait_until(|| !is_alive(pid));
        }
        if let Ok(target) = fs::read_link(self.pgdata())
            && let Some(home) = target.parent().filter(|home| home.starts_with("/var/lib/rollcall"))
        {
            let _ = fs::remove_dir_all(home);
        }
        let _ = fs::remove_dir_all(&self.base);
    }
}

/// What `statement` answers, as `psql` prints it without decoration.
pub(crate) fn query(url: &str, statement: &str) -> String {
    let output = psql(url, statement).output().unwrap();
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Starts `statement` and leaves it running.
pub(crate) fn query_in_background(url: &str, statement: &str) -> Child {
    psql(url, statement).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn psql(url: &str, statement: &str) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAt", "-c", statement, url]).stdin(Stdio::null());
    psql
}

pub(crate) fn is_alive(pid: u32) -> bool {
    let zombie = fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    kill(pid_of(pid), None).is_ok() && !zombie
}

fn is_postgres(pid: u32) -> bool {
    let output = Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains("postgres")
}

pub(crate) fn pid_of(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap())
}

pub(crate) fn kill_9(pid: u32) {
    kill(pid_of(pid), Signal::SIGKILL).unwrap();
    wait_until(|| !is_alive(pid));
}

pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// Some tests are about root, who runs PostgreSQL as somebody else; CI and containers run them.
pub(crate) fn is_root() -> bool {
    Uid::effective().is_root()
}
