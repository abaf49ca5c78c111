//! Who PostgreSQL runs as: this process's own user, or an unprivileged one when this process is root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Uid, User};

use super::error::PostgresError;

/// The user that owns the cluster and runs its processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) name: String,
    /// True when this process is root and has to become this user for every process of PostgreSQL.
    pub(super) switch: bool,
}

impl Owner {
    /// The owner of a cluster still to be made.
    pub(super) fn choose() -> Result<Self, PostgresError> {
        let uid = Uid::effective();
        if !uid.is_root() {
            let gid = nix::unistd::Gid::effective().as_raw();
            return Ok(Self { uid: uid.as_raw(), gid, name: user_name(uid.as_raw()), switch: false });
        }
        ["postgres", "rollcall", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root())
            .map(Self::to_become)
            .ok_or(PostgresError::NoUnprivilegedUser)
    }

    /// The owner of the existing cluster in `pgdata`: whoever made it. As root that need not be whom a new cluster
    /// would get (the user `postgres` may have come later, with a package).
    pub(super) fn of(pgdata: &Path) -> Result<Self, PostgresError> {
        let uid = fs::metadata(pgdata).map_err(PostgresError::io("look at", pgdata))?.uid();
        let current = Uid::effective();
        if !current.is_root() && current.as_raw() == uid {
            return Self::choose();
        }
        match User::from_uid(Uid::from_raw(uid)) {
            Ok(Some(user)) if current.is_root() && uid != 0 => Ok(Self::to_become(user)),
            _ => Err(PostgresError::WrongOwner {
                dir: pgdata.to_owned(),
                owner: user_name(uid),
                current: user_name(current.as_raw()),
            }),
        }
    }

    fn to_become(user: User) -> Self {
        Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), name: user.name, switch: true }
    }
}

/// The name of a user, or `uid 1234` when it has none.
pub(super) fn user_name(uid: u32) -> String {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    user.map_or_else(|| format!("uid {uid}"), |user| user.name)
}
