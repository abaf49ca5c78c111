# shellcheck shell=bash
# What ./run, ./test and ./bench need besides this clone: Rust, a C compiler and a PostgreSQL server. What is missing
# is installed when this is root on a system with apt; otherwise one command is printed that installs it.

# shellcheck source=scripts/postgres.sh
source "${BASH_SOURCE[0]%/*}/postgres.sh"

# The same as rust-version in Cargo.toml.
oldest_rust=1.89

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

require_rust() {
    # A rustup installed a minute ago is not in this shell's PATH yet.
    if ! command -v cargo >/dev/null && [[ -x ${CARGO_HOME:-$HOME/.cargo}/bin/cargo ]]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    fi
    command -v cargo >/dev/null || fail "Rust is missing. Install it, then run this again:" \
        "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
    local version
    version=$(cargo --version | cut -d ' ' -f 2)
    if [[ $(printf '%s\n' "$oldest_rust" "$version" | sort -V | head -n 1) != "$oldest_rust" ]]; then
        fail "Rust $oldest_rust or newer is needed, and cargo is $version. Update it, then run this again:" \
            "  rustup update stable"
    fi
}

# require_packages compiler|postgres|valgrind...: installs those of them that are missing, or says how.
require_packages() {
    local missing=() need
    for need in "$@"; do
        case $need in
        compiler) command -v cc >/dev/null || missing+=(compiler) ;;
        postgres) has_postgres || missing+=(postgres) ;;
        valgrind) command -v valgrind >/dev/null || missing+=(valgrind) ;;
        esac
    done
    if ((${#missing[@]} == 0)); then
        return
    fi
    if command -v apt-get >/dev/null && ((EUID == 0)); then
        install_with_apt "${missing[@]}"
        # An old distribution's own server may be too old.
        if [[ " ${missing[*]} " == *" postgres "* ]] && ! has_postgres; then
            fail "This distribution's PostgreSQL is older than $oldest_postgres. Install a newer one, then run this again:" \
                "  apt-get install -y postgresql-common && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && apt-get install -y postgresql"
        fi
        return
    fi
    local words=()
    for need in "${missing[@]}"; do
        case $need in
        compiler) words+=("a C compiler") ;;
        postgres) words+=("a PostgreSQL server ($oldest_postgres or newer)") ;;
        valgrind) words+=("valgrind") ;;
        esac
    done
    local list=${words[0]}
    ((${#words[@]} == 1)) || list="$list and ${words[1]}"
    fail "Missing: $list. Install with this command, then run this again:" "  $(install_command "${missing[@]}")"
}

# The one command for this system that installs the named needs.
install_command() {
    local apt="" dnf="" brew="" need
    for need in "$@"; do
        case $need in
        compiler)
            apt+=" build-essential"
            dnf+=" gcc"
            # Homebrew itself demands Apple's compiler.
            brew+=" gcc"
            ;;
        postgres)
            apt+=" postgresql"
            dnf+=" postgresql-server"
            brew+=" postgresql@17"
            ;;
        valgrind)
            apt+=" valgrind"
            dnf+=" valgrind"
            brew+=" valgrind"
            ;;
        esac
    done
    local sudo="sudo "
    ((EUID != 0)) || sudo=""
    if command -v apt-get >/dev/null; then
        echo "${sudo}apt-get install -y$apt"
    elif command -v dnf >/dev/null; then
        echo "${sudo}dnf install -y$dnf"
    elif command -v brew >/dev/null; then
        echo "brew install$brew"
    else
        echo "${sudo}apt-get install -y$apt   (on Debian or Ubuntu; on Fedora or RHEL: ${sudo}dnf install -y$dnf; on macOS: brew install$brew)"
    fi
}

install_with_apt() {
    local packages=() need drop_in=/etc/postgresql-common/createcluster.d/rollcall.conf
    for need in "$@"; do
        case $need in
        compiler) packages+=(build-essential) ;;
        postgres) packages+=(postgresql) ;;
        valgrind) packages+=(valgrind) ;;
        esac
    done
    echo "installing ${packages[*]} ..." >&2
    # Without this file the package would make and start a cluster of its own, on port 5432. It goes away again, so
    # that later installations on this machine do what their owner expects.
    mkdir -p "${drop_in%/*}"
    # shellcheck disable=SC2064 # the path is meant as it is now
    trap "rm -f '$drop_in'" EXIT
    echo "create_main_cluster = false" >"$drop_in"
    local log
    log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install ${packages[*]}; its words are in $log"
    fi
    rm -f "$log" "$drop_in"
    trap - EXIT
}
