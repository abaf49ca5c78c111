# shellcheck shell=bash
# Finding a PostgreSQL server, in the places where the binary looks too (src/postgres/binaries.rs).

oldest_postgres=14

# Directories that may hold `postgres` and `initdb`, one a line.
postgres_places() {
    if [[ -n ${ROLLCALL_POSTGRES_BIN:-} ]]; then
        printf '%s\n' "$ROLLCALL_POSTGRES_BIN"
        return
    fi
    pg_config --bindir 2>/dev/null || true
    tr : '\n' <<<"$PATH"
    # What matches nothing stays a pattern, which names no directory.
    printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
        /Applications/Postgres.app/Contents/Versions/*/bin /usr/local/pgsql/bin /usr/bin /usr/local/bin
}

# Succeeds when a server that is new enough is installed.
has_postgres() {
    local dir banner version
    while IFS= read -r dir; do
        [[ -x $dir/postgres && -x $dir/initdb ]] || continue
        banner=$("$dir/postgres" --version 2>/dev/null) || continue
        version=${banner#postgres (PostgreSQL) }
        version=${version%%[!0-9]*}
        if [[ -n $version ]] && ((version >= oldest_postgres)); then
            return 0
        fi
    done < <(postgres_places)
    return 1
}
