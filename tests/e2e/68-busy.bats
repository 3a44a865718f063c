#!/usr/bin/env bats
# Databases whose tables come, go and change while they are backed up: pgkeep gets through where pg_dump alone would,
# and where it would not, and what it takes is whole.

load lib/servers
load lib/busy

MAJORS="13 17"

setup_file() {
    load helper
    suite_begin
    local major
    busy_servers "$MAJORS"
    for major in $MAJORS; do
        # What is in /tmp/meddle.sql runs in the background, once, just before a dump with a snapshot starts.
        docker exec --interactive "$(target "pg$major")" sh -c 'cat > /usr/local/bin/pg_dump; chmod 755 /usr/local/bin/pg_dump' << 'SH'
#!/bin/sh
case "$*" in
*--schema-only*) ;;
*--snapshot=*)
    if mv /tmp/meddle.sql /tmp/meddling.sql 2> /dev/null; then
        psql -X -q -U postgres -f /tmp/meddling.sql app > /tmp/meddled 2>&1 < /dev/null 3<&- &
        sleep 0.7
    fi ;;
esac
exec /usr/lib/postgresql/*/bin/pg_dump "$@"
SH
    done
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    end_unharmed
}

# meddle NAME SQL
meddle() {
    docker exec --interactive "$(target "$1")" sh -c 'cat > /tmp/meddle.sql; chmod 666 /tmp/meddle.sql' <<< "$2"
}

@test "a table that is emptied and filled again as the dump starts is whole in it" {
    local major
    for major in $MAJORS; do
        meddle "pg$major" "BEGIN; TRUNCATE reload; INSERT INTO reload SELECT generate_series(1, 2002); COMMIT;"
        run -0 pgkeep backup "$(target "pg$major")/app" --verbose
        assert_output --partial "the snapshot is taken anew"
        assert_equal "$(rows_of "$(target "pg$major")/app" reload)" 2002
        proven "pg$major"
        run ! docker exec "$(target "pg$major")" test -e /tmp/meddle.sql
    done
}

@test "so is one that is altered, also without a fingerprint, and in each format" {
    local options
    for options in "--format directory" "--format plain" "--format tar" "--fingerprint none"; do
        meddle pg17 "ALTER TABLE altered ADD COLUMN more int DEFAULT 1; ALTER TABLE altered DROP COLUMN more;"
        # shellcheck disable=SC2086 # words
        run -0 pgkeep backup "$(target pg17)/app" --verbose $options
        assert_output --partial "the snapshot is taken anew"
        run -0 pgkeep verify "$(target pg17)/app"
    done
}

@test "what pg_dump did not find any more is looked for twice more, with a new snapshot, and said" {
    sql pg17 app "CREATE SEQUENCE s1"
    meddle pg17 "DROP SEQUENCE s1"
    run -0 pgkeep backup "$(target pg17)/app"
    assert_output --regexp "pg_dump failed while somebody changed the database \(.*\): once more, with a new snapshot"
    proven pg17
    # -- what fails although nobody changes anything fails at once
    docker exec "$(target pg17)" mv /usr/local/bin/pg_dump /tmp/
    docker exec --interactive "$(target pg17)" sh -c 'cat > /usr/local/bin/pg_dump; chmod 755 /usr/local/bin/pg_dump' << 'SH'
#!/bin/sh
case "$*" in
*--schema-only* | *no-such-folder* | --version) ;;
*)
    echo x >> /tmp/tries
    if [ -e /tmp/change ]; then psql -X -q -U postgres -c "CREATE SEQUENCE s_$(wc -l < /tmp/tries)" app; fi
    echo "pg_dump: error: no luck" >&2
    exit 1 ;;
esac
exec /usr/lib/postgresql/*/bin/pg_dump "$@"
SH
    run -1 pgkeep backup "$(target pg17)/app"
    refute_output --partial "once more"
    assert_equal "$(docker exec "$(target pg17)" cat /tmp/tries)" x
    # -- and what fails three times in a changing one fails
    docker exec "$(target pg17)" sh -c 'rm /tmp/tries; touch /tmp/change'
    run -1 pgkeep backup "$(target pg17)/app"
    assert_output --partial "no luck"
    assert_equal "$(grep -c "once more" <<< "$output")" 2
    assert_equal "$(docker exec "$(target pg17)" cat /tmp/tries)" "$(printf 'x\nx\nx')"
    docker exec "$(target pg17)" mv /tmp/pg_dump /usr/local/bin/pg_dump
}

@test "a selection locks what pg_dump locks, and no more" {
    local server
    server=$(target pg17)
    docker exec --detach "$server" psql -U postgres -d app -c "BEGIN; LOCK TABLE big; SELECT pg_sleep(300)"
    wait_for 10 sql pg17 app "SELECT 1 / count(*) FROM pg_locks WHERE relation = 'big'::regclass AND granted"
    run -0 pgkeep backup "$server/app" --lock-timeout 2s --table reload --table part
    run -0 pgkeep backup "$server/app" --lock-timeout 2s --exclude-table big
    run -6 pgkeep backup "$server/app" --lock-timeout 2s --table big
    assert_output --partial "public.big is locked by process"
    run -6 pgkeep backup "$server/app" --lock-timeout 2s --fingerprint none
    sql pg17 postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'LOCK TABLE big' AND pid <> pg_backend_pid()"
}

@test "where the locks would take most of the server's room for them, they are left to pg_dump" {
    start_pg narrow 17 -- -c max_locks_per_transaction=10 -c max_connections=20
    create_db narrow app
    sql narrow app <<< "SELECT format('CREATE TABLE t%s (n int)', n) FROM generate_series(1, 80) AS n \gexec"
    run -0 pgkeep backup "$(target narrow)/app" --verbose
    refute_output --partial "too many tables to lock in advance"
    sql narrow app <<< "SELECT format('CREATE TABLE t%s (n int)', n) FROM generate_series(81, 250) AS n \gexec"
    run -0 pgkeep backup "$(target narrow)/app" --verbose
    assert_output --partial "too many tables to lock in advance"
    proven narrow
    docker rm --force --volumes "$(target narrow)" > /dev/null
}

@test "beside ordinary DDL every backup is good, and proven" {
    local major
    for major in $MAJORS; do backups_beside_ddl "pg$major" 3; done
}
