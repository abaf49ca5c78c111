//! What a server holds before it is measured: users, groups and sessions, made in bulk in its database from one of each that
//! the server itself has made.

use std::collections::HashMap;

use serde_json::json;

use crate::cluster::Cluster;
use crate::content::{expect, text};
use crate::http::Connection;
use crate::lifecycle::{Caller, session_of};
use crate::requests::{group_body, user_body};
use crate::target::{Group, SMALL_GROUP, Target, user_id, user_name};
use crate::{Outcome, interrupt};

/// People who are signed in. More would take longer to sign in than to measure.
const SESSIONS: u64 = 64;

/// The seeded users as pgbench has to know them.
#[derive(Debug)]
pub(crate) struct Seeded {
    /// Id of their tenant.
    pub(crate) tenant: String,
    /// Id of the connection that made them.
    pub(crate) connection: String,
    /// `true` when the server took their e-mail for signing in.
    has_email: String,
    /// The stored attributes of user 1, as JSON.
    resource: String,
}

/// Makes the users: the server makes one, so that the row is as it wants it, and SQL makes the users from it.
pub(crate) fn users(target: &Target, cluster: &Cluster, connection: &mut Connection) -> Outcome<Seeded> {
    let mut bytes = Vec::new();
    target.scim("POST", "/Users", Some(&user_body("template@example.com")), &mut bytes);
    let template = expect(connection.fetch(&bytes)?, &[201])?.1;
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

/// Makes the groups, a small and a large one for each client.
pub(crate) fn groups(target: &Target, cluster: &Cluster, connection: &mut Connection) -> Outcome<()> {
    let mut bytes = Vec::new();
    target.scim("POST", "/Groups", Some(&group_body("template")), &mut bytes);
    let template = expect(connection.fetch(&bytes)?, &[201])?.1;
    let numbers = [
        ("clients", target.connections.to_string()),
        ("small", target.members(Group::Small).to_string()),
        ("large", target.members(Group::Large).to_string()),
    ];
    let mut variables = vec![("template", text(&template, "/id")?)];
    variables.extend(numbers.iter().map(|(name, value)| (*name, value.as_str())));
    cluster.sql(include_str!("../sql/groups.sql"), &variables)?;
    settle(cluster)
}

/// Signs some people in, and gives everybody a session in the database.
pub(crate) fn sessions(target: &Target, cluster: &Cluster, api: &Caller) -> Outcome<Vec<String>> {
    let mut tokens = Vec::new();
    for place in 0..SESSIONS {
        interrupt::check()?;
        let user = target.signed_in(place, SESSIONS);
        tokens.push(session_of(api, &user_id(user), &user_name(user))?);
    }
    cluster.sql(include_str!("../sql/sessions.sql"), &[])?;
    settle(cluster)?;
    Ok(tokens)
}

/// Brings the tables and the write-ahead log to rest, so that one measurement does not pay for the one before.
pub(crate) fn settle(cluster: &Cluster) -> Outcome<()> {
    cluster.sql("VACUUM ANALYZE;\nCHECKPOINT;", &[]).map(drop)
}

/// Walks to the page of [`Cursor`](crate::operation::Operation::Cursor), which takes seconds with a million users.
pub(crate) fn walk(target: &Target, connection: &mut Connection) -> Outcome<String> {
    let (mut cursor, mut bytes) = (String::new(), Vec::new());
    for _ in 0..target.pages_before_cursor() {
        interrupt::check()?;
        target.scim("GET", &format!("/Users?count=100&cursor={cursor}"), None, &mut bytes);
        let (_, list) = expect(connection.fetch(&bytes)?, &[200])?;
        cursor = text(&list, "/nextCursor")?.to_owned();
    }
    Ok(cursor)
}

impl Seeded {
    /// The variables of all scripts in `sql`, by their names. `first_name` begins the names of new users, which must not be there yet;
    /// `group` is the group whose members come and go, `count` how many do.
    pub(crate) fn variables(
        &self,
        target: &Target,
        first_name: u64,
        group: Group,
        count: u64,
    ) -> HashMap<&'static str, String> {
        let base = format!("http://{}{}/Groups/", target.authority, target.base_path);
        let clients = target.connections as u64;
        // Above a thousand members a group is not answered with (see app/groups.rs).
        let shown = u64::from(target.members(group) < 1_000);
        let numbers = [
            ("users", target.users),
            ("clients", clients),
            ("sessions", SESSIONS),
            ("n", first_name),
            ("turn", 0),
            ("slot", 0),
            ("slots", (target.comers() / clients).max(1)),
            ("count", count),
            ("shown", shown),
            ("family", if group == Group::Small { 1 } else { 2 }),
        ];
        let mut variables: HashMap<_, _> =
            numbers.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        variables.extend([
            ("base", base),
            ("tenant", self.tenant.clone()),
            ("connection", self.connection.clone()),
            ("has_email", self.has_email.clone()),
            ("resource", self.resource.clone()),
        ]);
        variables
    }
}

/// What JSON says of the seeded content.
pub(crate) fn described(target: &Target) -> serde_json::Value {
    json!({
        "users": target.users,
        "smallGroup": SMALL_GROUP,
        "largeGroup": target.members(Group::Large),
        "sessions": target.sessions.len(),
    })
}
