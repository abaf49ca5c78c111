#!/usr/bin/env bash
# Proves TLS to PostgreSQL (`sslmode=verify-full`) against a server with a certificate authority made for the purpose.
#
#   scripts/check_postgres_tls.sh [PROGRAM [PLAIN_PROGRAM]]
#
# PROGRAM was built with --features postgres-tls (without it, it is built here, which takes some minutes and needs perl and
# make); PLAIN_PROGRAM without, to see that it says so. Needs the openssl command. Not a part of ./test because of the build.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/postgres.sh
source scripts/postgres.sh

program=${1:-}
plain=${2:-}
if [[ -z $program ]]; then
    cargo build --release --locked -p rollcall --features postgres-tls
    program=${CARGO_TARGET_DIR:-target}/release/rollcall
fi
program=$(realpath -- "$program")

bin=
while IFS= read -r dir; do
    if [[ -x $dir/postgres && -x $dir/initdb ]]; then
        bin=$dir
    fi
done < <(postgres_places)
[[ -n $bin ]] || { echo "no PostgreSQL server is installed" >&2; exit 1; }

work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
# PostgreSQL refuses to run as root.
as_owner=()
if ((EUID == 0)); then
    chmod 711 "$work"
    as_owner=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
data=$work/data
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    "${as_owner[@]}" "$bin/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean_up EXIT

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
        -addext basicConstraints=critical,CA:TRUE -keyout "$work/$1.key" -out "$work/$1.crt" 2>/dev/null
}
authority ours
authority another
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=database" \
    -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
# The address and no name, so that `localhost` must be refused.
openssl x509 -req -in "$work/server.csr" -CA "$work/ours.crt" -CAkey "$work/ours.key" -CAcreateserial -days 2 \
    -extfile <(echo "subjectAltName=IP:127.0.0.1") -out "$work/server.crt" 2>/dev/null

install -d -m 700 "$data"
((EUID != 0)) || chown postgres:postgres "$data"
echo secret-word >"$work/password"
chmod 644 "$work/password"
"${as_owner[@]}" "$bin/initdb" -D "$data" -U app --pwfile="$work/password" --auth=scram-sha-256 --encoding=UTF8 --no-sync >/dev/null
cp "$work/server.crt" "$work/server.key" "$data/"
chmod 600 "$data/server.key"
((EUID != 0)) || chown postgres:postgres "$data/server.key" "$data/server.crt"
echo "hostssl all all 127.0.0.1/32 scram-sha-256" >"$data/pg_hba.conf"
"${as_owner[@]}" "$bin/pg_ctl" -D "$data" -w -l "$data/log" start \
    -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c ssl=on" >/dev/null

base="app:secret-word@127.0.0.1:$port/postgres"
failures=0

# expect WHAT ok|WORDS URL [PROGRAM]: `migrate` on the database succeeds, or fails with these words.
expect() {
    local said status=0
    said=$(cd "$work" && HOME=$work DATABASE_URL=$3 "${4:-$program}" migrate 2>&1) || status=$?
    if [[ $said == *secret-word* ]]; then
        status=leaked
    fi
    if { [[ $2 == ok && $status == 0 ]] || [[ $2 != ok && $status == 1 && $said == *$2* ]]; }; then
        printf 'ok    %s\n' "$1"
    else
        printf 'WRONG %s (%s):\n%s\n' "$1" "$status" "$said"
        failures=$((failures + 1))
    fi
}

verified="postgresql://$base?sslmode=verify-full&sslrootcert=$work"
expect "the authority is known and the address fits" ok "$verified/ours.crt"
expect "another authority" "certificate verify failed" "$verified/another.crt"
expect "another name than the certificate's" "does not match host name" \
    "${verified/127.0.0.1/localhost}/ours.crt&hostaddr=127.0.0.1"
expect "no authority at all" "root certificate file" "postgresql://$base?sslmode=verify-full"
expect "no TLS" "no encryption" "postgresql://$base?sslmode=disable"
SSL_CERT_FILE=$work/ours.crt expect "the system's authorities" ok "postgresql://$base?sslmode=verify-full&sslrootcert=system"
if [[ -n $plain ]]; then
    plain=$(realpath -- "$plain")
    expect "a build without TLS, asked for it" "--features postgres-tls" "$verified/ours.crt" "$plain"
    expect "a build without TLS, refused by the server" "--features postgres-tls" "postgresql://$base" "$plain"
fi

# The server's own connections, as PostgreSQL sees them.
DATABASE_URL="$verified/ours.crt" "$program" serve --listen 127.0.0.1:0 --data-dir "$work/serve" >"$work/out" 2>"$work/err" &
server=$!
for _ in $(seq 100); do
    grep -q "Try it" "$work/out" && break
    sleep 0.1
done
# Connections are looked at before they are used; over TLS that must not take a good one for a dead one.
(
    # shellcheck disable=SC1091 # made by the server
    source "$work/serve/demo.env"
    address=${SCIM_BASE_URL#http://}
    address=${address%%/*}
    for _ in $(seq 50); do
        exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
        printf 'GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n' "$SCIM_TOKEN" >&3
        head -n 1 <&3
    done
) | sort | uniq -c >"$work/answers"
if [[ $(tr -s ' \r\n' ' ' <"$work/answers") == " 50 HTTP/1.1 200 OK " ]]; then
    echo "ok    50 requests over such connections"
else
    echo "WRONG 50 requests over such connections: $(cat "$work/answers")"
    failures=$((failures + 1))
fi
encrypted=$(PGPASSWORD=secret-word psql "host=127.0.0.1 port=$port user=app dbname=postgres sslmode=require" -qAtc \
    "SELECT count(*) || ' of ' || (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rollcall')
     FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name = 'rollcall' AND ssl AND version >= 'TLSv1.2'")
kill -TERM "$server"
wait "$server" || { cat "$work/err"; failures=$((failures + 1)); }
if [[ $encrypted == "8 of 8" ]]; then
    echo "ok    the server's connections are encrypted ($encrypted)"
else
    echo "WRONG the server's connections are encrypted: $encrypted"
    failures=$((failures + 1))
fi
exit "$((failures > 0))"
