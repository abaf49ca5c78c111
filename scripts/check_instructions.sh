#!/usr/bin/env bash
# Counts the instructions of each hot path under callgrind, which counts the same whatever else the machine does, and compares them
# with those that are kept: more than a tenth more fails. With --write they are kept from now on.
#
#   scripts/check_instructions.sh [--write]
#
# Another compiler makes other instructions: with one that the kept ones are not of, they are shown and not compared.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/prerequisites.sh
source scripts/prerequisites.sh

kept=benches/hot_paths/instructions.tsv
times=50
require_rust
require_packages compiler valgrind

env -u CARGO_BUILD_TARGET cargo build --quiet --release --locked -p rollcall-hot-paths
program=${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}/release/rollcall-hot-paths
compiler="$(rustc --version | cut -d ' ' -f 1-2) on $(uname -m)"

# Instructions of going through the path of a name once.
count() {
    local said
    # What the processor has of vector instructions decides which memcpy is taken; the oldest everybody has.
    said=$(GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-ERMS,-FSRM valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        --toggle-collect='*counted_from_here*' "$program" "$1" "$times" 2>&1) || fail "valgrind: $said"
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' <<<"$said" | awk -v times="$times" '{ printf "%d", $1 / times }'
}

counted=$(mktemp)
trap 'rm -f "$counted"' EXIT
echo "# $compiler" >"$counted"
while read -r name; do
    instructions=$(count "$name")
    ((instructions > 0)) || fail "nothing was counted for $name"
    printf '%s\t%s\n' "$instructions" "$name" >>"$counted"
done < <("$program")

if [[ ${1-} == --write ]]; then
    cp "$counted" "$kept"
    cat "$kept"
    exit
fi
if [[ $(head -n 1 "$kept") != "# $compiler" ]]; then
    echo "not compared: kept are those of $(head -n 1 "$kept" | cut -c 3-), and this is $compiler"
    cat "$counted"
    exit
fi
# Both files: instructions, a tab, the name; the first is what is kept.
awk -F '\t' '
    /^#/ { next }
    NR == FNR { kept[$2] = $1; next }
    !($2 in kept) { printf "%s is not among the kept ones\n", $2; failed = 1; next }
    {
        seen[$2] = 1
        printf "%-32s %9d, kept %9d: %.2f times\n", $2, $1, kept[$2], $1 / kept[$2]
        if ($1 > kept[$2] * 1.1) { printf "%s takes more than a tenth more instructions\n", $2; failed = 1 }
    }
    END {
        for (name in kept) if (!(name in seen)) { printf "%s is kept and not counted any more\n", name; failed = 1 }
        exit failed
    }' "$kept" "$counted" || fail "Where it has to be so: scripts/check_instructions.sh --write, and say why in the commit."
