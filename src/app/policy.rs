//! What a tenant sets of its life cycle: a preset to start from, and single settings.

use super::AppError;
use super::audit::{self, By};
use crate::store::audit::Entry;
use crate::store::seats::{self as store, Recounted};
use crate::store::{TenantConnection, tenants};
use rollcall_domain::ids::TenantId;
use rollcall_domain::policy::{Policy, Preset, SETTINGS};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The key under which the preset is set.
pub const PRESET: &str = "preset";

/// What a tenant set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantPolicy {
    /// What it starts from.
    pub preset: Preset,
    /// What was set singly, by key.
    pub single: BTreeMap<String, String>,
}

/// What the database keeps of a tenant's policy.
///
/// # Errors
/// `Broken`: somebody else wrote it.
pub fn stored(json: Value) -> Result<TenantPolicy, AppError> {
    let broken = |why: &dyn std::fmt::Display| AppError::Broken(format!("policy of a tenant: {why}"));
    let mut single: BTreeMap<String, String> =
        serde_json::from_value(json).map_err(|error| broken(&error))?;
    let preset = match single.remove(PRESET) {
        None => Preset::Rollcall,
        Some(word) => Preset::from_word(&word).ok_or_else(|| broken(&word))?,
    };
    Ok(TenantPolicy { preset, single })
}

impl TenantPolicy {
    /// The policy that holds.
    ///
    /// # Errors
    /// `Broken`: somebody else wrote it.
    pub fn in_force(&self) -> Result<Policy, AppError> {
        let set = |policy: Policy, (key, word): (&String, &String)| policy.with(key, word);
        let policy = self.single.iter().try_fold(self.preset.policy(), set);
        policy.map_err(|error| AppError::Broken(format!("policy of a tenant: {error}")))
    }

    /// The same with some changed. A null or an empty word gives a setting back to the preset.
    ///
    /// # Errors
    /// `Invalid` for a key or a word that there is not, with those that there are.
    pub fn merged(&self, changes: &Map<String, Value>) -> Result<Self, AppError> {
        let mut merged = self.clone();
        for (key, value) in changes {
            let word = match value {
                Value::Null => String::new(),
                Value::String(word) => word.trim().to_owned(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                _ => {
                    let detail =
                        "is a word, a number, true or false; null gives it back to the preset".to_owned();
                    return Err(AppError::invalid(key.clone(), detail));
                }
            };
            if key == PRESET {
                merged.preset = match word.as_str() {
                    "" => Preset::Rollcall,
                    word => Preset::from_word(word).ok_or_else(|| {
                        let all = Preset::ALL.map(Preset::as_str).join(", ");
                        AppError::invalid(PRESET, format!("there is no such preset; there are: {all}"))
                    })?,
                };
            } else if word.is_empty() && SETTINGS.iter().any(|setting| setting.key == key) {
                merged.single.remove(key);
            } else {
                let checked = Policy::ROLLCALL.with(key, &word);
                checked.map_err(|error| AppError::invalid(key.clone(), error.to_string()))?;
                merged.single.insert(key.clone(), word);
            }
        }
        Ok(merged)
    }

    fn to_stored(&self) -> Value {
        let mut all: Map<String, Value> =
            self.single.iter().map(|(key, word)| (key.clone(), word.as_str().into())).collect();
        if self.preset != Preset::Rollcall {
            all.insert(PRESET.to_owned(), self.preset.as_str().into());
        }
        Value::Object(all)
    }

    /// Every setting with the word that holds and whether it was set singly, and the preset.
    ///
    /// # Errors
    /// As [`TenantPolicy::in_force`].
    pub fn to_json(&self) -> Result<Value, AppError> {
        let policy = self.in_force()?;
        let settings: Map<String, Value> =
            SETTINGS.iter().map(|setting| (setting.key.to_owned(), policy.get(setting.key).into())).collect();
        let single: Vec<&String> = self.single.keys().collect();
        Ok(json!({"preset": self.preset.as_str(), "settings": settings, "setSingly": single}))
    }
}

/// The policy of a tenant.
///
/// # Errors
/// Database failures.
pub fn show(conn: &mut TenantConnection, tenant: TenantId) -> Result<TenantPolicy, AppError> {
    stored(tenants::policy(conn, tenant, false)?)
}

/// Changes the policy of a tenant. Where it counts seats otherwise, every account has from now on the seat that it asks for.
/// Every server decides by it within a second; [`recount`] then settles what was decided by the old one until then.
///
/// # Errors
/// `Invalid` with what can be set; a refusal when there are not enough seats for it; database failures.
pub fn set(
    conn: &mut TenantConnection,
    tenant: TenantId,
    changes: &Map<String, Value>,
    by: &By,
) -> Result<TenantPolicy, AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let before = stored(tenants::policy(conn, tenant, true)?)?;
        let after = before.merged(changes)?;
        if after == before {
            return Ok(after);
        }
        tenants::save_policy(conn, tenant, &after.to_stored())?;
        let (old, new) = (before.in_force()?, after.in_force()?);
        let differs = |key: &&str| old.get(key) != new.get(key);
        let changed: Vec<String> =
            SETTINGS.iter().map(|setting| setting.key).filter(differs).map(str::to_owned).collect();
        let Recounted { taken, released } = store::recount(conn, tenant, &new, &seat_entry(by))?;
        let facts = json!({"preset": after.preset.as_str(), "seatsTaken": taken, "seatsReleased": released});
        audit::record(conn, tenant, by, "tenant.policy_changed", tenant.0, changed, facts)?;
        Ok(after)
    })
}

/// Gives every account the seat that the policy in force asks for.
///
/// # Errors
/// A refusal when there are not enough; database failures.
pub fn recount(conn: &mut TenantConnection, tenant: TenantId, by: &By) -> Result<(), AppError> {
    conn.enter(tenant)?;
    conn.in_transaction(|conn| {
        let policy = stored(tenants::policy(conn, tenant, true)?)?.in_force()?;
        store::recount(conn, tenant, &policy, &seat_entry(by))?;
        Ok(())
    })
}

/// The audit row of an account whose seat is counted otherwise.
fn seat_entry(by: &By) -> Entry {
    by.entry("account.seat_counted", Vec::new(), json!({}))
}
