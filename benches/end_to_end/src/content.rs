//! One real answer per operation: looked at before anything is measured, so that only right answers are counted, and kept for
//! H to repeat.

use serde_json::{Value, from_slice};

use crate::Outcome;
use crate::http::{Answer, Connection};
use crate::operation::Operation;
use crate::requests::{FIRST, PAGE, Requests, SORTED, active_body, members_body, query_path, user_body};
use crate::target::{Group, Target, user_name};

/// A right answer to `operation`, checked for what it says. The users are afterwards as they were (and one more after
/// a POST).
pub(crate) fn sample(operation: Operation, target: &Target, connection: &mut Connection) -> Outcome<Answer> {
    let last = target.users;
    let id = target.user(last);
    let mut bytes = Vec::new();
    let mut send = |method: &str, path: &str, body: Option<&str>| -> Outcome<(Answer, Value)> {
        target.scim(method, path, body, &mut bytes);
        expect(connection.fetch(&bytes)?, &[200, 201, 204])
    };
    match operation {
        Operation::Get => {
            let (answer, user) = send("GET", &format!("/Users/{id}"), None)?;
            same(&user, "/id", &Value::from(id))?;
            same(&user, "/userName", &Value::from(user_name(last)))?;
            Ok(answer)
        }
        Operation::Filter | Operation::ExternalId | Operation::Email => {
            let (answer, list) = send("GET", &query_path(operation, last), None)?;
            same(&list, "/totalResults", &Value::from(1))?;
            same(&list, "/Resources/0/id", &Value::from(id))?;
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
            same(&list, "/Resources/0/id", &Value::from(target.user(first)))?;
            same(&list, "/itemsPerPage", &Value::from(100))?;
            Ok(answer)
        }
        Operation::First | Operation::Sorted => {
            let path = if operation == Operation::First { FIRST } else { SORTED };
            let (answer, list) = send("GET", path, None)?;
            same(&list, "/Resources/0/id", &Value::from(target.user(1)))?;
            same(&list, "/itemsPerPage", &Value::from(100))?;
            Ok(answer)
        }
        Operation::Page => {
            let (answer, list) = send("GET", PAGE, None)?;
            // Others may have been there before.
            let total = list.pointer("/totalResults").and_then(Value::as_u64).unwrap_or_default();
            if total < target.users || (total > target.users && !target.is_strange()) {
                return Err(format!("the answer says {total} users, not {}", target.users).into());
            }
            same(&list, "/itemsPerPage", &Value::from(100))?;
            text(&list, "/Resources/99/userName")?;
            Ok(answer)
        }
        Operation::Session => {
            target.introspection(target.sessions.first().map_or("", String::as_str), &mut bytes);
            let (answer, session) = expect(connection.fetch(&bytes)?, &[200])?;
            same(&session, "/active", &Value::from(true))?;
            same(&session, "/sub", &Value::from(target.user(1)))?;
            Ok(answer)
        }
        Operation::Patch | Operation::PatchGuarded => {
            let path = format!("/Users/{id}");
            for active in [false, true] {
                let (answer, user) = send("PATCH", &path, Some(&active_body(active)))?;
                if answer.status != 204 {
                    same(&user, "/active", &Value::from(active))?;
                }
                let (_, user) = send("GET", &path, None)?;
                same(&user, "/active", &Value::from(active))?;
                if active {
                    return Ok(answer);
                }
            }
            Err("nothing was answered".into())
        }
        Operation::GroupSmall | Operation::GroupLarge | Operation::GroupBatch => {
            let group = if operation == Operation::GroupSmall { Group::Small } else { Group::Large };
            let path = format!("/Groups/{}", target.group(group, 0));
            let (comers, theirs) =
                ([target.user(target.comer(0, 0))], format!("/Users/{}", target.user(target.comer(0, 0))));
            let mut answer = None;
            for comes in [true, false] {
                answer = Some(send("PATCH", &path, Some(&members_body(&comers, comes)))?.0);
                let (_, user) = send("GET", &theirs, None)?;
                let id = Value::from(target.group(group, 0));
                let groups = user["groups"].as_array();
                let is_in = groups.is_some_and(|groups| groups.iter().any(|group| group["value"] == id));
                // Not every server says so of a user.
                if is_in != comes && !target.is_strange() {
                    return Err(format!(
                        "after a PATCH of the group the user has the groups {}",
                        user["groups"]
                    )
                    .into());
                }
            }
            answer.ok_or_else(|| "nothing was answered".into())
        }
        Operation::Bulk | Operation::Import => {
            Requests::new(operation, target, usize::MAX).write_next(&mut bytes);
            let (answer, bulk) = expect(connection.fetch(&bytes)?, &[200])?;
            same(&bulk, "/Operations/0/status", &Value::from("201"))?;
            same(&bulk, "/Operations/999/status", &Value::from("201"))?;
            Ok(answer)
        }
        Operation::Post => {
            let name = format!("sample{}@example.com", target.tag);
            let (answer, user) = send("POST", "/Users", Some(&user_body(&name)))?;
            same(&user, "/userName", &Value::from(name))?;
            Ok(answer)
        }
    }
}

/// The answer and its JSON (null where there is none), if it has one of these statuses.
pub(crate) fn expect(answer: Answer, statuses: &[u16]) -> Outcome<(Answer, Value)> {
    if !statuses.contains(&answer.status) {
        let body: String = String::from_utf8_lossy(&answer.body).chars().take(500).collect();
        return Err(
            format!("expected status {statuses:?}, the server answered {} {body}", answer.status).into()
        );
    }
    let value = if answer.body.is_empty() { Value::Null } else { from_slice(&answer.body)? };
    Ok((answer, value))
}

/// The text at a place of the answer.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Outcome<&'a str> {
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
