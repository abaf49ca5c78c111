//! A running `rollcall serve`, and what can be seen of it from outside.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use serde_json::Value;

use crate::postgres::fixture::{is_alive, pid_of, wait_until};
use crate::support::app::request_to;
use crate::support::http::Response;

use super::program::rollcall;

/// A server process; killed when dropped.
pub(super) struct Server {
    pub(super) child: Child,
    out: PathBuf,
    err: PathBuf,
    data_dir: PathBuf,
    /// How long it took until it said where it is.
    pub(super) up_after: Duration,
}

impl Server {
    /// Starts a server on a free port and waits until it says where it is.
    pub(super) fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, |_| ())
    }

    /// The same with flags or environment of the test's own.
    pub(super) fn start_with(data_dir: &Path, adjust: impl FnOnce(&mut Command)) -> Self {
        let begun = Instant::now();
        let mut server = Self::spawn(data_dir, adjust);
        while !server.out().contains("Try it") {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended ({status}): {}", server.err());
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "not up: {}", server.err());
            std::thread::sleep(Duration::from_millis(10));
        }
        server.up_after = begun.elapsed();
        server
    }

    /// Starts a server and waits for nothing.
    pub(super) fn spawn(data_dir: &Path, adjust: impl FnOnce(&mut Command)) -> Self {
        let name = |what: &str| {
            let base = data_dir.parent().unwrap();
            base.join(format!("{what}-{:.8}", uuid::Uuid::new_v4().simple()))
        };
        let (out, err) = (name("out"), name("err"));
        let mut command = rollcall(&["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
        command.arg(data_dir).stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        // Tests send as fast as they can.
        command.env("ROLLCALL_REQUESTS_PER_SECOND", "0").env("ROLLCALL_ANONYMOUS_PER_SECOND", "0");
        adjust(&mut command);
        let child = command.spawn().unwrap();
        Self { child, out, err, data_dir: data_dir.to_owned(), up_after: Duration::ZERO }
    }

    /// What it has printed.
    pub(super) fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// What it has logged.
    pub(super) fn err(&self) -> String {
        fs::read_to_string(&self.err).unwrap()
    }

    /// The base URL in its output.
    pub(super) fn base_url(&self) -> String {
        after(&self.out(), "SCIM base URL").to_owned()
    }

    pub(super) fn address(&self) -> SocketAddr {
        let base = self.base_url();
        base.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap()
    }

    /// A value of its demo.env, as a shell that sources it sees it.
    pub(super) fn sourced(&self, name: &str) -> String {
        let script = format!(". '{}' && printf %s \"${name}\"", self.data_dir.join("demo.env").display());
        let output = Command::new("sh").args(["-euc", &script]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A SCIM request with `token`.
    pub(super) fn scim(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Response {
        request_to(self.address(), method, &format!("/scim/v2{path}"), Some(token), body)
    }

    /// The status of a SCIM request that lists users.
    pub(super) fn list_status(&self, token: &str) -> u16 {
        self.scim(token, "GET", "/Users?count=1", None).status
    }

    /// Process id of its private PostgreSQL.
    pub(super) fn postmaster(&self) -> u32 {
        postmaster_of(&self.data_dir).unwrap()
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill(pid_of(self.child.id()), signal).unwrap();
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not end: {}", self.err());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it in order: exit code 0, and no PostgreSQL left.
    pub(super) fn stop(mut self) {
        let postmaster = postmaster_of(&self.data_dir);
        self.signal(Signal::SIGTERM);
        let status = self.wait();
        assert_eq!(status.code(), Some(0), "{}", self.err());
        assert!(postmaster.is_none_or(|pid| !is_alive(pid)), "PostgreSQL is left running");
        assert_eq!(postmaster_of(&self.data_dir), None, "it was no orderly stop");
    }

    pub(super) fn kill_9(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(super) fn wait_until_ready(&self) {
        let ready = || request_to(self.address(), "GET", "/health/ready", None, None).status == 200;
        wait_until(ready);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// The process id in the `postmaster.pid` of a data directory.
pub(super) fn postmaster_of(data_dir: &Path) -> Option<u32> {
    let file = fs::read_to_string(data_dir.join("postgres/postmaster.pid")).ok()?;
    file.lines().next()?.parse().ok()
}

/// What stands behind a label at the beginning of a line.
pub(super) fn after<'a>(text: &'a str, label: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(label));
    line.unwrap_or_else(|| panic!("no {label:?} in {text}")).trim()
}
