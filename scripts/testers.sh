#!/usr/bin/env bash
# Installs the public SCIM testers, pinned in tests/testers/requirements.txt, into a virtual environment under the target
# directory, and prints the folder of its programs. Ends with 75 where they cannot be had here: no Python, or no PyPI.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

venv=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd -- "${CARGO_TARGET_DIR:-target}" && pwd)/testers

cannot_be_had() {
    printf '%s\n' "$1" >&2
    exit 75
}

# Two at once would build one environment.
exec 9>"$venv.lock"
if command -v flock >/dev/null; then flock 9; fi

if ! cmp -s tests/testers/requirements.txt "$venv/requirements.txt"; then
    command -v python3 >/dev/null || cannot_be_had "there is no python3"
    rm -rf "$venv"
    if ! python3 -m venv "$venv" >/dev/null 2>&1; then
        # Debian keeps it in a package of its own.
        if ((EUID == 0)) && command -v apt-get >/dev/null; then
            { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv; } >&2 </dev/null || true
        fi
        rm -rf "$venv"
        python3 -m venv "$venv" >&2 || cannot_be_had "python3 cannot make a virtual environment (Debian: apt-get install python3-venv)"
    fi
    if ! "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r tests/testers/requirements.txt >&2; then
        # Whether nothing can be fetched at all, or only these: the second is a fault.
        "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$venv/reachable" pip >/dev/null 2>&1 ||
            cannot_be_had "PyPI cannot be reached"
        printf 'PyPI can be reached, but what tests/testers/requirements.txt names cannot be installed\n' >&2
        exit 1
    fi
    cp tests/testers/requirements.txt "$venv/requirements.txt"
fi

printf '%s\n' "$venv/bin"
