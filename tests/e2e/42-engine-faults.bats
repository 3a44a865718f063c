#!/usr/bin/env bats
# An engine, or a proxy before it, that cuts, garbles, refuses or stalls: an error each time, never a backup.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    start_pg main 17
    fault_db main app 3000
    fault_db main large 40000
    pgkeep_good_backups
}

# To restore and to test from.
pgkeep_good_backups() {
    use_repository "$REPOSITORY"
    pgkeep backup "$(target main)/large" --quiet
    pgkeep backup "$(target main)/app" --quiet --format plain
}

setup() {
    load helper
    load lib/fault-common
    test_begin
    MAIN=$(target main)
}

teardown() {
    fake_engine_end
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed main
}

# The exec that dumps, and no other, has this word in it.
DUMP=gzip:3

dump() {
    timeout 60 "$PGKEEP" backup "$MAIN/${DUMPED:-app}" --compress gzip:3 "$@"
}

# fails_to_dump FAULT [WORDS]: exit 1, an error that holds the words, nothing published
fails_to_dump() {
    fake_engine --match "$DUMP" --fault "$1"
    run -1 dump
    echo "$1: $output"
    assert_output --partial "pgkeep backup: "
    [[ -z ${2:-} ]] || assert_output --partial "$2"
    assert_nothing_published
    fake_engine_end
}

# How large the dump's stream is: the fake engine's own count. The frames differ from run to run.
measure_dump() {
    fake_engine --match "$DUMP" --fault cut-after-frame=999999999
    run -0 dump
    fake_engine_end
    read -r BYTES FRAMES < <(sed -nE 's/.*stream of ([0-9]+) bytes, ([0-9]+) frames.*/\1 \2/p' "$FAKE_LOG")
    rm -r "${PGKEEP_REPOSITORY:?}/$MAIN"
}

@test "a stream that is cut at a frame's end, anywhere, is an error" {
    local frame
    DUMPED=large
    measure_dump
    echo "# the dump has $FRAMES frames, $BYTES bytes" >&3
    # -- no frame holds more than 32 KiB
    [[ $BYTES -gt $((26 * 32768)) ]]
    for frame in 0 1 2 3 4 5 6 7 8 9 10 24; do
        fails_to_dump "cut-after-frame=$frame"
        assert_fault_happened "cut after"
    done
    assert_no_tools_left main
}

@test "a stream that is cut inside a header, or anywhere else, is an error" {
    local i
    RANDOM=${FAULT_SEED:-42}
    measure_dump
    fails_to_dump cut-in-header=1
    fails_to_dump cut-in-header=4
    for i in 1 300 5000; do
        fails_to_dump "drop-last-bytes=$i"
    done
    for i in 1 2 3 4; do
        # -- the headers of the frames, whose number varies, count too
        fails_to_dump "cut-after-bytes=$(((RANDOM * 32768 + RANDOM) % (BYTES - 2000)))"
    done
}

@test "a frame of 4 GiB, an unknown stream, or the engine's own error in the stream is an error" {
    fails_to_dump big-frame=2
    fails_to_dump bad-stream=2 "stream"
    fails_to_dump system-error=2
}

@test "a start that is refused with 500, in JSON or HTML, is an error with the engine's words" {
    fails_to_dump status-500-json "the fake engine broke"
    fails_to_dump status-500-html "The fake proxy broke"
    refute_output --partial "<"
}

@test "a 500 for any other call is an error with the engine's words" {
    local path
    for path in /exec /containers/ /version /_ping; do
        fake_engine --path "$path" --fault status-500-json
        run -1 dump
        echo "$path: $output"
        assert_output --partial "the fake engine broke"
        refute_output --partial "password"
        assert_nothing_published
        fake_engine_end
    done
}

@test "an exit code that the engine lost is no success" {
    fails_to_dump exitcode-null "exit code"
    fails_to_dump exitcode-absent "exit code"
}

@test "a command that the engine says is still running is no success, and no hang" {
    fails_to_dump running-forever "still runs"
}

@test "answers to queries that were cut are no answers" {
    fake_engine --match psql --fault cut-after-bytes=0
    run -6 timeout 60 "$PGKEEP" wait "$MAIN" --timeout 2s
    assert_output --partial "not complete"
}

@test "an engine that answers an upgrade with 200, plain or in chunks, serves as well" {
    local fault
    for fault in upgrade-200 upgrade-200-chunked; do
        fake_engine --fault "$fault"
        run -0 dump
        sleep 1
        fake_engine_end
    done
    assert_equal "$(published | wc -l)" 2
    run -0 pgkeep verify --all
}

@test "engines whose newest version is 1.41, or whose oldest is 1.44, or that do not say serve as well" {
    local fault
    for fault in api-max=1.41 api-min=1.44 no-ping-version; do
        fake_engine --fault "$fault"
        run -0 dump
        fake_engine_end
    done
    assert_equal "$(published | wc -l)" 3
    run -0 pgkeep verify --all
}

@test "a stream that stalls ends at once with SIGINT, and leaves nothing" {
    local before
    fake_engine --match "$DUMP" --fault stall-after-bytes=10000
    start_pgkeep backup "$MAIN/app" --compress gzip:3
    wait_for 20 grep -q stalled "$FAKE_LOG"
    before=$(now_ms)
    end_pgkeep INT
    echo "$output"
    assert_equal "$status" 130
    [[ $(($(now_ms) - before)) -lt 5000 ]]
    assert_nothing_published
    fake_engine_end
    assert_no_tools_left main
}

# --- restore and test ----------------------------------------------------------------------------------------

databases() {
    sql main postgres "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"
}

# fails_to_restore DATABASE ARGUMENT...: exit 1, and the server has the databases that it had
fails_to_restore() {
    local database=$1 before
    shift
    before=$(databases)
    fake_engine "$@"
    run -1 timeout 60 "$PGKEEP" restore "$MAIN/$database" --into "$MAIN/copy" --repository "$REPOSITORY"
    echo "$*: $output"
    fake_engine_end
    assert_equal "$(databases)" "$before"
}

@test "a restore whose input is cut fails, and leaves no database" {
    local at
    for at in 20000 300000; do
        fails_to_restore large --match pg_restore --fault "cut-input-after-bytes=$at"
        assert_fault_happened "cut the input"
    done
    # -- psql takes the end of its input for the end of its script, wherever it comes: here in a COPY, between
    # -- two statements, in the last comment; what it is asked otherwise is shorter than that
    local bytes
    bytes=$(zcat "$REPOSITORY/$MAIN/app"/*/*.sql.gz | wc -c)
    for at in 20000 100000 $((bytes - 400)) $((bytes - 20)) $((bytes + 2)); do
        fails_to_restore app --match ON_ERROR_STOP=1 --fault "cut-input-after-bytes=$at"
        assert_fault_happened "cut the input"
    done
}

@test "a restore whose exit code is lost, or whose start is refused, fails and leaves no database" {
    fails_to_restore large --match pg_restore --fault exitcode-null
    fails_to_restore large --match pg_restore --fault status-500-html
}

# Ends when pg_restore runs in the container; it looks from inside, where looking is quick.
await_pg_restore() {
    docker exec "$MAIN" sh -c 'until grep -qsx pg_restore /proc/[0-9]*/comm; do :; done'
}

@test "a restore that loses the engine fails, and the next one clears up after it" {
    local watcher
    fault_db main wide 300000
    pgkeep backup "$MAIN/wide" --quiet --compress gzip:1
    fake_engine --match nothing --fault slow=1
    timeout 60 bash -c "$(declare -f await_pg_restore); MAIN=$MAIN await_pg_restore" 3>&- &
    watcher=$!
    start_pgkeep restore "$MAIN/wide" --into "$MAIN/copy"
    wait "$watcher"
    fake_engine_kill
    await_pgkeep
    echo "$output"
    assert_equal "$status" 1
    [[ $(databases) != *copy* ]]
    assert_no_tools_left main
    run -0 pgkeep restore "$MAIN/wide" --into "$MAIN/copy"
    assert_equal "$(sql main copy "SELECT count(*) FROM big")" 300000
    [[ $(databases) != *pgkeep_* ]]
    sql main postgres "DROP DATABASE copy"
}

@test "a restore test that meets a faulty engine is not made, which is no verdict on the backup" {
    use_repository "$REPOSITORY"
    fake_engine --match pg_restore --fault exitcode-null
    run -5 timeout 90 "$PGKEEP" test "$MAIN/large"
    assert_output --partial "proof: unproven"
    fake_engine_end
    fake_engine --fault forbid=/containers/create
    run -5 timeout 90 "$PGKEEP" test "$MAIN/large"
    assert_output --partial "403"
    fake_engine_end
    fake_engine --match pg_restore --fault cut-input-after-bytes=50000
    run -5 timeout 90 "$PGKEEP" test "$MAIN/large"
    assert_output --partial "proof: unproven"
    assert_no_throwaway
}
