//! Whether a process id is the postmaster of a cluster: numbers are reused, and a stale `postmaster.pid` may name a
//! stranger.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What lives under a process id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing.
    Gone,
    /// It has ended, and its parent has not collected it: perhaps never will, in a container whose first process is
    /// no init.
    Zombie,
    /// The postmaster of this cluster.
    Postmaster,
    /// Another program, or the PostgreSQL of another cluster.
    Stranger,
}

/// Sends `signal` to `pid`; false when there is no such process any more or it is not ours to signal.
pub(super) fn signal(pid: u32, signal: Signal) -> bool {
    i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), signal).is_ok())
}

/// Finds out what `pid` is, to the cluster in `pgdata` (absolute, without symbolic links).
pub(super) fn identify(pid: u32, pgdata: &Path) -> Identity {
    let Ok(raw) = i32::try_from(pid) else { return Identity::Gone };
    if kill(Pid::from_raw(raw), None) == Err(Errno::ESRCH) {
        return Identity::Gone;
    }
    if Path::new("/proc/self/stat").exists() { identify_by_proc(pid, pgdata) } else { identify_by_ps(pid) }
}

fn identify_by_proc(pid: u32, pgdata: &Path) -> Identity {
    let proc = Path::new("/proc").join(pid.to_string());
    let Ok(stat) = fs::read_to_string(proc.join("stat")) else { return Identity::Gone };
    match parse_stat(&stat) {
        None => Identity::Gone,
        Some((_, 'Z' | 'X')) => Identity::Zombie,
        Some((name, _)) if !is_postgres(name) => Identity::Stranger,
        // The postmaster's working directory is its data directory. Reading that needs a capability that containers
        // take from root; the command line, which names the directory too, needs none.
        Some(_) => match fs::read_link(proc.join("cwd")) {
            Ok(directory) if directory == pgdata => Identity::Postmaster,
            Ok(_) => Identity::Stranger,
            Err(_) if command_line_names(&proc, pgdata) => Identity::Postmaster,
            Err(_) => Identity::Stranger,
        },
    }
}

fn command_line_names(proc: &Path, pgdata: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let line = fs::read(proc.join("cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).any(|argument| argument == pgdata.as_os_str().as_bytes())
}

/// Where there is no /proc (macOS, the BSDs): the program's name alone. The number comes from a file in the cluster's
/// own directory, and the caller waits for the cluster's socket to answer.
fn identify_by_ps(pid: u32) -> Identity {
    let output =
        Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).stdin(Stdio::null()).output();
    let Ok(output) = output else { return Identity::Stranger };
    let name = String::from_utf8_lossy(&output.stdout);
    match name.trim() {
        "" => Identity::Gone,
        "<defunct>" => Identity::Zombie,
        path if path.rsplit('/').next().is_some_and(is_postgres) => Identity::Postmaster,
        _ => Identity::Stranger,
    }
}

fn is_postgres(name: &str) -> bool {
    // `postmaster` is what older packages call the same program.
    name == "postgres" || name == "postmaster"
}

/// Name and state of `/proc/PID/stat`: `123 (name) S …`, where the name may hold blanks and parentheses.
fn parse_stat(stat: &str) -> Option<(&str, char)> {
    let open = stat.find('(')?;
    let close = stat.rfind(')')?;
    let name = stat.get(open + 1..close)?;
    Some((name, stat.get(close + 1..)?.trim_start().chars().next()?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Identity, identify, parse_stat};

    #[test]
    fn reads_names_with_blanks_and_parentheses() {
        assert_eq!(parse_stat("12 (postgres) S 1 12"), Some(("postgres", 'S')));
        assert_eq!(parse_stat("12 (a) Z (b) c) Z 1 12"), Some(("a) Z (b) c", 'Z')));
        assert_eq!(parse_stat("12"), None);
    }

    #[test]
    fn another_program_is_a_stranger() {
        assert_eq!(identify(std::process::id(), Path::new("/data/postgres")), Identity::Stranger);
    }

    #[test]
    fn an_ended_process_is_a_zombie_until_its_parent_looks() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert_eq!(identify(child.id(), Path::new("/data/postgres")), Identity::Zombie);
        child.wait().unwrap();
        assert_eq!(identify(child.id(), Path::new("/data/postgres")), Identity::Gone);
    }
}
