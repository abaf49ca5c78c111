//! The schema that Diesel's code is checked against is the one that the migrations make.

use crate::support::database_url;
use std::process::Command;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/schema.rs");

#[test]
#[ignore = "needs diesel_cli, which scripts/check_schema.sh installs"]
fn is_what_the_migrations_make() {
    let diesel = std::env::var("DIESEL").unwrap_or_else(|_| "diesel".to_owned());
    let output = Command::new(diesel)
        .arg("print-schema")
        .env("DATABASE_URL", database_url())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let generated = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os("UPDATE_SCHEMA").is_some_and(|value| !value.is_empty()) {
        std::fs::write(FILE, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap();
    assert!(committed == generated, "src/store/schema.rs is old; run scripts/check_schema.sh --write");
}
