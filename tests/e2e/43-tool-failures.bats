#!/usr/bin/env bats
# A pg_dump that fails half-way: exit status 1, the tool's own words, nothing published.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    start_pg main 17
    fault_db main app 2000
    sql main postgres "CREATE ROLE reader LOGIN; CREATE ROLE hurried LOGIN SUPERUSER;
        ALTER ROLE hurried SET statement_timeout = '1ms'"
    sql main app "CREATE TABLE secret (n int); GRANT SELECT ON big, small TO reader; GRANT SELECT ON small_n_seq TO reader"
}

setup() {
    load helper
    load lib/fault-common
    test_begin
    MAIN=$(target main)
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed main
}

# once_waited_for TABLE SQL [APPLICATION]: locks the table, and runs the SQL when somebody waits for the lock: whoever it
# is, or one whose application name begins so
once_waited_for() {
    sql main app << SQL
BEGIN;
LOCK TABLE $1;
DO \$\$
BEGIN
    FOR i IN 1..300 LOOP
        -- without this, a transaction sees the sessions of its first look for ever
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE relation = '$1'::regclass AND NOT granted AND application_name ~ '^${3:-}');
        PERFORM pg_sleep(0.1);
    END LOOP;
END \$\$;
$2
COMMIT;
SQL
}

@test "a table that is dropped while its lock is waited for is left out, in every format" {
    local format holder
    for format in custom plain tar directory; do
        sql main app "CREATE TABLE doomed (n int)"
        once_waited_for doomed "DROP TABLE doomed;" &
        holder=$!
        wait_for 20 is_held main app doomed
        run -0 pgkeep backup "$MAIN/app" --format "$format"
        wait "$holder"
        run -0 pgkeep show "$MAIN/app" --contents
        assert_output --partial " small"
        refute_output --partial doomed
        assert_no_tools_left main
        assert_no_temporary_folders main
        rm -r "$REPO/$MAIN"
    done
}

@test "a table that the role may not read fails the backup and is named" {
    run -1 pgkeep backup "$MAIN/app" --user reader
    assert_output --partial "permission denied for table secret"
    assert_nothing_published
    run -0 pgkeep backup "$MAIN/app" --user reader --exclude-table secret
    run -0 pgkeep show "$MAIN/app" --json
    assert_output --partial "no passwords"
}

@test "a lock that is not granted in time fails the backup and is named, with who holds it" {
    local before
    hold_table main app small
    before=$(now_ms)
    run -6 pgkeep backup "$MAIN/app" --lock-timeout 1s
    [[ $(($(now_ms) - before)) -lt 15000 ]]
    assert_output --regexp "public\.small is locked by process [0-9]+ \(role postgres, \"psql\", active, for [0-9]+ s\)"
    assert_output --partial "hint: --lock-timeout"
    assert_nothing_published
    let_go main
}

@test "a statement_timeout of the role ends neither pg_dump nor pgkeep's own questions" {
    run -0 pgkeep backup "$MAIN/app" --user hurried
    run -0 pgkeep verify --all
}

@test "a server that ends pg_dump's connection fails the backup, also where the database was changed meanwhile" {
    local end="SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^pgkeep_dump_';"
    local more holder
    for more in "" "CREATE TABLE overtaking (n int);"; do
        once_waited_for pg_catalog.pg_policy "$more $end" pgkeep_dump_ &
        holder=$!
        wait_for 20 is_held main app pg_catalog.pg_policy
        run -1 pgkeep backup "$MAIN/app"
        wait "$holder"
        assert_output --partial "terminating connection"
        assert_output --partial "hint: somebody ended pg_dump's connection, or the server went away"
        refute_output --partial "once more"
        assert_nothing_published
    done
    sql main app "DROP TABLE overtaking"
}

@test "so does one that ends it before pg_dump was let in, and one that lets nobody in" {
    local act
    sql main app << 'SQL'
CREATE FUNCTION meet() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('application_name') ~ '^pgkeep_dump_' THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
    END IF;
END $$;
CREATE EVENT TRIGGER meet ON login EXECUTE FUNCTION meet();
ALTER EVENT TRIGGER meet ENABLE ALWAYS;
SQL
    run -1 pgkeep backup "$MAIN/app"
    assert_output --partial "terminating connection"
    refute_output --partial "once more"
    sql main app "CREATE OR REPLACE FUNCTION meet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN
        IF current_setting(''application_name'') ~ ''^pgkeep_dump_'' THEN RAISE ''no entry''; END IF; END'"
    run -1 pgkeep backup "$MAIN/app"
    assert_output --partial "no entry"
    refute_output --partial "once more"
    assert_nothing_published
    sql main app "DROP EVENT TRIGGER meet; DROP FUNCTION meet()"
}

@test "where nobody can be asked after pg_dump failed, its own error is told" {
    docker exec --interactive "$MAIN" sh -c 'cat > /usr/local/bin/pg_dump; chmod 755 /usr/local/bin/pg_dump' << 'SH'
#!/bin/sh
case "$*" in
*--schema-only* | *no-such-folder* | --version) ;;
*--snapshot=*)
    psql -X -q -U postgres -c "ALTER DATABASE app ALLOW_CONNECTIONS false" postgres
    echo "pg_dump: error: no luck" >&2
    exit 1 ;;
esac
exec /usr/lib/postgresql/*/bin/pg_dump "$@"
SH
    run -1 pgkeep backup "$MAIN/app"
    docker exec "$MAIN" rm /usr/local/bin/pg_dump
    sql main postgres "ALTER DATABASE app ALLOW_CONNECTIONS true"
    assert_output --partial "no luck"
    refute_output --partial "look whether the database was changed"
    assert_nothing_published
}

@test "of several databases the good ones are backed up, and the exit status is 3" {
    create_db main closed
    sql main postgres "REVOKE CONNECT ON DATABASE closed FROM PUBLIC"
    sql main app "GRANT SELECT ON secret TO reader"
    run -3 pgkeep backup "$MAIN" --user reader
    assert_output --partial "closed"
    assert_output --partial "permission denied"
    run bash -c 'ls "$1/$2"' bash "$PGKEEP_REPOSITORY" "$MAIN"
    assert_line app
    refute_line closed
}
