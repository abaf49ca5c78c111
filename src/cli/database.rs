//! Which database a command works on, and how it gets there.

use crate::postgres::{Cluster, DataDir};
use crate::store::{TenantConnection, migrate};
use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

/// The database of the private cluster.
const DATABASE: &str = "rollcall";
const URL_FLAG: &str = "--database-url";
const URL_VARIABLE: &str = "DATABASE_URL";

const NO_TLS: &str = "could not connect to the database: it demands TLS, and this program was built without it; build it with \
    `cargo build --release -p rollcall --features postgres-tls`";

/// Where the data is.
#[derive(Debug, clap::Args)]
pub(super) struct DatabaseArgs {
    /// PostgreSQL 14 or newer to use, such as postgresql://rollcall@db.example.com/rollcall?sslmode=verify-full;
    /// without it a private one is run under the data directory
    #[arg(long, env = URL_VARIABLE, hide_env_values = true, value_name = "URL")]
    database_url: Option<SecretString>,

    /// Directory of the private PostgreSQL and of demo.env
    #[arg(long, env = "ROLLCALL_DATA_DIR", default_value = ".rollcall", value_name = "DIR")]
    pub(super) data_dir: PathBuf,
}

/// A database that can be used, and the private cluster behind it, if there is one.
pub(super) struct Database {
    pub(super) url: SecretString,
    pub(super) cluster: Option<Cluster>,
}

impl DatabaseArgs {
    /// The connection string, when somebody else runs the database.
    pub(super) fn external_url(&self) -> Option<&SecretString> {
        self.database_url.as_ref().filter(|url| !url.expose_secret().is_empty())
    }

    /// The database for a command; the private cluster is started when it does not run. Nothing is made anew unless `create`.
    pub(super) fn open(&self, create: bool) -> anyhow::Result<Database> {
        if let Some(url) = self.external_url() {
            return Ok(Database { url: url.clone(), cluster: None });
        }
        let dir = &self.data_dir;
        if !create && !dir.join("postgres").exists() {
            bail!(
                "there is no data in {}; start the server first (`rollcall serve`), or name another --data-dir or DATABASE_URL",
                dir.display()
            );
        }
        self.private(&DataDir::open(dir)?)
    }

    /// The private cluster with its database.
    pub(super) fn private(&self, dir: &DataDir) -> anyhow::Result<Database> {
        let cluster = Cluster::start(dir, true)?;
        let url = SecretString::from(cluster.url(DATABASE));
        if TenantConnection::connect(&url).is_err() {
            create_database(&cluster)?;
        }
        Ok(Database { url, cluster: Some(cluster) })
    }
}

fn create_database(cluster: &Cluster) -> anyhow::Result<()> {
    use diesel::RunQueryDsl;
    let mut connection = TenantConnection::connect(&cluster.url("postgres").into())?;
    let created = diesel::sql_query(format!("CREATE DATABASE {DATABASE}")).execute(&mut *connection);
    match created {
        // Another command was faster.
        Err(error) if error.to_string().contains("already exists") => Ok(()),
        other => other.map(|_| ()).context("could not make the database"),
    }
}

impl Database {
    /// A connection with the rights of the connecting role, to a database that is up to date.
    pub(super) fn connect(&self) -> anyhow::Result<TenantConnection> {
        let mut connection = self.connect_as_it_is()?;
        let pending = migrate::pending(&mut connection)?;
        if !pending.is_empty() {
            bail!(
                "the database is not up to date ({} migrations are missing); run `rollcall migrate`",
                pending.len()
            );
        }
        Ok(connection)
    }

    /// A connection to a database that may not be up to date.
    pub(super) fn connect_as_it_is(&self) -> anyhow::Result<TenantConnection> {
        let connection = TenantConnection::connect(&self.url);
        connection.map_err(|error| {
            let words =
                if wants_tls(&error.to_string()) { NO_TLS } else { "could not connect to the database" };
            anyhow::Error::new(error).context(words)
        })
    }

    /// Ends a command's use of the private cluster.
    pub(super) fn release(self) -> anyhow::Result<()> {
        Ok(self.cluster.map_or(Ok(()), Cluster::release)?)
    }
}

/// Whether a connection failed because this build knows no TLS: libpq refuses what the URL demands, or the server refuses
/// a connection without (PostgreSQL since 14, before, and the providers of managed databases).
fn wants_tls(message: &str) -> bool {
    const SIGNS: [&str; 6] = [
        "SSL support is not compiled in",
        ", no encryption",
        ", SSL off",
        "connection is insecure",
        "SSL connection is required",
        "requires SSL",
    ];
    !cfg!(feature = "postgres-tls") && SIGNS.iter().any(|sign| message.contains(sign))
}

/// A password in `--database-url` would stand in the process list for all to see: the program starts itself again with the
/// URL in the environment, which only its owner can read.
pub(super) fn hide_password_from_process_list() -> anyhow::Result<()> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    let Some((at, url, takes_two)) = url_argument(&arguments) else { return Ok(()) };
    if !url.contains('@') && !url.contains("password") {
        return Ok(());
    }
    arguments.drain(at..=if takes_two { at + 1 } else { at });
    let program = std::env::current_exe()
        .context("could not find the program to start it without the URL in its arguments")?;
    let error = std::process::Command::new(program)
        .args(arguments.get(1..).unwrap_or_default())
        .env(URL_VARIABLE, url)
        .exec();
    Err(error).context(
        "could not start the program without the URL in its arguments; pass it as DATABASE_URL instead",
    )
}

/// Position, value, and whether the value is an argument of its own.
fn url_argument(arguments: &[std::ffi::OsString]) -> Option<(usize, String, bool)> {
    arguments.iter().enumerate().find_map(|(at, argument)| {
        let text = argument.to_str()?;
        if text == URL_FLAG {
            return Some((at, arguments.get(at + 1)?.to_str()?.to_owned(), true));
        }
        let value = text.strip_prefix(URL_FLAG)?.strip_prefix('=')?;
        Some((at, value.to_owned(), false))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn finds_the_url_in_both_ways_of_writing_it() {
        let find = |words: &[&str]| url_argument(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(find(&["x", "serve", "--database-url", "u"]), Some((2, "u".to_owned(), true)));
        assert_eq!(find(&["x", "--database-url=u", "serve"]), Some((1, "u".to_owned(), false)));
        assert_eq!(find(&["x", "serve", "--database-url"]), None);
        assert_eq!(find(&["x", "serve", "--data-dir", "d"]), None);
    }

    #[test]
    fn a_password_is_not_in_the_debug_output() {
        let url = "postgresql://app:s3cr3t-w0rd@db/rollcall".to_owned();
        let args = DatabaseArgs { database_url: Some(url.into()), data_dir: PathBuf::from("d") };
        let shown = format!("{args:?}");
        assert!(shown.contains("database_url") && !shown.contains("s3cr3t"), "{shown}");
    }
}
