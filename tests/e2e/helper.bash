# For the end-to-end tests: real containers on a real engine, each test file with its own.
# shellcheck shell=bash
#
#   setup_file() { load helper; suite_begin; start_pg app-db 17; }
#   setup() { load helper; test_begin; }
#   teardown_file() { load helper; suite_end; }
#
# A container's real name is "$(target app-db)", so that runs beside each other never meet. The binary under
# test is $PGKEEP, else build/pgkeep.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

PROJECT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
PGKEEP=${PGKEEP:-$PROJECT/build/pgkeep}
LABEL=pgkeep-test
READY_SECONDS=60

# --- life cycle --------------------------------------------------------------------------------------

# Once a file: what it creates is labelled with the run (scripts/test clears that too, if we are killed) and
# with the file.
suite_begin() {
    export RUN_ID=${RUN_ID:-r$$}
    local file=${BATS_TEST_FILENAME##*/}
    export FILE_ID="$RUN_ID-${file%%-*}"
    export REPOSITORY="$BATS_FILE_TMPDIR/backups"
    mkdir -p "$REPOSITORY"
}

# Once a test: an empty repository of its own, which pgkeep finds by itself. A test that wants to go on from
# what setup_file backed up says `use_repository "$REPOSITORY"`.
test_begin() {
    REPO="$BATS_TEST_TMPDIR/backups"
    mkdir -p "$REPO"
    use_repository "$REPO"
}

use_repository() {
    export PGKEEP_REPOSITORY=$1
}

suite_end() {
    local ids
    ids=$(docker ps --all --quiet --filter "label=$LABEL.file=$FILE_ID")
    # shellcheck disable=SC2086 # ids, one word each
    [[ -z $ids ]] || docker rm --force --volumes $ids > /dev/null
    if [[ -d $BATS_FILE_TMPDIR/engine ]]; then private_engine_stop; fi
}

# --- the program under test --------------------------------------------------------------------------

# So that a test reads `run pgkeep list` whatever the binary's place.
pgkeep() {
    "$PGKEEP" "$@"
}

# --- containers --------------------------------------------------------------------------------------

# target NAME: the real name of the container that this file calls NAME
target() {
    printf '%s-%s' "$FILE_ID" "$1"
}

image_of() {
    printf 'pgkeep-test/postgres:%s' "$1"
}

# labelled: the `docker run` arguments that every container of a test needs
labelled() {
    printf '%s\n' --label "$LABEL=1" --label "$LABEL.run=$RUN_ID" --label "$LABEL.file=$FILE_ID"
}

# run_pg NAME MAJOR [DOCKER RUN ARGUMENT...] [-- SERVER ARGUMENT...]: starts, and does not wait. User postgres
# with the password "secret" unless the arguments say otherwise. fsync is off: no test pulls the plug here. There is no
# filter of system calls: to compile Docker's takes a quarter of each exec. Throwaways have it.
run_pg() {
    local name=$1 major=$2 arguments=() labels=()
    shift 2
    while [[ $# -gt 0 && $1 != -- ]]; do
        arguments+=("$1")
        shift
    done
    [[ $# -eq 0 ]] || shift
    mapfile -t labels < <(labelled)
    docker run --detach --name "$(target "$name")" "${labels[@]}" --env POSTGRES_PASSWORD=secret \
        --security-opt seccomp=unconfined "${arguments[@]}" "$(image_of "$major")" -c fsync=off "$@" > /dev/null
}

# start_pg: as run_pg, and returns when the final server answers
start_pg() {
    run_pg "$@"
    wait_pg "$1"
}

# The test's own idea of readiness, on purpose not pgkeep's: TCP is closed until the final server runs.
wait_pg() {
    local name=$1
    wait_for "$READY_SECONDS" answers "$name" || {
        docker logs --tail 20 "$(target "$name")" >&2
        return 1
    }
}

answers() {
    local pid words=() socket
    if pid=$(first_process "$1"); then { mapfile -d '' -t words < "/proc/$pid/cmdline"; } 2> /dev/null || return 1; fi
    # -- the image's script, which has yet to become the server: no need to ask
    [[ ${words[1]:-} != */docker-entrypoint.sh ]] || return 1
    if socket=$(socket_of "$1") && [[ -x $HOST_TOOLS/pg_isready ]]; then
        "$HOST_TOOLS/pg_isready" -q -h "$socket" -p 5432 \
            -U "$(sed -zn 's/^POSTGRES_USER=//p' "/proc/$pid/environ" | tr -d '\0')"
    else
        # shellcheck disable=SC2016 # the container's own variable
        docker exec "$(target "$1")" sh -c 'pg_isready -q -h 127.0.0.1 -U "${POSTGRES_USER:-postgres}"'
    fi
}

# --- ways into a container that need no `docker exec`, which costs more than most questions -----------------

# first_process NAME: its number on this machine. False where this machine does not run the container.
first_process() {
    local file="$BATS_FILE_TMPDIR/process-$1" pid='' started='' id
    if [[ -r $file ]]; then read -r pid started < "$file"; fi
    # -- a number may be given to another process; together with its start it is unique
    if [[ -z $started || $(start_of "$pid") != "$started" ]]; then
        read -r pid id < <(docker inspect --format '{{.State.Pid}} {{.Id}}' "$(target "$1")") || return 1
        # -- an engine in a container, or on another machine, has numbers of its own
        grep -qF -- "$id" "/proc/$pid/cgroup" 2> /dev/null || return 1
        printf '%s %s\n' "$pid" "$(start_of "$pid")" > "$file"
    fi
    printf '%s\n' "$pid"
}

# Nothing for a process that is not there. Field 22, counted behind the name, which may hold spaces.
start_of() {
    local stat fields
    { read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 0
    read -r -a fields <<< "${stat##*) }"
    printf '%s\n' "${fields[19]}"
}

# command_lines NAME: of all processes in there, one a line. Not `docker top`: that needs ps where the engine runs.
command_lines() {
    local pid group='' list words
    # -- of the lines for each hierarchy, version 1's pids or version 2's only one
    if pid=$(first_process "$1"); then
        group=$(sed -n 's/^[0-9]*:pids:/pids/p; s/^0:://p' "/proc/$pid/cgroup" | head -n 1)
    fi
    list="/sys/fs/cgroup/$group/cgroup.procs"
    if [[ -z $group || ! -r $list ]]; then
        # shellcheck disable=SC2016 # the container's own shell
        docker exec "$(target "$1")" sh -c \
            'for p in /proc/[0-9]*; do tr "\0\n" "  " < "$p/cmdline" && echo; done 2> /dev/null' | grep -v '^sh -c for p in'
        return
    fi
    while read -r pid; do
        { mapfile -d '' -t words < "/proc/$pid/cmdline"; } 2> /dev/null || continue
        printf '%s \n' "${words[*]//$'\n'/ }"
    done < "$list"
}

# client NAME PROGRAM [ARGUMENT...]: psql, createdb or dropdb as the server's own superuser, or $PG_USER: this machine's
# program by the server's socket, where local connections need no password; else the container's, in there.
client() {
    local socket user=${PG_USER:-postgres}
    if socket=$(socket_of "$1") && [[ -x $HOST_TOOLS/$2 ]]; then
        # -- what a test sets for pgkeep is not for us
        (unset "${!PG@}" && exec "$HOST_TOOLS/$2" -h "$socket" -p 5432 -U "$user" "${@:3}")
    else
        docker exec --interactive "$(target "$1")" "$2" -h 127.0.0.1 -U "$user" "${@:3}"
    fi
}

# Debian's psql on PATH is a script that looks for this folder at each call.
HOST_TOOLS=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

# socket_of NAME: the folder with the final server's socket, as this machine reaches it. Not by /var/run: in an image
# that is a link to /run, and would lead to this machine's own.
socket_of() {
    local pid process root
    pid=$(first_process "$1") || return 1
    root="/proc/$pid/root"
    { read -r process < "/proc/$pid/comm"; } 2> /dev/null || return 1
    [[ $process == postgres && ! -L $root/run && ! -L $root/run/postgresql &&
        -S $root/run/postgresql/.s.PGSQL.5432 ]] || return 1
    printf '%s/run/postgresql\n' "$root"
}

# sql NAME DATABASE [STATEMENT]: unaligned rows; without a statement, reads a script from stdin
sql() {
    local options=(-d "$2" -v ON_ERROR_STOP=1 -XAtq)
    if [[ $# -ge 3 ]]; then
        client "$1" psql "${options[@]}" -c "$3" < /dev/null
    else
        client "$1" psql "${options[@]}"
    fi
}

create_db() {
    client "$1" createdb "$2" < /dev/null
}

# drop_db NAME DATABASE: fails while somebody is connected to it
drop_db() {
    client "$1" dropdb "$2" < /dev/null
}

# --- an engine of the test's own, to end in the middle of something ------------------------------------

private_engine_start() {
    "$PROJECT/scripts/engine" --private "$BATS_FILE_TMPDIR/engine"
}

private_engine_stop() {
    "$PROJECT/scripts/engine" --private "$BATS_FILE_TMPDIR/engine" stop
}

private_engine_kill() {
    "$PROJECT/scripts/engine" --private "$BATS_FILE_TMPDIR/engine" kill
}

# Call it in a subshell or a test of its own: from here on, docker and pgkeep talk to the private engine.
use_private_engine() {
    export DOCKER_HOST="unix://$BATS_FILE_TMPDIR/engine/docker.sock"
}

# copy_image IMAGE: from the usual engine to the private one
copy_image() {
    docker save "$1" | DOCKER_HOST="unix://$BATS_FILE_TMPDIR/engine/docker.sock" docker load > /dev/null
}

# --- small things ------------------------------------------------------------------------------------

# wait_for SECONDS COMMAND...: polls until the command succeeds
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        if [[ $SECONDS -ge $deadline ]]; then
            echo "timed out waiting for: $*" >&2
            return 1
        fi
        sleep 0.1
    done
}

# What is in a repository under names without a dot: these are the published backups.
published() {
    find "${1:-$PGKEEP_REPOSITORY}" -mindepth 3 -maxdepth 3 -type d -not -path '*/.*' | sort
}

# The leftovers of a crash, or of a run that still goes on.
partials() {
    find "${1:-$PGKEEP_REPOSITORY}" -mindepth 3 -maxdepth 3 -name '.*' | sort
}
