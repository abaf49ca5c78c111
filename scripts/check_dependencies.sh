#!/usr/bin/env bash
# What comes from others, in the server and in fuzz/: licences, banned packages, sources and known vulnerabilities, by deny.toml.
# Installs cargo-deny the first time, which takes some minutes. Known vulnerabilities stand in a database that is fetched; where
# it cannot be had, and none was fetched before, that part is skipped, loudly.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

version=0.20.2
tools=$PWD/${CARGO_TARGET_DIR:-target}/tools
[[ -z ${CARGO_TARGET_DIR:-} || $CARGO_TARGET_DIR != /* ]] || tools=$CARGO_TARGET_DIR/tools
deny=$(command -v cargo-deny || echo "$tools/bin/cargo-deny")
if [[ $("$deny" --version 2>/dev/null) != "cargo-deny $version" ]]; then
    deny=$tools/bin/cargo-deny
    if [[ $("$deny" --version 2>/dev/null) != "cargo-deny $version" ]]; then
        echo "installing cargo-deny $version ..." >&2
        # Its own profile takes minutes to make a program of a few seconds faster.
        CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
            cargo install --quiet --locked --root "$tools" --version "$version" cargo-deny
    fi
fi

# check MANIFEST OPTION... -- CHECK...: says what is wrong with all its words, and what is only worth knowing in a line each.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
check() {
    local manifest=$1 options=()
    shift
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    printf -- '--- %s: %s\n' "$manifest" "$*"
    if ! "$deny" --locked --workspace --manifest-path "$manifest" --config deny.toml "${options[@]}" \
        check --allow license-not-encountered --allow unused-wrapper "$@" >"$said" 2>&1; then
        cat "$said" >&2
        exit 1
    fi
    grep -E '^(warning|[a-z]+ ok)' "$said" || true
}

for manifest in Cargo.toml fuzz/Cargo.toml; do
    check "$manifest" -- bans licenses sources
done

# With all features deny.toml lets OpenSSL in, for libpq; the ordinary build is without it.
compiled=$(cargo tree --locked --prefix none -p rollcall -e normal,build --target all)
if grep -E '^(openssl|native-tls)' <<<"$compiled"; then
    echo "the build without features compiles what stands above" >&2
    exit 1
fi

# The database is asked for once; where it cannot be had, what was fetched before counts.
if ! timeout 120 "$deny" --locked --config deny.toml fetch db >/dev/null 2>&1; then
    if ! compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/crates" >/dev/null; then
        printf '\nSKIPPED: known vulnerabilities were not looked for. The database of RustSec could not be fetched.\n\n' >&2
        exit 0
    fi
    printf '\nThe database of RustSec could not be fetched; what was fetched before counts.\n\n' >&2
fi
for manifest in Cargo.toml fuzz/Cargo.toml; do
    check "$manifest" --offline -- advisories
done
echo "what comes from others is as deny.toml wants it"
