//! Many changes of members in few steps.

use super::{MemberChange, unique};

/// The same changes in as few steps as can be, since some clients send one operation per member (quirk 133): neighbours of one
/// kind become one, and additions become part of the replacement before them.
pub fn coalesced(changes: &[MemberChange]) -> Vec<MemberChange> {
    let mut merged: Vec<MemberChange> = Vec::new();
    for change in changes {
        match (merged.last_mut(), change) {
            (Some(MemberChange::Add(all) | MemberChange::ReplaceAll(all)), MemberChange::Add(more))
            | (Some(MemberChange::Remove(all)), MemberChange::Remove(more)) => {
                all.extend(more.iter().cloned());
            }
            (Some(last @ MemberChange::Clear), MemberChange::Clear | MemberChange::ReplaceAll(_)) => {
                *last = change.clone();
            }
            _ => merged.push(change.clone()),
        }
    }
    for change in &mut merged {
        match change {
            MemberChange::Add(all) | MemberChange::ReplaceAll(all) => {
                *all = unique(std::mem::take(all), false);
            }
            MemberChange::Remove(all) => *all = unique(std::mem::take(all), true),
            MemberChange::Clear | MemberChange::Require(_) => {}
        }
    }
    merged
}
