#!/usr/bin/env bats
# An image whose shell, tar and mktemp are BusyBox's, as in images made of Alpine: all that pgkeep runs in a
# container works there as well.

load lib/equality
load lib/servers

setup_file() {
    load helper
    suite_begin
    "$PROJECT/scripts/images" 15-busybox
    run_pg db 15-busybox
    wait_pg db
    watch_server db
    create_db db shop
    sql db shop < "$PROJECT/tests/e2e/lib/shop.sql"
    keep_content db shop "$BATS_FILE_TMPDIR/db.content"
}

setup() {
    load helper
    load lib/fault-common
    test_begin
    DB=$(target db)
}

teardown_file() {
    load helper
    end_unharmed
}

@test "sh and the tools are BusyBox's" {
    local tool
    for tool in sh tar mktemp rm; do
        run -0 docker exec "$DB" sh -c "readlink -f \$(command -v $tool)"
        assert_output --regexp '/busybox$'
    done
    run -0 pgkeep doctor "$DB"
    assert_output --partial "$DB"
}

@test "each format is backed up, verified, restored and proven" {
    local format
    for format in custom directory tar plain; do
        run -0 pgkeep backup "$DB/shop" --format "$format"
        run -0 pgkeep verify "$DB/shop"
        run -0 pgkeep restore "$DB/shop" --into "$DB/copy"
        same_content "$BATS_FILE_TMPDIR/db.content" db copy
        docker exec "$DB" dropdb -U postgres copy
        run -0 pgkeep test "$DB/shop"
        assert_output --partial "equal"
        refute_output --partial "counts only"
    done
}

@test "a selection of a directory dump is staged and restored by several jobs" {
    run -0 pgkeep backup "$DB/shop" --format directory
    run -0 pgkeep restore "$DB/shop" --into "$DB/copy" --jobs 2
    same_content "$BATS_FILE_TMPDIR/db.content" db copy
    docker exec "$DB" dropdb -U postgres copy
}

@test "an interrupt, and a kill, end what runs in the container, and leave no folder there" {
    local format signal
    fault_db db held 1000
    hold_dump db held
    for format in custom directory; do
        for signal in TERM KILL; do
            start_pgkeep backup "$DB/held" --format "$format"
            wait_for 20 dumps db
            end_pgkeep "$signal"
            [[ $status -eq 143 || $status -eq 137 ]]
            assert_no_tools_left db
            assert_no_temporary_folders db
        done
    done
    let_go db
}
