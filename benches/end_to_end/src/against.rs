//! The same load on another SCIM server: what it holds is made over SCIM, and nothing is known of its database.

use std::net::{SocketAddr, ToSocketAddrs};
use std::thread;

use crate::content::{self, expect, text};
use crate::http::{Answer, Connection};
use crate::load;
use crate::measure::Row;
use crate::operation::Operation;
use crate::report::Entry;
use crate::requests::{filter_path, group_body, members_body, user_body};
use crate::target::{Group, Target, user_name};
use crate::{Outcome, interrupt, tell};

/// Operations of the protocol that every server has.
pub(crate) const OPERATIONS: [Operation; 10] = [
    Operation::Get,
    Operation::Filter,
    Operation::ExternalId,
    Operation::Email,
    Operation::Page,
    Operation::Patch,
    Operation::GroupSmall,
    Operation::GroupLarge,
    Operation::GroupBatch,
    Operation::Post,
];
/// Members that are sent in one request while a large group is made.
const MEMBERS: usize = 500;

/// The server.
#[derive(Debug)]
pub(crate) struct Stranger {
    address: SocketAddr,
    target: Target,
}

impl Stranger {
    /// Finds the server of a SCIM base URL such as `http://localhost:8080/scim/v2`.
    ///
    /// # Errors
    /// When the address is none, or https.
    pub(crate) fn find(url: &str, token: &str) -> Outcome<Self> {
        let rest = url.strip_prefix("http://").ok_or_else(|| {
            format!("{url}: only http:// can be measured; put nothing that encrypts between the benchmark and the server")
        })?;
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let host = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
        let address = host.to_socket_addrs().map_err(|error| format!("{host}: {error}"))?.next();
        let target = Target {
            authority: authority.to_owned(),
            base_path: path.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            ..Target::default()
        };
        Ok(Self { address: address.ok_or_else(|| format!("{host} has no address"))?, target })
    }

    /// Makes users and groups and measures `operations`.
    ///
    /// # Errors
    /// When the content cannot be made; wrong answers are in the rows.
    pub(crate) fn measure(
        mut self,
        users: u64,
        connections: usize,
        large_group: u64,
        operations: &[Operation],
        seconds: u64,
    ) -> Outcome<Vec<Entry>> {
        self.target = Target { users, connections, large_group, ..self.target };
        // Names of a run before must not be in the way.
        self.target.tag = format!("{}-", std::process::id());
        tell(&format!("{users} users: making those that are not there"));
        self.target.user_ids = self.users()?;
        if operations.iter().any(|operation| operation.needs_groups()) {
            tell(&format!("{users} users: making groups of {}", self.target.members(Group::Large)));
            self.target.group_ids = self.groups()?;
        }
        let mut entries = Vec::new();
        for &operation in operations {
            interrupt::check()?;
            tell(&format!("{users} users: {}", operation.title()));
            let row = self.row(operation, seconds).or_else(|error| {
                interrupt::check()?;
                Outcome::Ok(Row { errors: vec![error.to_string()], ..Row::default() })
            })?;
            entries.push(Entry { operation, users, row });
        }
        Ok(entries)
    }

    fn row(&self, operation: Operation, seconds: u64) -> Outcome<Row> {
        let sample = content::sample(operation, &self.target, &mut Connection::open(self.address)?)?;
        let theirs = load::run(self.address, operation, &self.target, sample.status, seconds, || ())?;
        Ok(Row {
            rate: Some(theirs.rate()),
            p50_ms: theirs.latencies.percentile_ms(50.0),
            p99_ms: theirs.latencies.percentile_ms(99.0),
            errors: theirs.errors,
            ..Row::default()
        })
    }

    /// The ids of the users, in the order of their numbers; each connection makes its part.
    fn users(&self) -> Outcome<Vec<String>> {
        let (users, clients) = (self.target.users, self.target.connections as u64);
        let part = users.div_ceil(clients);
        let make = |client: u64| -> Outcome<Vec<String>> {
            let mut connection = Connection::open(self.address)?;
            (client * part + 1..=((client + 1) * part).min(users))
                .map(|number| {
                    interrupt::check()?;
                    self.user(&mut connection, &user_name(number))
                })
                .collect()
        };
        let parts = thread::scope(|scope| {
            let make = &make;
            let makers: Vec<_> = (0..clients).map(|client| scope.spawn(move || make(client))).collect();
            let join = |maker: thread::ScopedJoinHandle<'_, Outcome<Vec<String>>>| {
                maker.join().map_err(|_| "a maker of users panicked")?
            };
            makers.into_iter().map(join).collect::<Outcome<Vec<_>>>()
        })?;
        Ok(parts.concat())
    }

    /// The id of a user who is made, or is there already.
    fn user(&self, connection: &mut Connection, name: &str) -> Outcome<String> {
        let made = self.send(connection, "POST", "/Users", Some(&user_body(name)))?;
        if made.status != 409 {
            return Ok(text(&expect(made, &[200, 201])?.1, "/id")?.to_owned());
        }
        let path = filter_path(&format!("userName eq \"{name}\""));
        let found = expect(self.send(connection, "GET", &path, None)?, &[200])?.1;
        Ok(text(&found, "/Resources/0/id")?.to_owned())
    }

    /// The ids of the small group of each client, then of the large ones.
    fn groups(&self) -> Outcome<Vec<String>> {
        let mut connection = Connection::open(self.address)?;
        let mut ids = Vec::new();
        for group in [Group::Small, Group::Large] {
            let members = self.target.members(group) as usize;
            for number in 0..self.target.connections {
                let name = format!("{}{group:?} {number}", self.target.tag);
                let made = self.send(&mut connection, "POST", "/Groups", Some(&group_body(&name)))?;
                let id = text(&expect(made, &[200, 201])?.1, "/id")?.to_owned();
                for some in self.target.user_ids.get(..members).unwrap_or_default().chunks(MEMBERS) {
                    interrupt::check()?;
                    let (path, body) = (format!("/Groups/{id}"), members_body(some, true));
                    expect(self.send(&mut connection, "PATCH", &path, Some(&body))?, &[200, 204])?;
                }
                ids.push(id);
            }
        }
        Ok(ids)
    }

    fn send(
        &self,
        connection: &mut Connection,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Outcome<Answer> {
        let mut bytes = Vec::new();
        self.target.scim(method, path, body, &mut bytes);
        Ok(connection.fetch(&bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_taken_apart() {
        let stranger = Stranger::find("http://127.0.0.1:8080/scim/v2/", "t").unwrap();
        assert_eq!(stranger.address.port(), 8080);
        assert_eq!(
            (stranger.target.authority.as_str(), stranger.target.base_path.as_str()),
            ("127.0.0.1:8080", "/scim/v2")
        );
        assert_eq!(Stranger::find("http://127.0.0.1", "t").unwrap().address.port(), 80);
        assert!(Stranger::find("https://127.0.0.1", "t").unwrap_err().to_string().contains("only http://"));
    }
}
