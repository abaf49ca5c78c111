//! The laws of PATCH, each on thousands of random requests over random users and groups, the same at every run.
//!
//! The laws and the requests are those of the fuzzers (`fuzz/src/laws.rs`, `fuzz/src/generate.rs`).

use rollcall_scim::patch::{self, Op, Operation};
use rollcall_scim::resource::Dialect;

#[allow(
    unreachable_pub,
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "a crate of its own when it is fuzzed"
)]
#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use fuzz::generate::{Random, Request};
use fuzz::laws::{self, Law};

/// Requests of each kind that were carried out.
const CARRIED_OUT: usize = 10_000;

/// Holds `laws` against requests from `seed` on, of `longest` operations at most, until enough were carried out.
fn hold(seed: u64, longest: usize, laws: &[Law]) {
    let mut random = Random(seed);
    let (mut carried_out, mut changed) = (0, 0);
    while carried_out < CARRIED_OUT {
        let Request { rt, before, mut operations, dialect } = Request::any(&mut random);
        operations.truncate(longest);
        if let Some(done) = laws::carry_out(&rt, &before, &operations, dialect) {
            carried_out += 1;
            changed += usize::from(!done.patched.changed.is_empty());
            laws.iter().for_each(|law| law(&done));
        }
    }
    // Requests that do nothing would prove nothing.
    assert!(changed > CARRIED_OUT / 3, "only {changed} changed anything");
}

/// R045, R125, R129, R130, R131, R132, R136, R140, R143, R144: what comes out is a resource that a POST to the letter of the RFCs
/// would take as it is, with the schemas in use and one primary value in a list. The operations were applied in order,
/// exactly what differs is reported as changed, and what only the server sets or no schema knows is as it was.
#[test]
fn whole_requests() {
    hold(
        1,
        4,
        &[
            laws::is_a_resource,
            laws::changed_is_what_differs,
            laws::unknown_stays,
            laws::read_only_stays,
            laws::one_primary,
            laws::in_order,
        ],
    );
}

/// R131, R135, R136, R137: what was added joins what is there and changes nothing the second time; no element loses its value, its type,
/// or what can be set only once. What was removed is gone, as is every element that a filter in the path selected.
#[test]
fn single_operations() {
    hold(2, 1, &[laws::add_again, laws::added_beside, laws::removed_is_gone]);
}

/// R130: one operation that fails, anywhere, is a refusal of the whole request, whatever the others are.
#[test]
fn one_operation_that_fails_is_a_refusal() {
    let mut random = Random(10);
    for round in 0..CARRIED_OUT {
        let Request { rt, before, mut operations, dialect } = Request::any(&mut random);
        let at = round % (operations.len() + 1);
        operations.insert(at, Operation { op: Op::Remove, path: None, value: None });
        let unchanged = before.clone();
        assert!(patch::apply(&rt, &before, &operations, &dialect).is_err(), "{operations:#?}");
        assert_eq!(before, unchanged);
    }
}

/// R142: to the letter, what a filter in a path does not find is refused; the compatible dialect does at least as much.
#[test]
fn what_the_letter_allows_the_compatible_dialect_allows() {
    let mut random = Random(11);
    let mut carried_out = 0;
    while carried_out < CARRIED_OUT / 4 {
        let Request { rt, before, mut operations, .. } = Request::any(&mut random);
        operations.truncate(2);
        let Ok(strict) = patch::apply(&rt, &before, &operations, &Dialect::strict()) else { continue };
        carried_out += 1;
        let compat = patch::apply(&rt, &before, &operations, &Dialect::compat());
        // It also takes away elements that have lost everything but their type.
        let takes_parts = operations.iter().any(|operation| {
            operation.path.as_ref().is_some_and(|path| path.contains(']') || path.contains('.'))
        });
        match compat {
            Ok(compat) if takes_parts => assert!(compat.ignored.is_empty(), "{operations:#?}"),
            compat => assert_eq!(compat, Ok(strict), "{operations:#?}"),
        }
    }
}
