#!/usr/bin/env bats
# The fingerprint beside the dump: of the very snapshot, never in the way, and enough to find lost rows offline.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    local major
    for major in 13 15 17; do
        start_pg "pg$major" "$major"
        fault_db "pg$major" app 4000
    done
}

setup() {
    load helper
    load lib/fault-common
    test_begin
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed pg13 pg15 pg17
}

manifest_of() {
    cat "$PGKEEP_REPOSITORY/$(target "$1")/$2"/2*/manifest.json
}

# idle NAME: no connection of pgkeep's or its tools is left
has_no_backends() {
    [[ $(sql "$1" postgres "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app'") == 0 ]]
}

# cut_is_found MAJOR: rows go from the dump, all checksums are made to fit, and verify finds it by the counts
cut_is_found() {
    local id folder
    id=$(pgkeep backup --quiet --compress none "$(target "pg$1")/app" | cut -d ' ' -f 1)
    folder=$PGKEEP_REPOSITORY/$id
    run -0 pgkeep verify "$id"
    # -- the rows 2000 to 2099 of the table "big"
    run -0 python3 "$PROJECT/tests/e2e/lib/cut_rows.py" "$folder" big $'20[0-9][0-9]\t[0-9a-f]{64}'
    assert_output 100
    run -4 pgkeep verify "$id"
    echo "$output"
    assert_output --partial "table public.big: 4000 rows at the snapshot, 3900 rows in the dump"
    # -- and nothing else is wrong with it: PostgreSQL's own tool sees a good archive
    docker exec --interactive "$(target "pg$1")" pg_restore --list < "$folder"/*.dump > /dev/null
    docker exec --interactive "$(target "pg$1")" pg_restore --file=- < "$folder"/*.dump > /dev/null
}

@test "rows cut from a dump with corrected checksums are found by verify, on 13" { cut_is_found 13; }
@test "rows cut from a dump with corrected checksums are found by verify, on 15" { cut_is_found 15; }
@test "rows cut from a dump with corrected checksums are found by verify, on 17" { cut_is_found 17; }

@test "the manifest holds the fingerprint of the dump's own snapshot" {
    run -0 pgkeep backup --quiet "$(target pg17)/app"
    manifest_of pg17 app | jq '.snapshot, .commands, .fingerprint'
    manifest_of pg17 app | jq -e '.snapshot as $s | .commands | flatten | any(. == "--snapshot=" + $s)'
    manifest_of pg17 app | jq -e '.fingerprint | .depth == "content" and (.tables | length) == 2'
    manifest_of pg17 app | jq -e '.fingerprint.tables | all((.digest | length) == 16 and .rows > 0)'
    manifest_of pg17 app | jq -e '(.fingerprint.sequences | length) == 1 and (.fingerprint.entries | length) > 5'
}

@test "a pg_dump that leaves rows out is found at once: status 4, the backup is kept, verify agrees" {
    local target
    start_pg lossy 17
    fault_db lossy app 1000
    target=$(target lossy)
    # shellcheck disable=SC2016 # the container's own shell
    docker exec --user root "$target" sh -c 'tool=/usr/local/bin/pg_dump &&
        printf "#!/bin/sh\nexec /usr/lib/postgresql/17/bin/pg_dump \"\$@\" --exclude-table-data=small\n" > "$tool" &&
        chmod 755 "$tool"'
    run -4 pgkeep backup "$target/app"
    echo "$output"
    assert_output --partial "table public.small: 100 rows at the snapshot, the table is not in the dump"
    assert_equal "$(published | wc -l)" 1
    run -4 pgkeep verify "$target/app"
    assert_output --partial "public.small"
    run -4 pgkeep test --in database "$target/app"
    assert_output --partial "table public.small: 100 rows at the snapshot, 0 rows in the copy"
}

@test "an option of pg_dump that wants a snapshot of its own gets it, and there is no fingerprint" {
    local m
    for m in 13 15 17; do
        run -0 pgkeep backup "$(target "pg$m")/app" --extra-args=--serializable-deferrable
        echo "$output"
        assert_output --partial "once more without one"
        manifest_of "pg$m" app | jq -e '.fingerprint == null and .snapshot == null and
            (.notes | any(test("no fingerprint was taken")))'
    done
}

@test "a fingerprint that cannot be taken is no failed backup" {
    local target
    target=$(target pg15)
    # -- one connection is all that this role has: pg_dump gets it
    sql pg15 app "CREATE ROLE single LOGIN PASSWORD 'single' CONNECTION LIMIT 1; GRANT pg_read_all_data TO single;
        GRANT pg_read_all_settings TO single" > /dev/null
    run -0 pgkeep backup --user single "$target/app"
    echo "$output"
    assert_output --partial "without one"
    manifest_of pg15 app | jq -e '.fingerprint == null and (.notes | any(test("no fingerprint was taken")))'
    run -5 pgkeep test --in database "$target/app"
    assert_output --partial "proof: unproven"
    sql pg15 app "REVOKE pg_read_all_data, pg_read_all_settings FROM single; DROP ROLE single"
}

@test "a table that the fingerprint may not see to its end is named, and never proven" {
    # -- row security: pg_dump refuses such a table, so does the fingerprint; the superuser sees all
    sql pg17 app "CREATE TABLE secret AS SELECT 1 AS n; ALTER TABLE secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    run -0 pgkeep backup --quiet "$(target pg17)/app"
    run -0 pgkeep test --in database "$(target pg17)/app"
    assert_output --partial "proof: equal  3 tables"
    sql pg17 app "DROP TABLE secret"
}

@test "an interrupt in the middle of a dump ends all sessions of its fingerprint" {
    hold_dump pg17 app
    start_pgkeep backup --quiet "$(target pg17)/app"
    wait_for 20 dumps pg17
    kill -INT "$PGKEEP_PID"
    await_pgkeep
    assert_equal "$status" 130
    wait_for 5 has_only_holder pg17
    let_go pg17
    assert_nothing_published
}

has_only_holder() {
    [[ $(sql "$1" postgres "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app' AND query !~ '^BEGIN; LOCK'") == 0 ]]
}

@test "kill -9 in the middle leaves no transaction open" {
    local major
    for major in 13 17; do
        hold_dump "pg$major" app
        start_pgkeep backup --quiet "$(target "pg$major")/app"
        wait_for 20 dumps "pg$major"
        kill -KILL "$PGKEEP_PID"
        wait "$PGKEEP_PID" || :
        # -- a statement that waits for a lock ends with the lock on 13; 14 and newer look after their client
        [[ $major == 17 ]] && wait_for 20 has_only_holder "pg$major"
        let_go "pg$major"
        wait_for 20 has_no_backends "pg$major"
    done
}

# As a sidecar that shares no network with it: this very program on this file system, in a container of another one.
@test "from another network the fingerprint goes through a tunnel, and is proven" {
    local network=$FILE_ID-other labels
    mapfile -t labels < <(labelled)
    docker network create --label "$LABEL=1" "$network" > /dev/null
    run docker run --rm "${labels[@]}" --network "$network" --volume /:/host --env PGKEEP_REPOSITORY="$PGKEEP_REPOSITORY" \
        --entrypoint chroot "$(image_of 17)" /host "$PGKEEP" backup --verbose "$(target pg15)/app"
    docker network rm "$network" > /dev/null
    echo "$output"
    assert_success
    assert_output --partial "SQL by tunnel by perl"
    manifest_of pg15 app | jq -e '.fingerprint | .depth == "content" and all(.tables[]; .rows > 0)'
    run -0 pgkeep test --in database "$(target pg15)/app"
    assert_output --partial "proof: equal"
}

# standby_start PRIMARY NAME: a streaming standby of it
standby_start() {
    local address labels
    docker exec "$(target "$1")" sh -c 'echo "host replication all all trust" >> "$PGDATA/pg_hba.conf"'
    sql "$1" postgres "SELECT pg_reload_conf()" > /dev/null
    address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(target "$1")")
    mapfile -t labels < <(labelled)
    install -d -o 999 -g 999 -m 700 "$BATS_FILE_TMPDIR/standby"
    docker run --rm "${labels[@]}" --user postgres --volume "$BATS_FILE_TMPDIR/standby:/standby" --entrypoint pg_basebackup \
        "$(image_of 17)" -h "$address" -U postgres -D /standby -R --checkpoint=fast
    start_pg "$2" 17 --volume "$BATS_FILE_TMPDIR/standby:/var/lib/postgresql/data"
}

@test "a standby's backup is fingerprinted and proven too" {
    sql pg17 app "CREATE UNLOGGED TABLE passing AS SELECT 1 AS n"
    standby_start pg17 standby
    run -0 pgkeep backup --quiet "$(target standby)/app"
    manifest_of standby app | jq -e '.in_recovery and (.fingerprint.tables | length) == 2'
    run pgkeep test --in container "$(target standby)/app"
    echo "$output"
    assert_output --partial "proof: equal"
    assert_output --partial "unlogged table public.passing"
    sql pg17 app "DROP TABLE passing"
}
