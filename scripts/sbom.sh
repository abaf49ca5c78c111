#!/usr/bin/env bash
# Prints the software bill of materials of the release as CycloneDX 1.6 (JSON): every package that is compiled for it, with
# version, licence and the SHA-256 that Cargo.lock demands, and who needs whom.
#
#   scripts/sbom.sh > rollcall.cdx.json
#   scripts/sbom.sh --features postgres-tls --target aarch64-unknown-linux-gnu
#
# Arguments go to `cargo tree`: give the features and the target that the release was built with (without: those of ./run, on
# this machine). The same commit gives the same bytes. What only helps to build, and is not in the program, has the scope
# "excluded". A tool for this (cargo-cyclonedx) was left out: it goes by the features of the whole workspace, benchmarks and
# tests included, takes minutes to install, and numbers each document anew.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
export LC_ALL=C

tree() {
    cargo tree --locked --quiet --charset ascii -p rollcall --prefix depth -f '|{p}|{l}|{r}' "$@"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree -e normal,build "$@" >"$work/compiled"
tree -e normal,no-proc-macro "$@" >"$work/contained"

# The day of the commit, so that the document is the same whenever it is made. Outside of a clone there is none.
commit=$(git rev-parse HEAD 2>/dev/null || true)
at=$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null || true)

# Lines "kind<tab>…": contained, hash, component, edge.
awk '
    FNR == 1 { file++ }
    function reference(name, version) { return name "@" version }
    # Cargo.lock: name, version and checksum follow each other.
    file == 1 {
        if ($1 == "name") name = unquoted($3)
        if ($1 == "version") version = unquoted($3)
        if ($1 == "checksum") hash[reference(name, version)] = unquoted($3)
        next
    }
    function unquoted(text) { gsub(/"/, "", text); return text }
    # Of a tree: "depth|name vVERSION (what it is)|licence|repository", and " (*)" where it was shown before.
    {
        sub(/ \(\*\)$/, "")
        split($0, part, "|")
        split(part[2], package, " ")
        is = reference(package[1], substr(package[2], 2))
    }
    file == 2 { contained[is] = 1; next }
    {
        depth = part[1] + 0
        above[depth] = is
        if (depth > 0) edges[above[depth - 1] "\t" is] = 1
        name_of[is] = package[1]
        version_of[is] = substr(package[2], 2)
        # Before SPDX had expressions, "A/B" was written for "A or B".
        licence_of[is] = part[3]
        gsub(/ *\/ */, " OR ", licence_of[is])
        repository_of[is] = part[4]
    }
    END {
        for (is in name_of) {
            scope = (is in contained) ? "required" : "excluded"
            print "component\t" is "\t" name_of[is] "\t" version_of[is] "\t" scope "\t" licence_of[is] "\t" hash[is] "\t" repository_of[is]
        }
        for (edge in edges) print "edge\t" edge
    }
' Cargo.lock "$work/contained" "$work/compiled" | sort -u >"$work/lines"

awk -F '\t' -v commit="$commit" -v at="$at" '
    function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
    # A package URL; our own packages are on no registry and have none.
    function purl(name, version) { gsub(/\+/, "%2B", version); return "pkg:cargo/" name "@" version }
    $1 == "component" {
        fields = "\"bom-ref\": " quoted($2) ", \"name\": " quoted($3) ", \"version\": " quoted($4)
        licence = ", \"licenses\": [{ \"expression\": " quoted($6) " }]"
        if ($3 == "rollcall") {
            # The program itself is what the document is about.
            main = fields licence
        } else {
            line = "    { \"type\": \"library\", " fields ", \"scope\": " quoted($5) licence
            if ($7 != "") {
                line = line ", \"hashes\": [{ \"alg\": \"SHA-256\", \"content\": " quoted($7) " }], \"purl\": " quoted(purl($3, $4))
            }
            if ($8 ~ /^https:/) {
                line = line ", \"externalReferences\": [{ \"type\": \"vcs\", \"url\": " quoted($8) " }]"
            }
            # C code that a package brings along, by the version behind its own: pq-src 0.3.14+libpq-18.6.
            if ($3 == "pq-src" && match($4, /\+libpq-/)) {
                line = line ", \"components\": [{ \"type\": \"library\", \"name\": \"libpq\", \"version\": " quoted(substr($4, RSTART + RLENGTH)) " }]"
            } else if ($3 == "openssl-src" && match($4, /\+/)) {
                line = line ", \"components\": [{ \"type\": \"library\", \"name\": \"openssl\", \"version\": " quoted(substr($4, RSTART + RLENGTH)) " }]"
            }
            components[++count] = line " }"
        }
        refs[++many] = $2
    }
    $1 == "edge" { needs[$2] = needs[$2] (needs[$2] == "" ? "" : ", ") quoted($3) }
    END {
        print "{"
        print "  \"bomFormat\": \"CycloneDX\","
        print "  \"specVersion\": \"1.6\","
        print "  \"version\": 1,"
        print "  \"metadata\": {"
        if (at != "") print "    \"timestamp\": " quoted(at) ","
        print "    \"lifecycles\": [{ \"phase\": \"build\" }],"
        pedigree = commit == "" ? "" : ", \"pedigree\": { \"commits\": [{ \"uid\": " quoted(commit) " }] }"
        print "    \"component\": { \"type\": \"application\", " main pedigree " }"
        print "  },"
        print "  \"components\": ["
        for (i = 1; i <= count; i++) print components[i] (i < count ? "," : "")
        print "  ],"
        print "  \"dependencies\": ["
        for (i = 1; i <= many; i++) {
            print "    { \"ref\": " quoted(refs[i]) ", \"dependsOn\": [" needs[refs[i]] "] }" (i < many ? "," : "")
        }
        print "  ]"
        print "}"
    }
' "$work/lines"
