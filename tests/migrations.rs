//! Every migration can be undone and done again, and what the code believes about the schema is true.

use crate::support::cluster::{cluster, execute, new_database, texts};
use diesel::connection::SimpleConnection;
use rollcall::store::TenantConnection;
use std::fs;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// Everything that the catalogue says about our own objects, a line each.
fn snapshot(url: &str) -> Vec<String> {
    const OURS: &str = "relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_\\_diesel%'";
    let queries = [
        format!(
            "SELECT format('column %s.%s %s %s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), \
               NULLIF(a.attcollation, 0)::regcollation, a.attoptions, a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)) AS t \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind = 'r' AND c.{OURS}"
        ),
        format!(
            "SELECT format('table %s %s %s %s %s %s', c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl, \
               c.reloptions, obj_description(c.oid)) AS t FROM pg_class c WHERE c.relkind IN ('r', 'v', 'S') AND c.{OURS}"
        ),
        format!("SELECT pg_get_indexdef(c.oid) AS t FROM pg_class c WHERE c.relkind = 'i' AND c.{OURS}"),
        "SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS t FROM pg_constraint \
         WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_\\_diesel%'"
            .to_owned(),
        "SELECT format('policy %s %s %s %s', polrelid::regclass, polname, pg_get_expr(polqual, polrelid), \
           pg_get_expr(polwithcheck, polrelid)) AS t FROM pg_policy"
            .to_owned(),
        "SELECT pg_get_functiondef(oid) || COALESCE(obj_description(oid), '') AS t FROM pg_proc \
         WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'diesel%'"
            .to_owned(),
        "SELECT pg_get_triggerdef(oid) AS t FROM pg_trigger WHERE NOT tgisinternal".to_owned(),
        "SELECT format('type %s', typname) AS t FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')"
            .to_owned(),
    ];
    let mut lines: Vec<String> = queries.iter().flat_map(|sql| texts(url, sql)).collect();
    lines.sort();
    lines
}

#[test]
fn every_migration_goes_up_and_down_and_up_again() {
    let name = "migrations_by_hand";
    execute(&cluster().url("postgres"), &format!("CREATE DATABASE {name}"));
    let url = cluster().url(name);
    let mut conn = TenantConnection::connect(&url.clone().into()).unwrap();
    let mut run = |folder: &Path, file: &str| {
        let sql = fs::read_to_string(folder.join(file)).unwrap();
        conn.batch_execute(&sql).unwrap_or_else(|error| panic!("{} {file}: {error}", folder.display()));
    };
    let folders = folders();
    let mut states = vec![snapshot(&url)];
    for folder in &folders {
        run(folder, "up.sql");
        let up = snapshot(&url);
        assert_ne!(Some(&up), states.last(), "{} does something", folder.display());
        run(folder, "down.sql");
        assert_eq!(Some(&snapshot(&url)), states.last(), "{} leaves something behind", folder.display());
        run(folder, "up.sql");
        assert_eq!(snapshot(&url), up, "{} is not the same the second time", folder.display());
        states.push(up);
    }
    assert_eq!(snapshot(&new_database()), *states.last().unwrap(), "the files are what the program runs");
    // All the way down, and nothing of ours is left.
    for (folder, before) in folders.iter().zip(&states).rev() {
        run(folder, "down.sql");
        assert_eq!(snapshot(&url), *before, "{}", folder.display());
    }
}

#[test]
fn migrating_again_does_nothing() {
    let url = new_database();
    let before = snapshot(&url);
    let mut conn = TenantConnection::connect(&url.clone().into()).unwrap();
    assert_eq!(rollcall::store::migrate::pending(&mut conn).unwrap(), Vec::<String>::new());
    assert_eq!(rollcall::store::migrate::migrate(&mut conn).unwrap(), Vec::<String>::new());
    assert_eq!(snapshot(&url), before);
}

#[test]
fn the_schema_in_the_code_has_every_table_and_column() {
    let url = new_database();
    let code = include_str!("../src/store/schema.rs");
    let columns = texts(
        &url,
        "SELECT c.relname || ' ' || a.attname AS t FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped \
         AND c.relname NOT LIKE '\\_\\_diesel%' ORDER BY c.relname, a.attnum",
    );
    assert!(columns.len() > 50);
    let mut missing = Vec::new();
    for line in &columns {
        let (table, column) = line.split_once(' ').unwrap();
        let body = code
            .split_once(&format!("\n    {table} ("))
            .or_else(|| code.split_once(&format!(" {table} (")))
            .map(|(_, rest)| rest.split("\n    }").next().unwrap_or(rest));
        if !body.is_some_and(|body| body.contains(&format!("{column} ->"))) {
            missing.push(line);
        }
    }
    assert!(missing.is_empty(), "src/store/schema.rs does not know {missing:?}");
}

#[test]
fn every_migration_is_named_by_its_time_and_what_it_does() {
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let (time, words) = name.split_once('_').unwrap();
        assert!(time.len() == 17 && time.bytes().all(|b| b.is_ascii_digit() || b == b'-'), "{name}");
        assert!(words.len() > 4, "{name}");
        for file in ["up.sql", "down.sql"] {
            assert!(folder.join(file).is_file(), "{name}/{file}");
        }
    }
}
