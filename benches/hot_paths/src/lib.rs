//! The hot paths: what every request of a kind goes through between reading bytes and asking the database. Each is one function of
//! no arguments that does it once, on the sort of input that providers send.

mod people;

use chrono::{DateTime, Utc};
use rollcall::app::{Rules, mapping};
use rollcall::store::accounts::AccountRow;
use rollcall::store::filter::{Asking, Table, compile};
use rollcall_domain::account::{Command, Reason, decide};
use rollcall_domain::ids::ConnectionId;
use rollcall_domain::policy::Policy;
use rollcall_scim::filter;
use rollcall_scim::message::{ListFacts, write_list};
use rollcall_scim::patch;
use rollcall_scim::project::Projection;
use rollcall_scim::resource::accept;
use serde_json::{Map, Value, json};
use std::error::Error;
use std::hint::black_box;
use uuid::Uuid;

/// What stands before `/Users`.
const BASE: &str = "https://rollcall.example/scim/v2";

/// Does something once; the length of what comes out of it, so that it is done.
type Path = Box<dyn Fn() -> Result<usize, Box<dyn Error>>>;

/// Everything, under the names that figures are kept under.
///
/// # Errors
/// The schemas contradict each other, or what is measured does not work.
pub fn all() -> Result<Vec<(&'static str, Path)>, Box<dyn Error>> {
    let mut all = filters()?;
    all.extend(patches()?);
    all.extend(projections()?);
    all.extend(decisions()?);
    for (_, path) in &all {
        path()?;
    }
    Ok(all)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(1_795_000_000_000_000_000)
}

fn filters() -> Result<Vec<(&'static str, Path)>, Box<dyn Error>> {
    let of = |text: &'static str| -> Result<Path, Box<dyn Error>> {
        let rules = Rules::standard()?;
        Ok(Box::new(move || {
            let expression = filter::parse(black_box(text))?;
            let resolved = filter::resolve(rules.user(), &expression)?;
            let asking = Asking { connection: ConnectionId(Uuid::nil()), now: now(), base: BASE };
            Ok(size_of_val(&black_box(compile(Table::Accounts, asking, &resolved)?)))
        }))
    };
    Ok(vec![
        ("filter by user name", of(r#"userName eq "bjensen@example.com""#)?),
        (
            "filter of several parts",
            of(
                r#"emails[type eq "work" and value eq "bjensen@example.com"] and (active eq true or meta.lastModified gt "2026-01-01T00:00:00Z")"#,
            )?,
        ),
    ])
}

fn patches() -> Result<Vec<(&'static str, Path)>, Box<dyn Error>> {
    let of = |operations: Value| -> Result<Path, Box<dyn Error>> {
        let rules = Rules::standard()?;
        let body =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
                .to_string();
        let resource = people::attributes().to_string();
        Ok(Box::new(move || {
            let body: Map<String, Value> = serde_json::from_str(black_box(&body))?;
            let before: Map<String, Value> = serde_json::from_str(&resource)?;
            let operations = patch::parse(body, &rules.dialect)?;
            let patched = patch::apply(rules.user(), &before, &operations, &rules.dialect)?;
            Ok(serde_json::to_string(&patched.resource)?.len())
        }))
    };
    let post: Path = {
        let (rules, body) = (Rules::standard()?, people::body().to_string());
        Box::new(move || {
            let body: Map<String, Value> = serde_json::from_str(black_box(&body))?;
            Ok(accept(rules.user(), body, &rules.dialect)?.attributes.len())
        })
    };
    Ok(vec![
        ("PATCH active", of(json!([{"op": "replace", "value": {"active": false}}]))?),
        (
            "PATCH of four attributes",
            of(json!([
                {"op": "Replace", "path": "name.familyName", "value": "Jensen-Smith"},
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "bjs@example.com"},
                {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Sales"},
                {"op": "Replace", "path": "active", "value": "False"},
            ]))?,
        ),
        ("POST", post),
    ])
}

fn projections() -> Result<Vec<(&'static str, Path)>, Box<dyn Error>> {
    let of = |attributes: Option<&str>| -> Result<Path, Box<dyn Error>> {
        let rules = Rules::standard()?;
        let projection = Projection::parse(rules.user(), attributes, None)?;
        let row: AccountRow = people::row();
        Ok(Box::new(move || {
            Ok(mapping::projected_user(rules.user(), black_box(&row), BASE, now(), &projection)?.len())
        }))
    };
    let page: Path = {
        let rules = Rules::standard()?;
        let (row, everything) = (people::row(), Projection::everything());
        Box::new(move || {
            let one = || mapping::projected_user(rules.user(), black_box(&row), BASE, now(), &everything);
            let users: Vec<String> = std::iter::repeat_with(one).take(100).collect::<Result<_, _>>()?;
            let facts = ListFacts { total: Some(10_000), start_index: Some(1), next_cursor: None };
            let mut out = String::new();
            write_list(&facts, users.iter(), &mut out);
            Ok(out.len())
        })
    };
    Ok(vec![
        ("a user", of(None)?),
        ("a user, two attributes of it", of(Some("userName,emails.value"))?),
        ("a page of 100 users", page),
    ])
}

fn decisions() -> Result<Vec<(&'static str, Path)>, Box<dyn Error>> {
    let account = people::row().account;
    let both: Path = Box::new(move || {
        let (policy, now) = (Policy::ROLLCALL, now());
        let off = decide(black_box(&account), Command::Deactivate(Reason::Administrative), &policy, now)
            .map_err(|refusal| refusal.to_string())?;
        let on =
            decide(&off.account, Command::Reactivate, &policy, now).map_err(|refusal| refusal.to_string())?;
        Ok(off.effects.len() + on.effects.len())
    });
    Ok(vec![("off and on again", both)])
}
