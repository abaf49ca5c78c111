#!/usr/bin/env bash
# A short look at every fuzz target: they build, and find nothing within SECONDS_EACH (20) seconds each.
# Needs a nightly compiler and cargo-fuzz; installs the latter. Skipped, loudly, where that cannot be had.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../fuzz"
seconds_each=${SECONDS_EACH:-20}

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
    options=(-max_total_time="$seconds_each" -timeout=10 -verbosity=0)
    if [[ -f dictionaries/$target.dict ]]; then
        options+=(-dict="dictionaries/$target.dict")
    fi
    cargo +nightly fuzz run --sanitizer none "$target" -- "${options[@]}"
done
echo "every target held for $seconds_each seconds"
