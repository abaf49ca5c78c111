# shellcheck shell=bash
# Building the release binary: in silence when there is nothing to do, and with cargo's progress when there is.
# To be sourced in the root of the clone.

# Prints the path of the binary that build_release makes.
release_binary() {
    echo "${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}/release/rollcall"
}

build_release() {
    local binary quiet=--quiet
    binary=$(release_binary)
    # cargo decides what to build; this only decides whether somebody has to wait for it.
    if [[ ! -x $binary ]] || is_older_than_sources "$binary"; then
        quiet=
        echo "building rollcall (the first time takes some minutes) ..." >&2
    fi
    # A target triple in the environment would move the binary.
    env -u CARGO_BUILD_TARGET cargo build ${quiet:+"$quiet"} --release --locked -p rollcall
    # What was newer need not have changed the binary: it is up to date as of now.
    touch -c "$binary" 2>/dev/null || true
    [[ -x $binary ]] || fail "cargo built rollcall, but not to $binary: is build.target-dir set in a cargo config file? Set CARGO_TARGET_DIR to it."
}

is_older_than_sources() {
    [[ -n $(find Cargo.toml Cargo.lock src crates migrations scim-schemas templates assets -type f -newer "$1" -print -quit 2>/dev/null) ]]
}
