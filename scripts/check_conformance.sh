#!/usr/bin/env bash
# Lets scim2-tester (PyPI) test the real server. Fails on any ERROR, or when it finds suspiciously little to test.
# Skipped, loudly, only where Python or PyPI cannot be had.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

least_results=100
target=${CARGO_TARGET_DIR:-target}
venv=$target/testers

skip() {
    printf '\n*** SKIPPED: scim2-tester was not run: %s ***\n\n' "$1" >&2
    exit 0
}

command -v python3 >/dev/null || skip "there is no python3"
if ! cmp -s tests/testers/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv" || skip "python3 cannot make a virtual environment"
    "$venv/bin/pip" install --quiet -r tests/testers/requirements.txt || skip "PyPI cannot be reached"
    cp tests/testers/requirements.txt "$venv/requirements.txt"
fi

cargo build --quiet --locked -p rollcall
scim2=$(readlink -f "$venv")/bin/scim2
data=$(mktemp -d)
server=
finish() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$data"
}
trap finish EXIT
env -u DATABASE_URL "$target/debug/rollcall" serve --listen 127.0.0.1:0 --data-dir "$data/rollcall" >"$data/out" 2>"$data/log" &
server=$!
for _ in $(seq 600); do
    grep -q '^Rollcall is ready' "$data/out" && break
    kill -0 "$server" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
    sleep 0.1
done
# shellcheck disable=SC1091
source "$data/rollcall/demo.env"

(cd "$data" && SCIM_CLI_HEADERS="Authorization: Bearer $SCIM_TOKEN" "$scim2" -u "$SCIM_BASE_URL" test) >"$data/results" 2>&1 || true
good=$(grep -c '^SUCCESS' "$data/results" || true)
bad=$(grep -cE '^(ERROR|CRITICAL)' "$data/results" || true)
echo "scim2-tester: $good SUCCESS, $bad ERROR"
if ((bad > 0 || good < least_results)); then
    cat "$data/results" >&2
    exit 1
fi
