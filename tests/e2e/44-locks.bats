#!/usr/bin/env bats
# One writer a target; any number of readers; targets side by side.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    run_pg main 17
    run_pg other 15
    wait_pg main
    wait_pg other
    fault_db main app 500
    fault_db other app 500
}

setup() {
    load helper
    load lib/fault-common
    test_begin
    MAIN=$(target main)
    OTHER=$(target other)
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed main other
}

# A backup that stays in the middle of its dump until `let_go main`.
start_held_backup() {
    hold_dump main app
    start_pgkeep backup "$MAIN/app"
    wait_for 20 dumps main
}

@test "a second writer on a target exits 7 and says who holds it; the first one works on" {
    start_held_backup
    run -7 pgkeep backup "$MAIN/app"
    assert_output --partial "pid $PGKEEP_PID"
    assert_output --partial "on $(hostname)"
    assert_output --partial "backup"
    assert_output --regexp "since $(date -u +%Y-%m-%d)T"
    run -7 pgkeep backup "$MAIN/app" --json
    assert_output --partial '"busy"'
    # -- a run that was refused must not clear the other one's folder away
    assert_equal "$(partials | wc -l)" 1
    let_go main
    await_pgkeep
    echo "$output"
    assert_equal "$status" 0
    assert_equal "$(published | wc -l)" 1
    run -0 pgkeep verify --all
}

@test "a restore waits for nobody either, and readers need no lock" {
    pgkeep backup "$MAIN/app" --quiet
    start_held_backup
    run -7 pgkeep restore "$MAIN/app" --into "$MAIN/copy"
    run -0 pgkeep list
    run -0 pgkeep show "$MAIN/app"
    run -0 pgkeep verify --all
    run -0 pgkeep stats
    let_go main
    await_pgkeep
    assert_equal "$status" 0
}

@test "a lock ends with its process, however that ended" {
    start_held_backup
    end_pgkeep KILL
    let_go main
    run -0 pgkeep backup "$MAIN/app"
    assert_equal "$(partials)" ""
}

@test "on two targets both work at the same time" {
    local first
    start_held_backup
    first=$PGKEEP_PID
    run -0 pgkeep backup "$OTHER/app"
    # -- of two targets, one busy: the other one is backed up
    run -3 pgkeep backup "$MAIN/app" "$OTHER/app"
    assert_output --partial "pid $first"
    let_go main
    await_pgkeep
    assert_equal "$status" 0
    assert_equal "$(published | wc -l)" 3
    run -0 pgkeep verify --all
}

@test "many that start at the same moment make whole backups or exit 7" {
    local i pids=() ended statuses=''
    for i in 1 2 3 4 5; do
        "$PGKEEP" backup "$MAIN/app" --quiet > /dev/null 2> "$BATS_TEST_TMPDIR/$i.err" 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        ended=0
        wait "$i" || ended=$?
        statuses+="$ended "
    done
    cat "$BATS_TEST_TMPDIR"/*.err
    echo "$statuses"
    assert_regex "$statuses" '^([07] ){5}$'
    assert_equal "$(published | wc -l)" "$(grep -o 0 <<< "$statuses" | wc -l)"
    [[ $(published | wc -l) -ge 1 ]]
    assert_equal "$(partials)" ""
    run -0 pgkeep verify --all
}
