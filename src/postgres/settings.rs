//! The settings of the private cluster.

use std::ffi::OsString;
use std::path::Path;

/// The port number in the socket's name. It opens no port: each cluster has a socket directory of its own.
pub(super) const PORT: u16 = 5432;

/// Appended to the `postgresql.conf` of a new cluster, which shares a machine of so many bytes of memory with the server. Whoever runs
/// it may change them there.
pub(super) fn configuration(memory: Option<u64>) -> String {
    format!("{HEADING}shared_buffers = {}MB\n{REST}", shared_buffers(memory))
}

/// MB that PostgreSQL keeps pages in: an eighth of the memory. With a million users they have to hold some 2,000, or every read waits for
/// the kernel; they take what they hold and no more. What is not known is taken for 2 GB.
fn shared_buffers(memory: Option<u64>) -> u64 {
    (memory.unwrap_or(2_147_483_648) / 8 / 1_048_576).clamp(128, 4_096)
}

const HEADING: &str = "
# ---- Settings of Rollcall's private cluster. Yours to change; listen_addresses and the socket are not read here. ----
";

const REST: &str = "max_connections = 100
wal_compression = on
random_page_cost = 1.1             # solid state disks
jit = off                          # short statements only: compiling costs more than it saves
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = terse        # the DETAIL of a violated constraint holds people's names and addresses
log_min_error_statement = panic    # so may the text of a statement; the server logs its own errors
log_checkpoints = off
";

/// Arguments of every start. The command line beats every file and ALTER SYSTEM, so nothing opens a TCP port.
///
/// `durable = false` is for clusters that are thrown away: a crash of the machine may corrupt them, they are small, and dropping one of
/// their many databases has to look at every buffer.
pub(super) fn arguments(pgdata: &Path, socket_dir: &str, durable: bool) -> Vec<OsString> {
    let mut arguments = vec!["-D".into(), pgdata.as_os_str().to_owned()];
    let mut set = |name: &str, value: &str| arguments.extend(["-c".into(), format!("{name}={value}").into()]);
    set("listen_addresses", "");
    set("port", &PORT.to_string());
    set("unix_socket_directories", &quote(socket_dir));
    set("unix_socket_permissions", "0700");
    // The log must go where a failing start is looked for.
    set("logging_collector", "off");
    set("log_destination", "stderr");
    if !durable {
        set("shared_buffers", "128MB");
        for name in ["fsync", "synchronous_commit", "full_page_writes", "autovacuum"] {
            set(name, "off");
        }
    }
    arguments
}

/// One element of a list-valued setting: in double quotes, so that blanks do not divide it.
fn quote(element: &str) -> String {
    format!("\"{}\"", element.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{arguments, configuration};

    fn words(durable: bool) -> Vec<String> {
        let arguments = arguments(Path::new("/a b/postgres"), "/a \"b\"/run", durable);
        arguments.into_iter().map(|a| a.into_string().unwrap()).collect()
    }

    #[test]
    fn pages_have_an_eighth_of_the_memory() {
        let gib = |n: u64| Some(n << 30);
        for (memory, buffers) in
            [(None, 256), (Some(1), 128), (gib(1), 128), (gib(24), 3_072), (gib(500), 4_096)]
        {
            let line = format!("\nshared_buffers = {buffers}MB\nmax_connections = ");
            assert!(configuration(memory).contains(&line), "{memory:?}");
        }
    }

    #[test]
    fn no_tcp_port_and_a_quoted_socket_directory() {
        let words = words(true);
        assert_eq!(words[..2], ["-D", "/a b/postgres"]);
        assert!(words.contains(&"listen_addresses=".to_owned()));
        assert!(words.contains(&"unix_socket_directories=\"/a \"\"b\"\"/run\"".to_owned()));
    }

    #[test]
    fn only_a_throw_away_cluster_gives_up_durability() {
        assert!(!words(true).iter().any(|word| word.contains("fsync") || word.contains("commit")));
        assert!(words(false).contains(&"fsync=off".to_owned()));
    }
}
