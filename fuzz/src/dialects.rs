//! Which dialects an input meets: both ways of reading, and settings that were set singly.

use rollcall_scim::resource::{
    Dialect, Passwords, PatchAnswer, PathlessPatch, UnknownAttributes, UnknownMembers, UnmatchedFilter,
};

use super::generate::{Choices, Random};

/// The compatible dialect, the strict one, and a third that is another one for every input.
pub fn for_input(data: &[u8]) -> [Dialect; 3] {
    // FNV-1a: the same for the same input, and anything for the next.
    let hash = data.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut random = Random(hash);
    let reading = if random.one_in(2) { Dialect::strict() } else { Dialect::compat() };
    [Dialect::compat(), Dialect::strict(), with_settings(reading, &mut random)]
}

/// The dialect with some of its settings drawn. The choices of a fuzzer that has none left change nothing.
pub fn with_settings(dialect: Dialect, choices: &mut impl Choices) -> Dialect {
    Dialect {
        strict: dialect.strict,
        unknown_attributes: drawn(
            choices,
            dialect.unknown_attributes,
            &[UnknownAttributes::Ignore, UnknownAttributes::Refuse],
        ),
        unmatched_filter: drawn(
            choices,
            dialect.unmatched_filter,
            &[UnmatchedFilter::Create, UnmatchedFilter::NoTarget],
        ),
        pathless_patch: drawn(
            choices,
            dialect.pathless_patch,
            &[PathlessPatch::Accept, PathlessPatch::Refuse],
        ),
        unknown_members: drawn(
            choices,
            dialect.unknown_members,
            &[UnknownMembers::Skip, UnknownMembers::Refuse],
        ),
        patch_answer: drawn(
            choices,
            dialect.patch_answer,
            &[PatchAnswer::Representation, PatchAnswer::NoContent],
        ),
        passwords: drawn(
            choices,
            dialect.passwords,
            &[Passwords::Ignore, Passwords::Refuse, Passwords::Accept],
        ),
    }
}

fn drawn<T: Copy>(choices: &mut impl Choices, unless: T, values: &[T]) -> T {
    // A byte decides both, so that a setting costs a fuzzer one byte.
    let choice = choices.below(3 * values.len());
    *choice.checked_sub(2 * values.len()).and_then(|choice| values.get(choice)).unwrap_or(&unless)
}
