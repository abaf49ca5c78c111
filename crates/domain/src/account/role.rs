//! What a person does on the platform.

/// The role of an account (the seeds' learners, trainers, managers and administrators).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes courses; everybody does unless something else is said.
    Learner,
    /// Gives courses.
    Trainer,
    /// Looks after other people: their accounts and their training.
    Manager,
    /// Sees everything that administrators see, and changes nothing.
    Reader,
    /// Runs the platform.
    Administrator,
    /// Owns the customer's account with the platform. Nobody's identity provider gives or takes that.
    Owner,
}

impl Role {
    /// The roles that a provider or an administrator may give.
    pub const ASSIGNABLE: [Role; 5] =
        [Role::Learner, Role::Trainer, Role::Manager, Role::Reader, Role::Administrator];

    /// Whether who has it runs the platform for others.
    pub fn administers(self) -> bool {
        matches!(self, Role::Administrator | Role::Owner)
    }

    /// Whether who has it sees or does something for others over the API or the console, once they have signed in.
    pub fn opens_console(self) -> bool {
        matches!(self, Role::Manager | Role::Reader | Role::Administrator | Role::Owner)
    }

    /// The word in SCIM, the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Learner => "learner",
            Role::Trainer => "trainer",
            Role::Manager => "manager",
            Role::Reader => "reader",
            Role::Administrator => "administrator",
            Role::Owner => "owner",
        }
    }

    /// The role of a word from [`Role::as_str`], in any letter case.
    pub fn from_word(word: &str) -> Option<Role> {
        let all = Role::ASSIGNABLE.into_iter().chain([Role::Owner]);
        all.into_iter().find(|role| role.as_str().eq_ignore_ascii_case(word))
    }
}
