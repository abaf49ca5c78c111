//! The directory of the socket: private, and with a path short enough for a socket address.

use std::env;
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::child;
use super::data_dir::DataDir;
use super::error::PostgresError;
use super::owner::Owner;
use super::settings::PORT;

/// Bytes of a socket's path, without the closing zero of `sockaddr_un.sun_path`.
const PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The file in the data directory that remembers a directory elsewhere, to be used again after a crash.
const MEMORY: &str = "socket-dir";

/// Makes (or finds again) the socket's directory: `preferred`, or a short one elsewhere when its path cannot be a
/// socket address or `owner` cannot write there.
pub(super) fn prepare(dir: &DataDir, preferred: &Path, owner: &Owner) -> Result<String, PostgresError> {
    if let Some(text) = usable(preferred) {
        make_private(preferred, owner)?;
        if child::can_write(preferred, owner) {
            return Ok(text);
        }
    }
    let memory = dir.path().join(MEMORY);
    if let Ok(remembered) = fs::read_to_string(&memory) {
        let remembered = PathBuf::from(remembered.trim_end());
        if let (Some(text), true) = (usable(&remembered), is_private(&remembered, owner)) {
            return Ok(text);
        }
    }
    let short = short_base(owner).join(format!("rollcall-{:.12}", uuid::Uuid::new_v4().simple()));
    let text = usable(&short)
        .ok_or(PostgresError::UnfitDirectory { dir: short.clone(), reason: "no socket can be made in it" })?;
    make_private(&short, owner)?;
    fs::write(&memory, format!("{text}\n")).map_err(PostgresError::io("write", &memory))?;
    log::info!(
        "the path of {} is too long for a socket or out of reach: it is in {text}",
        preferred.display()
    );
    Ok(text)
}

/// Removes what a killed postmaster left: PostgreSQL believes the process id in the socket's lock file, also when it
/// belongs to a zombie or to another program by now. Call only when no postmaster runs; no other cluster's socket
/// is in this directory.
pub(super) fn clear(socket_dir: &Path) -> Result<(), PostgresError> {
    for suffix in ["", ".lock"] {
        let path = socket_dir.join(format!(".s.PGSQL.{PORT}{suffix}"));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(PostgresError::io("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes a socket directory that lies elsewhere, after an orderly stop.
pub(super) fn tidy(dir: &DataDir, socket_dir: &Path) {
    let memory = dir.path().join(MEMORY);
    let remembered = fs::read_to_string(&memory).unwrap_or_default();
    if Path::new(remembered.trim_end()) == socket_dir && fs::remove_dir(socket_dir).is_ok() {
        let _ = fs::remove_file(memory);
    }
}

/// The path as text, when a socket in it can be named to libpq: UTF-8, short, and without the comma that divides
/// host names there.
fn usable(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    let length = text.len() + format!("/.s.PGSQL.{PORT}").len();
    (text.starts_with('/') && !text.contains(',') && length <= PATH_LIMIT).then(|| text.to_owned())
}

/// Where the socket of a long path goes. Not `TMPDIR`, which may be long itself (macOS).
fn short_base(owner: &Owner) -> PathBuf {
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|_| !owner.switch);
    runtime
        .filter(|dir| dir.as_os_str().len() < 60 && is_private(dir, owner))
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// Creates `path` with mode 0700 for `owner`, or brings an existing one to that.
pub(super) fn make_private(path: &Path, owner: &Owner) -> Result<(), PostgresError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(PostgresError::io("create", path)(error));
        }
        _ => {}
    }
    let metadata = fs::symlink_metadata(path).map_err(PostgresError::io("look at", path))?;
    if !metadata.is_dir() {
        let reason = "it is not a directory";
        return Err(PostgresError::UnfitDirectory { dir: path.to_owned(), reason });
    }
    if metadata.mode() & 0o777 != 0o700 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(PostgresError::io("restrict", path))?;
    }
    if metadata.uid() != owner.uid {
        chown(path, Some(owner.uid), Some(owner.gid))
            .map_err(PostgresError::io("change the owner of", path))?;
    }
    Ok(())
}

/// A directory (no link) that only `owner` can use. In /tmp somebody else could have made one of the same name.
fn is_private(path: &Path, owner: &Owner) -> bool {
    fs::symlink_metadata(path).is_ok_and(|m| m.is_dir() && m.uid() == owner.uid && m.mode() & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{PATH_LIMIT, usable};

    #[test]
    fn a_path_up_to_the_limit_of_a_socket_address_is_usable() {
        let socket_name = "/.s.PGSQL.5432".len();
        let longest = format!("/{}", "a".repeat(PATH_LIMIT - socket_name - 1));
        assert_eq!(usable(Path::new(&longest)), Some(longest.clone()));
        assert_eq!(usable(Path::new(&format!("{longest}a"))), None);
    }

    #[test]
    fn what_libpq_would_misread_is_not_usable() {
        assert_eq!(usable(Path::new("/data/a,b/run")), None, "a comma divides hosts");
        assert_eq!(usable(Path::new("relative/run")), None);
        assert!(usable(Path::new("/data/a b%/run")).is_some(), "the URL escapes these");
    }
}
