#!/usr/bin/env bash
# Fuzzes the surfaces of the running program: SCIM, the API and OAuth, each for so many minutes, all at the same time.
# Usage: scripts/fuzz_surfaces.sh [--minutes N] [--surface scim|api|oauth|all] [--program PATH] [--seed N] [--cargo-fuzz] [--keep]
# Ends with 1 when an answer was a fault, told of the inside or had the wrong envelope, or the process did not hold. See fuzz/README.md.
set -euo pipefail

here=$PWD
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

minutes=1 program= cargo_fuzz= arguments=()
while (($#)); do
    case $1 in
        --minutes) minutes=$2; arguments+=("$1" "$2"); shift 2 ;;
        --program) program=$(cd -- "$here" && readlink -f -- "$2"); shift 2 ;;
        --cargo-fuzz) cargo_fuzz=yes; shift ;;
        --surface | --seed) arguments+=("$1" "$2"); shift 2 ;;
        --keep) arguments+=("$1"); shift ;;
        -h | --help) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) printf 'unknown: %s; --help lists what there is\n' "$1" >&2; exit 2 ;;
    esac
done

if [[ -z $program ]]; then
    cargo build --locked --bin rollcall
    program=$(readlink -f -- "${CARGO_TARGET_DIR:-target}/debug/rollcall")
fi

status=0
testers=$(scripts/testers.sh) || status=$?
if ((status == 75)); then
    printf '\nSKIPPED: schemathesis was not run, only the changed requests are sent.\n\n' >&2
elif ((status)); then
    exit "$status"
else
    arguments+=(--testers "$testers")
fi

if [[ -n $cargo_fuzz ]]; then
    # Beside the server: as many minutes over all targets.
    targets=$(find fuzz/fuzz_targets -name '*.rs' | wc -l)
    log=$(mktemp)
    SECONDS_EACH=$(awk -v m="$minutes" -v t="$targets" 'BEGIN { printf "%d", (m * 60 / t < 1) ? 1 : m * 60 / t }') nice -n 10 scripts/check_fuzz.sh >"$log" 2>&1 &
    fuzzing=$!
fi

PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover -q -s fuzz/surfaces -p "test_*.py"

result=0
PYTHONDONTWRITEBYTECODE=1 python3 fuzz/surfaces/run.py --program "$program" "${arguments[@]}" || result=$?

if [[ -n $cargo_fuzz ]]; then
    if wait "$fuzzing"; then
        tail -n 1 "$log"
        grep -a SKIPPED "$log" || true
        rm -f "$log"
    else
        printf 'FOUND by cargo-fuzz:\n' && tail -n 60 "$log"
        result=1
    fi
fi
exit "$result"
