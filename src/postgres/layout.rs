//! Where a cluster lies and who owns it.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use super::child;
use super::data_dir::DataDir;
use super::error::PostgresError;
use super::owner::Owner;
use super::socket_dir::make_private;
use super::version::parse_pg_version;

/// Where root's clusters go when the unprivileged user cannot enter the data directory (a clone under /root).
const OUTSIDE: &str = "/var/lib/rollcall";

/// The places of one cluster.
#[derive(Debug)]
pub(super) struct Layout {
    /// PGDATA: absolute, and without symbolic links as far as it exists.
    pub(super) pgdata: PathBuf,
    /// Where the socket should be.
    pub(super) run: PathBuf,
    pub(super) owner: Owner,
    /// Major version of the cluster; `None` when it is still to be made.
    pub(super) major: Option<u32>,
}

impl Layout {
    /// The cluster of `dir`; for a new one decides where it goes. Call under the transition lock.
    pub(super) fn of(dir: &DataDir) -> Result<Self, PostgresError> {
        let link = dir.path().join("postgres");
        // A link leads out of the data directory: to OUTSIDE, or where the operator moved the cluster.
        let pgdata = match fs::read_link(&link) {
            Ok(target) => dir.path().join(target),
            Err(_) => link.clone(),
        };
        if let Some(major) = made_by(&pgdata)? {
            let pgdata = fs::canonicalize(&pgdata).map_err(PostgresError::io("open", &pgdata))?;
            let owner = Owner::of(&pgdata)?;
            return Ok(Self { run: run_dir(dir, &pgdata), owner, pgdata, major: Some(major) });
        }
        let owner = Owner::choose()?;
        let pgdata = if owner.switch && pgdata == link && !reachable(dir, &owner)? {
            move_outside(dir, &link, &owner)?
        } else {
            pgdata
        };
        Ok(Self { run: run_dir(dir, &pgdata), owner, pgdata, major: None })
    }
}

fn run_dir(dir: &DataDir, pgdata: &Path) -> PathBuf {
    pgdata.parent().filter(|home| home.starts_with(OUTSIDE)).unwrap_or(dir.path()).join("run")
}

/// The major version that made the cluster in `pgdata`; `None` when there is no cluster yet.
fn made_by(pgdata: &Path) -> Result<Option<u32>, PostgresError> {
    let path = pgdata.join("PG_VERSION");
    let content = match fs::read_to_string(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(PostgresError::io("read", &path)(error)),
    };
    match parse_pg_version(&content) {
        Some(major) => Ok(Some(major)),
        None => Err(PostgresError::UnreadableVersion { path, content: content.chars().take(64).collect() }),
    }
}

/// Tries it as that user, in the directory that is made for the socket anyway.
fn reachable(dir: &DataDir, owner: &Owner) -> Result<bool, PostgresError> {
    let run = dir.path().join("run");
    make_private(&run, owner)?;
    Ok(child::can_write(&run, owner))
}

/// Gives the cluster a home that `owner` can enter, and leads `link` there.
fn move_outside(dir: &DataDir, link: &Path, owner: &Owner) -> Result<PathBuf, PostgresError> {
    let home = Path::new(OUTSIDE).join(uuid::Uuid::new_v4().to_string());
    let pgdata = home.join("postgres");
    DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&home)
        .map_err(PostgresError::io("create", &home))?;
    make_private(&home.join("run"), owner)?;
    if !child::can_write(&home.join("run"), owner) {
        let _ = fs::remove_dir_all(&home);
        return Err(PostgresError::Unreachable { user: owner.name.clone(), path: home });
    }
    let _ = fs::remove_dir(dir.path().join("run"));
    symlink(&pgdata, link).map_err(PostgresError::io("create", link))?;
    log::info!(
        "the user {} that runs PostgreSQL cannot enter {}: the cluster is in {}, and {} leads there",
        owner.name,
        dir.path().display(),
        home.display(),
        link.display()
    );
    Ok(pgdata)
}
