//! Whether the server says truly that it can work.

use crate::support::cluster::{cluster, execute, texts};
use crate::support::{TestApp, expect};
use std::time::{Duration, Instant};

/// A failover leaves the server on a standby: it reads, and cannot write.
#[test]
fn a_server_on_a_database_that_takes_no_writes_is_not_ready() {
    let app = TestApp::start();
    let get = |path: &str| app.raw("GET", path, &[], None);
    let name = texts(app.database_url(), "SELECT current_database()::text AS t").remove(0);
    let set = |change: &str| {
        let database = cluster().url("postgres");
        execute(&database, &format!("ALTER DATABASE {name} {change}"));
        execute(
            &database,
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        );
        // The connections are replaced as soon as somebody needs one.
        let begun = Instant::now();
        while app.scim("GET", "/Users", None).status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(3), "the connections are not replaced");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    expect(get("/health/ready"), 200);

    set("SET default_transaction_read_only = on");
    let refused = expect(get("/health/ready"), 503);
    assert!(refused.header("Retry-After").is_some());
    expect(app.raw("HEAD", "/health/ready", &[], None), 503);
    expect(get("/health/live"), 200);

    set("RESET default_transaction_read_only");
    expect(get("/health/ready"), 200);
}

#[test]
fn monitors_may_ask_with_head() {
    let app = TestApp::start();
    for path in ["/health/live", "/health/ready"] {
        expect(app.raw("HEAD", path, &[], None), 200);
    }
}
