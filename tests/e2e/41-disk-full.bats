#!/usr/bin/env bats
# A repository that takes no more: the backup fails with a clear error and leaves the older ones as they were.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    start_pg main 17
    fault_db main app 30000
    fault_db main tiny 1
}

setup() {
    load helper
    load lib/fault-common
    test_begin
    MAIN=$(target main)
    # -- the pre-check stays out of the way but where a test is about it
    export PGKEEP_QUIET=yes
}

teardown() {
    if [[ -d $BATS_TEST_TMPDIR/small ]] && mountpoint -q "$BATS_TEST_TMPDIR/small"; then
        umount "$BATS_TEST_TMPDIR/small"
    fi
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed main
}

# small_repository SIZE: on a file system of its own
small_repository() {
    [[ $(id -u) -eq 0 ]] || skip "mounting a small file system needs root"
    mkdir -p "$BATS_TEST_TMPDIR/small"
    if mountpoint -q "$BATS_TEST_TMPDIR/small"; then umount "$BATS_TEST_TMPDIR/small"; fi
    mount -t tmpfs -o "size=$1" pgkeep-test "$BATS_TEST_TMPDIR/small"
    use_repository "$BATS_TEST_TMPDIR/small"
}

# Fills the disk but for so many KiB.
fill_but() {
    local free
    free=$(df --output=avail -k "$PGKEEP_REPOSITORY" | tail -1)
    dd if=/dev/zero of="$PGKEEP_REPOSITORY/.ballast" bs=1K count=$((free - $1)) status=none
}

@test "a disk that fills at any point ends the backup with an error that names a file, and no trace" {
    local kib before
    small_repository 8m
    pgkeep backup "$MAIN/app"
    before=$(published)
    # -- in the lock, the dump's start, its middle, near its end, in globals and manifest
    for kib in 0 4 12 200 1500; do
        fill_but "$kib"
        run -1 pgkeep backup "$MAIN/app" --force
        echo "$kib KiB: $output"
        assert_output --partial "No space left on device"
        assert_output --partial "$PGKEEP_REPOSITORY/"
        assert_equal "$(published)" "$before"
        assert_equal "$(partials)" ""
        rm "$PGKEEP_REPOSITORY/.ballast"
        run -0 pgkeep verify --all
    done
    run -0 pgkeep backup "$MAIN/app"
    assert_no_tools_left main
}

@test "each format leaves no trace where the disk fills" {
    local format
    small_repository 3m
    pgkeep backup "$MAIN/tiny" --force
    fill_but 600
    for format in plain tar directory; do
        run -1 pgkeep backup "$MAIN/app" --force --format "$format"
        echo "$format: $output"
        assert_output --partial "No space left on device"
        assert_equal "$(published | wc -l)" 1
        assert_equal "$(partials)" ""
    done
    run -0 pgkeep verify --all
    assert_no_tools_left main
    assert_no_temporary_folders main
}

@test "a disk that fills between dump and manifest leaves no trace" {
    # -- the dump of "tiny" takes one block or two, globals and the manifest one each
    local blocks failed=0 worked=0
    small_repository 1m
    pgkeep backup "$MAIN/tiny" --force
    for blocks in 1 2 3 4; do
        fill_but $((blocks * 4))
        run pgkeep backup "$MAIN/tiny" --force
        echo "$blocks: $output"
        if [[ $status -eq 0 ]]; then
            worked=$((worked + 1))
        else
            assert_equal "$status" 1
            assert_output --partial "No space left on device"
            failed=$((failed + 1))
        fi
        assert_equal "$(partials)" ""
        rm "$PGKEEP_REPOSITORY/.ballast"
        run -0 pgkeep verify --all
    done
    assert_equal "$(published | wc -l)" $((worked + 1))
    [[ $failed -ge 2 && $worked -ge 1 ]]
}

@test "too little free space is refused before the dump starts, and --force tries" {
    small_repository 4m
    run -1 pgkeep backup "$MAIN/app"
    assert_output --partial "$PGKEEP_REPOSITORY"
    assert_output --partial "free"
    assert_output --partial "--force"
    assert_nothing_published
    run -0 pgkeep backup "$MAIN/app" --force
    assert_equal "$(published | wc -l)" 1
}

@test "where there is an earlier backup, the space is judged by it, and doctor says when the next will not fit" {
    # -- 30,000 rows are 4 MiB of tables and 1.5 MiB of dump
    small_repository 8m
    run -0 pgkeep backup "$MAIN/app"
    fill_but 3000
    run -0 pgkeep backup "$MAIN/app"
    rm "$PGKEEP_REPOSITORY/.ballast"
    fill_but 600
    run -1 pgkeep backup "$MAIN/app"
    assert_output --regexp "by the last one this backup takes 1\.[0-9] MiB, the repository .* has [0-9.]+ KiB free"
    assert_output --partial "--force"
    run -1 pgkeep backup "$MAIN/app" --format tar
    assert_output --partial "the tables hold"
    run -1 pgkeep backup "$MAIN/app" --force
    assert_output --partial "No space left on device"
    assert_output --partial "hint: nothing was published"
    run -1 pgkeep doctor "$MAIN"
    assert_output --regexp "space +PROBLEM +the next backups need 1\.[0-9] MiB, by the last ones, and [0-9.]+ KiB is free"
    rm "$PGKEEP_REPOSITORY/.ballast"
    run -0 pgkeep doctor "$MAIN"
}

@test "the space that is asked for is that of the database's own tables" {
    small_repository 1m
    run -0 pgkeep backup "$MAIN/tiny"
}

@test "a full repository stops no restore, and hides no verdict" {
    small_repository 8m
    run -0 pgkeep backup "$MAIN/app"
    # -- no file more
    mount -o "remount,nr_inodes=$(df --output=iused "$PGKEEP_REPOSITORY" | tail -n 1 | tr -d ' ')" "$PGKEEP_REPOSITORY"
    run -0 pgkeep restore "$MAIN/app" --into "$MAIN/copy"
    assert_output --regexp "repository .* is full: no lock is made there"
    assert_equal "$(sql main copy 'SELECT count(*) FROM big')" 30000
    docker exec "$MAIN" dropdb -U postgres copy
    run -0 pgkeep test --in database "$MAIN/app"
    assert_output --partial "proof: equal"
    mount -o remount,nr_inodes=4096 "$PGKEEP_REPOSITORY"

    # -- no byte more
    fill_but 0
    run pgkeep test --in database "$MAIN/app"
    echo "$status: $output"
    assert_output --partial "proof: equal"
    [[ $status -eq 1 ]]
    assert_output --partial "the proof is not kept"
    assert_output --partial "No space left on device"
    [[ ! -e $(published)/proof.json ]]
    assert_no_tools_left main
}

@test "a repository on a read-only file system is refused with its name, and list still works" {
    small_repository 4m
    pgkeep backup "$MAIN/tiny"
    mount -o remount,ro "$PGKEEP_REPOSITORY"
    run ! pgkeep backup "$MAIN/tiny"
    [[ $status -eq 1 || $status -eq 2 ]]
    assert_output --partial "$PGKEEP_REPOSITORY"
    assert_output --regexp "[Rr]ead-only"
    run -0 pgkeep list
    run -0 pgkeep verify --all
}

@test "a repository without write permission is refused with its name" {
    [[ $(id -u) -eq 0 ]] || skip "becoming somebody else needs root"
    # -- nobody must reach the program and the socket to come as far as the repository
    local program="$BATS_TEST_TMPDIR/pgkeep"
    cp "$PGKEEP" "$program"
    chmod 755 "$program" "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" "$PGKEEP_REPOSITORY"
    run ! setpriv --reuid=65534 --regid=65534 --groups="$(stat -c %g /var/run/docker.sock)" \
        "$program" backup "$MAIN/tiny"
    [[ $status -eq 1 || $status -eq 2 ]]
    assert_output --partial "$PGKEEP_REPOSITORY"
    assert_output --partial "denied"
}

# fail_each CALLS ERRNO [MOST]: the n-th such call fails, for every n of a whole backup
fail_each() {
    local calls=$1 errno=$2 n total before errors=0
    with_fault "$calls" 0 FAULT_COUNT="$BATS_TEST_TMPDIR/count" -- backup "$MAIN/tiny" > /dev/null
    total=$(< "$BATS_TEST_TMPDIR/count")
    [[ $total -gt 0 ]]
    echo "# $calls: $total calls in a backup" >&3
    for ((n = 1; n <= total; n++)); do
        before=$(published | wc -l)
        run with_fault "$calls" "$n" FAULT_ERRNO="$errno" -- backup "$MAIN/tiny"
        echo "$calls $n of $total: $status $output"
        if [[ $status -eq 0 ]]; then
            # -- the lock's words for others are no part of a backup
            assert_equal "$(published | wc -l)" $((before + 1))
        else
            assert_equal "$status" 1
            assert_output --partial "$PGKEEP_REPOSITORY"
            assert_equal "$(published | wc -l)" "$before"
            errors=$((errors + 1))
        fi
        assert_equal "$(partials)" ""
    done
    [[ $errors -gt 0 ]]
    run -0 pgkeep verify --all
}

# bats test_tags=no-sanitize
@test "ENOSPC in any write leaves a whole backup or none" {
    build_shim
    fail_each write ENOSPC
}

# bats test_tags=no-sanitize
@test "EIO in any fsync leaves a whole backup or none" {
    build_shim
    fail_each fsync EIO
}

# bats test_tags=no-sanitize
@test "an error in any rename or mkdir leaves a whole backup or none" {
    build_shim
    fail_each rename,mkdir ENOSPC
}
