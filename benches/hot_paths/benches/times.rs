//! `cargo bench -p rollcall-hot-paths`: how long each of the hot paths takes.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn times(criterion: &mut Criterion) {
    let paths = rollcall_hot_paths::all().unwrap_or_default();
    assert!(!paths.is_empty(), "one of them does not work: `cargo run -p rollcall-hot-paths` says which");
    for (name, path) in paths {
        criterion.bench_function(name, |bencher| bencher.iter(|| black_box(path())));
    }
}

criterion_group!(all, times);
criterion_main!(all);
