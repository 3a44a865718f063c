#!/usr/bin/env bats
# Between the moment when a fingerprint lists a relation and the moment when it reads it, the owner puts another one
# in its place: nothing of his runs with pgkeep's rights, and the fingerprint says what it could not read.

load lib/probe
load lib/servers

MAJORS="13 17"

setup_file() {
    load helper
    suite_begin
    export PROBE="$BATS_FILE_TMPDIR/fingerprint_probe"
    build_probe fingerprint_probe "$PROBE"
    build_probe fingerprint_probe "$PROBE-old-server" -DOLD_SERVER -Wl,--wrap=pins_set
    local major
    serve_majors "$MAJORS"
    for major in $MAJORS; do
        sql "pg$major" postgres "CREATE ROLE mallory LOGIN"
        sql "pg$major" postgres "CREATE DATABASE shop OWNER mallory"
        sql "pg$major" shop "CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO mallory;
            CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler"
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

# --- the owner -----------------------------------------------------------------------------------------

mallory() {
    PG_USER=mallory sql "$@"
}

# arm NAME: a table and a sequence as they are listed, and what is to take their place. Whoever may run a program
# and calls trap() leaves a file; READ ONLY does not stop that.
arm() {
    docker exec "$(target "$1")" rm -f /tmp/sprung
    mallory "$1" shop << 'SQL'
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS app, evil, gone CASCADE;
DROP SERVER IF EXISTS loop CASCADE;
CREATE SCHEMA app;
CREATE TABLE app.t AS SELECT 5 AS a;
CREATE TABLE app.other AS SELECT 1 AS a;
CREATE SEQUENCE app.s;
CREATE SCHEMA evil;
CREATE FUNCTION evil.trap() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
    COPY (SELECT current_user) TO PROGRAM 'cat >> /tmp/sprung';
    RETURN 1;
EXCEPTION WHEN OTHERS THEN
    RETURN 0;
END $$;
CREATE VIEW evil.t AS SELECT evil.trap() AS a, 0::oid AS tableoid;
CREATE VIEW evil.s AS SELECT evil.trap()::bigint AS last_value, true AS is_called;
CREATE TYPE evil.mood AS ENUM ('x');
CREATE FUNCTION evil.to_text(evil.mood) RETURNS text LANGUAGE sql AS 'SELECT evil.trap()::text';
CREATE CAST (evil.mood AS text) WITH FUNCTION evil.to_text(evil.mood) AS IMPLICIT;
CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'shop');
CREATE USER MAPPING FOR PUBLIC SERVER loop OPTIONS (user 'postgres');
SQL
}

sprung() {
    docker exec "$(target "$1")" test -s /tmp/sprung
}

# swap KIND: the owner's statements
swap() {
    case $1 in
    view) echo "ALTER TABLE app.t RENAME TO t_old; ALTER VIEW evil.t SET SCHEMA app" ;;
    foreign) echo "ALTER TABLE app.t RENAME TO t_old;
        CREATE FOREIGN TABLE app.t (a int) SERVER loop OPTIONS (schema_name 'evil', table_name 't')" ;;
    materialized) echo "ALTER TABLE app.t RENAME TO t_old; CREATE MATERIALIZED VIEW app.t AS SELECT 1 AS a" ;;
    partitioned) echo "ALTER TABLE app.t RENAME TO t_old; CREATE TABLE app.t (a int) PARTITION BY LIST (a)" ;;
    table) echo "ALTER TABLE app.t RENAME TO t_old; CREATE TABLE app.t (a int)" ;;
    rule) echo "DELETE FROM app.t; CREATE RULE \"_RETURN\" AS ON SELECT TO app.t DO INSTEAD SELECT evil.trap() AS a" ;;
    # rewrites nothing, so the rows that the snapshot sees have it
    type) echo "ALTER TABLE app.t DROP a; ALTER TABLE app.t ADD a evil.mood DEFAULT 'x'" ;;
    schema) echo "ALTER SCHEMA app RENAME TO gone; ALTER SCHEMA evil RENAME TO app" ;;
    sequence) echo "ALTER SEQUENCE app.s RENAME TO s_old; ALTER VIEW evil.s SET SCHEMA app" ;;
    esac
}

# by_hand KIND: what a superuser would do who does not know
by_hand() {
    case $1 in
    type) echo "SELECT a::text FROM app.t" ;;
    sequence) echo "SELECT last_value FROM app.s" ;;
    *) echo "SELECT a FROM app.t" ;;
    esac
}

# statement NAME KIND: the swap as a shell command
at_once() {
    printf 'docker exec %s psql -h 127.0.0.1 -U mallory -v ON_ERROR_STOP=1 -qc "%s" shop' "$(target "$1")" "$(swap "$2" | sed 's/"/\\"/g')"
}

# The swap stands ready, and is committed when somebody waits for it (which may be before we see it stand).
while_waited_for() {
    local waiting="BEGIN; $(swap "$2"); DO 'BEGIN LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
        PERFORM pg_sleep(0.02); END LOOP; END'; COMMIT"
    local ready="SELECT 1 / count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = 'shop' AND l.mode = 'AccessExclusiveLock' AND l.granted"
    # shellcheck disable=SC2016 # for the shell that runs it
    printf 'docker exec %s psql -h 127.0.0.1 -U mallory -v ON_ERROR_STOP=1 -qc "%s" shop > /dev/null 2>&1 3>&- &
        while kill -0 $! 2> /dev/null && ! docker exec %s psql -h 127.0.0.1 -U postgres -Atqc "%s" shop > /dev/null 2>&1
        do sleep 0.05; done' \
        "$(target "$1")" "$(sed 's/"/\\"/g' <<< "$waiting")" "$(target "$1")" "$ready"
}

# fingerprint NAME [NAME=VALUE...]: by a superuser
fingerprint() {
    timeout 120 "${THE_PROBE:-$PROBE}" "$(target "$1")" shop password=secret "${@:2}"
}

why() {
    jq -r --arg name "$1" '.tables[] | select(.name == $name) | .why_not' "$BATS_TEST_TMPDIR/out"
}

# A trap that does not work would prove nothing.
springs_by_hand() {
    arm "$1"
    mallory "$1" shop "$(swap "$2")"
    sql "$1" shop "$(by_hand "$2")" > /dev/null
    sprung "$1"
}

# table_refused MOMENT NAME KIND [REASON]: the swap comes after the listing; at_once: before the reading begins;
# while_waited_for: the reader waits for the lock
table_refused() {
    arm "$2"
    fingerprint "$2" table=app.other hold="$("$1" "$2" "$3")" late_table=app.t > "$BATS_TEST_TMPDIR/out"
    echo "$2 $1: $(why t)"
    if sprung "$2"; then return 1; fi
    [[ $(why t) == *"${4:-another relation has taken its place}"* ]]
    [[ $(why other) == null ]]
}

# table_unsprung MOMENT NAME KIND: the table may be counted, as COPY casts nothing
table_unsprung() {
    arm "$2"
    fingerprint "$2" table=app.other hold="$("$1" "$2" "$3")" late_table=app.t > "$BATS_TEST_TMPDIR/out"
    echo "$2 $1: $(why t)"
    if sprung "$2"; then return 1; fi
    [[ $(why other) == null ]]
}

# --- tables ---------------------------------------------------------------------------------------------

# What refuses it is the statement itself; where the server can, it does besides. So most tests have an old server.

@test "a view in a table's place is not run" {
    local major
    for major in $MAJORS; do
        springs_by_hand "pg$major" view
        table_refused at_once "pg$major" view
        THE_PROBE=$PROBE-old-server
        table_refused at_once "pg$major" view
        table_refused while_waited_for "pg$major" view
    done
}

@test "a foreign table in a table's place is not asked" {
    local major
    for major in $MAJORS; do
        springs_by_hand "pg$major" foreign
        THE_PROBE=$PROBE-old-server
        table_refused at_once "pg$major" foreign
        table_refused while_waited_for "pg$major" foreign
    done
}

@test "a materialized view, a partitioned table and another table in a table's place are not taken for it" {
    local kind major
    for major in $MAJORS; do
        table_refused while_waited_for "pg$major" materialized
        for kind in materialized partitioned table; do table_refused at_once "pg$major" "$kind"; done
    done
}

@test "a table that a rule turned into a view is not run" {
    springs_by_hand pg13 rule
    THE_PROBE=$PROBE-old-server
    table_refused at_once pg13 rule
    table_refused while_waited_for pg13 rule
}

@test "a column that became one of the owner's type is not cast by his function" {
    local major
    for major in $MAJORS; do
        springs_by_hand "pg$major" type
        table_unsprung at_once "pg$major" type
        table_unsprung while_waited_for "pg$major" type
    done
}

@test "a view in the schema that took the place of the table's is not run" {
    local major
    for major in $MAJORS; do
        springs_by_hand "pg$major" schema
        arm "pg$major"
        THE_PROBE=$PROBE-old-server fingerprint "pg$major" table=app.other hold="$(at_once "pg$major" schema)" \
            late_table=app.t > "$BATS_TEST_TMPDIR/out"
        run ! sprung "pg$major"
        [[ $(why t) == *"another relation has taken its place"* ]]
    done
}

@test "a table of another access method is counted, and neither a view nor a type of the owner's is run for it" {
    local major kind
    THE_PROBE=$PROBE-old-server
    for major in $MAJORS; do
        for kind in none view type; do
            arm "pg$major"
            mallory "pg$major" shop "DROP TABLE app.t; CREATE TABLE app.t (a int) USING heap2; INSERT INTO app.t VALUES (5)"
            [[ $kind != none ]] || mallory "pg$major" shop "CREATE TABLE app.heap AS TABLE app.t"
            fingerprint "pg$major" table=app.other table=app.heap hold="$(at_once "pg$major" "$kind")" \
                late_table=app.t > "$BATS_TEST_TMPDIR/out"
            run ! sprung "pg$major"
            if [[ $kind == none ]]; then
                [[ $(jq -r '[.tables[] | select(.name != "other") | "\(.rows) \(.digest)"] | unique | length' "$BATS_TEST_TMPDIR/out") == 1 ]]
                [[ $(why t) == null ]]
            elif [[ $kind == view ]]; then
                [[ $(why t) == *"another relation has taken its place"* ]]
            fi
        done
    done
}

# --- sequences ------------------------------------------------------------------------------------------

@test "a view in a sequence's place is not run, before or after the tables" {
    local major
    for major in $MAJORS; do
        springs_by_hand "pg$major" sequence
        for THE_PROBE in "$PROBE" "$PROBE-old-server"; do
            arm "pg$major"
            fingerprint "pg$major" table=app.other hold="$(at_once "pg$major" sequence)" > "$BATS_TEST_TMPDIR/out"
            run ! sprung "pg$major"
            sequence_is_a_gap
        done
        arm "pg$major"
        sh -c "$(while_waited_for "pg$major" sequence)"
        fingerprint "pg$major" table=app.other > "$BATS_TEST_TMPDIR/out"
        run ! sprung "pg$major"
        sequence_is_a_gap
    done
}

sequence_is_a_gap() {
    jq -r '.sequences[] | select(.name == "s") | .why_not' "$BATS_TEST_TMPDIR/out" |
        grep -E "another relation has taken its place|access to non-system view"
}

@test "two hundred sequences and one that is gone are read, and the one is named" {
    arm pg13
    mallory pg13 shop "DO 'BEGIN FOR i IN 1..200 LOOP EXECUTE format(''CREATE SEQUENCE app.q%s START %s'', i, i); END LOOP; END'"
    THE_PROBE="$PROBE-old-server" fingerprint pg13 table=app.other hold="$(at_once pg13 sequence)" > "$BATS_TEST_TMPDIR/out"
    [[ $(jq '[.sequences[] | select(.why_not == null and .before == (.name | .[1:] | tonumber) and .after == .before)] | length' "$BATS_TEST_TMPDIR/out") == 200 ]]
    sequence_is_a_gap
}

# --- the whole --------------------------------------------------------------------------------------------

@test "a backup runs nothing of an owner who swaps while it works" {
    local name kind
    for name in pg13 pg17; do
        kind=view
        [[ $name == pg13 ]] || kind=sequence
        arm "$name"
        sh -c "$(while_waited_for "$name" "$kind")"
        run pgkeep backup "$(target "$name")/shop"
        # pg_dump itself may fail at what is no table any more
        [[ $status == 0 || $output == *"pg_dump"* ]]
        run ! sprung "$name"
        [[ $(sql "$name" shop "SELECT count(*) FROM pg_views WHERE schemaname = 'app'") == 1 ]]
    done
}
