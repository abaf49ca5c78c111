//! Settings by their words, and the presets against the table of contradictions.

use super::*;

#[test]
fn every_word_of_every_setting_can_be_set_and_is_then_there() {
    for setting in SETTINGS {
        let words: Vec<String> = match setting.kind {
            Kind::Words(words) => words.iter().map(|word| (*word).to_owned()).collect(),
            Kind::Number { min, max, .. } => vec![min.to_string(), max.to_string()],
        };
        assert!(words.len() > 1, "{} leaves a choice", setting.key);
        for word in words {
            let set = Policy::ROLLCALL.with(setting.key, &word).unwrap();
            assert_eq!(set.get(setting.key).as_ref(), Some(&word), "{}", setting.key);
            for other in SETTINGS.iter().filter(|other| other.key != setting.key) {
                assert_eq!(set.get(other.key), Policy::ROLLCALL.get(other.key), "{word} of {}", setting.key);
            }
        }
    }
}

#[test]
fn what_there_is_not_is_refused_with_what_there_is() {
    let refused = |key: &str, word: &str| Policy::ROLLCALL.with(key, word).unwrap_err().to_string();
    assert!(
        refused("seat.colour", "red")
            .starts_with("there is no setting \"seat.colour\"; there are: status.label_set, ")
    );
    assert_eq!(
        refused("seat.basis", "body"),
        "seat.basis cannot be \"body\"; it can be account, active_account, first_course_start"
    );
    for word in ["0", "721", "+5", " 5", "-1", "1.5", "99999", ""] {
        let expected = format!(
            "reset.lifetime_hours cannot be {word:?}; it can be a whole number of hours from 1 to 720"
        );
        assert_eq!(refused("reset.lifetime_hours", word), expected);
    }
    assert_eq!(Policy::ROLLCALL.get("seat.colour"), None);
}

/// The table of contradictions in LIFECYCLE, with the further settings under it: what each seed says.
#[test]
fn a_preset_says_what_its_seed_says() {
    let said = [
        (Preset::Assure, "status.label_set", "binary"),
        (Preset::Ihasco, "status.label_set", "binary"),
        (Preset::Ispring, "status.label_set", "binary"),
        (Preset::United, "status.label_set", "four_state"),
        (Preset::Workspace, "status.label_set", "with_never_logged_in"),
        (Preset::Assure, "status.inactive_word", "off"),
        (Preset::Ihasco, "status.inactive_word", "off"),
        (Preset::Ispring, "status.inactive_word", "off"),
        (Preset::Workspace, "status.inactive_word", "unused"),
        (Preset::United, "expiry.result", "expired_locked"),
        (Preset::United, "expiry.reactivate_requires_new_date", "true"),
        (Preset::Ispring, "expiry.result", "deactivated"),
        (Preset::Ispring, "expiry.reactivate_requires_new_date", "false"),
        (Preset::Assure, "reports.inactive", "include"),
        (Preset::Ihasco, "reports.inactive", "exclude_archived_tab"),
        (Preset::Workspace, "seat.release_on_deactivate", "true"),
        (Preset::Ihasco, "seat.release_on_deactivate", "false"),
        (Preset::Ispring, "seat.release_on_deactivate", "true"),
        (Preset::Workspace, "seat.basis", "account"),
        (Preset::Ihasco, "seat.basis", "first_course_start"),
        (Preset::Ispring, "seat.basis", "active_account"),
        (Preset::Ihasco, "enrol.inactive", "enrol_silently"),
        (Preset::Ispring, "enrol.inactive", "reject"),
        (Preset::Assure, "reactivate.restore", "manual_list"),
        (Preset::Ihasco, "reactivate.restore", "all"),
        (Preset::Ispring, "reactivate.restore", "all"),
        (Preset::Assure, "reactivate.password", "keep"),
        (Preset::Ihasco, "reactivate.password", "invalidate_username_only"),
        (Preset::Workspace, "confirm.deactivate", "always"),
        (Preset::United, "confirm.deactivate", "never"),
        (Preset::Ispring, "over_limit.new_accounts", "create_inactive"),
        (Preset::Ihasco, "mail.while_inactive", "none"),
        (Preset::Ispring, "mail.while_inactive", "none"),
        (Preset::Ihasco, "certificates.while_inactive", "none"),
        (Preset::Ihasco, "segments.keep_while_inactive", "true"),
        (Preset::Workspace, "delete.result", "erase"),
        (Preset::Workspace, "erase.records", "remove"),
        (Preset::Rollcall, "expiry.result", "expired_locked"),
        (Preset::Rollcall, "reports.inactive", "include_marked"),
        (Preset::Rollcall, "seat.basis", "active_account"),
        (Preset::Rollcall, "seat.release_on_deactivate", "true"),
        (Preset::Rollcall, "enrol.inactive", "skip_and_report"),
        (Preset::Rollcall, "reactivate.restore", "last_snapshot"),
        (Preset::Rollcall, "reactivate.password", "invalidate_username_only"),
        (Preset::Rollcall, "reset.method", "one_time_code"),
        (Preset::Rollcall, "confirm.deactivate", "bulk_only"),
    ];
    for (preset, key, word) in said {
        assert_eq!(preset.policy().get(key).as_deref(), Some(word), "{key} of {}", preset.as_str());
    }
    for preset in Preset::ALL {
        assert_eq!(Preset::from_word(preset.as_str()), Some(preset));
    }
    assert_eq!(Preset::from_word("docebo"), None);
}
