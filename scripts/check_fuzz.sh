#!/usr/bin/env bash
# Every fuzz target builds and holds for every input that is kept. With SECONDS_EACH=600 each also looks for new ones, for as
# long: chance belongs where somebody can look at what it found, not into a gate that others wait for.
# Needs a nightly compiler and cargo-fuzz; installs the latter. Skipped, loudly, where that cannot be had.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../fuzz"
seconds_each=${SECONDS_EACH:-0}

skip() {
    printf '\nSKIPPED: nothing was fuzzed. %s\n\n' "$1" >&2
    exit 0
}

cargo +nightly --version >/dev/null 2>&1 ||
    skip "A nightly compiler is missing; install one with: rustup toolchain install nightly"
if ! command -v cargo-fuzz >/dev/null; then
    echo "installing cargo-fuzz"
    cargo install cargo-fuzz --locked --quiet || skip "cargo-fuzz could not be installed."
fi

cargo fmt --check
# Safe Rust all through, so the address sanitizer would only make it slow.
cargo +nightly fuzz build --sanitizer none
for target in $(cargo +nightly fuzz list); do
    printf '\n--- %s\n' "$target"
    cargo run --quiet --example seeds -- unpack "$target"
    if ((seconds_each == 0)); then
        # The directory may hold what earlier runs found besides; that is held too.
        cargo +nightly fuzz run --sanitizer none "$target" -- -runs=0 -timeout=10 -verbosity=0
        continue
    fi
    options=(-max_total_time="$seconds_each" -timeout=10 -verbosity=0)
    if [[ -f dictionaries/$target.dict ]]; then
        options+=(-dict="dictionaries/$target.dict")
    fi
    cargo +nightly fuzz run --sanitizer none "$target" -- "${options[@]}"
done
if ((seconds_each == 0)); then
    echo "every target holds for every input that is kept"
else
    echo "every target held for $seconds_each seconds"
fi
