//! Finding the PostgreSQL server binaries on this machine.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::PostgresError;
use super::version::{OLDEST_MAJOR, Version, parse_banner};

/// A directory with `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) dir: PathBuf,
    pub(super) version: Version,
}

impl Binaries {
    /// The newest version on this machine, for a new cluster.
    pub(super) fn newest() -> Result<Self, PostgresError> {
        let found = installed()?;
        let words = names(&found);
        newest_of(found).ok_or(PostgresError::NotInstalled { found: words })
    }

    /// The newest minor version of `major`, which made the cluster in `pgdata`: PostgreSQL opens no other's clusters.
    pub(super) fn of_major(major: u32, pgdata: &Path) -> Result<Self, PostgresError> {
        let found = installed()?;
        let words = names(&found);
        newest_of(found.into_iter().filter(|b| b.version.major == major))
            .ok_or(PostgresError::VersionMissing { major, pgdata: pgdata.to_owned(), found: words })
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }
}

fn newest_of(found: impl IntoIterator<Item = Binaries>) -> Option<Binaries> {
    // `max_by_key` would keep the last of equals; the order of places says which of equals is meant.
    found
        .into_iter()
        .filter(|b| b.version.major >= OLDEST_MAJOR)
        .reduce(|best, next| if next.version > best.version { next } else { best })
}

fn names(found: &[Binaries]) -> Vec<String> {
    found.iter().map(|b| b.version.to_string()).collect()
}

/// Every installation found, in the order of places. `ROLLCALL_POSTGRES_BIN` decides alone where it is set.
fn installed() -> Result<Vec<Binaries>, PostgresError> {
    if let Some(dir) = env::var_os("ROLLCALL_POSTGRES_BIN").filter(|value| !value.is_empty()) {
        let dir = PathBuf::from(dir);
        return match inspect(&dir) {
            Some(binaries) if binaries.version.major >= OLDEST_MAJOR => Ok(vec![binaries]),
            _ => Err(PostgresError::BadBinDirectory { dir }),
        };
    }
    let mut found: Vec<Binaries> = Vec::new();
    for dir in candidates(pg_config_bindir(), env::var_os("PATH"), Path::new("/")) {
        if let Some(binaries) = inspect(&dir).filter(|b| !found.contains(b)) {
            found.push(binaries);
        }
    }
    Ok(found)
}

/// Directories to look into: where `pg_config` says, `PATH`, and where the packages of Debian, PGDG for RHEL, Alpine,
/// Homebrew, Postgres.app and a build from source put them. `root` is `/` outside tests.
fn candidates(pg_config: Option<PathBuf>, path: Option<OsString>, root: &Path) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = pg_config.into_iter().collect();
    if let Some(path) = path {
        // A relative entry of PATH would mean another place in each working directory.
        dirs.extend(env::split_paths(&path).filter(|dir| dir.is_absolute()));
    }
    for (parent, prefix, below) in [
        ("usr/lib/postgresql", "", "bin"),
        ("usr", "pgsql-", "bin"),
        ("usr/libexec", "postgresql", ""),
        ("opt/homebrew/opt", "postgresql@", "bin"),
        ("usr/local/opt", "postgresql@", "bin"),
        ("Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        dirs.extend(subdirectories(&root.join(parent), prefix).into_iter().map(|dir| dir.join(below)));
    }
    dirs.extend(["usr/local/pgsql/bin", "usr/bin", "usr/local/bin"].map(|dir| root.join(dir)));
    dirs
}

fn subdirectories(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let named = |name: OsString| name.to_string_lossy().starts_with(prefix);
    let mut dirs: Vec<_> = entries.flatten().filter(|e| named(e.file_name())).map(|e| e.path()).collect();
    dirs.sort();
    dirs
}

fn pg_config_bindir() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let dir = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end());
    dir.is_absolute().then_some(dir)
}

/// The installation that `dir/postgres` belongs to. A link (`/usr/local/bin/postgres`) leads to the directory where
/// `initdb` is its neighbour.
fn inspect(dir: &Path) -> Option<Binaries> {
    let program = fs::canonicalize(dir.join("postgres")).ok()?;
    let dir = program.parent()?.to_owned();
    if !dir.join("initdb").exists() {
        return None;
    }
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let version = parse_banner(&String::from_utf8_lossy(&output.stdout))?;
    Some(Binaries { dir, version })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Binaries, Version, candidates, newest_of};

    fn at(dir: &str, major: u32, minor: u32) -> Binaries {
        Binaries { dir: PathBuf::from(dir), version: Version { major, minor } }
    }

    #[test]
    fn the_newest_wins_and_of_equals_the_first_place() {
        let found = [at("/a", 14, 9), at("/b", 16, 1), at("/c", 16, 1), at("/d", 15, 20)];
        assert_eq!(newest_of(found), Some(at("/b", 16, 1)));
    }

    #[test]
    fn too_old_is_not_taken() {
        assert_eq!(newest_of([at("/a", 13, 22), at("/b", 9, 6)]), None);
    }

    #[test]
    fn looks_where_pg_config_says_then_in_path_then_in_the_usual_places() {
        let root = std::env::temp_dir().join(format!("rollcall-candidates-{}", uuid::Uuid::new_v4()));
        for dir in ["usr/lib/postgresql/15/bin", "usr/lib/postgresql/16/bin", "usr/pgsql-17/bin", "usr/share"]
        {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        let dirs = candidates(Some("/pg/bin".into()), Some("/one:relative:/two".into()), &root);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(dirs[..3], [Path::new("/pg/bin"), Path::new("/one"), Path::new("/two")]);
        let rest: Vec<_> =
            dirs[3..].iter().map(|d| d.strip_prefix(&root).unwrap().to_str().unwrap()).collect();
        assert_eq!(rest[..3], ["usr/lib/postgresql/15/bin", "usr/lib/postgresql/16/bin", "usr/pgsql-17/bin"]);
    }
}
