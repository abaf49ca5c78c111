//! Signing in and being switched off at the same moment: whoever is first, no live session is left.

use crate::support::{TestApp, expect, patch_op, user};
use serde_json::json;
use std::sync::Barrier;
use std::thread;

const PASSWORD: &str = "correct horse battery";
const ROUNDS: usize = 50;

#[test]
fn no_session_survives_a_deactivation_that_was_acknowledged() {
    let app = TestApp::start();
    let elsewhere = app.another_server();
    let mut body = user("racer@example.com");
    body["emails"] = json!([{"value": "racer@example.com"}]);
    let id = app.provision(&body);
    let path = format!("/Users/{id}");
    let learner = app.learner_with_password(&id, "racer@example.com", PASSWORD);
    let switch = |active: bool| patch_op(json!([{"op": "replace", "path": "active", "value": active}]));
    let (mut began, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let start = Barrier::new(3);
        let answers = thread::scope(|scope| {
            let signing_in = [0, 1].map(|_| {
                scope.spawn(|| {
                    start.wait();
                    learner.sign_in(PASSWORD)
                })
            });
            start.wait();
            // Password hashing takes some milliseconds: the deactivation falls before, into and after it.
            thread::sleep(std::time::Duration::from_millis((round as u64 % 10) * 8));
            expect(app.scim("PATCH", &path, Some(&switch(false))), 200);
            signing_in.map(|thread| thread.join().unwrap())
        });
        for answer in answers {
            match answer.status {
                201 => {
                    began += 1;
                    let token = crate::support::actors::token_of(&answer);
                    let alive = (app.session_status(&token), app.session_status_at(elsewhere, &token));
                    assert_eq!(alive, (401, 401), "round {round}");
                }
                403 => refused += 1,
                other => panic!("round {round}: {other} {}", String::from_utf8_lossy(&answer.body)),
            }
        }
        expect(app.scim("PATCH", &path, Some(&switch(true))), 200);
    }
    assert!(began > 0 && refused > 0, "the race was never one: {began} began, {refused} refused");
}
