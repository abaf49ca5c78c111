//! Who may do what to whom: people who administer others, by their role. A token that stands for the platform is above all of them.

use super::{Account, Command, Role};
use crate::ids::AccountId;
use crate::refusal::Refusal;

/// On whose behalf something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    /// The platform itself, an identity provider, the operator or the worker: what their credential opens is all that binds them.
    System,
    /// A person with the role that they have now.
    Person {
        /// Who.
        account: AccountId,
        /// What they are.
        role: Role,
    },
}

impl Role {
    /// The higher of two roles may act on the lower. A reader changes nothing, but sees what a manager does not, and looks at
    /// what managers do; so a reader stands above them.
    pub fn rank(self) -> u8 {
        match self {
            Role::Learner => 0,
            Role::Trainer => 1,
            Role::Manager => 2,
            Role::Reader => 3,
            Role::Administrator => 4,
            Role::Owner => 5,
        }
    }
}

impl Acting {
    /// Whether a command may be given to an account.
    ///
    /// A person acts on others only, whose role is not higher, and gives no role above their own. So nobody raises themselves,
    /// extends their own access, or makes themselves a new password with a session that was left open.
    ///
    /// # Errors
    /// [`Refusal::OwnAccount`], [`Refusal::HigherRole`], or [`Refusal::OwnerOnly`] for what only the owner does: naming another
    /// owner and erasing, which cannot be undone.
    pub fn may(self, command: Command, to: AccountId, target: &Account) -> Result<(), Refusal> {
        let Acting::Person { role, .. } = self else { return Ok(()) };
        self.may_act_on(to, target)?;
        match command {
            Command::TakeOwnership | Command::Erase if role != Role::Owner => Err(Refusal::OwnerOnly),
            Command::SetRole(new) if new.rank() > role.rank() => Err(Refusal::HigherRole { role: new }),
            _ => Ok(()),
        }
    }

    /// Whether anything of an account may be changed, such as its learning records.
    ///
    /// # Errors
    /// As [`Acting::may`].
    pub fn may_act_on(self, to: AccountId, target: &Account) -> Result<(), Refusal> {
        let Acting::Person { account, role } = self else { return Ok(()) };
        if account == to {
            return Err(Refusal::OwnAccount);
        }
        if target.role.rank() > role.rank() {
            return Err(Refusal::HigherRole { role: target.role });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Reason, ScheduledDeactivation};
    use crate::credential::SignIn;
    use chrono::DateTime;
    use uuid::Uuid;

    const ALL: [Role; 6] =
        [Role::Learner, Role::Trainer, Role::Manager, Role::Reader, Role::Administrator, Role::Owner];
    const SELF: AccountId = AccountId(Uuid::from_u128(1));
    const OTHER: AccountId = AccountId(Uuid::from_u128(2));

    fn commands() -> Vec<Command> {
        let at = DateTime::UNIX_EPOCH;
        let mut all = vec![
            Command::Deactivate(Reason::Left),
            Command::ScheduleDeactivation(ScheduledDeactivation { at, reason: Reason::Left }),
            Command::CancelDeactivation,
            Command::Reactivate,
            Command::SetStart(None),
            Command::SetExpiry(Some(at)),
            Command::IssueTemporaryPassword,
            Command::RecordAccess,
            Command::StartCourse,
            Command::Lock,
            Command::Unlock,
            Command::TakeOwnership,
            Command::Delete,
            Command::Erase,
        ];
        all.extend(Role::ASSIGNABLE.map(Command::SetRole));
        all
    }

    fn of(role: Role) -> Account {
        Account { role, ..Account::new(SignIn::Email) }
    }

    #[test]
    fn the_platform_may_everything() {
        for (command, role) in commands().into_iter().flat_map(|c| ALL.map(|role| (c, role))) {
            assert_eq!(Acting::System.may(command, OTHER, &of(role)), Ok(()));
        }
    }

    #[test]
    fn nobody_acts_on_themselves_or_on_somebody_above_or_gives_what_is_above() {
        for actor in ALL {
            let acting = Acting::Person { account: SELF, role: actor };
            for command in commands() {
                assert_eq!(acting.may(command, SELF, &of(actor)), Err(Refusal::OwnAccount), "{actor:?}");
                for target in ALL {
                    let answer = acting.may(command, OTHER, &of(target));
                    let expected = if target.rank() > actor.rank() {
                        Err(Refusal::HigherRole { role: target })
                    } else if matches!(command, Command::Erase | Command::TakeOwnership)
                        && actor != Role::Owner
                    {
                        Err(Refusal::OwnerOnly)
                    } else {
                        match command {
                            Command::SetRole(new) if new.rank() > actor.rank() => {
                                Err(Refusal::HigherRole { role: new })
                            }
                            _ => Ok(()),
                        }
                    };
                    assert_eq!(answer, expected, "{actor:?} {command:?} {target:?}");
                }
            }
        }
    }

    #[test]
    fn ranks_are_a_line_and_the_owner_is_at_its_end() {
        for pair in ALL.windows(2) {
            assert!(pair[0].rank() < pair[1].rank());
        }
    }
}
