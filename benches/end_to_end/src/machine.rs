//! On what was measured: without it a figure means nothing.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use crate::Outcome;
use crate::cluster::Cluster;

/// Settings of PostgreSQL that decide what its figures mean.
const SETTINGS: &str = "SELECT name || '=' || current_setting(name) FROM unnest(ARRAY['fsync','synchronous_commit',\
    'full_page_writes','wal_level','wal_compression','shared_buffers','max_wal_size','jit','data_checksums']) AS name";

/// Cores, processor, memory, kernel, and the file system that `directory` (the cluster's) lies on.
pub(crate) fn describe(directory: &Path) -> Value {
    let processor = field("/proc/cpuinfo", "model name");
    let memory = field("/proc/meminfo", "MemTotal");
    let directory = directory.to_string_lossy();
    let git = |arguments: &[&str]| said("git", &[&["-C", env!("CARGO_MANIFEST_DIR")], arguments].concat());
    json!({
        "cores": thread::available_parallelism().map(usize::from).ok(),
        "cpu": processor,
        "memory": memory,
        "kernel": said("uname", &["-sr"]),
        "fileSystem": said("stat", &["-f", "-c", "%T", &directory]),
        "commit": git(&["rev-parse", "--short=12", "HEAD"]),
        "uncommittedChanges": git(&["status", "--porcelain"]).map(|text| !text.is_empty()),
        "startedAt": said("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]),
    })
}

/// Version and settings of the running PostgreSQL.
pub(crate) fn describe_postgres(cluster: &Cluster) -> Outcome<Value> {
    let settings = cluster.sql(SETTINGS, &[])?;
    let settings: serde_json::Map<String, Value> = settings
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    Ok(json!({"version": cluster.sql("SHOW server_version", &[])?, "settings": settings}))
}

/// The first `name : value` line of a file.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What a program prints; `None` when it is not there or fails.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
