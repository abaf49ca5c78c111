//! Making a new cluster.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::binaries::Binaries;
use super::child;
use super::error::PostgresError;
use super::layout::Layout;
use super::memory;
use super::settings::configuration;
use super::socket_dir::make_private;

/// Which letters are upper and lower case: all of Unicode's, while the order stays that of the bytes.
const WIDE_CTYPE: &str = "C.UTF-8";

/// The superuser role of the cluster.
pub(super) const ROLE: &str = "rollcall";

/// Makes the cluster of `layout`. It is made beside its place and then renamed into it, so that a crash on the way
/// leaves nothing that looks like a cluster. Call under the transition lock.
pub(super) fn create(layout: &Layout, binaries: &Binaries, durable: bool) -> Result<(), PostgresError> {
    log::info!("creating a PostgreSQL {} cluster in {}", binaries.version, layout.pgdata.display());
    let fresh = beside(&layout.pgdata);
    if fs::symlink_metadata(&fresh).is_ok() {
        fs::remove_dir_all(&fresh).map_err(PostgresError::io("remove", &fresh))?;
    }
    if let Some(parent) = fresh.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(parent)
            .map_err(PostgresError::io("create", parent))?;
    }
    make_private(&fresh, &layout.owner)?;
    match initialise(&fresh, layout, binaries, durable, WIDE_CTYPE) {
        // Not every system has it; there letters beyond ASCII have no case.
        Err(PostgresError::InitFailed { output, .. }) if output.contains("locale") => {
            initialise(&fresh, layout, binaries, durable, "C")?;
        }
        other => other?,
    }
    let mut configure = child::command(Path::new("/bin/sh"), &layout.owner);
    configure.args(["-c", r#"cat >> "$1/postgresql.conf""#, "sh"]).arg(&fresh);
    run(configure, &layout.pgdata, Some(&configuration(memory::total())))?;
    fs::rename(&fresh, &layout.pgdata).map_err(PostgresError::io("create", &layout.pgdata))
}

fn initialise(
    fresh: &Path,
    layout: &Layout,
    binaries: &Binaries,
    durable: bool,
    ctype: &str,
) -> Result<(), PostgresError> {
    let mut initdb = child::command(&binaries.initdb(), &layout.owner);
    initdb.arg("-D").arg(fresh).args(["--username", ROLE, "--encoding", "UTF8"]);
    // Byte order: the same on every system, and no index breaks when the C library's collations change.
    initdb.args(["--locale", "C", "--lc-ctype", ctype, "--data-checksums", "--no-instructions"]);
    // Whoever can open the socket is trusted. That is safe because only the owner (and root) can: the socket is mode
    // 0700 in a directory of mode 0700, and there is no TCP port. A password would have to lie in a file that the
    // same user can read.
    initdb.args(["--auth", "trust"]);
    if !durable {
        initdb.arg("--no-sync");
    }
    run(initdb, &layout.pgdata, None)
}

fn beside(pgdata: &Path) -> PathBuf {
    let mut name = pgdata.file_name().map_or_else(|| OsString::from("postgres"), OsString::from);
    name.push(".new");
    pgdata.with_file_name(name)
}

/// Runs `command` to its end, with `input` on its stdin; its words are in the error when it fails.
fn run(mut command: Command, pgdata: &Path, input: Option<&str>) -> Result<(), PostgresError> {
    let program = PathBuf::from(command.get_program());
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(PostgresError::io("run", &program))?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        stdin.write_all(input.as_bytes()).map_err(PostgresError::io("run", &program))?;
    }
    let output = child.wait_with_output().map_err(PostgresError::io("run", &program))?;
    if output.status.success() {
        return Ok(());
    }
    let words = if output.stderr.is_empty() { output.stdout } else { output.stderr };
    let output = String::from_utf8_lossy(&words).trim().to_owned();
    Err(PostgresError::InitFailed { pgdata: pgdata.to_owned(), output })
}
