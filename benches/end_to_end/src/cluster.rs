//! The server's private PostgreSQL, reached as its owner over the unix socket: psql for seeding, pgbench for P.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::Outcome;

/// The role and the database of the private cluster.
pub(crate) const OWNER: &str = "rollcall";

/// Where the cluster is and what scripts have to be told.
#[derive(Debug)]
pub(crate) struct Cluster {
    socket_directory: String,
    port: String,
    /// Where PostgreSQL's programs are; empty to find them on PATH.
    programs: PathBuf,
    /// Process id of the postmaster.
    pub(crate) pid: u32,
}

impl Cluster {
    /// Finds the cluster of a server's data directory, from the files the postmaster keeps there.
    pub(crate) fn find(data_directory: &Path) -> Outcome<Self> {
        let postgres = data_directory.join("postgres");
        let text = fs::read_to_string(postgres.join("postmaster.pid"))?;
        let options = fs::read_to_string(postgres.join("postmaster.opts")).unwrap_or_default();
        let (pid, port, socket_directory) =
            parse_postmaster_pid(&text).ok_or("postmaster.pid is not understood")?;
        let cluster =
            Self { socket_directory, port, programs: programs_of(&options).unwrap_or_default(), pid };
        for name in ["psql", "pgbench"] {
            // Before minutes are spent on measuring the rest.
            cluster.program(name).arg("--version").output().map_err(|error| {
                format!("cannot run {name}: {error}. Install it: it is in the package postgresql (Debian, Homebrew) or postgresql-contrib (RHEL)")
            })?;
        }
        Ok(cluster)
    }

    /// Connection string for a second server, over the unix socket.
    pub(crate) fn url(&self) -> String {
        format!("postgresql:///{OWNER}?host={}&port={}&user={OWNER}", self.socket_directory, self.port)
    }

    /// Runs an SQL script with psql variables; gives what it printed, without decoration.
    pub(crate) fn sql(&self, script: &str, variables: &[(&str, &str)]) -> Outcome<String> {
        let mut command = self.program("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        for (name, value) in variables {
            command.args(["-v", &format!("{name}={value}")]);
        }
        command.env("PGOPTIONS", "-c client_min_messages=warning");
        let mut child =
            command.arg(OWNER).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(script.as_bytes())?;
        }
        text_of("psql", child.wait_with_output()?)
    }

    /// Transactions per second of a pgbench script with prepared statements.
    ///
    /// It works as the server does: under the role that row level security holds for, in the tenant of the demo.
    pub(crate) fn pgbench(
        &self,
        script: &Path,
        variables: &HashMap<&str, String>,
        tenant: &str,
        clients: usize,
        seconds: u64,
    ) -> Outcome<f64> {
        self.pgbench_as("rollcall_server", script, variables, tenant, clients, seconds)
    }

    /// The same under another role. The owner of a private cluster is a superuser, for whom row level security does not hold.
    pub(crate) fn pgbench_as(
        &self,
        role: &str,
        script: &Path,
        variables: &HashMap<&str, String>,
        tenant: &str,
        clients: usize,
        seconds: u64,
    ) -> Outcome<f64> {
        let threads = clients.min(2).to_string();
        let mut command = self.program("pgbench");
        command.args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &clients.to_string(),
            "-j",
            &threads,
            "-T",
            &seconds.to_string(),
        ]);
        for (name, value) in variables {
            command.args(["-D", &format!("{name}={value}")]);
        }
        command.env("PGOPTIONS", format!("-c role={role} -c rollcall.tenant={tenant}"));
        let text =
            text_of("pgbench", command.arg("-f").arg(script).arg(OWNER).stdin(Stdio::null()).output()?)?;
        parse_tps(&text).ok_or_else(|| format!("pgbench said no rate:\n{text}").into())
    }

    fn program(&self, name: &str) -> Command {
        let beside = self.programs.join(name);
        let mut command = if beside.is_file() { Command::new(beside) } else { Command::new(name) };
        command.args(["-h", &self.socket_directory, "-p", &self.port, "-U", OWNER]);
        command
    }
}

fn text_of(program: &str, output: Output) -> Outcome<String> {
    if !output.status.success() {
        // Each client of pgbench says the same.
        let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(600).collect();
        return Err(format!("{program} failed ({}): {said}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Process id, port and socket directory: lines 1, 4 and 5 of postmaster.pid.
fn parse_postmaster_pid(text: &str) -> Option<(u32, String, String)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Some((lines.first()?.parse().ok()?, (*lines.get(3)?).to_owned(), (*lines.get(4)?).to_owned()))
}

/// The directory of the program that postmaster.opts says was started.
fn programs_of(options: &str) -> Option<PathBuf> {
    Some(Path::new(options.split_whitespace().next()?.trim_matches('"')).parent()?.to_owned())
}

/// The rate that pgbench (14 and later) prints as `tps = 123.4 (without initial connection time)`.
fn parse_tps(text: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_on_line_five() {
        let text = "4711\n/var/tmp/x/postgres\n1763763000\n5432\n/var/tmp/x/run\n\n  99 0\nready   \n";
        assert_eq!(parse_postmaster_pid(text), Some((4711, "5432".to_owned(), "/var/tmp/x/run".to_owned())));
        assert_eq!(parse_postmaster_pid("4711\n"), None);
    }

    #[test]
    fn programs_are_beside_postgres() {
        let options = "/usr/lib/postgresql/16/bin/postgres \"-D\" \"/x\"\n";
        assert_eq!(programs_of(options), Some(PathBuf::from("/usr/lib/postgresql/16/bin")));
    }

    #[test]
    fn the_rate_is_found_among_the_rest() {
        let text = "latency average = 0.2 ms\ninitial connection time = 9 ms\ntps = 63012.25 (without initial connection time)\n";
        assert_eq!(parse_tps(text), Some(63012.25));
    }
}
