//! `postmaster.pid`: what a running postmaster says of itself in its data directory.
//!
//! Lines: process id, data directory, start time, port, first socket directory, listen address, shared memory key,
//! status. They are written in steps, so a young file is short.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::PostgresError;

/// The facts in a `postmaster.pid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: u32,
    /// Where it can be reached: directory and port number of the socket. Absent while it starts.
    pub(super) socket: Option<Socket>,
    pub(super) status: Status,
}

/// A Unix socket of PostgreSQL, named by its directory and a port number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) dir: PathBuf,
    pub(super) port: u16,
}

impl Socket {
    /// The socket file itself.
    pub(super) fn path(&self) -> PathBuf {
        self.dir.join(format!(".s.PGSQL.{}", self.port))
    }
}

/// The last line of a `postmaster.pid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Starting,
    Ready,
    Stopping,
}

/// Reads the `postmaster.pid` in `pgdata`. `Ok(None)` when there is none, `Ok(Some(None))` when it holds no process
/// id (a crash of the machine can leave it empty).
pub(super) fn read(pgdata: &Path) -> Result<Option<Option<PidFile>>, PostgresError> {
    let path = path_in(pgdata);
    match fs::read_to_string(&path) {
        Ok(content) => Ok(Some(parse(&content))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(None)),
        Err(error) => Err(PostgresError::io("read", &path)(error)),
    }
}

/// The path of the file in `pgdata`.
pub(super) fn path_in(pgdata: &Path) -> PathBuf {
    pgdata.join("postmaster.pid")
}

fn parse(content: &str) -> Option<PidFile> {
    let mut lines = content.lines();
    // A negative number marks a stand-alone backend (`postgres --single`), which is as much in the way.
    let pid = lines.next()?.trim().parse::<i64>().ok()?.unsigned_abs();
    let pid = u32::try_from(pid).ok().filter(|pid| *pid > 0)?;
    let port = lines.nth(2).and_then(|port| port.trim().parse().ok());
    let dir = lines.next().filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let socket = dir.zip(port).map(|(dir, port)| Socket { dir, port });
    let status = match lines.nth(2).map(str::trim) {
        Some("ready") => Status::Ready,
        Some("stopping") => Status::Stopping,
        // "standby" is a server in recovery that takes no writes.
        _ => Status::Starting,
    };
    Some(PidFile { pid, socket, status })
}

#[cfg(test)]
mod tests {
    use super::{PidFile, Socket, Status, parse};

    const READY: &str =
        "8123\n/data/postgres\n1763760000\n5432\n/data/run\n\n  5432001     32768\nready   \n";

    #[test]
    fn reads_a_ready_postmaster() {
        let socket = Some(Socket { dir: "/data/run".into(), port: 5432 });
        assert_eq!(parse(READY), Some(PidFile { pid: 8123, socket, status: Status::Ready }));
    }

    #[test]
    fn reads_the_other_states() {
        for (word, status) in
            [("starting", Status::Starting), ("stopping", Status::Stopping), ("standby ", Status::Starting)]
        {
            let file = parse(&READY.replace("ready   ", word));
            assert_eq!(file.map(|file| file.status), Some(status), "{word}");
        }
    }

    #[test]
    fn a_file_still_being_written_is_starting_and_has_no_socket() {
        for lines in 1..4 {
            let short: String = READY.split_inclusive('\n').take(lines).collect();
            assert_eq!(
                parse(&short),
                Some(PidFile { pid: 8123, socket: None, status: Status::Starting }),
                "{lines}"
            );
        }
    }

    #[test]
    fn knows_a_stand_alone_backend_by_its_negative_number() {
        assert_eq!(parse("-77\n/data/postgres\n").map(|file| file.pid), Some(77));
    }

    #[test]
    fn garbage_is_no_process() {
        for content in ["", "\n", "abc\n", "0\n", "99999999999999\n", "\u{0}\u{0}\u{0}"] {
            assert_eq!(parse(content), None, "{content:?}");
        }
    }

    #[test]
    fn the_socket_file_is_named_by_the_port() {
        let socket = Socket { dir: "/data/run".into(), port: 5433 };
        assert_eq!(socket.path().to_str(), Some("/data/run/.s.PGSQL.5433"));
    }
}
