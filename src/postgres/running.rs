//! Finding the postmaster that already runs on a cluster, and waiting until it can be used.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::PostgresError;
use super::pid_file::{self, PidFile, Socket, Status};
use super::process::{Identity, identify};

/// How long a postmaster may take to get ready: recovery replays up to `max_wal_size` of log, on a slow disk.
pub(super) const READY_LIMIT: Duration = Duration::from_secs(600);

/// How often to look.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// A postmaster that answers.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) pid: u32,
    pub(super) socket: Socket,
}

/// The postmaster running on `pgdata`, ready; or `None` when there is none and one may be started. A stale
/// `postmaster.pid` whose number belongs to another program or to a zombie is removed, because PostgreSQL would take
/// either for a postmaster and refuse to start. Call under the transition lock.
pub(super) fn find(pgdata: &Path, log: &Path) -> Result<Option<Running>, PostgresError> {
    let begun = Instant::now();
    let mut said = 0;
    loop {
        let pid = match pid_file::read(pgdata)? {
            None => return Ok(None),
            // Perhaps somebody (not Rollcall) is just writing it.
            Some(None) if begun.elapsed() < Duration::from_secs(2) => {
                sleep(PAUSE);
                continue;
            }
            Some(None) => return remove_stale(pgdata, "it is empty").map(|()| None),
            Some(Some(file)) => match identify(file.pid, pgdata) {
                // PostgreSQL recognises this by itself, and checks for left-over children too.
                Identity::Gone => return Ok(None),
                Identity::Stranger => {
                    return remove_stale(pgdata, "its process id belongs to another program").map(|()| None);
                }
                Identity::Zombie => return remove_stale(pgdata, "its process has ended").map(|()| None),
                Identity::Postmaster => match ready(&file) {
                    Some(running) => return Ok(Some(running)),
                    None => file.pid,
                },
            },
        };
        if begun.elapsed() > READY_LIMIT {
            return Err(PostgresError::NotReady { pid, seconds: READY_LIMIT.as_secs(), log: log.to_owned() });
        }
        say_waiting(begun, &mut said);
        sleep(PAUSE);
    }
}

/// The postmaster of `file` when it says that it is ready and its socket answers.
pub(super) fn ready(file: &PidFile) -> Option<Running> {
    let socket = file.socket.as_ref().filter(|_| file.status == Status::Ready)?;
    UnixStream::connect(socket.path()).ok()?;
    Some(Running { pid: file.pid, socket: socket.clone() })
}

/// Logs once in ten seconds that PostgreSQL is still waited for; `said` counts.
pub(super) fn say_waiting(begun: Instant, said: &mut u64) {
    let tens = begun.elapsed().as_secs() / 10;
    if tens > *said {
        *said = tens;
        log::info!("PostgreSQL is still starting or recovering after {} s", tens * 10);
    }
}

/// PostgreSQL's second interlock, on the shared memory of the data directory, still protects the cluster from a
/// second postmaster.
fn remove_stale(pgdata: &Path, why: &str) -> Result<(), PostgresError> {
    let path = pid_file::path_in(pgdata);
    log::info!("removing the stale {}: {why}", path.display());
    fs::remove_file(&path).map_err(PostgresError::io("remove", &path))
}
