#!/usr/bin/env bats
# A fingerprint says the same of the same content, whatever the version, the order and the settings; and something
# else of anything else. Through tools/fingerprint_probe.c, which prints it as JSON.

load lib/probe
load lib/servers

PROBE_TIMEOUT=120

setup_file() {
    load helper
    suite_begin
    export PROBE="$BATS_FILE_TMPDIR/fingerprint_probe"
    build_probe fingerprint_probe "$PROBE"
    ALL="13 15 17"
    if docker image inspect "$(image_of 18)" > /dev/null 2>&1; then ALL+=" 18"; fi
    export ALL
    local major
    serve_majors "$ALL"
    for major in $ALL; do
        new_db "pg$major" zoo
        sql "pg$major" zoo < "$PROJECT/tests/e2e/lib/zoo.sql" > /dev/null
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

# --- helpers -------------------------------------------------------------------------------------------

new_db() {
    client "$1" createdb -T template0 "${@:3}" "$2" < /dev/null
}

# fingerprint NAME DATABASE [NAME=VALUE...]
fingerprint() {
    timeout "$PROBE_TIMEOUT" "$PROBE" "$(target "$1")" "$2" password=secret "${@:3}"
}

# Without what differs from run to run and from version to version.
content() {
    jq -S 'del(.elapsed_ms, .server_version_num, .entries, .schema_digest, .extensions)'
}

whole() {
    jq -S 'del(.elapsed_ms)'
}

# why TABLE: why its digest is not known
why() {
    jq -r --arg name "$1" '.tables[] | select(.name == $name) | .why_not'
}

digest() {
    jq -r --arg name "$1" '.tables[] | select(.name == $name) | "\(.rows) \(.digest)"'
}

no_gaps() {
    jq -e '[.. | objects | select(.why_not or .schema_why_not)] == []' > /dev/null
}

copy_db() {
    docker exec "$(target "$1")" sh -c "createdb -h 127.0.0.1 -U postgres -T template0 $3 &&
        pg_dump -h 127.0.0.1 -U postgres -Fc $2 | pg_restore -h 127.0.0.1 -U postgres -d $3 --exit-on-error"
}

backends() {
    sql "$1" postgres "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
        AND pid <> pg_backend_pid()"
}

no_backends() {
    [[ $(backends "$1") == 0 ]]
}

# --- the same -----------------------------------------------------------------------------------------

@test "the same content has the same fingerprint in every version" {
    local major
    for major in $ALL; do
        fingerprint "pg$major" zoo > "$BATS_TEST_TMPDIR/$major"
        no_gaps < "$BATS_TEST_TMPDIR/$major"
        [[ $(jq '.tables | length' "$BATS_TEST_TMPDIR/$major") == 20 ]]
        diff <(content < "$BATS_TEST_TMPDIR/13") <(content < "$BATS_TEST_TMPDIR/$major")
    done
    [[ $(jq .large_objects.count "$BATS_TEST_TMPDIR/13") == 3 ]]
    [[ $(jq -c '.sequences[] | select(.name == "counter") | [.before, .before_called]' "$BATS_TEST_TMPDIR/13") == "[6,true]" ]]
}

@test "a restored copy has the fingerprint of its source, the schema's entries included" {
    local major
    for major in $ALL; do
        copy_db "pg$major" zoo copy
        diff <(fingerprint "pg$major" zoo | whole) <(fingerprint "pg$major" copy jobs=1 | whole)
    done
}

@test "expressions that a restore prints in another way count as the same" {
    local major
    for major in $ALL; do
        new_db "pg$major" printed
        sql "pg$major" printed <<'SQL'
CREATE TABLE t (a varchar(10) CHECK (a IN ('a', 'b,]')), b text, c char(3) CHECK (c NOT IN ('x', 'y')),
    d timestamptz CHECK (d > '2024-01-01 00:00:00+02'), n numeric DEFAULT 1.50 CHECK (n BETWEEN 1 AND 5));
CREATE VIEW v AS SELECT a, CASE WHEN n IN (1, 2) THEN 'x' END x FROM t WHERE a IN ('q', 'r') AND b IN ('s', 't');
CREATE INDEX ON t (lower(a)) WHERE a IN ('x', 'y');
CREATE TRIGGER w BEFORE UPDATE ON t FOR EACH ROW WHEN (old.a IN ('x', 'y'))
    EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE POLICY p ON t USING (a IN ('m', 'n'));
CREATE TABLE p (k timestamptz) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
SQL
        copy_db "pg$major" printed printed2
        sql "pg$major" printed2 "ALTER DATABASE printed2 SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE printed2 SET bytea_output = escape"
        diff <(fingerprint "pg$major" printed | whole) <(fingerprint "pg$major" printed2 | whole | jq -S '.properties = []')
    done
}

@test "a copy that is restored into a newer version has the same content" {
    new_db pg17 from13
    docker exec "$(target pg13)" pg_dump -h 127.0.0.1 -U postgres -Fc zoo |
        docker exec -i "$(target pg17)" pg_restore -h 127.0.0.1 -U postgres -d from13 --exit-on-error
    diff <(fingerprint pg13 zoo | content) <(fingerprint pg17 from13 | content)
}

@test "pairs of tables are told apart where they differ, and only there" {
    local major
    for major in 13 15 17; do
        new_db "pg$major" pairs
        sql "pg$major" pairs < "$PROJECT/tests/e2e/lib/pairs.sql" > /dev/null
        fingerprint "pg$major" pairs > "$BATS_TEST_TMPDIR/$major"
        no_gaps < "$BATS_TEST_TMPDIR/$major"
        jq -r '.tables | map(select(.name | test("_[12]$"))) | group_by(.name | .[:-2]) | .[] |
            "\(.[0].name[:2]) \(if .[0].rows == .[1].rows and .[0].digest == .[1].digest then "eq" else "ne" end) \(.[0].name)"' \
            < "$BATS_TEST_TMPDIR/$major" > "$BATS_TEST_TMPDIR/pairs"
        [[ $(wc -l < "$BATS_TEST_TMPDIR/pairs") == 51 ]]
        run -1 grep -Ev '^(eq eq|ne ne) ' "$BATS_TEST_TMPDIR/pairs"
        diff <(jq .tables "$BATS_TEST_TMPDIR/13") <(jq .tables "$BATS_TEST_TMPDIR/$major")
    done
}

@test "settings of the role, the database and the server's own time zone do not matter" {
    fingerprint pg17 zoo > "$BATS_TEST_TMPDIR/before"
    sql pg17 zoo <<'SQL'
CREATE ROLE odd SUPERUSER LOGIN PASSWORD 'secret';
ALTER ROLE odd SET DateStyle = 'German';
ALTER ROLE odd SET IntervalStyle = 'iso_8601';
ALTER ROLE odd SET TimeZone = 'Asia/Kathmandu';
ALTER ROLE odd SET bytea_output = 'escape';
ALTER ROLE odd SET extra_float_digits = '-15';
ALTER ROLE odd SET search_path = '"Zoo é ""x"""', public;
ALTER ROLE odd SET row_security = off;
ALTER ROLE odd SET statement_timeout = '1ms';
ALTER ROLE odd SET lock_timeout = '1ms';
ALTER ROLE odd SET idle_in_transaction_session_timeout = '1s';
ALTER ROLE odd SET transaction_timeout = '2s';
ALTER ROLE odd SET default_transaction_isolation = 'serializable';
ALTER ROLE odd SET default_transaction_deferrable = on;
ALTER ROLE odd SET default_transaction_read_only = on;
ALTER ROLE odd SET xmloption = 'document';
ALTER ROLE odd SET quote_all_identifiers = on;
ALTER ROLE odd SET enable_seqscan = off;
ALTER ROLE odd SET client_encoding = 'LATIN1';
ALTER ROLE odd SET standard_conforming_strings = off;
ALTER ROLE odd SET lc_monetary = 'C.UTF-8';
ALTER ROLE odd SET jit_above_cost = 0;
ALTER ROLE odd SET debug_parallel_query = on;
SQL
    diff <(whole < "$BATS_TEST_TMPDIR/before") <(fingerprint pg17 zoo user=odd hold='sleep 3' | whole)
    sql pg17 zoo "ALTER DATABASE zoo SET DateStyle = 'SQL, DMY'; ALTER DATABASE zoo SET TimeZone = 'America/St_Johns'"
    fingerprint pg17 zoo > "$BATS_TEST_TMPDIR/after"
    [[ $(jq '.properties | length' "$BATS_TEST_TMPDIR/after") == 2 ]]
    diff <(whole < "$BATS_TEST_TMPDIR/before") <(whole < "$BATS_TEST_TMPDIR/after" | jq -S '.properties = []')
    sql pg17 zoo "ALTER DATABASE zoo RESET ALL; DROP ROLE odd"
}

@test "what changes while it is taken does not change it" {
    new_db pg15 busy
    sql pg15 busy "CREATE TABLE t AS SELECT g AS a FROM generate_series(1, 100000) g; CREATE SEQUENCE s"
    fingerprint pg15 busy > "$BATS_TEST_TMPDIR/before"
    local change="INSERT INTO t VALUES (0); UPDATE t SET a = -a WHERE a < 100; SELECT nextval('s'), lo_create(7)"
    fingerprint pg15 busy table=public.t large_objects=1 \
        hold="sleep 0.3; docker exec $(target pg15) psql -h 127.0.0.1 -U postgres -qo /dev/null busy -c \"$change\"" > "$BATS_TEST_TMPDIR/during"
    diff <(jq .tables "$BATS_TEST_TMPDIR/before") <(jq .tables "$BATS_TEST_TMPDIR/during")
    [[ $(jq .large_objects.count "$BATS_TEST_TMPDIR/during") == 0 ]]
    [[ $(jq -c '.sequences[0] | [.before, .before_called, .after, .after_called]' "$BATS_TEST_TMPDIR/during") == "[1,false,1,true]" ]]
    run -1 diff <(jq .tables "$BATS_TEST_TMPDIR/before") <(fingerprint pg15 busy | jq .tables)
}

@test "a byte, a right and the length of a large object show, its pages do not" {
    new_db pg13 large
    local step
    sql pg13 large "SELECT lo_from_bytea(1, decode(repeat('ab', 5000), 'hex')), lo_from_bytea(2, '\x00')" > /dev/null
    # zero pages instead of a gap
    sql pg13 large "SELECT lo_create(3), lo_put(3, 9000, '\x01'); SELECT lo_create(4), lo_put(4, 0, decode(repeat('00', 9000) || '01', 'hex'))" > /dev/null
    local seen=" " now
    for step in "SELECT 1" "SELECT lo_put(1, 4999, '\xac')" "SELECT lo_put(2, 1, '\x00')" \
        "GRANT SELECT ON LARGE OBJECT 1 TO PUBLIC" "CREATE ROLE lo_owner; ALTER LARGE OBJECT 2 OWNER TO lo_owner"; do
        sql pg13 large "$step" > /dev/null
        now=$(fingerprint pg13 large | jq -r '.large_objects | "\(.digest)/\(.rights_digest)"')
        [[ $now != *null* && $seen != *" $now "* ]]
        seen+="$now "
    done
    copy_db pg13 large large2
    [[ $(fingerprint pg13 large2 | jq -r '.large_objects | "\(.digest)/\(.rights_digest)"') == "$now" ]]
    # the same as object 3, page for page or not: move both to one number
    sql pg13 large "SELECT lo_unlink(1), lo_unlink(2), lo_unlink(4)" > /dev/null
    now=$(fingerprint pg13 large | jq -r .large_objects.digest)
    sql pg13 large "SELECT lo_unlink(3), lo_from_bytea(3, decode(repeat('00', 9000) || '01', 'hex'))" > /dev/null
    [[ $(fingerprint pg13 large | jq -r .large_objects.digest) == "$now" ]]
}

# --- what cannot be read --------------------------------------------------------------------------------

@test "a table that cannot be read says why, and the rest goes on" {
    new_db pg17 rights
    sql pg17 rights <<'SQL'
CREATE ROLE poor LOGIN PASSWORD 'secret';
CREATE TABLE good AS SELECT 1 AS a;
CREATE TABLE denied AS SELECT 1 AS a;
CREATE TABLE hidden AS SELECT 1 AS a;
CREATE TYPE word AS ENUM ('a', 'b');
CREATE TABLE broken AS SELECT 1 AS a, 'b'::word AS b;
DELETE FROM pg_enum WHERE enumlabel = 'b' AND enumtypid = 'word'::regtype;
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON hidden USING (false);
CREATE SEQUENCE s1;
CREATE SEQUENCE s2;
GRANT SELECT ON good, hidden, broken, s1 TO poor;
SELECT lo_create(1);
SQL
    fingerprint pg17 rights user=poor > "$BATS_TEST_TMPDIR/out"
    [[ $(digest good < "$BATS_TEST_TMPDIR/out") == 1\ ???????????????? ]]
    [[ $(why denied < "$BATS_TEST_TMPDIR/out") == *"permission denied for table denied"* ]]
    [[ $(why hidden < "$BATS_TEST_TMPDIR/out") == *"row-level security"* ]]
    [[ $(digest hidden < "$BATS_TEST_TMPDIR/out") == "null null" ]]
    [[ $(why broken < "$BATS_TEST_TMPDIR/out") == *"invalid internal value for enum"* ]]
    [[ $(jq -r '.large_objects.why_not' "$BATS_TEST_TMPDIR/out") == *"permission denied"* ]]
    [[ $(jq -r '.sequences[1].why_not' "$BATS_TEST_TMPDIR/out") == *"permission denied"* ]]
    [[ $(jq -r '.sequences[0].why_not' "$BATS_TEST_TMPDIR/out") == null ]]
    [[ $(jq -r '.schema_why_not' "$BATS_TEST_TMPDIR/out") == *"permission denied"* ]]
    fingerprint pg17 rights > "$BATS_TEST_TMPDIR/out"
    [[ $(jq '[.tables[] | select(.why_not)] | length' "$BATS_TEST_TMPDIR/out") == 1 ]]
    [[ $(jq -r '.large_objects.count' "$BATS_TEST_TMPDIR/out") == 1 ]]
}

@test "a table that was truncated meanwhile is not taken for an empty one" {
    new_db pg15 cut
    sql pg15 cut "CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE other AS SELECT 1 AS a"
    local hold
    hold="docker exec $(target pg15) psql -h 127.0.0.1 -U postgres -qc 'TRUNCATE t' cut"
    # the snapshot is there, the counting has not begun
    run --separate-stderr timeout 60 "$PROBE" "$(target pg15)" cut password=secret large_objects=1 hold="$hold"
    sql pg15 cut "INSERT INTO t VALUES (1)"
    fingerprint pg15 cut late_table=public.t table=public.other hold="$hold" > "$BATS_TEST_TMPDIR/out"
    [[ $(why t < "$BATS_TEST_TMPDIR/out") == *"truncated"* ]]
    [[ $(digest other < "$BATS_TEST_TMPDIR/out") == 1\ * ]]
}

@test "a locked table is waited for, holds nobody up, and in the end says so" {
    new_db pg17 locked
    sql pg17 locked "CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE other AS SELECT 1 AS a"
    lock_for_a_while pg17 locked
    local began=$SECONDS
    fingerprint pg17 locked most_ms=1000 > "$BATS_TEST_TMPDIR/out"
    [[ $((SECONDS - began)) -lt 15 ]]
    [[ $(why t < "$BATS_TEST_TMPDIR/out") == *"in time"* ]]
    [[ $(jq -r .schema_why_not "$BATS_TEST_TMPDIR/out") == *"in time"* ]]
    [[ $(digest other < "$BATS_TEST_TMPDIR/out") == 1\ * ]]
    only_the_locker pg17
    fingerprint pg17 locked > "$BATS_TEST_TMPDIR/out" &
    local pid=$!
    wait_for 10 some_wait_for_a_lock pg17
    sleep 3.5 # one attempt and a part of the next
    unlock pg17
    wait "$pid"
    no_gaps < "$BATS_TEST_TMPDIR/out"
}

@test "no session holds a lock on a table that is counted, so an ALTER TABLE gets through" {
    new_db pg17 alter
    sql pg17 alter "CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE u (a int)"
    fingerprint pg17 alter table=public.t \
        hold="sleep 1; docker exec $(target pg17) psql -h 127.0.0.1 -U postgres -qc 'SET lock_timeout = 500; ALTER TABLE t ADD b int' alter" > "$BATS_TEST_TMPDIR/out"
    [[ $(digest t < "$BATS_TEST_TMPDIR/out") == 1\ ???????????????? ]]
}

# --- which tables ---------------------------------------------------------------------------------------

@test "an extension's tables count as far as pg_dump takes them" {
    new_db pg15 extended
    local folder=/usr/share/postgresql/15/extension
    docker exec -u root -i "$(target pg15)" sh -c "cat > $folder/homemade.control" <<'CONTROL'
comment = 'for a test'
default_version = '1.0'
relocatable = false
CONTROL
    docker exec -u root -i "$(target pg15)" sh -c "cat > $folder/homemade--1.0.sql" <<'SQL'
CREATE TABLE config_all (a int);
CREATE TABLE config_some (a int);
CREATE TABLE inner_state (a int);
CREATE SEQUENCE config_seq;
CREATE SEQUENCE inner_seq;
INSERT INTO config_some VALUES (1), (2);
SELECT pg_extension_config_dump('config_all', '');
SELECT pg_extension_config_dump('config_seq', '');
SELECT pg_extension_config_dump('config_some', 'WHERE a > 100');
SQL
    sql pg15 extended "CREATE EXTENSION homemade; INSERT INTO config_all VALUES (1), (2), (3);
        INSERT INTO config_some VALUES (101); INSERT INTO inner_state VALUES (1); SELECT nextval('config_seq')" > /dev/null
    fingerprint pg15 extended > "$BATS_TEST_TMPDIR/out"
    [[ $(jq -c '[.tables[] | [.name, .rows]]' "$BATS_TEST_TMPDIR/out") == '[["config_all",3],["config_some",1]]' ]]
    [[ $(jq -c '[.sequences[].name]' "$BATS_TEST_TMPDIR/out") == '["config_seq"]' ]]
    jq -r '.outside[]' "$BATS_TEST_TMPDIR/out" | grep -F inner_state
    jq -r '.outside[]' "$BATS_TEST_TMPDIR/out" | grep -F 'WHERE a > 100'
    jq -e '.extensions | map(.name) | index("homemade")' "$BATS_TEST_TMPDIR/out"
    docker exec "$(target pg15)" pg_dump -h 127.0.0.1 -U postgres -Fc -f /tmp/homemade.dump extended
    [[ $(docker exec "$(target pg15)" pg_restore -l /tmp/homemade.dump | grep -c 'TABLE DATA') == 2 ]]
    [[ $(docker exec "$(target pg15)" pg_restore -l /tmp/homemade.dump | grep -c 'SEQUENCE SET') == 1 ]]
    copy_db pg15 extended extended2
    diff <(whole < "$BATS_TEST_TMPDIR/out") <(fingerprint pg15 extended2 | whole)
}

@test "what no dump holds is said" {
    new_db pg17 beyond
    sql pg17 beyond "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE f (a int) SERVER s; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE TEMP TABLE x (a int)"
    fingerprint pg17 beyond > "$BATS_TEST_TMPDIR/out"
    [[ $(jq -c .outside "$BATS_TEST_TMPDIR/out") == '["rows of foreign table public.f","rows of materialized view public.m: it is refreshed"]' ]]
    [[ $(jq -c .tables "$BATS_TEST_TMPDIR/out") == "[]" ]]
}

@test "only what is asked for is counted where the take is not whole" {
    fingerprint pg13 zoo table=public.numbers table=public.nothing table=public.parted_1 > "$BATS_TEST_TMPDIR/out"
    [[ $(jq -c '[.tables[] | [.name, .rows]]' "$BATS_TEST_TMPDIR/out") == '[["nothing",null],["numbers",5],["parted_1",10]]' ]]
    [[ $(why nothing < "$BATS_TEST_TMPDIR/out") == *"no such table"* ]]
    [[ $(jq -r .large_objects.why_not "$BATS_TEST_TMPDIR/out") == *"not asked for"* ]]
    diff <(digest numbers < "$BATS_TEST_TMPDIR/out") <(fingerprint pg13 zoo | digest numbers)
}

@test "counts are counts, and a limit of size says so" {
    fingerprint pg15 zoo depth=counts > "$BATS_TEST_TMPDIR/counts"
    [[ $(jq -c '[.tables[] | select(.digest)] | length' "$BATS_TEST_TMPDIR/counts") == 0 ]]
    [[ $(digest numbers < "$BATS_TEST_TMPDIR/counts") == "5 null" ]]
    fingerprint pg15 zoo most_bytes=100000 > "$BATS_TEST_TMPDIR/limit"
    [[ $(jq -r .depth_reason "$BATS_TEST_TMPDIR/limit") == *"larger than"* ]]
    diff <(whole < "$BATS_TEST_TMPDIR/counts") <(whole < "$BATS_TEST_TMPDIR/limit" | jq -S '.depth_reason = null')
    fingerprint pg15 zoo most_bytes=100000000000 | jq -e '.depth == "content"'
}

@test "names in another encoding are the bytes that stand in the dump" {
    new_db pg17 latin -E LATIN1 --locale C
    printf 'SET client_encoding = UTF8; CREATE TABLE "caf\303\251" ("\303\274" text); INSERT INTO "caf\303\251" VALUES ($$\303\244$$)' | sql pg17 latin
    fingerprint pg17 latin > "$BATS_TEST_TMPDIR/out"
    no_gaps < "$BATS_TEST_TMPDIR/out"
    [[ $(jq -r '.tables[0] | "\(.name_escaped) \(.rows)"' "$BATS_TEST_TMPDIR/out") == "caf%E9 1" ]]
    [[ $(jq -r '.entries[0].items[0].text_escaped' "$BATS_TEST_TMPDIR/out") == *"caf%E9" ]]
}

@test "archives of all formats carry the digests of the schema's entries" {
    local format file
    fingerprint pg17 zoo | jq .entries > "$BATS_TEST_TMPDIR/entries"
    for format in custom tar directory; do
        file=/tmp/zoo-$format
        docker exec "$(target pg17)" pg_dump -h 127.0.0.1 -U postgres --format=$format --file=$file zoo
        [[ $format != directory ]] || file+=/toc.dat
        docker exec "$(target pg17)" cat "$file" > "$BATS_TEST_TMPDIR/archive"
        diff "$BATS_TEST_TMPDIR/entries" <("$PROBE" toc $format "$BATS_TEST_TMPDIR/archive" | jq .entries)
    done
}

@test "a change of the schema shows in its entries, and only there" {
    new_db pg15 schema
    sql pg15 schema "CREATE TABLE t (a int PRIMARY KEY, b int DEFAULT 1 CHECK (b > 0)); CREATE INDEX i ON t (b);
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE ROLE other"
    local step last now
    last=$(fingerprint pg15 schema | jq -c .entries)
    for step in "DROP INDEX i" "ALTER TABLE t DROP CONSTRAINT t_b_check" "ALTER TABLE t ALTER b SET DEFAULT 2" \
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'" "GRANT SELECT ON t TO other" \
        "REVOKE SELECT ON t FROM other" "COMMENT ON TABLE t IS 'x'" "ALTER TABLE t OWNER TO other"; do
        sql pg15 schema "$step"
        now=$(fingerprint pg15 schema | jq -c .entries)
        [[ $now != "$last" ]]
        last=$now
    done
    last=$(fingerprint pg15 schema no_owner=1 | jq -c '[.entries[] | select(.desc == "TABLE")]')
    sql pg15 schema "ALTER TABLE t OWNER TO postgres"
    [[ $(fingerprint pg15 schema no_owner=1 | jq -c '[.entries[] | select(.desc == "TABLE")]') == "$last" ]]
}

# --- ends ---------------------------------------------------------------------------------------------

@test "a take that is given up, interrupted or killed leaves no session and no pg_dump" {
    new_db pg17 slow
    sql pg17 slow "CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE u AS SELECT g AS a FROM generate_series(1, 1000000) g"
    fingerprint pg17 slow jobs=4 free=1
    wait_for 2 no_backends pg17
    lock_for_a_while pg17 slow
    local began=$SECONDS
    fingerprint pg17 slow jobs=4 free=1 hold='sleep 1'
    wait_for 6 only_the_locker pg17
    "$PROBE" "$(target pg17)" slow password=secret 3>&- > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" &
    local pid=$! status=0
    wait_for 10 some_wait_for_a_lock pg17
    kill -TERM "$pid"
    wait "$pid" || status=$?
    [[ $status == 1 ]]
    grep -F "interrupted by SIGTERM" "$BATS_TEST_TMPDIR/err"
    wait_for 6 only_the_locker pg17
    "$PROBE" "$(target pg17)" slow password=secret 3>&- > "$BATS_TEST_TMPDIR/out" &
    pid=$!
    wait_for 10 some_wait_for_a_lock pg17
    kill -KILL "$pid"
    wait "$pid" || true
    wait_for 12 only_the_locker pg17
    [[ $((SECONDS - began)) -lt 28 ]] # all that while t was locked
    unlock pg17
}

# Until unlock, or half a minute.
lock_for_a_while() {
    docker exec "$(target "$1")" psql -h 127.0.0.1 -U postgres -qc 'BEGIN; LOCK TABLE t; SELECT pg_sleep(30)' "$2" 3>&- > "$BATS_TEST_TMPDIR/locker" 2>&1 &
    wait_for 10 sql "$1" "$2" "SELECT 1 / count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 't'::regclass"
}

unlock() {
    sql "$1" postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()" > /dev/null
}

some_wait_for_a_lock() {
    sql "$1" postgres "SELECT 1 / count(*) FROM pg_locks WHERE NOT granted"
}

only_the_locker() {
    [[ $(backends "$1") == 1 ]]
}

@test "a session that is ended from outside costs no other table, and never silence" {
    new_db pg15 ended
    sql pg15 ended "CREATE TABLE t1 AS SELECT 1 AS a; CREATE TABLE t2 AS SELECT 1 AS a; CREATE TABLE t3 AS SELECT 1 AS a"
    local end="docker exec $(target pg15) psql -h 127.0.0.1 -U postgres -qAto /dev/null ended -c"
    local others="pg_stat_activity WHERE datname = 'ended' AND pid <> pg_backend_pid()"
    fingerprint pg15 ended table=public.t1 table=public.t2 late_table=public.t3 \
        hold="sleep 1; $end \"SELECT pg_terminate_backend(pid) FROM $others\"" > "$BATS_TEST_TMPDIR/out"
    [[ $(digest t1 < "$BATS_TEST_TMPDIR/out") == 1\ * ]]
    [[ $(why t3 < "$BATS_TEST_TMPDIR/out") != null ]]
}

@test "a standby is read like its primary, without unlogged tables" {
    start_pg primary 17 -- -c wal_level=replica
    watch_server primary
    new_db primary zoo
    sql primary zoo < "$PROJECT/tests/e2e/lib/zoo.sql" > /dev/null
    docker exec "$(target primary)" sh -c 'echo "host replication all all trust" >> "$PGDATA/pg_hba.conf"'
    sql primary zoo "SELECT pg_reload_conf()" > /dev/null
    local address labels
    address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(target primary)")
    mapfile -t labels < <(labelled)
    docker run --detach --name "$(target standby)" "${labels[@]}" --env POSTGRES_PASSWORD=secret --user postgres \
        --entrypoint sh "$(image_of 17)" -c "umask 077; pg_basebackup -h $address -U postgres -D /tmp/data -R --checkpoint=fast &&
        exec postgres -D /tmp/data -c fsync=off -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql" > /dev/null
    wait_pg standby || { docker logs "$(target standby)"; false; }
    fingerprint primary zoo > "$BATS_TEST_TMPDIR/primary"
    fingerprint standby zoo > "$BATS_TEST_TMPDIR/standby"
    no_gaps < "$BATS_TEST_TMPDIR/standby"
    diff <(whole < "$BATS_TEST_TMPDIR/primary" | jq 'del(.outside) | del(.tables[] | select(.name == "unlogged"))') \
        <(whole < "$BATS_TEST_TMPDIR/standby" | jq 'del(.outside)')
    jq -r '.outside[]' "$BATS_TEST_TMPDIR/standby" | grep -F 'unlogged'
}
