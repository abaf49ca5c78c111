//! One throw-away PostgreSQL for the whole run, and in it a database for each test, copied from a migrated template.

use diesel::RunQueryDsl;
use rollcall::postgres::{Cluster, DataDir};
use rollcall::store::{TenantConnection, migrate};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

const TEMPLATE: &str = "template_rollcall";

/// The connection string of a new, migrated database that no other test sees.
pub(crate) fn new_database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // A template can be copied by one session at a time.
    static COPYING: Mutex<()> = Mutex::new(());
    let cluster = cluster();
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let _copying = COPYING.lock().unwrap();
    execute(
        &cluster.url("postgres"),
        &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy"),
    );
    cluster.url(&name)
}

pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("rollcall-tests-{}", uuid::Uuid::new_v4()));
        let dir = DataDir::open(&path).unwrap();
        let cluster = Cluster::start(&dir, false).unwrap();
        clean_up_after_us(&cluster, &path);
        execute(&cluster.url("postgres"), "ALTER SYSTEM SET max_connections = 500");
        execute(&cluster.url("postgres"), &format!("CREATE DATABASE {TEMPLATE}"));
        let mut conn = TenantConnection::connect(&cluster.url(TEMPLATE).into()).unwrap();
        migrate::migrate(&mut conn).unwrap();
        cluster
    })
}

/// Statics are never dropped: a shell waits for the end of this process, however it ends, and takes the cluster away.
fn clean_up_after_us(cluster: &Cluster, path: &std::path::Path) {
    let script = "read -r _; kill -QUIT \"$0\"; sleep 1; rm -rf \"$1\"";
    let waiting = Command::new("sh")
        .args(["-c", script, &cluster.pid().to_string(), &path.to_string_lossy()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The pipe stays open until the process ends.
    std::mem::forget(waiting);
}

pub(crate) fn execute(url: &str, sql: &str) {
    let mut conn = TenantConnection::connect(&url.to_owned().into()).unwrap();
    diesel::sql_query(sql).execute(&mut *conn).unwrap();
}

/// A text column of the rows of a query, named `t`.
#[derive(diesel::QueryableByName)]
struct TextRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    t: String,
}

/// The texts that a query finds in its column `t`, with the rights of the owner.
pub(crate) fn texts(url: &str, sql: &str) -> Vec<String> {
    let mut conn = TenantConnection::connect(&url.to_owned().into()).unwrap();
    let rows: Vec<TextRow> = diesel::sql_query(sql).load(&mut *conn).unwrap();
    rows.into_iter().map(|row| row.t).collect()
}
