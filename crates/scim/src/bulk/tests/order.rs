use super::*;
use std::collections::HashSet;

/// A user with the references given.
fn user(bulk_id: &str, refers_to: &[&str]) -> Value {
    let references: Vec<String> = refers_to.iter().map(|name| format!("bulkId:{name}")).collect();
    post("/Users", bulk_id, json!({"userName": bulk_id, "x": references}))
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|name| json!({"value": format!("bulkId:{name}")})).collect();
    post("/Groups", bulk_id, json!({"displayName": bulk_id, "members": members}))
}

fn delete(path: &str) -> Value {
    json!({"method": "DELETE", "path": path})
}

fn order(list: Vec<Value>) -> Vec<Step> {
    steps(&operations(Value::Array(list)))
}

fn singles(places: &[usize]) -> Vec<Step> {
    places.iter().copied().map(Step::Single).collect()
}

/// R158: without references to what is made later, the order is that of the request.
#[test]
fn the_order_of_the_request() {
    assert_eq!(order(vec![user("a", &[]), delete("/Users/7"), user("b", &[])]), singles(&[0, 1, 2]));
    assert_eq!(
        order(vec![user("a", &[]), group("g", &["a"]), delete("/Users/bulkId:a")]),
        singles(&[0, 1, 2])
    );
}

/// R156, R158: who refers to what is made later waits for it and no longer.
#[test]
fn forward_references_wait() {
    let list =
        vec![group("g", &["c", "a"]), user("a", &[]), user("b", &["g"]), user("c", &[]), user("d", &[])];
    assert_eq!(order(list), singles(&[1, 3, 0, 2, 4]));
}

/// R158: whatever happens to one resource happens in the order of the request.
#[test]
fn what_follows_on_the_same_resource_waits_too() {
    let add = json!({"method": "PATCH", "path": "/Groups/AB", "data": {"Operations": [
        {"op": "add", "path": "members", "value": [{"value": "bulkId:a"}]}]}});
    let list = vec![add, delete("/Groups/ab"), delete("/Groups/cd"), user("a", &[])];
    assert_eq!(order(list), singles(&[2, 3, 0, 1]));
}

/// R157: circles of users, or of users and a group, can be made.
#[test]
fn circles_that_can_be_made() {
    assert_eq!(order(vec![user("a", &["b"]), user("b", &["a"])]), [Step::Circle(vec![0, 1])]);
    assert_eq!(order(vec![user("a", &["a"])]), [Step::Circle(vec![0])]);
    assert_eq!(
        order(vec![group("g", &["a"]), delete("/Users/7"), user("a", &["g"]), user("b", &["a"])]),
        [Step::Single(1), Step::Circle(vec![0, 2]), Step::Single(3)]
    );
    let two = vec![user("a", &["b", "c"]), user("b", &["a"]), user("c", &["d"]), user("d", &["c"])];
    assert_eq!(order(two), [Step::Circle(vec![2, 3]), Step::Circle(vec![0, 1])]);
    assert_eq!(
        order(vec![group("g", &["h"]), group("h", &["a"]), user("a", &["g"])]),
        [Step::Circle(vec![0, 1, 2])],
        "the groups do not hold each other"
    );
}

/// R157: groups cannot be members of each other, and no circle is endless.
#[test]
fn circles_that_cannot() {
    for (list, named) in [
        (vec![group("g", &["h"]), group("h", &["g"])], "\"g\", \"h\""),
        (vec![group("g", &["g"])], "\"g\""),
        (vec![group("g", &["h", "a"]), group("h", &["g"]), user("a", &["h"])], "\"g\", \"h\", \"a\""),
    ] {
        let count = list.len();
        let [Step::Unsolvable(places, error)] = &order(list)[..] else { panic!("{named} was solved") };
        assert_eq!((places.len(), error.status), (count, 409));
        assert!(error.detail.contains(named), "{}", error.detail);
    }
    let ring =
        |count: usize| (0..count).map(|n| user(&n.to_string(), &[&((n + 1) % count).to_string()])).collect();
    assert_eq!(order(ring(MAX_CIRCLE)), [Step::Circle((0..MAX_CIRCLE).collect())]);
    let [Step::Unsolvable(places, error)] = &order(ring(MAX_CIRCLE + 1))[..] else { panic!("was solved") };
    assert_eq!((places.len(), error.status), (MAX_CIRCLE + 1, 409));
    assert!(error.detail.contains("101 operations"), "{}", error.detail);
}

/// R158: whatever the references are, every operation has one step, and what it needs was done before or is in its circle.
#[test]
fn every_operation_once_and_after_what_it_needs() {
    // A small generator with a seed of its own: the same numbers every time.
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % below
    };
    for _ in 0..200 {
        let count = 1 + random(12);
        let list: Vec<Value> = (0..count)
            .map(|n| {
                let references: Vec<String> = (0..random(3)).map(|_| random(count).to_string()).collect();
                let references: Vec<&str> = references.iter().map(String::as_str).collect();
                user(&n.to_string(), &references)
            })
            .collect();
        let operations = operations(Value::Array(list));
        let mut done = HashSet::new();
        for step in steps(&operations) {
            let places = match &step {
                Step::Single(place) => vec![*place],
                Step::Circle(places) | Step::Unsolvable(places, _) => places.clone(),
            };
            for place in &places {
                let needs = &operations[*place].needs;
                assert!(needs.iter().all(|need| done.contains(need) || places.contains(need)), "{step:?}");
            }
            for place in places {
                assert!(done.insert(place), "{place} twice");
            }
        }
        assert_eq!(done.len(), count);
    }
}

/// R157: a chain as long as a request may be is no circle, and costs no stack.
#[test]
fn a_long_chain() {
    let next = |n: usize| if n < 999 { vec![(n + 1).to_string()] } else { Vec::new() };
    let chain =
        (0..1_000).map(|n| user(&n.to_string(), &next(n).iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(order(chain.collect()), singles(&(0..1_000).rev().collect::<Vec<_>>()));
}
