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
# with the password "secret" unless the arguments say otherwise. fsync is off: no test pulls the plug here.
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
        "${arguments[@]}" "$(image_of "$major")" -c fsync=off "$@" > /dev/null
}

# start_pg: as run_pg, and returns when the final server answers
start_pg() {
    run_pg "$@"
    wait_pg "$1"
}

# The test's own idea of readiness, on purpose not pgkeep's: TCP is closed until the final server runs.
wait_pg() {
    local name=$1
    # shellcheck disable=SC2016 # the container's own variable
    wait_for "$READY_SECONDS" docker exec "$(target "$name")" sh -c \
        'pg_isready -q -h 127.0.0.1 -U "${POSTGRES_USER:-postgres}"' || {
        docker logs --tail 20 "$(target "$name")" >&2
        return 1
    }
}

# sql NAME DATABASE [STATEMENT]: unaligned rows; without a statement, reads a script from stdin
sql() {
    local container
    container=$(target "$1")
    local options=(-h 127.0.0.1 -U "${PG_USER:-postgres}" -d "$2" -v ON_ERROR_STOP=1 -XAtq)
    if [[ $# -ge 3 ]]; then
        docker exec "$container" psql "${options[@]}" -c "$3"
    else
        docker exec --interactive "$container" psql "${options[@]}"
    fi
}

create_db() {
    docker exec "$(target "$1")" createdb -h 127.0.0.1 -U "${PG_USER:-postgres}" "$2"
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
