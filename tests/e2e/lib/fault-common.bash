# For the fault tests: a database to back up, what must hold after any fault, and the tools that inject one.
# shellcheck shell=bash
# shellcheck disable=SC2034 # status and output are for the tests, as bats' own run sets them

# The shells that wrap a tool start as `sh -c SCRIPT pgkeep ...`.
TOOLS='^sh -c .* pgkeep |(^|[ /])(pg_dump|pg_dumpall|pg_restore|psql|tar) '

# --- a database ----------------------------------------------------------------------------------------

# fault_db NAME DATABASE ROWS: a table "big" of ROWS rows that hardly compress, and a small one
fault_db() {
    create_db "$1" "$2"
    sql "$1" "$2" << SQL
CREATE TABLE big AS
    SELECT n, md5(n::text) || md5((n * 7)::text) || md5((n * 13)::text) AS text FROM generate_series(1, $3) n;
ALTER TABLE big ADD PRIMARY KEY (n);
CREATE TABLE small (n serial PRIMARY KEY, word text);
INSERT INTO small (word) SELECT 'word ' || n FROM generate_series(1, 100) n;
CREATE INDEX small_word ON small (word);
SQL
}

# hold_table NAME DATABASE TABLE: locks it until let_go NAME; so long a backup waits before its dump
hold_table() {
    sql "$1" "$2" "BEGIN; LOCK TABLE $3; SELECT pg_sleep(60)" &
    HOLDER=$!
    wait_for 20 is_held "$@"
}

# hold_dump NAME DATABASE: a catalog that only pg_dump reads, when it has its tables' locks; until let_go NAME
hold_dump() {
    hold_table "$1" "$2" pg_catalog.pg_policy
}

is_held() {
    [[ $(sql "$1" "$2" "SELECT count(*) FROM pg_locks WHERE relation = '$3'::regclass AND granted") -gt 0 ]]
}

let_go() {
    local ended=0
    sql "$1" postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^BEGIN; LOCK'" > /dev/null
    # -- psql's word for a lost connection is 2
    wait "$HOLDER" || ended=$?
    assert_equal "$ended" 2
}

# begin_from_backups: a test's start, with a repository of its own that holds what setup_file backed up
begin_from_backups() {
    test_begin
    MAIN=$(target main)
    cp -a "$REPOSITORY/." "$PGKEEP_REPOSITORY"
}

# --- what must hold --------------------------------------------------------------------------------------

# Every published backup is a good one; there may be none.
assert_published_are_good() {
    [[ -e ${1:-$PGKEEP_REPOSITORY}/pgkeep.json ]] || return 0
    run pgkeep verify --all --quiet --repository "${1:-$PGKEEP_REPOSITORY}"
    if [[ -z $(published "${1:-$PGKEEP_REPOSITORY}") ]]; then return 0; fi
    assert_success
}

# assert_nothing_published [REPOSITORY]: and nothing half-made either
assert_nothing_published() {
    assert_equal "$(published "$@")" ""
    assert_equal "$(partials "$@")" ""
}

# The test's own psql (sql in helper.bash) is none of pgkeep's.
tools_in() {
    command_lines "$1" | grep -v 'ON_ERROR_STOP=1 -XAtq' | grep -E "$TOOLS"
}

# dumps NAME: pg_dump runs in there, and not as the probe that pgkeep sends ahead
dumps() {
    command_lines "$1" | grep -v -e '--host=/pgkeep-no-such-folder' | grep -qE '(^|/)pg_dump --format'
}

has_no_tools() {
    ! tools_in "$1"
}

# Whatever pgkeep started in the container has ended, and cleared its temporary folders.
assert_no_tools_left() {
    wait_for 20 has_no_tools "$1" || {
        tools_in "$1" >&2
        return 1
    }
}

assert_no_temporary_folders() {
    run -0 docker exec "$(target "$1")" sh -c 'ls -d /tmp/pgkeep-* 2> /dev/null || echo none'
    assert_output none
}

# The throwaway containers of $PGKEEP_REPOSITORY: their mark begins with its id.
throwaways() {
    local id
    id=$(jq -r .id "$PGKEEP_REPOSITORY/pgkeep.json")
    docker ps --all --format '{{.ID}} {{.Label "pgkeep.throwaway"}}' | awk -v id="$id" 'index($2, id "-") == 1 { print $1 }'
}

assert_no_throwaway() {
    assert_equal "$(throwaways)" ""
}

# In a container PostgreSQL is process 1: an orphan that a signal ended is a crashed backend to it, and it
# restarts all of the server.
assert_server_undisturbed() {
    # -- not `run`: the log is long, and what matters is in its middle
    docker logs "$(target "$1")" 2>&1 | awk '/terminated by signal|reinitializing/ { print; found = 1 } END { exit found }'
}

# end_undisturbed NAME...: the end of a file; fails if one of its servers was disturbed, and clears away all the same
end_undisturbed() {
    local name disturbed=0
    for name in "$@"; do
        assert_server_undisturbed "$name" || disturbed=1
    done
    suite_end
    return "$disturbed"
}

# --- running and ending pgkeep ------------------------------------------------------------------------

# start_pgkeep ARGUMENT...: in the background, its output in $OUT; its process id is $PGKEEP_PID
start_pgkeep() {
    OUT="$BATS_TEST_TMPDIR/out"
    "$PGKEEP" "$@" > "$OUT" 2>&1 3>&- &
    PGKEEP_PID=$!
}

# Waits for it; its exit status is $status then, and its output $output.
await_pgkeep() {
    status=0
    wait "$PGKEEP_PID" || status=$?
    output=$(< "$OUT")
}

# end_pgkeep SIGNAL: sends it and waits
end_pgkeep() {
    kill -s "$1" "$PGKEEP_PID"
    await_pgkeep
}

# random_seconds MOST_MS: a random time in seconds, from $RANDOM
random_seconds() {
    local ms=$((RANDOM * 32768 + RANDOM))
    ms=$((ms % $1))
    printf '%d.%03d' $((ms / 1000)) $((ms % 1000))
}

# Milliseconds of some clock that only goes forward while a test runs.
now_ms() {
    date +%s%3N
}

# --- the fake engine -------------------------------------------------------------------------------------

# fake_engine ARGUMENT...: a proxy before the real engine that injects the fault; pgkeep uses it until
# fake_engine_end. docker goes on to use the real one.
fake_engine() {
    local listen="$BATS_TEST_TMPDIR/fake.sock" upstream=${DOCKER_HOST:-unix:///var/run/docker.sock}
    FAKE_LOG="$BATS_TEST_TMPDIR/fake.log"
    rm -f "$FAKE_LOG"
    python3 "$PROJECT/tests/fake/engine.py" --upstream "${upstream#unix://}" --listen "$listen" "$@" \
        > "$FAKE_LOG" 2>&1 3>&- &
    FAKE_PID=$!
    wait_for 20 grep -q '^listening' "$FAKE_LOG"
    export PGKEEP_HOST="unix://$listen"
}

fake_engine_end() {
    unset PGKEEP_HOST
    [[ -n ${FAKE_PID:-} ]] || return 0
    kill "$FAKE_PID"
    # It ends by the signal's exit status or by 0, according to where the signal met it.
    wait "$FAKE_PID" || [[ $? -eq 143 ]]
    FAKE_PID=
}

# As if the machine that runs it had lost its power.
fake_engine_kill() {
    local ended=0
    unset PGKEEP_HOST
    kill -s KILL "$FAKE_PID"
    wait "$FAKE_PID" || ended=$?
    FAKE_PID=
    assert_equal "$ended" 137
}

# The fault was really injected: a test of it can fail.
assert_fault_happened() {
    run -0 grep -cE "^fake engine: ${1:-}" "$FAKE_LOG"
}

# --- the shim ----------------------------------------------------------------------------------------------

# Builds the LD_PRELOAD shim, once a file.
build_shim() {
    SHIM="$BATS_FILE_TMPDIR/shim.so"
    [[ -e $SHIM ]] || "${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -O1 -o "$SHIM" "$PROJECT/tests/faults/shim.c" -ldl
}

# with_fault CALLS NUMBER [VARIABLE=VALUE...] -- PGKEEP-ARGUMENT...
with_fault() {
    local calls=$1 at=$2 variables=()
    shift 2
    while [[ $1 != -- ]]; do
        variables+=("$1")
        shift
    done
    shift
    env LD_PRELOAD="$SHIM" FAULT_PREFIX="$PGKEEP_REPOSITORY" FAULT_CALLS="$calls" FAULT_AT="$at" \
        "${variables[@]}" "$PGKEEP" "$@"
}
