#!/usr/bin/env bats
# A repository that is mounted read-only, as one has it after a disaster: what reads it works, and nothing is written.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

ROWS=200000

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    run_pg main 17
    wait_pg main
    fault_db main app "$ROWS"
    PGKEEP_REPOSITORY=$REPOSITORY "$PGKEEP" backup --quiet "$(target main)/app"
    # pgkeep in a mount namespace of its own, in which the repository is read-only
    cat > "$BATS_FILE_TMPDIR/reader" << EOF
#!/bin/sh
exec unshare --mount sh -c 'mount --bind "\$1" "\$1" && mount -o remount,bind,ro "\$1" && shift && exec "\$@"' \
    reader "$REPOSITORY" "$PGKEEP" "\$@"
EOF
    chmod 755 "$BATS_FILE_TMPDIR/reader"
}

setup() {
    load helper
    load lib/fault-common
    test_begin
    use_repository "$REPOSITORY"
    MAIN=$(target main)
    READER=$BATS_FILE_TMPDIR/reader
    SAID="mounted read-only"
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed main
}

repository_content() {
    find "$REPOSITORY" -printf '%P %y %s %T@ %C@\n' | sort
}

# said_once: one line on standard error, and it says that the repository is read-only
said_once() {
    [[ ${#stderr_lines[@]} -eq 1 && $stderr == *"$SAID"* ]] || fail "wanted one line that says \"$SAID\": $stderr"
}

scratch_databases() {
    sql main postgres "SELECT datname FROM pg_database WHERE datname ~ '^pgkeep_'"
}

has_scratch() {
    [[ -n $(scratch_databases) ]]
}

@test "list, show, stats, verify, restore and test read from it, and say what is not done" {
    local before command
    before=$(repository_content)
    for command in list stats "show $MAIN/app" "verify --all"; do
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr "$READER" $command
        assert_output --partial "$MAIN"
        assert_equal "$stderr" ""
    done

    run -0 --separate-stderr "$READER" restore --quiet "$MAIN/app" --into "$MAIN/copy" --jobs 2
    said_once
    assert_equal "$(sql main copy "SELECT count(*) FROM big")" "$ROWS"

    run -0 --separate-stderr "$READER" test --quiet "$MAIN/app"
    assert_output --partial "proof: equal"
    said_once
    [[ $stderr == *"the proof is not kept"* ]]

    # the exit status is the verdict's: what differs, and what could not be told
    echo "SELECT false" > "$BATS_TEST_TMPDIR/check.sql"
    run -4 "$READER" test --in database --check "$BATS_TEST_TMPDIR/check.sql" "$MAIN/app"
    assert_output --partial "$SAID"
    run -5 "$READER" test --image no-such-image "$MAIN/app"
    assert_output --partial "$SAID"
    assert_equal "$(repository_content)" "$before"
    assert_equal "$(scratch_databases)" ""
}

@test "backup refuses it" {
    local before
    before=$(repository_content)
    run -1 "$READER" backup "$MAIN/app"
    assert_output --partial "$SAID"
    run -1 "$READER" doctor "$MAIN"
    assert_output --partial "Read-only file system"
    assert_equal "$(repository_content)" "$before"
}

@test "writers by another mount are kept out where there is a lock, and sweep nothing of a reader's" {
    hold_dump main app
    start_pgkeep backup "$MAIN/app"
    wait_for 20 dumps main
    run -7 "$READER" restore "$MAIN/app" --into "$MAIN/second"
    assert_output --partial "$SAID"
    let_go main
    await_pgkeep
    assert_equal "$status" 0

    # a repository that has lost its lock, or a file system that knows none
    rm "$REPOSITORY/$MAIN/.lock"
    PGKEEP=$READER start_pgkeep restore "$MAIN/app" --into "$MAIN/second"
    wait_for 20 has_scratch
    kill -STOP "$PGKEEP_PID"
    run pgkeep backup --quiet "$MAIN/app"
    kill -CONT "$PGKEEP_PID"
    assert_success
    await_pgkeep
    echo "$output"
    assert_equal "$status" 0
    assert_equal "$(sql main second "SELECT count(*) FROM big")" "$ROWS"
}
