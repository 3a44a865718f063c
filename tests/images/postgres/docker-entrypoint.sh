#!/usr/bin/env bash
# Starts PostgreSQL in a container; on an empty data directory it initialises a cluster first.
#
# It shows its surroundings what the official image shows: the same variables, the same authentication
# rules, the same temporary server that answers on the Unix socket only, the same restart after it, and
# postgres as process 1 in the end. pgkeep's `wait` is tested against exactly that behaviour.
set -euo pipefail

INIT_FOLDER=/docker-entrypoint-initdb.d

fail() {
    printf 'docker-entrypoint: %s\n' "$*" >&2
    exit 1
}

# read_setting NAME [DEFAULT]: sets NAME from itself, from the file that NAME_FILE names, or to DEFAULT.
read_setting() {
    local name=$1 default=${2:-} file_name="$1_FILE"
    if [[ -n ${!name:-} && -n ${!file_name:-} ]]; then
        fail "both $name and $file_name are set; give only one of them"
    fi
    if [[ -n ${!file_name:-} ]]; then
        [[ -r ${!file_name} ]] || fail "cannot read ${!file_name}, named by $file_name"
        printf -v "$name" '%s' "$(<"${!file_name}")"
    elif [[ -z ${!name:-} ]]; then
        printf -v "$name" '%s' "$default"
    fi
    # Init scripts see the value; the server and the tools have no use for where it came from.
    export "${name?}"
    unset "$file_name"
}

read_settings() {
    read_setting POSTGRES_PASSWORD
    read_setting POSTGRES_USER postgres
    read_setting POSTGRES_DB "$POSTGRES_USER"
    read_setting POSTGRES_INITDB_ARGS
    : "${POSTGRES_HOST_AUTH_METHOD:=}"
}

is_initialised() {
    [[ -s $PGDATA/PG_VERSION ]]
}

refuse_open_server() {
    if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
        fail "the database is not initialised and POSTGRES_PASSWORD is empty; set it, or set" \
            "POSTGRES_HOST_AUTH_METHOD=trust to let everyone in without a password"
    fi
}

# Root only prepares folders (a volume may come up owned by root) and then becomes postgres for good.
drop_root() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 0700 "$PGDATA"
    find "$PGDATA" \! -user postgres -exec chown postgres:postgres '{}' +
    chown postgres:postgres /var/run/postgresql
    # exec keeps the process id, so signals from the engine still reach this script and later the server.
    exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$0" "$@"
}

create_cluster() {
    local arguments=()
    # Word splitting is the interface here: the variable holds a command line.
    # shellcheck disable=SC2206
    arguments=($POSTGRES_INITDB_ARGS)
    initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
}

# initdb leaves trust for local, 127.0.0.1 and ::1; everyone else must show a password.
allow_other_hosts() {
    local method=${POSTGRES_HOST_AUTH_METHOD:-}
    if [[ -z $method ]]; then
        method=$(postgres -C password_encryption)
        [[ $method == scram-sha-256 || $method == md5 ]] || method=md5
    fi
    printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

# The temporary server keeps to the Unix socket, so no client takes it for the final one.
start_temporary_server() {
    shift # the first word is "postgres" itself
    pg_ctl -D "$PGDATA" -w -o "$(printf '%q ' "$@" -c listen_addresses='' -p 5432)" start
}

stop_temporary_server() {
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
}

# run_psql DATABASE ARGUMENT...
run_psql() {
    local database=$1
    shift
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc \
        --username "$POSTGRES_USER" --dbname "$database" "$@"
}

create_database() {
    [[ $POSTGRES_DB != postgres ]] || return 0
    run_psql postgres --set name="$POSTGRES_DB" <<< 'CREATE DATABASE :"name";'
}

run_shell_file() {
    if [[ -x $1 ]]; then
        "$1"
    else
        # shellcheck disable=SC1090 # the user's own file
        . "$1"
    fi
}

run_init_files() {
    local file
    for file in "$INIT_FOLDER"/*; do
        [[ -e $file ]] || continue
        printf 'docker-entrypoint: running %s\n' "$file"
        case $file in
            *.sh) run_shell_file "$file" ;;
            *.sql) run_psql "$POSTGRES_DB" -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | run_psql "$POSTGRES_DB" ;;
            *) printf 'docker-entrypoint: ignoring %s\n' "$file" ;;
        esac
    done
}

initialise() {
    refuse_open_server
    create_cluster
    allow_other_hosts
    start_temporary_server "$@"
    create_database
    run_init_files
    stop_temporary_server
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

main() {
    # `docker run IMAGE -c name=value` means postgres with these flags; any other command is run as given.
    [[ ${1:-} != -* ]] || set -- postgres "$@"
    if [[ ${1:-} == postgres ]]; then
        [[ $(id -u) -ne 0 ]] || drop_root "$@"
        read_settings
        if is_initialised; then
            printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
        else
            initialise "$@"
        fi
    fi
    exec "$@"
}

main "$@"
