#!/usr/bin/env bats
# Whoever may write the repository can make checksums and seals fit. Scripts in it are still not given to psql.

load lib/servers

setup_file() {
    load helper
    suite_begin
    run_pg main 17 -- -c log_statement=all -c log_min_duration_statement=-1
    wait_pg main
    watch_server main
    create_db main app
    create_db main live
    sql main live "CREATE TABLE t AS SELECT 1 AS id"
    sql main app "CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 9); ALTER DATABASE app SET work_mem = '5MB'"
    export PGKEEP_REPOSITORY=$REPOSITORY
    "$PGKEEP" backup --quiet --format plain "$(target main)/app" | cut -d ' ' -f 1 > "$BATS_FILE_TMPDIR/gz"
    sleep 1 # a backup's name is its second
    "$PGKEEP" backup --quiet --format plain --compress none "$(target main)/app" | cut -d ' ' -f 1 > "$BATS_FILE_TMPDIR/sql"
}

setup() {
    load helper
    test_begin
    TARGET=$(target main)
}

teardown_file() {
    load helper
    end_unharmed
}

# make_hostile VARIANT gz|sql: in a repository that holds nothing else; sets ID
make_hostile() {
    ID=$(cat "$BATS_FILE_TMPDIR/$2")
    rm -rf "$REPO"
    cp -a "$REPOSITORY" "$REPO"
    python3 "$PROJECT/tests/e2e/lib/hostile.py" make "$1" "$REPO/$ID"
}

# verify_names VARIANT FILE: with no engine at all; nothing else is wrong, so nothing else is found
verify_names() {
    DOCKER_HOST=unix:///nowhere run "$PGKEEP" verify "$ID"
    [[ $status -eq 4 && $output == *"$2"* && $output == *"  1 finding"* ]] || fail "verify of $1: status $status: $output"
}

# refuses VARIANT ARGUMENT...: the command ends with 4
refuses() {
    local variant=$1
    shift
    run "$PGKEEP" "$@"
    [[ $status -eq 4 ]] || fail "$variant: $*: status $status: $output"
}

# The server heard nothing of a variant, psql ran no command, and nothing was made or lost.
nothing_happened() {
    ! docker logs "$TARGET" 2>&1 | grep hostile_mark || fail "the server got a statement of the dump"
    ! docker exec "$TARGET" test -e /tmp/hostile_mark || fail "psql obeyed a command of the dump"
    assert_equal "$(sql main live 'SELECT id FROM t')" 1
    assert_equal "$(sql main template1 "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database
        WHERE NOT datistemplate")" "app live postgres"
}

variants() {
    python3 "$PROJECT/tests/e2e/lib/hostile.py" list "$1"
}

# every_variant KIND gz|sql FILE: sets COUNT. Not for `run`, under which a failure would not end it.
every_variant() {
    local variant kind=$1 form=$2
    COUNT=0
    for variant in $(variants "$kind"); do
        make_hostile "$variant" "$form"
        verify_names "$variant" "$3"
        refuses "$variant" restore "$ID" --into "$TARGET/copy" --globals
        COUNT=$((COUNT + 1))
    done
}

@test "the backups are whole before they are made hostile" {
    use_repository "$REPOSITORY"
    run -0 pgkeep verify --all
    run -0 pgkeep restore "$(cat "$BATS_FILE_TMPDIR/sql")" --into "$TARGET/honest" --globals
    assert_equal "$(sql main honest 'SELECT count(*) FROM a')" 9
    assert_equal "$(sql main honest 'SHOW work_mem')" 5MB
    sql main template1 "DROP DATABASE honest"
}

@test "a plain dump that pg_dump did not write is named by verify and refused by restore" {
    every_variant plain sql .sql
    [[ $COUNT -ge 30 ]]
    nothing_happened
}

@test "the same is refused in a compressed plain dump" {
    local variant
    for variant in command command-in-a-statement drop-database copy-with-more strings nul; do
        make_hostile "$variant" gz
        verify_names "$variant" .sql.gz
        refuses "$variant" restore "$ID" --into "$TARGET/copy"
    done
    nothing_happened
}

@test "a globals.sql that pg_dumpall did not write is named by verify and refused by restore" {
    every_variant globals sql globals.sql
    [[ $COUNT -ge 8 ]]
    nothing_happened
}

@test "a manifest with other statements than pgkeep's is named by verify and refused by restore" {
    every_variant manifest gz manifest.json
    [[ $COUNT -ge 8 ]]
    nothing_happened
}

@test "a restore test calls a hostile backup different and starts nothing for it" {
    local variant
    for variant in command drop-database copy-program manifest-command-in-a-statement; do
        make_hostile "$variant" sql
        refuses "$variant" test "$ID" --in database
    done
    for variant in command-in-a-statement globals-command-in-a-statement manifest-command; do
        make_hostile "$variant" gz
        refuses "$variant" test "$ID" --in container
    done
    nothing_happened
}

@test "pg_dump is not made to write what a restore would refuse" {
    local argument
    for argument in --clean --cle --create --cr -c -C -vC --if-exists --include-foreign-data=x --binary-upgrade; do
        run -2 pgkeep backup "$TARGET/app" --format plain --extra-args="$argument"
        assert_output --partial "is refused"
    done
    assert_equal "$(published)" ""
}

@test "plain dumps of exotic but honest objects pass" {
    create_db main exotic
    sql main exotic <<- 'SQL'
	CREATE ROLE granted; CREATE ROLE "drop database x;";
	CREATE TABLE t (a int[], n int PRIMARY KEY, "N" int, "Up" text DEFAULT E'C:\\');
	CREATE VIEW v AS SELECT a[1:2] AS x, a[n:"N"] AS y, a[-1:n] AS z, a[:n] AS w, 1e20 AS f FROM t;
	INSERT INTO t VALUES ('{1}', 1, 2, E'a\\\'b;\\! id'), ('{2}', 2, 3, E'\\.');
	COMMENT ON TABLE t IS E'C:\\dir\\';
	COMMENT ON VIEW v IS E'line\n\\! id\n\\.\n';
	CREATE RULE r AS ON INSERT TO v DO INSTEAD (INSERT INTO t (n) VALUES (1); NOTIFY x);
	CREATE SCHEMA "COPY x FROM stdin;"; CREATE TABLE "COPY x FROM stdin;"."DROP DATABASE a;" (":HOST" int);
	CREATE FUNCTION fa(a int) RETURNS int LANGUAGE sql
	    BEGIN ATOMIC INSERT INTO t (n) VALUES (a); SELECT CASE WHEN a > 1 THEN 2 ELSE 3 END; END;
	CREATE PROCEDURE pa() LANGUAGE sql AS $x$ SELECT '$$\'; SELECT '\! id' $x$;
	CREATE TYPE en AS ENUM (E'a\\b', 'c'':HOST');
	GRANT SELECT (a, "Up") ON t TO granted WITH GRANT OPTION;
	ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO granted;
	SELECT lo_from_bytea(4242, '\x00ff5c27');
	COMMENT ON LARGE OBJECT 4242 IS 'x\';
	SQL
    local arguments
    for arguments in --inserts --disable-dollar-quoting --quote-all-identifiers; do
        run -0 pgkeep backup "$TARGET/exotic" --format plain --extra-args="$arguments"
    done
    sql main exotic 'ALTER DATABASE exotic SET standard_conforming_strings = off'
    run -0 pgkeep backup "$TARGET/exotic" --format plain --compress none
    run -0 pgkeep verify --all
    run -0 pgkeep restore "$TARGET/exotic" --into "$TARGET/exotic_copy"
    assert_equal "$(sql main exotic_copy 'SELECT "Up" FROM t ORDER BY n' | tail -n 1)" '\.'
    sql main template1 <<- 'SQL'
	DROP DATABASE exotic_copy;
	DROP DATABASE exotic;
	DROP ROLE granted;
	DROP ROLE "drop database x;";
	SQL
}
