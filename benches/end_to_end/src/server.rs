//! The rollcall server under test: a release binary with its own private cluster in a directory of its own.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::target::Target;
use crate::{Outcome, interrupt};

/// A first start runs initdb and all migrations.
const START_TIME: Duration = Duration::from_secs(120);
/// Stopping writes a last checkpoint.
const STOP_TIME: Duration = Duration::from_secs(90);

/// A running server; it is stopped with this value, also when something failed.
#[derive(Debug)]
pub(crate) struct Rollcall {
    child: Child,
    /// Its data directory.
    pub(crate) data_directory: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    environment: HashMap<String, String>,
    binary: PathBuf,
}

impl Rollcall {
    /// Starts `binary` with a new data directory in `directory` and waits until it answers SCIM requests.
    pub(crate) fn start(binary: &Path, directory: &Path) -> Outcome<Self> {
        Self::start_with(binary, directory, &[])
    }

    /// The same with more flags.
    pub(crate) fn start_with(binary: &Path, directory: &Path, flags: &[&str]) -> Outcome<Self> {
        let mut server = Self::spawn(binary, directory, "data", None, flags)?;
        server.wait_until_ready(&directory.join("data.log"))?;
        // A benchmark may put out half of a company, which the guard against a sync gone wrong would stop.
        server.guard(false)?;
        Ok(server)
    }

    /// Switches the guard against a sync gone wrong on or off for the connection of the benchmark.
    pub(crate) fn guard(&self, on: bool) -> Outcome<()> {
        let guard = if on { "guard=on" } else { "guard=off" };
        self.command(&["connection", "set", "identity-provider", guard, "--tenant", "demo"]).map(drop)
    }

    /// Runs a command of the program on the server's database; gives what it printed.
    pub(crate) fn command(&self, arguments: &[&str]) -> Outcome<String> {
        let output = Command::new(&self.binary)
            .args(arguments)
            .arg("--data-dir")
            .arg(&self.data_directory)
            .env_remove("DATABASE_URL")
            .output()?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Starts a second server on the database of the first, and waits until it is ready; gives also how long that took.
    pub(crate) fn beside(binary: &Path, directory: &Path, database_url: &str) -> Outcome<(Self, Duration)> {
        let begun = Instant::now();
        let server = Self::spawn(binary, directory, "beside", Some(database_url), &[])?;
        let ready = format!("GET /health/ready HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
        while begun.elapsed() < START_TIME {
            interrupt::check()?;
            let answer = Connection::open(server.address).and_then(|mut one| one.exchange(ready.as_bytes()));
            if answer.is_ok_and(|head| head.status == 200) {
                return Ok((server, begun.elapsed()));
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err("the second server was not ready in time".into())
    }

    fn spawn(
        binary: &Path,
        directory: &Path,
        name: &str,
        database_url: Option<&str>,
        flags: &[&str],
    ) -> Outcome<Self> {
        let address = free_address()?;
        let data_directory = directory.join(name);
        let log = directory.join(format!("{name}.log"));
        let out = File::create(&log)?;
        let mut command = Command::new(binary);
        command.arg("serve").arg("--listen").arg(address.to_string()).arg("--data-dir").arg(&data_directory);
        // The server is measured, and not how it holds clients back.
        command.args(["--requests-per-second", "0", "--anonymous-per-second", "0"]).args(flags);
        // The machine's defaults are measured, not what the caller's shell happens to set.
        command.env_remove("DATABASE_URL");
        if let Some(url) = database_url {
            command.env("DATABASE_URL", url);
        }
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ROLLCALL_"))
        {
            if name != "ROLLCALL_POSTGRES_BIN" {
                command.env_remove(name);
            }
        }
        // In a process group of its own Ctrl-C reaches the benchmark alone, which then stops the server.
        command.process_group(0).stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        let child = command.spawn().map_err(|error| format!("cannot start {}: {error}", binary.display()))?;
        Ok(Self { child, data_directory, address, environment: HashMap::new(), binary: binary.to_owned() })
    }

    /// What requests need to know; `users` and `connections` as in `Target`.
    pub(crate) fn target(&self, users: u64, connections: usize) -> Outcome<Target> {
        let base = self.fact("SCIM_BASE_URL")?;
        let (authority, path) = base
            .split_once("://")
            .map_or((base, ""), |(_, rest)| rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash)));
        Ok(Target {
            authority: authority.to_owned(),
            base_path: path.trim_end_matches('/').to_owned(),
            token: self.fact("SCIM_TOKEN")?.to_owned(),
            api_token: self.fact("API_TOKEN")?.to_owned(),
            users,
            connections,
            ..Target::default()
        })
    }

    /// Process id of the server.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A variable of the server's demo.env.
    pub(crate) fn fact(&self, name: &str) -> Outcome<&str> {
        let value = self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("demo.env of the server does not name {name}").into())
    }

    fn wait_until_ready(&mut self, log: &Path) -> Outcome<()> {
        let deadline = Instant::now() + START_TIME;
        loop {
            interrupt::check()?;
            if let Some(status) = self.child.try_wait()? {
                let said = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("the server ended at its start ({status}):\n{said}").into());
            }
            if let Ok(text) = fs::read_to_string(self.data_directory.join("demo.env")) {
                self.environment = parse_environment(&text);
                if self.answers() {
                    return Ok(());
                }
            }
            if Instant::now() > deadline {
                let said = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("the server did not answer within {START_TIME:?}:\n{said}").into());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        let Ok(target) = self.target(0, 1) else { return false };
        let mut bytes = Vec::new();
        target.scim("GET", "/ServiceProviderConfig", None, &mut bytes);
        let answer = Connection::open(self.address).and_then(|mut connection| connection.exchange(&bytes));
        answer.is_ok_and(|head| head.status == 200)
    }
}

impl Drop for Rollcall {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // Through the shell, because std can only send SIGKILL, and that would leave the cluster running.
        let _ = Command::new("sh").args(["-c", "kill -TERM \"$1\"", "sh", &self.pid().to_string()]).status();
        let deadline = Instant::now() + STOP_TIME;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The variables of a file that a shell can source: `NAME=value` or `export NAME='value'`, one per line.
fn parse_environment(text: &str) -> HashMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim();
            let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
            let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
            let value = quoted('\'').or_else(|| quoted('"')).unwrap_or(value);
            (!name.starts_with('#')).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_to_source_is_read_in_all_its_forms() {
        let facts = parse_environment("# facts\nA=1\nexport B='two words'\nC=\"x=y\"\n\n#D=4\n");
        let get = |name: &str| facts.get(name).map(String::as_str);
        assert_eq!(
            (get("A"), get("B"), get("C"), get("D")),
            (Some("1"), Some("two words"), Some("x=y"), None)
        );
    }
}
