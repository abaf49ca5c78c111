//! Starting a program of PostgreSQL: as the right user, from a neutral place, without this process's environment.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::owner::Owner;

/// A command that runs `program` as `owner`, from `/`, with stdin closed.
///
/// The environment is emptied: `PGDATA`, `PGPORT` and their like of the caller would change what PostgreSQL does, and
/// Rollcall's own secrets must not be readable in the environment of another process. `LC_ALL=C` makes the messages
/// recognisable, and macOS needs it set at all.
pub(super) fn command(program: &Path, owner: &Owner) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
    for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    if owner.switch {
        // Setting the uid also drops root's supplementary groups: std calls setgroups(0) before setuid.
        command.gid(owner.gid).uid(owner.uid);
    }
    command
}

/// Whether `owner` can really create a file in `dir`, found out by doing it as that user: permission bits alone do
/// not tell (access lists, mounts, parents).
pub(super) fn can_write(dir: &Path, owner: &Owner) -> bool {
    command(Path::new("/bin/sh"), owner)
        .args(["-c", r#"cd "$1" && : > .reach && rm .reach"#, "sh"])
        .arg(dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
