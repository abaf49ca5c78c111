use super::*;
use rollcall_scim::filter::{parse, resolve};
use rollcall_scim::registry::Registry;
use uuid::Uuid;

fn compiled(table: Table, filter: &str) -> String {
    let registry = Registry::standard().unwrap();
    let name = if table == Table::Accounts { "User" } else { "Group" };
    let resolved = resolve(registry.resource_type(name).unwrap(), &parse(filter).unwrap()).unwrap();
    let asking = Asking { connection: ConnectionId(Uuid::nil()), now: DateTime::UNIX_EPOCH, base: "" };
    format!("{:?}", compile(table, asking, &resolved).unwrap())
}

/// A long chain of `eq` on one attribute is one comparison with an array, whatever the attribute.
#[test]
fn a_thousand_terms_are_one_comparison() {
    let id = |n: usize| Uuid::from_u128(n as u128).to_string();
    // The e-mail address is looked for among the terms, and then in the resource.
    for (attribute, comparisons) in
        [("userName", 1), ("id", 1), ("externalId", 1), ("emails.value", 2), ("title", 1)]
    {
        let value = |n| if attribute == "id" { id(n) } else { format!("value{n}") };
        let terms: Vec<String> = (0..1_000).map(|n| format!("{attribute} eq \"{}\"", value(n))).collect();
        let condition = compiled(Table::Accounts, &terms.join(" or "));
        assert_eq!(condition.matches(" = ANY(").count(), comparisons, "{attribute}");
        assert!(condition.matches("Leaf").count() <= 2 && !condition.contains(" OR "), "{attribute}");
    }
}

#[test]
fn what_is_looked_for_often_is_found_by_its_terms() {
    for (filter, found) in [
        ("emails eq \"a\"", true),
        ("emails.value sw \"a\"", true),
        ("emails[type eq \"work\"].value eq \"a\"", true),
        ("emails[type eq \"work\" and value eq \"a\"]", true),
        ("emails[value eq \"a\"]", true),
        ("name.familyName sw \"a\"", true),
        ("name[givenName eq \"a\"]", true),
        ("emails co \"a\"", false),
        ("emails ne \"a\"", false),
        ("emails[type eq \"work\" or value eq \"a\"]", false),
        ("emails[not (value eq \"a\")]", false),
        ("emails.type eq \"work\"", false),
        ("phoneNumbers.value eq \"1\"", false),
    ] {
        assert_eq!(compiled(Table::Accounts, filter).contains("account_terms"), found, "{filter}");
    }
}

#[test]
fn a_beginning_is_a_range_that_an_index_serves() {
    for (table, filter, end) in [
        (Table::Accounts, "userName sw \"Ab\"", "ac"),
        (Table::Accounts, "displayName sw \"100%\"", "100&"),
        (Table::Accounts, "externalId sw \"Ab\"", "Ac"),
        (Table::Groups, "displayName sw \"a_\"", "a`"),
    ] {
        let condition = compiled(table, filter);
        assert!(condition.contains(&format!("{end:?}")), "{filter}: {condition}");
        assert!(!condition.contains("starts_with"), "{filter}");
    }
}
