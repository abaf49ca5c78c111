//! Administrators are told, by mail too, and nobody else is.

use crate::support::{TestApp, expect, patch_op, user};
use rollcall::app::notices::{self, Mailer};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// A mail server that takes everything: whom each mail was for, and its text.
fn mail_server() -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (mails, taken) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let (mut to, mut text, mut in_text) = (String::new(), String::new(), false);
            stream.write_all(b"220 here\r\n").unwrap();
            for line in lines.map_while(Result::ok) {
                if in_text {
                    if line == "." {
                        in_text = false;
                        let _ = mails.send((std::mem::take(&mut to), std::mem::take(&mut text)));
                        stream.write_all(b"250 taken\r\n").unwrap();
                    } else {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    continue;
                }
                let answer: &[u8] = match line.split([' ', ':']).next().unwrap_or_default() {
                    "RCPT" => {
                        to = line;
                        b"250 ok\r\n"
                    }
                    "DATA" => {
                        in_text = true;
                        b"354 go on\r\n"
                    }
                    "QUIT" => b"221 bye\r\n",
                    _ => b"250 ok\r\n",
                };
                stream.write_all(answer).unwrap();
            }
        }
    });
    (url, taken)
}

/// S46: the administrators are mailed; once, and only those who administer and may sign in.
#[test]
fn administrators_are_mailed_when_a_sync_is_stopped() {
    let app = TestApp::start();
    let person = |name: &str| {
        let mut body = user(name);
        body["emails"] = json!([{"value": format!("{name}@example.com"), "primary": true}]);
        app.provision(&body)
    };
    let administrator = |name: &str| {
        let id = person(name);
        app.done(&id, &json!({"command": "setRole", "role": "administrator"}));
        id
    };
    administrator("anna");
    let away = administrator("away");
    app.done(&away, &json!({"command": "deactivate", "confirm": away}));
    let people: Vec<String> = (0..6).map(|number| person(&format!("learner-{number}"))).collect();
    // Not what was made a moment ago and is taken back.
    app.clock().advance(chrono::Duration::hours(2));
    let (url, taken) = mail_server();
    let mailer = Mailer::new(&url.into(), "Rollcall <rollcall@example.com>").unwrap();
    let send = || notices::send(&mut app.connect(), app.clock(), &mailer).unwrap();
    assert_eq!(send(), 0, "nothing to tell");
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    for id in &people[..5] {
        expect(app.scim("PATCH", &format!("/Users/{id}"), Some(&off)), 200);
    }
    expect(app.scim("PATCH", &format!("/Users/{}", people[5]), Some(&off)), 429);
    assert_eq!(send(), 1);
    let (to, text) = taken.recv().unwrap();
    assert!(to.contains("anna@example.com"), "{to}");
    for words in ["tenant demo", "connection.quarantined", "identity-provider"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("learner"), "no person is named: {text}");
    assert_eq!(send(), 0, "once");
    assert!(taken.try_recv().is_err());
    let told = expect(app.api("GET", "/notices", None), 200).json().unwrap();
    assert!(told["notices"][0]["sentAt"].is_string(), "{told}");
}

#[test]
fn what_cannot_be_sent_is_sent_later() {
    let app = TestApp::start();
    let nobody_listens = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = Mailer::new(&format!("smtp://{nobody_listens}").into(), "rollcall@example.com").unwrap();
    let mut administrator = user("anna@example.com");
    administrator["displayName"] = json!("Anna");
    let id = app.provision(&administrator);
    app.done(&id, &json!({"command": "setRole", "role": "administrator"}));
    let other = app.issue_token("demo", "entra", rollcall::app::tokens::Scope::Scim);
    let off = patch_op(json!([{"op": "replace", "path": "active", "value": false}]));
    expect(app.request("PATCH", &format!("/scim/v2/Users/{id}"), Some(&other), Some(&off)), 403);
    assert_eq!(notices::send(&mut app.connect(), app.clock(), &away).unwrap(), 0);
    let (url, taken) = mail_server();
    let back = Mailer::new(&url.into(), "rollcall@example.com").unwrap();
    assert_eq!(notices::send(&mut app.connect(), app.clock(), &back).unwrap(), 1);
    assert!(taken.recv().unwrap().1.contains("accounts.wanted"));
}
