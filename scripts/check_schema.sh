#!/usr/bin/env bash
# src/store/schema.rs is what `diesel print-schema` says of a database with all migrations. With --write, it becomes
# that. The comparison itself is a test, because tests have a database.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

# The version of diesel in Cargo.lock.
version=$(sed -n '/^name = "diesel"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
tools=$PWD/${CARGO_TARGET_DIR:-target}/tools
[[ -z ${CARGO_TARGET_DIR:-} || $CARGO_TARGET_DIR != /* ]] || tools=$CARGO_TARGET_DIR/tools
diesel=$(command -v diesel || echo "$tools/bin/diesel")
if [[ $("$diesel" --version 2>/dev/null) != *"$version"* ]]; then
    diesel=$tools/bin/diesel
    if [[ $("$diesel" --version 2>/dev/null) != *"$version"* ]]; then
        # diesel_cli links the system's libpq.
        if ((EUID == 0)) && command -v apt-get >/dev/null && [[ ! -e /usr/include/postgresql/libpq-fe.h ]]; then
            apt-get update -qq && apt-get install -y -qq --no-install-recommends libpq-dev
        fi
        cargo install --quiet --locked --root "$tools" --version "$version" --no-default-features --features postgres diesel_cli
    fi
fi

write=
[[ ${1:-} != --write ]] || write=1
DIESEL=$diesel UPDATE_SCHEMA=$write cargo test --locked --quiet -p rollcall --test rollcall -- \
    --ignored --exact generated_schema::is_what_the_migrations_make
