//! In which order operations run (RFC 7644 §3.7, §3.7.1).
//!
//! That of the request, with one exception: who refers to what is made later waits until it is made. Whatever else is done to
//! the same resource afterwards waits too, so that the client's order holds for every resource. Which one a POST is about only
//! shows when it is carried out: a person who comes back is changed in place. So what is done to any resource of its endpoint
//! waits for a POST that waits.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::Requested;
use super::circles::{components, is_circle};
use crate::error::{ScimError, shorten};

/// Operations in one circle at most. A circle is carried out at once and as a whole; a longer one would keep everybody else
/// from the database.
pub const MAX_CIRCLE: usize = 100;

/// The endpoint whose resources hold each other as members.
const GROUPS: &str = "/Groups";

/// What to do next. Operations are named by their place in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// One operation. What it needs was made before, or has failed.
    Single(usize),
    /// POSTs that need each other: to be made without what is not there yet, which is put in afterwards. In ascending order.
    Circle(Vec<usize>),
    /// POSTs that need each other in a way that cannot be (409, RFC 7644 §3.7.1).
    Unsolvable(Vec<usize>, ScimError),
}

/// All operations of a request, each in one step.
pub fn steps(operations: &[Requested]) -> Vec<Step> {
    if operations.iter().all(|operation| operation.needs.is_empty()) {
        return (0..operations.len()).map(Step::Single).collect();
    }
    let edges = edges(operations);
    let components = components(&edges);
    sorted(&components, &edges).into_iter().map(|component| step(component, &edges, operations)).collect()
}

fn step(component: &[usize], edges: &[Vec<usize>], operations: &[Requested]) -> Step {
    match component {
        [single] if !is_circle(component, edges) => Step::Single(*single),
        _ => match refusal(component, edges, operations) {
            Some(error) => Step::Unsolvable(component.to_vec(), error),
            None => Step::Circle(component.to_vec()),
        },
    }
}

/// What each operation has to wait for: what it needs, the one before it on the same resource, and POSTs that may wait themselves
/// and turn out to be about the same resource.
fn edges(operations: &[Requested]) -> Vec<Vec<usize>> {
    let mut last = HashMap::new();
    let mut posts: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut all = Vec::with_capacity(operations.len());
    for (place, operation) in operations.iter().enumerate() {
        let mut edges = operation.needs.clone();
        match &operation.target {
            // One that needs nothing is in time.
            Some(target) if operation.creates() && !edges.is_empty() => {
                posts.entry(&target.endpoint).or_default().push(place);
            }
            Some(target) if !operation.creates() => {
                let id = target.id.as_deref().unwrap_or_default().to_ascii_lowercase();
                edges.extend(last.insert((target.endpoint.as_str(), id), place));
                edges.extend(posts.get(target.endpoint.as_str()).into_iter().flatten());
            }
            _ => {}
        }
        all.push(edges);
    }
    all
}

/// The components, each after those it waits for, and otherwise in the order of the request; a circle stands where its last
/// operation does.
fn sorted<'c>(components: &'c [Vec<usize>], edges: &[Vec<usize>]) -> Vec<&'c [usize]> {
    let mut component_of = vec![0; edges.len()];
    for (number, component) in components.iter().enumerate() {
        component.iter().for_each(|place| component_of[*place] = number);
    }
    let mut waiting = vec![0_usize; components.len()];
    let mut awaited_by = vec![Vec::new(); components.len()];
    for (place, before) in edges.iter().enumerate() {
        let own = component_of[place];
        for other in before.iter().map(|before| component_of[*before]).filter(|other| *other != own) {
            waiting[own] += 1;
            awaited_by[other].push(own);
        }
    }
    let ready = |number: usize| Reverse((components[number].last().copied(), number));
    let mut heap: BinaryHeap<_> = (0..components.len()).filter(|n| waiting[*n] == 0).map(ready).collect();
    let mut order = Vec::with_capacity(components.len());
    while let Some(Reverse((_, number))) = heap.pop() {
        order.push(components[number].as_slice());
        for next in &awaited_by[number] {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                heap.push(ready(*next));
            }
        }
    }
    order
}

/// Why a circle cannot be made.
fn refusal(circle: &[usize], edges: &[Vec<usize>], operations: &[Requested]) -> Option<ScimError> {
    let names = || {
        let ids = circle.iter().take(3).filter_map(|place| operations[*place].bulk_id.as_deref());
        let names: Vec<String> = ids.map(|id| format!("{:?}", shorten(id))).collect();
        let more = if circle.len() > 3 { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    };
    if circle.len() > MAX_CIRCLE {
        return Some(ScimError::conflict(format!(
            "{} operations refer to each other in a circle ({}); at most {MAX_CIRCLE} can be made at once: leave some of the \
             references out, and add them in a second request",
            circle.len(),
            names()
        )));
    }
    let is_group =
        |place: usize| operations[place].target.as_ref().is_some_and(|target| target.endpoint == GROUPS);
    // The same graph, but only of groups in groups.
    let among_groups: Vec<Vec<usize>> = circle
        .iter()
        .map(|place| {
            let inside = edges[*place].iter().filter(|other| is_group(*place) && is_group(**other));
            inside.filter_map(|other| circle.binary_search(other).ok()).collect()
        })
        .collect();
    let circular = components(&among_groups).iter().any(|component| is_circle(component, &among_groups));
    circular.then(|| {
        ScimError::conflict(format!(
            "the groups of {} would be members of each other in a circle; leave out one of these memberships",
            names()
        ))
    })
}
