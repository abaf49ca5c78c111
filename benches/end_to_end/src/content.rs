//! The users the server holds, and one real answer per operation: looked at before anything is measured, so that only
//! right answers are counted, and kept for H to repeat.

use serde_json::{Value, from_slice};

use crate::cluster::Cluster;
use crate::http::{Answer, Connection};
use crate::operation::{
    Operation, SORTED, Target, active_body, filter_path, query_path, request, user_body, user_id, user_name,
};
use crate::{Outcome, interrupt};

/// The seeded users as pgbench has to know them.
#[derive(Debug)]
pub(crate) struct Seeded {
    /// Id of their tenant.
    pub(crate) tenant: String,
    /// Id of the connection that made them.
    pub(crate) connection: String,
    /// `true` when the server took their e-mail for signing in.
    pub(crate) has_email: String,
    /// The stored attributes of user 1, as JSON.
    pub(crate) resource: String,
}

/// Makes the users: the server makes one, so that the row is as it wants it, and SQL makes the users from it.
pub(crate) fn seed(target: &Target, cluster: &Cluster, connection: &mut Connection) -> Outcome<Seeded> {
    let mut bytes = Vec::new();
    request(target, "POST", "/Users", Some(&user_body("template@example.com")), &mut bytes);
    let template = expect(connection.fetch(&bytes)?, 201)?.1;
    let template = text(&template, "/id")?;
    let users = target.users.to_string();
    cluster.sql(include_str!("../sql/seed.sql"), &[("template", template), ("users", &users)])?;
    settle(cluster)?;
    let first =
        |column: &str| cluster.sql(&format!("SELECT {column} FROM accounts ORDER BY id LIMIT 1"), &[]);
    Ok(Seeded {
        tenant: first("tenant_id")?,
        connection: first("connection_id")?,
        has_email: first("(login_email_key IS NOT NULL)::text")?,
        resource: first("resource")?,
    })
}

/// Brings the tables and the write-ahead log to rest, so that one measurement does not pay for the one before.
pub(crate) fn settle(cluster: &Cluster) -> Outcome<()> {
    cluster.sql("VACUUM ANALYZE;\nCHECKPOINT;", &[]).map(drop)
}

/// Walks to the page of [`Operation::Cursor`], which takes seconds with a million users.
pub(crate) fn walk(target: &Target, connection: &mut Connection) -> Outcome<String> {
    let (mut cursor, mut bytes) = (String::new(), Vec::new());
    for _ in 0..target.pages_before_cursor() {
        interrupt::check()?;
        request(target, "GET", &format!("/Users?count=100&cursor={cursor}"), None, &mut bytes);
        let (_, list) = expect(connection.fetch(&bytes)?, 200)?;
        cursor = text(&list, "/nextCursor")?.to_owned();
    }
    Ok(cursor)
}

/// A right answer to `operation`, checked for what it says. The users are afterwards as they were (and one more after
/// a POST).
pub(crate) fn sample(operation: Operation, target: &Target, connection: &mut Connection) -> Outcome<Answer> {
    let last = target.users;
    let mut send = |method: &str, path: &str, body: Option<&str>| -> Outcome<(Answer, Value)> {
        let mut bytes = Vec::new();
        request(target, method, path, body, &mut bytes);
        expect(connection.fetch(&bytes)?, operation.status())
    };
    match operation {
        Operation::Get => {
            let (answer, user) = send("GET", &format!("/Users/{}", user_id(last)), None)?;
            same(&user, "/id", &Value::from(user_id(last)))?;
            same(&user, "/userName", &Value::from(user_name(last)))?;
            Ok(answer)
        }
        Operation::Filter => {
            let (answer, list) = send("GET", &filter_path(&user_name(last)), None)?;
            same(&list, "/totalResults", &Value::from(1))?;
            same(&list, "/Resources/0/id", &Value::from(user_id(last)))?;
            Ok(answer)
        }
        Operation::ExternalId | Operation::Email => {
            let (answer, list) = send("GET", &query_path(operation, last), None)?;
            same(&list, "/totalResults", &Value::from(1))?;
            same(&list, "/Resources/0/id", &Value::from(user_id(last)))?;
            Ok(answer)
        }
        Operation::DisplayName => {
            let (answer, list) = send("GET", &query_path(operation, last / 2), None)?;
            same(&list, "/totalResults", &Value::from(100))?;
            same(&list, "/itemsPerPage", &Value::from(100))?;
            Ok(answer)
        }
        Operation::Cursor => {
            let path = format!("/Users?count=100&cursor={}", target.cursor);
            let (answer, list) = send("GET", &path, None)?;
            let first = target.pages_before_cursor() * 100 + 1;
            same(&list, "/Resources/0/id", &Value::from(user_id(first)))?;
            same(&list, "/itemsPerPage", &Value::from(100))?;
            Ok(answer)
        }
        Operation::Sorted => {
            let (answer, list) = send("GET", SORTED, None)?;
            same(&list, "/Resources/0/id", &Value::from(user_id(1)))?;
            same(&list, "/itemsPerPage", &Value::from(100))?;
            Ok(answer)
        }
        Operation::Page => {
            let (answer, list) = send("GET", "/Users?startIndex=1&count=100", None)?;
            same(&list, "/totalResults", &Value::from(target.users))?;
            same(&list, "/itemsPerPage", &Value::from(100))?;
            text(&list, "/Resources/99/userName")?;
            Ok(answer)
        }
        Operation::Patch => {
            let path = format!("/Users/{}", user_id(last));
            for active in [false, true] {
                let (answer, user) = send("PATCH", &path, Some(&active_body(active)))?;
                same(&user, "/active", &Value::from(active))?;
                let (_, user) = send("GET", &path, None)?;
                same(&user, "/active", &Value::from(active))?;
                if active {
                    return Ok(answer);
                }
            }
            Err("nothing was answered".into())
        }
        Operation::Post => {
            let (answer, user) = send("POST", "/Users", Some(&user_body("sample@example.com")))?;
            same(&user, "/userName", &Value::from("sample@example.com"))?;
            Ok(answer)
        }
    }
}

fn expect(answer: Answer, status: u16) -> Outcome<(Answer, Value)> {
    if answer.status != status {
        let body = String::from_utf8_lossy(&answer.body);
        return Err(format!("expected status {status}, the server answered {} {body}", answer.status).into());
    }
    let value = from_slice(&answer.body)?;
    Ok((answer, value))
}

fn text<'a>(value: &'a Value, pointer: &str) -> Outcome<&'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("the answer has no text at {pointer}").into())
}

fn same(value: &Value, pointer: &str, expected: &Value) -> Outcome<()> {
    match value.pointer(pointer) {
        Some(found) if found == expected => Ok(()),
        found => Err(format!("the answer has {found:?} at {pointer}, not {expected}").into()),
    }
}
