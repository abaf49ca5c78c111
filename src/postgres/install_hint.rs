//! The one command that installs a PostgreSQL server on this machine.

use std::path::Path;

/// The command for this machine's package manager; for an unknown one the three usual commands in one line.
/// `major` asks for one major version, because a cluster can only be opened by the version that made it.
pub(super) fn command(major: Option<u32>) -> String {
    choose(major, |program| {
        ["/usr/bin", "/opt/homebrew/bin", "/usr/local/bin"]
            .iter()
            .any(|dir| Path::new(dir).join(program).exists())
    })
}

fn choose(major: Option<u32>, exists: impl Fn(&str) -> bool) -> String {
    let suffix = |separator: &str| major.map(|major| format!("{separator}{major}")).unwrap_or_default();
    let apt = format!("sudo apt-get install -y postgresql{}", suffix("-"));
    // Fedora's versioned packages are called postgresql16-server.
    let dnf = format!("sudo dnf install -y postgresql{}-server", suffix(""));
    let brew = format!("brew install postgresql@{}", major.unwrap_or(17));
    if exists("apt-get") {
        apt
    } else if exists("dnf") {
        dnf
    } else if exists("brew") {
        brew
    } else {
        format!("{apt}   (Debian, Ubuntu)   or   {dnf}   (Fedora, RHEL)   or   {brew}   (macOS)")
    }
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn names_one_command_for_the_package_manager_that_is_there() {
        assert_eq!(choose(None, |p| p == "apt-get"), "sudo apt-get install -y postgresql");
        assert_eq!(choose(Some(16), |p| p == "apt-get"), "sudo apt-get install -y postgresql-16");
        assert_eq!(choose(Some(16), |p| p == "dnf"), "sudo dnf install -y postgresql16-server");
        assert_eq!(choose(None, |p| p == "brew"), "brew install postgresql@17");
    }

    #[test]
    fn names_all_three_when_none_is_known() {
        let hint = choose(Some(15), |_| false);
        for part in
            ["apt-get install -y postgresql-15", "dnf install -y postgresql15-server", "postgresql@15"]
        {
            assert!(hint.contains(part), "{hint}");
        }
    }
}
