//! How much memory there is.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of memory of this machine, or of the container or service if that may use less; `None` where nobody says it: Linux does
/// (proc_meminfo(5), cgroups(7)).
pub(super) fn total() -> Option<u64> {
    let machine = machine(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limit = |file: PathBuf| fs::read_to_string(file).ok()?.trim().parse().ok();
    Some(limits(&own).into_iter().filter_map(limit).fold(machine, u64::min))
}

/// What `/proc/meminfo` says, in bytes.
fn machine(meminfo: &str) -> Option<u64> {
    let kibibytes = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(kibibytes.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The files in which a limit may stand, by what `/proc/self/cgroup` says: of version 2 that of the own group and of those around it,
/// of version 1 that of a container. "max" and a number beyond all memory are none.
fn limits(own: &str) -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let group = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let mut files: Vec<PathBuf> =
        Path::new(group).ancestors().map(|group| root.join(group).join("memory.max")).collect();
    files.push(root.join("memory/memory.limit_in_bytes"));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_machine() {
        assert_eq!(machine("MemTotal:       16384 kB\nMemFree:   1 kB\n"), Some(16 * 1024 * 1024));
        assert_eq!(machine("nothing of the kind"), None);
    }

    #[test]
    fn limits_stand_in_every_group_around() {
        let files = limits("1:name=systemd:/\n0::/system.slice/rollcall.service\n");
        let expected = [
            "/sys/fs/cgroup/system.slice/rollcall.service/memory.max",
            "/sys/fs/cgroup/system.slice/memory.max",
            "/sys/fs/cgroup/memory.max",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        ];
        assert_eq!(files, expected.map(PathBuf::from));
        assert_eq!(limits("")[0], Path::new("/sys/fs/cgroup/memory.max"));
    }
}
