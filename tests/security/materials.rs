//! The bill of materials that `scripts/sbom.sh` prints: whole, true, and the same each time.

use crate::architecture::{read, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

fn run(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The checksums of Cargo.lock by `name@version`.
fn checksums() -> BTreeMap<String, String> {
    let lock = read("Cargo.lock");
    let field = |package: &str, key: &str| {
        let lines = package.lines().filter_map(|line| line.split_once(" = "));
        lines.filter(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"').to_owned()).next()
    };
    lock.split("[[package]]")
        .filter_map(|package| {
            let is = format!("{}@{}", field(package, "name")?, field(package, "version")?);
            Some((is, field(package, "checksum")?))
        })
        .collect()
}

/// The licences that the packages give themselves, by `name@version`.
fn licences() -> BTreeMap<String, String> {
    let metadata: Value =
        serde_json::from_str(&run("cargo", &["metadata", "--locked", "--format-version", "1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .filter_map(|package| {
            let text = |key: &str| package[key].as_str();
            let licence = text("license")?.replace(" / ", " OR ").replace('/', " OR ");
            Some((format!("{}@{}", text("name")?, text("version")?), licence))
        })
        .collect()
}

#[test]
fn every_package_of_the_release_is_in_it_with_licence_and_hash() {
    let printed = run("scripts/sbom.sh", &[]);
    assert_eq!(run("scripts/sbom.sh", &[]), printed, "the same commit has the same bill");
    assert!(!printed.contains(&*root().to_string_lossy()), "it names the folder that it was made in");

    let bill: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["metadata"]["component"]["name"], "rollcall");
    assert_eq!(bill["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));

    let reference = |component: &Value| component["bom-ref"].as_str().unwrap().to_owned();
    let components = bill["components"].as_array().unwrap();
    let listed: BTreeSet<String> = components.iter().map(reference).collect();
    assert_eq!(listed.len(), components.len(), "a package stands in it twice");

    let tree = ["tree", "--locked", "-p", "rollcall", "-e", "normal,build", "--prefix", "none", "-f", "{p}"];
    let compiled: BTreeSet<String> = run("cargo", &tree)
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some(format!("{}@{}", words.next()?, words.next()?.strip_prefix('v')?))
        })
        .filter(|is| !is.starts_with("rollcall@"))
        .collect();
    assert!(compiled.len() > 100, "{} packages are compiled", compiled.len());
    assert_eq!(listed, compiled);

    let (checksums, licences) = (checksums(), licences());
    for component in components {
        let is = reference(component);
        assert_eq!(
            component["licenses"][0]["expression"].as_str(),
            licences.get(&is).map(String::as_str),
            "{is}"
        );
        if is.starts_with("rollcall-") {
            continue;
        }
        let hash = &component["hashes"][0];
        assert_eq!(hash["alg"], "SHA-256", "{is}");
        assert_eq!(hash["content"].as_str(), checksums.get(&is).map(String::as_str), "{is}");
        assert!(component["purl"].as_str().unwrap().starts_with("pkg:cargo/"), "{is}");
    }

    let dependencies = bill["dependencies"].as_array().unwrap();
    let mut needed = BTreeSet::new();
    for dependency in dependencies {
        for other in dependency["dependsOn"].as_array().unwrap() {
            let other = other.as_str().unwrap().to_owned();
            assert!(listed.contains(&other), "{other} is needed and not listed");
            needed.insert(other);
        }
    }
    assert_eq!(needed, listed, "what is listed is needed by somebody");
}
