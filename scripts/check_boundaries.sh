#!/usr/bin/env bash
# The two pure crates see no framework, no I/O, no clock, no randomness, and not each other; they build alone.
# Imports inside of src/ are checked by tests/architecture.rs.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

failed=0
for crate in rollcall-domain rollcall-scim; do
    for forbidden in actix-web diesel getrandom log rand rollcall-domain rollcall-scim tokio; do
        if [[ $crate != "$forbidden" ]] && cargo tree --locked -p "$crate" -e normal --prefix none | grep -q "^$forbidden v"; then
            echo "$crate depends on $forbidden, which it must not see:" >&2
            cargo tree --locked -p "$crate" -e normal -i "$forbidden" >&2
            failed=1
        fi
    done
    if cargo tree --locked -p "$crate" -e normal,features --prefix none | grep -qE '^chrono feature "(clock|now)"'; then
        echo "$crate switches on a feature of chrono that can ask for the time" >&2
        failed=1
    fi
done
((failed == 0)) || exit 1
cargo check --locked --quiet -p rollcall-domain -p rollcall-scim
echo "the pure crates are pure"
