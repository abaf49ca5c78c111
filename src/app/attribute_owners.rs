//! Whose word counts: which source owns an account, and which attributes one source alone may change, whoever owns the account.

use super::audit::{self, By};
use super::connections::authority::{Others, Source};
use super::{AppError, Call, Rules, connections, mapping};
use crate::store::TenantConnection;
use crate::store::accounts::AccountRow;
use crate::store::attribute_owners as store;
use crate::store::filter::ROLLCALL_URN;
use rollcall_domain::ids::{ConnectionId, TenantId};
use rollcall_scim::error::shorten;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The attribute by which somebody is put out and brought back.
const ACTIVE: &str = "active";

/// The owners of a tenant's attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeOwners(BTreeMap<String, ConnectionId>);

impl AttributeOwners {
    /// Those of a tenant.
    ///
    /// # Errors
    /// Database failures.
    pub fn of(conn: &mut TenantConnection, tenant: TenantId) -> Result<Self, AppError> {
        let all = store::list(conn, tenant)?;
        Ok(Self(all.into_iter().map(|(attribute, owner, _)| (attribute, owner)).collect()))
    }

    /// Who owns an attribute, by itself or with the whole extension that it is in.
    fn owner(&self, extension: Option<&str>, name: &str) -> Option<ConnectionId> {
        let Some(urn) = extension else { return self.0.get(name).copied() };
        self.0.get(&format!("{urn}:{name}")).or_else(|| self.0.get(urn)).copied()
    }

    /// Who alone may say something: who says who is active also sets the dates from and until when somebody is, and the time zone that
    /// they are read in.
    fn said_by(&self, extension: Option<&str>, name: &str) -> Option<ConnectionId> {
        let dates = [mapping::STARTS_AT, mapping::EXPIRES_AT, mapping::DEACTIVATE_AT, mapping::TIME_ZONE];
        let is_date = match extension {
            None => name == mapping::CORE_TIME_ZONE,
            Some(urn) => urn == ROLLCALL_URN && dates.contains(&name),
        };
        let own = self.owner(extension, name);
        if own.is_none() && is_date { self.owner(None, ACTIVE) } else { own }
    }

    /// Whether another connection alone says who is active.
    pub fn somebody_else_decides_who_is_active(&self, connection: ConnectionId) -> bool {
        self.owner(None, ACTIVE).is_some_and(|owner| owner != connection)
    }

    /// Whether a connection alone says who is active, also of accounts that others own.
    pub fn decides_who_is_active(&self, connection: ConnectionId) -> bool {
        self.owner(None, ACTIVE) == Some(connection)
    }

    fn has(&self, connection: ConnectionId) -> bool {
        self.0.values().any(|owner| *owner == connection)
    }
}

/// Takes back what a sync says of attributes that are not its to change, and returns their names. Who works by hand may change all.
///
/// # Errors
/// [`AppError::Foreign`] for an account of another source, from one that owns no attribute of it.
pub fn confine(
    rules: &Rules,
    call: &Call,
    row: &AccountRow,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    active: &mut Option<bool>,
) -> Result<Vec<String>, AppError> {
    if call.sync.is_none() {
        return Ok(Vec::new());
    }
    let (owners, me) = (&rules.attribute_owners, call.connection);
    let mine = row.connection == me || rules.authority.others == Others::Change;
    let may = |extension: Option<&str>, name: &str| match owners.said_by(extension, name) {
        _ if is_by_hand(rules, extension, name) => false,
        Some(owner) => owner == me,
        None => mine,
    };
    let mut kept = keep_back(before, after, &may);
    if active.is_some_and(|active| active != row.account.is_active(call.now)) && !may(None, ACTIVE) {
        *active = None;
        kept.push(ACTIVE.to_owned());
    }
    if !kept.is_empty() && !mine && !owners.has(me) {
        return Err(AppError::Foreign { kind: "user", id: row.id.0, owner: row.connection });
    }
    Ok(kept)
}

/// Takes out of a new user what is another source's to say.
pub fn confine_new(rules: &Rules, call: &Call, resource: &mut Map<String, Value>, active: &mut Option<bool>) {
    if call.sync.is_none() {
        return;
    }
    let (owners, me) = (&rules.attribute_owners, call.connection);
    let may = |extension: Option<&str>, name: &str| {
        !is_by_hand(rules, extension, name) && owners.said_by(extension, name).is_none_or(|owner| owner == me)
    };
    keep_back(&Map::new(), resource, &may);
    if !may(None, ACTIVE) {
        *active = None;
    }
}

/// An HR system gives no roles, over SCIM as little as over the API.
fn is_by_hand(rules: &Rules, extension: Option<&str>, name: &str) -> bool {
    rules.authority.source == Source::Hr && extension == Some(ROLLCALL_URN) && name == mapping::ROLE
}

/// Puts back every attribute that may not be changed, and returns their names.
fn keep_back(
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    may: &dyn Fn(Option<&str>, &str) -> bool,
) -> Vec<String> {
    let mut kept = Vec::new();
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let names: BTreeSet<String> = before.keys().chain(after.keys()).filter(differs).cloned().collect();
    for name in names {
        if name.contains(':') {
            confine_extension(&name, before, after, may, &mut kept);
        } else if !may(None, &name) {
            put_back(before, after, &name);
            kept.push(name);
        }
    }
    kept
}

fn confine_extension(
    urn: &str,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
    may: &dyn Fn(Option<&str>, &str) -> bool,
    kept: &mut Vec<String>,
) {
    let empty = Map::new();
    let was = before.get(urn).and_then(Value::as_object).unwrap_or(&empty);
    let mut is = after.get(urn).and_then(Value::as_object).cloned().unwrap_or_default();
    let names: BTreeSet<String> = was.keys().chain(is.keys()).cloned().collect();
    for name in names {
        if was.get(&name) != is.get(&name) && !may(Some(urn), &name) {
            put_back(was, &mut is, &name);
            kept.push(format!("{urn}:{name}"));
        }
    }
    if is.is_empty() {
        after.remove(urn);
    } else {
        after.insert(urn.to_owned(), Value::Object(is));
    }
}

fn put_back(before: &Map<String, Value>, after: &mut Map<String, Value>, name: &str) {
    match before.get(name) {
        Some(value) => after.insert(name.to_owned(), value.clone()),
        None => after.remove(name),
    };
}

/// The owned attributes of a tenant with the names of their owners.
///
/// # Errors
/// Database failures.
pub fn list(conn: &mut TenantConnection, tenant: TenantId) -> Result<BTreeMap<String, String>, AppError> {
    conn.enter(tenant)?;
    Ok(store::list(conn, tenant)?.into_iter().map(|(attribute, _, name)| (attribute, name)).collect())
}

/// Gives attributes to connections, by name; a null gives one back to whoever owns the account.
///
/// # Errors
/// `Invalid` for an attribute that no schema has or nobody may write; `NotFound` for a connection that there is not; database failures.
pub fn set(
    conn: &mut TenantConnection,
    tenant: TenantId,
    rules: &Rules,
    changes: &Map<String, Value>,
    by: &By,
) -> Result<BTreeMap<String, String>, AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        for (attribute, owner) in changes {
            let attribute = known(rules, attribute)?;
            let owner = match owner {
                Value::Null => None,
                Value::String(name) => Some(connections::find(conn, tenant, name)?),
                other => {
                    let shown = shorten(&other.to_string());
                    let detail = format!("{shown} is no connection; send its name, or null for none");
                    return Err(AppError::invalid(attribute, detail));
                }
            };
            store::set(conn, tenant, &attribute, owner.as_ref().map(connections::Connection::id))?;
            let facts = json!({"owner": owner.as_ref().map(connections::Connection::name)});
            audit::record(
                conn,
                tenant,
                by,
                "tenant.attribute_owner_changed",
                tenant.0,
                vec![attribute],
                facts,
            )?;
        }
        list(conn, tenant)
    })
}

/// An attribute as its schema writes it, with the URN of an extension.
fn known(rules: &Rules, attribute: &str) -> Result<String, AppError> {
    let user = rules.user();
    let unknown = || {
        let detail = "is no attribute of a user that a source can own; name one such as title, active, or \
                      urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
        AppError::invalid("attribute", format!("{:?} {detail}", shorten(attribute)))
    };
    if let Some(schema) =
        user.extensions.iter().find(|extension| extension.schema.id.eq_ignore_ascii_case(attribute))
    {
        return Ok(schema.schema.id.clone());
    }
    match user.split_urn(attribute) {
        Some((schema, name)) if schema.id != user.schema.id => {
            let found = schema.attribute(name).ok_or_else(unknown)?;
            Ok(format!("{}:{}", schema.id, found.name))
        }
        core => {
            let name = core.map_or(attribute, |(_, name)| name);
            let found = user.schema.attribute(name).ok_or_else(unknown)?;
            // What is a name for the whole account is its owner's; groups are not written here.
            match found.name.as_str() {
                "groups" | "password" | "userName" => Err(unknown()),
                name => Ok(name.to_owned()),
            }
        }
    }
}
