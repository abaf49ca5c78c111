//! Starting a postmaster and waiting until it answers.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::binaries::Binaries;
use super::child;
use super::data_dir::DataDir;
use super::error::PostgresError;
use super::layout::Layout;
use super::pid_file;
use super::process;
use super::running::{PAUSE, READY_LIMIT, Running, ready, say_waiting};
use super::settings;
use super::socket_dir;

/// How long the children of a killed postmaster may take to notice and leave.
const ORPHANS_LIMIT: Duration = Duration::from_secs(30);

/// A log larger than this, in bytes, is put aside at a start.
const LOG_LIMIT: u64 = 16 * 1024 * 1024;

/// Starts the cluster of `layout`. Call under the transition lock, when no postmaster runs on it.
pub(super) fn launch(
    dir: &DataDir,
    layout: &Layout,
    binaries: &Binaries,
    socket_dir: &str,
    durable: bool,
) -> Result<(Child, Running), PostgresError> {
    let begun = Instant::now();
    socket_dir::clear(Path::new(socket_dir))?;
    loop {
        let path = dir.log_path();
        let log = open_log(&path)?;
        let offset = log.metadata().map(|metadata| metadata.len()).unwrap_or_default();
        let mut postmaster = spawn(layout, binaries, socket_dir, durable, log)?;
        if let Some(running) = wait_until_ready(&mut postmaster, layout, &path)? {
            return Ok((postmaster, running));
        }
        let output = tail(&path, offset);
        // "pre-existing shared memory block (…) is still in use": children of a killed postmaster are about to end.
        if output.contains("still in use") && begun.elapsed() < ORPHANS_LIMIT {
            sleep(Duration::from_millis(250));
            continue;
        }
        return Err(PostgresError::DidNotStart { output, log: path });
    }
}

fn spawn(
    layout: &Layout,
    binaries: &Binaries,
    socket_dir: &str,
    durable: bool,
    log: File,
) -> Result<Child, PostgresError> {
    let program = binaries.postgres();
    let mut command = child::command(&program, &layout.owner);
    command.args(settings::arguments(&layout.pgdata, socket_dir, durable));
    let copy = log.try_clone().map_err(PostgresError::io("run", &program))?;
    command.stdout(Stdio::from(copy)).stderr(Stdio::from(log));
    // A group of its own: Ctrl-C in the terminal reaches the server alone, which then stops PostgreSQL in order.
    command.process_group(0);
    command.spawn().map_err(PostgresError::io("run", &program))
}

/// Waits for `postmaster` to answer; `None` when it ended instead.
fn wait_until_ready(
    postmaster: &mut Child,
    layout: &Layout,
    log: &Path,
) -> Result<Option<Running>, PostgresError> {
    let begun = Instant::now();
    let mut said = 0;
    let pid = postmaster.id();
    loop {
        let ended = postmaster.try_wait().map_err(PostgresError::io("wait for", Path::new("postgres")))?;
        if ended.is_some() {
            return Ok(None);
        }
        let file = pid_file::read(&layout.pgdata)?.flatten().filter(|file| file.pid == pid);
        if let Some(running) = file.as_ref().and_then(ready) {
            return Ok(Some(running));
        }
        if begun.elapsed() > READY_LIMIT {
            process::signal(pid, Signal::SIGQUIT);
            let _ = postmaster.wait();
            return Err(PostgresError::NotReady { pid, seconds: READY_LIMIT.as_secs(), log: log.to_owned() });
        }
        say_waiting(begun, &mut said);
        sleep(PAUSE);
    }
}

/// Opens the log to append to, after putting an overlong one aside as `postgres.log.old`.
fn open_log(path: &Path) -> Result<File, PostgresError> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("log.old")).map_err(PostgresError::io("rename", path))?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).open(path).map_err(PostgresError::io("open", path))
}

/// The last lines written to the log after `offset`.
fn tail(path: &Path, offset: u64) -> String {
    let mut text = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let _ = file.seek(SeekFrom::Start(offset)).and_then(|_| file.take(64 * 1024).read_to_end(&mut text));
    }
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(8);
    lines.into_iter().skip(skipped).collect::<Vec<_>>().join("\n")
}
