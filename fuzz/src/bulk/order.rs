//! What must hold of the order in which operations run.

use std::collections::HashMap;

use rollcall_scim::bulk::{MAX_CIRCLE, Requested, Step};

use super::super::refusal;

/// Every operation is in one step, after what it needs and after what was asked of the same resource before, as far as a POST is
/// about anyone of its endpoint, and no later than it has to.
pub fn check(operations: &[Requested], steps: &[Step]) {
    let step_of = numbered(operations, steps);
    let mut last = HashMap::new();
    let mut posts: HashMap<&String, Vec<usize>> = HashMap::new();
    // The last operation that each waits for, through whatever lies between; steps stand behind what they wait for.
    let mut waits_for: Vec<Vec<usize>> = Vec::with_capacity(operations.len());
    for (place, operation) in operations.iter().enumerate() {
        let mut before = operation.needs.clone();
        if let Some(target) = operation.target.as_ref().filter(|_| !operation.creates()) {
            let resource = (&target.endpoint, target.id.as_ref().map(|id| id.to_ascii_lowercase()));
            before.extend(last.insert(resource, place));
            before.extend(posts.get(&target.endpoint).into_iter().flatten());
        } else if let Some(target) = &operation.target {
            posts.entry(&target.endpoint).or_default().push(place);
        }
        for other in &before {
            let together = step_of[*other] == step_of[place] && operation.creates();
            assert!(step_of[*other] < step_of[place] || together, "{place} before {other}: {steps:?}");
        }
        waits_for.push(before);
    }
    steps.iter().for_each(|step| is_right(step, operations));
    not_overtaken(steps, &step_of, &waits_for);
}

/// The number of the step of each operation.
fn numbered(operations: &[Requested], steps: &[Step]) -> Vec<usize> {
    let mut step_of = vec![None; operations.len()];
    for (number, step) in steps.iter().enumerate() {
        assert!(!places(step).is_empty(), "a step of nothing");
        for place in places(step) {
            assert_eq!(step_of[*place].replace(number), None, "{place} is in two steps");
        }
    }
    step_of.into_iter().map(|step| step.expect("every operation is in a step")).collect()
}

/// The operations of a step.
pub fn places(step: &Step) -> &[usize] {
    match step {
        Step::Single(place) => std::slice::from_ref(place),
        Step::Circle(places) | Step::Unsolvable(places, _) => places,
    }
}

fn is_right(step: &Step, operations: &[Requested]) {
    let circle = match step {
        Step::Single(place) => return assert!(!operations[*place].needs.contains(place), "{step:?}"),
        Step::Circle(places) | Step::Unsolvable(places, _) => places,
    };
    assert!(circle.is_sorted(), "{step:?}");
    assert!(circle.iter().all(|place| operations[*place].creates()), "{step:?}");
    let inside = |place: usize| {
        operations[place].needs.iter().copied().filter(|need| circle.binary_search(need).is_ok())
    };
    let mut needed_by: HashMap<usize, Vec<usize>> = HashMap::new();
    circle.iter().for_each(|place| inside(*place).for_each(|n| needed_by.entry(n).or_default().push(*place)));
    // From anywhere to everywhere: the whole circle needs its first, and its first needs the whole circle.
    let needs = |place: usize| inside(place).collect();
    let needed = |place: usize| needed_by.get(&place).cloned().unwrap_or_default();
    assert_eq!(reached(circle[0], needs), circle.len(), "{step:?}");
    assert_eq!(reached(circle[0], needed), circle.len(), "{step:?}");
    let is_group =
        |place: usize| operations[place].target.as_ref().is_some_and(|target| target.endpoint == "/Groups");
    let mut groups: Vec<usize> = circle.iter().copied().filter(|place| is_group(*place)).collect();
    // Groups that hold no other group are no part of a circle of groups, and then those that hold only these, and so on.
    while let Some(at) = groups.iter().position(|group| !inside(*group).any(|need| groups.contains(&need))) {
        groups.swap_remove(at);
    }
    match step {
        Step::Unsolvable(_, error) => {
            assert_eq!(error.status, 409);
            refusal::check(error);
            assert!(circle.len() > MAX_CIRCLE || !groups.is_empty(), "{step:?}");
        }
        _ => assert!(circle.len() <= MAX_CIRCLE && groups.is_empty(), "{step:?}"),
    }
}

/// How many can be reached from one of them, itself included, by a way of one step or more.
fn reached(from: usize, next: impl Fn(usize) -> Vec<usize>) -> usize {
    let mut found = std::collections::BTreeSet::new();
    let mut way = next(from);
    while let Some(place) = way.pop() {
        if found.insert(place) {
            way.extend(next(place));
        }
    }
    found.len()
}

/// Whoever waits for nothing later, not even through others, runs before everything that stands later in the request.
fn not_overtaken(steps: &[Step], step_of: &[usize], waits_for: &[Vec<usize>]) {
    let mut latest = vec![0; steps.len()];
    for (number, step) in steps.iter().enumerate() {
        let own = places(step).iter().max().copied().unwrap_or_default();
        let awaited = places(step).iter().flat_map(|place| &waits_for[*place]).map(|other| step_of[*other]);
        let awaited = awaited.filter(|other| *other != number).map(|other| latest[other]).max();
        latest[number] = own.max(awaited.unwrap_or_default());
    }
    let mut first_of_later = usize::MAX;
    for place in (0..step_of.len()).rev() {
        let free = latest[step_of[place]] == place;
        assert!(!free || step_of[place] <= first_of_later, "{place} is overtaken: {steps:?}");
        first_of_later = first_of_later.min(step_of[place]);
    }
}
