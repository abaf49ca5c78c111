//! What processes used, as Linux tells it in `/proc`; elsewhere there are no figures, and the table says so.

use std::fs;
use std::process::Command;

/// CPU time and memory at one moment.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Usage {
    /// Clock ticks of CPU since the start.
    pub(crate) cpu_ticks: u64,
    /// Bytes of memory.
    pub(crate) memory: u64,
}

/// A process alone.
pub(crate) fn of_process(pid: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(Usage { cpu_ticks: Stat::parse(&stat)?.own_ticks, memory: status_bytes(pid, "VmRSS:")? })
}

/// Forgets the most memory that a process had so far (proc_pid_clear_refs(5)).
pub(crate) fn forget_peak(pid: u32) {
    // Where that is not allowed, the peak is that since the start of the process: too high, never too low.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// The most bytes of memory that a process had since its start, or since that was forgotten.
pub(crate) fn peak(pid: u32) -> Option<u64> {
    status_bytes(pid, "VmHWM:")
}

/// How many files and connections a process has open.
pub(crate) fn open_files(pid: u32) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

/// A PostgreSQL postmaster with all its children; those that ended are in it too, through the postmaster's sum of
/// children it waited for.
///
/// The shared buffers are in many of the processes, so that memory is the proportional share (PSS) where it may be read
/// and the anonymous part plus the postmaster's shared part otherwise.
pub(crate) fn of_postmaster(pid: u32) -> Option<Usage> {
    let postmaster = Stat::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
    let mut usage = Usage {
        cpu_ticks: postmaster.own_ticks + postmaster.waited_ticks,
        memory: proportional_bytes(pid).or_else(|| status_bytes(pid, "VmRSS:"))?,
    };
    for entry in fs::read_dir("/proc").ok()?.filter_map(Result::ok) {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(text) = fs::read_to_string(format!("/proc/{child}/stat")) else { continue };
        let Some(stat) = Stat::parse(&text).filter(|stat| stat.parent == pid) else { continue };
        usage.cpu_ticks += stat.own_ticks + stat.waited_ticks;
        usage.memory += proportional_bytes(child).or_else(|| status_bytes(child, "RssAnon:")).unwrap_or(0);
    }
    Some(usage)
}

/// Clock ticks per second (100 on every usual Linux).
pub(crate) fn ticks_per_second() -> f64 {
    let output = Command::new("getconf").arg("CLK_TCK").output().ok();
    output.and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok()).unwrap_or(100.0)
}

fn status_bytes(pid: u32, field: &str) -> Option<u64> {
    kibibytes(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, field)
}

fn proportional_bytes(pid: u32) -> Option<u64> {
    kibibytes(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?, "Pss:")
}

/// The value of a `Field:   123 kB` line, in bytes.
fn kibibytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The fields of `/proc/<pid>/stat` that matter here (proc_pid_stat(5)).
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    own_ticks: u64,
    waited_ticks: u64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The name in parentheses may itself contain spaces and parentheses; the fields begin after the last one.
        let fields: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own_ticks: number(11)? + number(12)?,
            waited_ticks: number(13)? + number(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_a_name_with_parentheses() {
        let text = "77 (postgres: io (1)) S 42 77 77 0 -1 4194304 9 8 0 0 100 20 3 4 20 0 1 0 5 6 7";
        assert_eq!(Stat::parse(text), Some(Stat { parent: 42, own_ticks: 120, waited_ticks: 7 }));
    }

    #[test]
    fn kilobytes_become_bytes() {
        assert_eq!(kibibytes("Name:\tx\nVmRSS:\t   15360 kB\n", "VmRSS:"), Some(15 * 1024 * 1024));
        assert_eq!(kibibytes("Name:\tx\n", "VmRSS:"), None);
    }
}
