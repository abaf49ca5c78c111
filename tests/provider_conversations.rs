//! Replays what identity providers really send, over TCP, against a server of its own for each conversation.
//!
//! The conversations are the JSON files under `tests/providers/`; a new oddity costs one file there and none here.
//! `CONVERSATION=group-push` replays only the files with that text in their name.

mod catalogue;
mod complaints;
mod conversation;
mod house_rules;
mod matching;
mod placeholders;
mod replay;

use std::collections::BTreeSet;

use crate::support::TestApp;

/// The folders that have a test below; `every_folder_is_replayed` compares them with the disk.
const FOLDERS: [&str; 8] =
    ["complaints", "entra", "entra-aadoptscim062020", "google", "jumpcloud", "okta", "onelogin", "other"];

fn replay_folder(folder: &str) {
    let conversations = conversation::read_folder(folder);
    assert!(conversations.is_ok(), "{conversations:?}");
    let only = std::env::var("CONVERSATION").unwrap_or_default();
    let mut reports = Vec::new();
    for (file, conversation) in conversations.iter().flatten().filter(|(file, _)| file.contains(&only)) {
        let app = TestApp::start();
        app.set("demo", "identity-provider", &conversation.settings.clone().into());
        let base = app.scim_base();
        let server = replay::Server { address: app.address(), base: base.as_ref(), token: app.scim_token() };
        reports.extend(replay::replay(file, conversation, &server));
    }
    assert!(reports.is_empty(), "{} exchanges went wrong\n{}", reports.len(), reports.join("\n"));
}

#[test]
fn okta() {
    replay_folder("okta");
}

#[test]
fn entra() {
    replay_folder("entra");
}

#[test]
fn entra_aadoptscim062020() {
    replay_folder("entra-aadoptscim062020");
}

#[test]
fn onelogin() {
    replay_folder("onelogin");
}

#[test]
fn jumpcloud() {
    replay_folder("jumpcloud");
}

#[test]
fn google() {
    replay_folder("google");
}

#[test]
fn other() {
    replay_folder("other");
}

#[test]
fn complaints() {
    replay_folder("complaints");
}

#[test]
fn every_folder_is_replayed() {
    assert_eq!(conversation::folders(), Ok(FOLDERS.map(str::to_owned).to_vec()));
}

#[test]
fn every_conversation_names_the_quirks_it_shows() {
    let mut wrong = Vec::new();
    for folder in FOLDERS {
        for (file, conversation) in
            conversation::read_folder(folder).unwrap_or_else(|error| panic!("{error}"))
        {
            let named: BTreeSet<u16> = conversation.source.iter().copied().collect();
            let shown: BTreeSet<u16> =
                conversation.exchanges.iter().flat_map(|exchange| exchange.quirks.iter().copied()).collect();
            if named != shown || shown.is_empty() || conversation.title.is_empty() {
                wrong.push(format!("{file}: source {named:?}, exchanges {shown:?}"));
            }
            for exchange in &conversation.exchanges {
                if exchange.request.body.is_some() && exchange.request.raw_body.is_some() {
                    wrong.push(format!("{file}: {:?} has both body and rawBody", exchange.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_quirk_is_replayed_or_says_why_not() {
    assert_eq!(catalogue::contradictions(), Ok(Vec::new()));
}

#[test]
fn every_complaint_has_a_conversation_that_names_it() {
    assert_eq!(complaints::contradictions(), Ok(Vec::new()));
}

#[test]
fn the_tables_of_the_readme_are_true() {
    let (readme, wanted) = catalogue::readme_as_it_should_be().unwrap_or_else(|error| panic!("{error}"));
    if std::env::var_os("UPDATE_README").is_some() {
        catalogue::write_readme(&wanted).unwrap_or_else(|error| panic!("{error}"));
    } else {
        assert!(
            readme == wanted,
            "tests/providers/README.md is out of date; run the tests once with UPDATE_README=1"
        );
    }
}
