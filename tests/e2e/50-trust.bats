#!/usr/bin/env bats
# Trust over time: which backups were proven, what was lost between two of them, and what CI is told.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

MAJORS=(13 15 17)

setup_file() {
    load helper
    load lib/servers
    suite_begin
    local major
    serve_majors "13 15 17"
    for major in 13 15 17; do
        create_db "pg$major" shop
        sql "pg$major" shop < "$PROJECT/tests/e2e/lib/shop.sql"
    done
}

setup() {
    load helper
    load lib/servers
    test_begin
    PG=$(target pg17)
}

teardown_file() {
    load helper
    load lib/servers
    local harmed=0
    servers_unharmed || harmed=1
    suite_end
    [[ $harmed -eq 0 ]]
}

# newest DATABASE: the folder of its newest backup
newest() {
    published | grep "/$1/" | tail -n 1
}

# age_by DATABASE DAYS: its newest backup becomes that much older, by its folder's name
age_by() {
    local folder stamp
    folder=$(newest "$1")
    stamp=$(date --utc --date "$2 days ago" +%Y-%m-%dT%H%M%SZ)
    mv "$folder" "${folder%/*}/$stamp"
}

# edit FILE JQ-PROGRAM: readers do not check the seal, verify does
edit() {
    jq "$2" "$1" > "$1.edited" && mv "$1.edited" "$1"
}

# a database of its own for a test that changes rows: fresh NAME MAJOR
fresh() {
    create_db "pg$2" "$1"
    sql "pg$2" "$1" << 'SQL'
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT i, md5(i::text) FROM generate_series(1, 5000) i;
CREATE TABLE audit AS SELECT i FROM generate_series(1, 3000) i;
CREATE TABLE small AS SELECT i FROM generate_series(1, 900) i;
CREATE TABLE steady AS SELECT i FROM generate_series(1, 2000) i;
SQL
}

# --- the measured recovery point and time -------------------------------------------------------------------

@test "list and stats say how old the newest proven backup is, and how long its restore took" {
    local database
    run -0 pgkeep backup "$PG/shop" --test
    age_by shop 3
    run -0 pgkeep backup "$PG/shop"
    run -0 pgkeep backup --globals-only "$PG"
    run -0 pgkeep stats
    echo "$output"
    assert_line --regexp "^DATABASE +BACKUPS +SIZE +NEWEST +PROVEN +RESTORED IN +ROWS LOST$"
    assert_line --regexp "^$PG/shop +2 +.* +[0-9]+s +3d +[0-9.]+ s +0$"
    assert_line --regexp "^$PG/_globals +1 .* - +- +0$"
    [[ $(wc -L <<< "$output") -le 100 ]]
    run -0 pgkeep stats --json
    jq -e --arg id "$PG/shop/" '.databases[] | select(.database == "shop") | .proven_age_s > 259000 and
        .proven_age_s < 260000 and .restore_ms > 0 and .newest_backup_age_s < 600 and
        .newest_proof_age_s < 600 and (.proven_backup | startswith($id))' <<< "$output"
    run -0 pgkeep list
    echo "$output"
    assert_line --regexp "^$PG/shop/.* equal +-$"
    assert_line --regexp "^$PG/shop +3d +[0-9.]+ s$"
    refute_line --regexp "^$PG/_globals +"
    run -0 pgkeep list --json
    assert_equal "$(jq -c '[.databases[] | .database]' <<< "$output")" '["shop"]'
    jq -e '.databases[0] | .proven_age_s > 259000 and .restore_ms > 0 and (.proven_at | fromdate > 0)' <<< "$output"
}

@test "a backup that was never proven, or no more, gives no recovery point" {
    run -0 pgkeep backup "$PG/shop"
    run -0 pgkeep list
    assert_line --regexp "^$PG/shop +- +-$"
    run -0 pgkeep list --json
    jq -e '.databases[0] | .proven_age_s == null and .restore_ms == null and .proven_backup == null' <<< "$output"
    run -0 pgkeep test "$PG/shop"
    run -0 pgkeep list
    assert_line --regexp "^$PG/shop +[0-9]+[sm] +[0-9.]+ s$"
    local dump
    dump=$(echo "$(newest shop)"/*.dump)
    truncate --size=-100 "$dump"
    run -4 pgkeep test "$PG/shop"
    run -0 pgkeep stats
    assert_line --regexp "^$PG/shop +1 .* - +- +0$"
}

# --- rows that were lost ------------------------------------------------------------------------------------

@test "list, show and stats tell of a backup with alarms" {
    run -0 pgkeep backup "$PG/shop"
    edit "$(newest shop)/manifest.json" '.compared_with = "2026-11-20T013000Z" | .alarms = [
        {schema: "public", name: "customer", rows_before: 8000100, rows: 500},
        {schema: "public", name: "gone", rows_before: 5000, rows: null}]'
    run -0 pgkeep list
    assert_line --regexp "^$PG/shop/.* - +2 tables$"
    run -0 pgkeep stats
    assert_line --regexp "^$PG/shop +1 .* 1$"
    run -0 pgkeep stats --json
    jq -e '.databases[0].alarmed == 1 and .alarmed == 1' <<< "$output"
    run -0 pgkeep list --json
    jq -e '.backups[0].alarms | length == 2 and .[1].rows == null' <<< "$output"
    run -0 pgkeep show "$PG/shop"
    assert_line --regexp "^compared with +2026-11-20T013000Z$"
    assert_line --regexp "^rows lost +public.customer: 500 rows, 8,000,100 before$"
    assert_line --regexp "^rows lost +public.gone: gone, with 5,000 rows$"
    run -0 pgkeep show "$PG/shop" --json
    jq -e '.manifest.alarms | length == 2' <<< "$output"
}

@test "a backup whose tables lost rows is kept with its alarms, and the status is 3" {
    local major id
    for major in "${MAJORS[@]}"; do
        fresh "drop$major" "$major"
        id="$(target "pg$major")/drop$major"
        run -0 pgkeep backup "$id"
        sql "pg$major" "drop$major" "DELETE FROM orders WHERE id > 2000; DROP TABLE audit; DELETE FROM small;
            DELETE FROM steady WHERE i > 1000"
        run --separate-stderr -3 pgkeep backup "$id"
        echo "$output$stderr"
        assert_line --partial "rows lost: public.orders: 2,000 rows, 5,000 before"
        assert_line --partial "rows lost: public.audit: gone, with 3,000 rows"
        [[ $stderr == *"was taken and is kept"*"public.audit, public.orders"* ]]
        # -- 900 rows are too few, and half is not more than half
        refute_output --partial "small"
        refute_output --partial "steady"
        run -0 pgkeep verify "$id"
        run -0 pgkeep list "$id"
        assert_line --partial "2 tables"
        # -- from here on it is the one to compare with
        run -0 pgkeep backup "$id"
        run -0 pgkeep show "$id"
        assert_line --regexp "^compared with"
        refute_output --partial "rows lost"
    done
}

@test "the alarm's share can be set, and 0 switches it off" {
    fresh share 17
    local id="$PG/share"
    run -0 pgkeep backup "$id"
    sql pg17 share "DELETE FROM orders WHERE id > 3900"
    run -0 pgkeep backup "$id"
    sql pg17 share "DELETE FROM orders WHERE id > 2800"
    run -3 pgkeep backup "$id" --row-drop-alarm 20
    sql pg17 share "DELETE FROM orders"
    run -0 pgkeep backup "$id" --row-drop-alarm 0
    run --separate-stderr -0 pgkeep show "$id" --json
    jq -e '.manifest.alarms == [] and .manifest.compared_with == null' <<< "$output"
}

@test "a table that another selection leaves out is not lost" {
    fresh narrow 17
    local id="$PG/narrow"
    run -0 pgkeep backup "$id"
    run -0 pgkeep backup "$id" --exclude-table audit
    run -0 pgkeep backup "$id" --schema-only
    run -0 pgkeep backup "$id"
}

@test "JSON has the alarms, and a failed one beside it does not hide them" {
    fresh json 17
    run -0 pgkeep backup "$PG/json"
    sql pg17 json "TRUNCATE orders"
    run --separate-stderr -3 pgkeep backup "$PG/json" --json
    jq -e '.backups[0].alarms[0] | .name == "orders" and .rows_before == 5000 and .rows == 0' <<< "$output"
    assert_equal "$(jq -c .failed <<< "$output")" '[]'
    sql pg17 json "TRUNCATE steady"
    # -- 15's pg_dump does not support zstd
    run --separate-stderr -3 pgkeep backup "$PG/json" "$(target pg15)/shop" --compress zstd --json
    jq -e '(.backups[0].alarms | length == 1) and (.failed | length == 1)' <<< "$output"
    [[ $stderr == *"is kept, but tables lost rows"*"public.steady"*"1 of 2 failed"* ]]
}

# --- two backups side by side -------------------------------------------------------------------------------

@test "show --diff tells rows gained and lost, and leaves out what is unchanged" {
    fresh diff 17
    local id="$PG/diff" first
    run -0 pgkeep backup "$id" --row-drop-alarm 0 --fingerprint none
    first=$(newest diff)
    first=${first##*/}
    sql pg17 diff "DELETE FROM orders WHERE id > 4000; DROP TABLE audit; CREATE TABLE extra AS SELECT 1 AS n;
        INSERT INTO small SELECT 1"
    run -0 pgkeep backup "$id" --row-drop-alarm 0 --fingerprint none
    run -0 pgkeep show --diff "$id/$first" "$id"
    echo "$output"
    assert_line "A  $id/$first"
    assert_line --partial "Compared by the rows that the dumps hold"
    assert_line --regexp '^TABLE +ROWS IN A +ROWS IN B +CHANGE$'
    assert_line --regexp '^public.audit +3,000 +- +only in A$'
    assert_line --regexp '^public.extra +- +1 +only in B$'
    assert_line --regexp '^public.orders +5,000 +4,000 +-1,000$'
    assert_line --regexp '^public.small +900 +901 +\+1$'
    assert_line "1 table with as many rows as before; contents not compared"
    refute_output --partial "steady"
    run -0 pgkeep show --diff "$id/$first" "$id" --json
    jq -e '.compared == "dumps" and .sequences == null and .schema == null and .tables_with_same_rows == 1' <<< "$output"
    assert_equal "$(jq -c '[.tables[] | [.name, .change, .rows_a, .rows_b, .gained]]' <<< "$output")" \
        '[["audit","removed",3000,null,null],["extra","added",null,1,null],["orders","changed",5000,4000,-1000],["small","changed",900,901,1]]'
    # -- the other way round
    run -0 pgkeep show --diff "$id" "$id/$first"
    assert_line --regexp '^public.orders +4,000 +5,000 +\+1,000$'
    run -2 pgkeep show --diff "$id" "$id/latest"
    assert_output --partial "both names mean"
    run -2 pgkeep show --diff "$id"
    run -2 pgkeep show "$id" "$id/$first"
    run -0 pgkeep backup --globals-only "$PG"
    run -2 pgkeep show --diff "$id" "$PG/_globals"
    assert_output --partial "globals only"
    run -0 pgkeep backup "$id" --table orders --fingerprint none
    run -0 pgkeep show --diff "$id/$first" "$id"
    assert_output --partial "narrowed by different options"
}

@test "show --diff tells changed contents, moved sequences and the schema by the fingerprints" {
    local major id first
    for major in "${MAJORS[@]}"; do
        fresh "deep$major" "$major"
        id="$(target "pg$major")/deep$major"
        sql "pg$major" "deep$major" "CREATE SEQUENCE counter; SELECT nextval('counter'); CREATE INDEX old ON orders (note)"
        run -0 pgkeep backup "$id"
        first=$(newest "deep$major")
        first=${first##*/}
        sql "pg$major" "deep$major" "UPDATE orders SET note = 'x' WHERE id = 7; SELECT nextval('counter');
            DROP INDEX old; CREATE INDEX new ON orders (note); ALTER TABLE small ADD CHECK (i > 0)"
        run -0 pgkeep backup "$id"
        run -0 pgkeep show --diff "$id/$first" "$id"
        echo "$output"
        assert_line --regexp '^public.orders +5,000 +5,000 +contents$'
        assert_line --regexp '^public.counter +1 +2 +\+1$'
        assert_line --regexp '^removed +INDEX +public.old$'
        assert_line --regexp '^added +INDEX +public.new$'
        assert_line --partial "3 tables unchanged"
        run -0 pgkeep show --diff "$id/$first" "$id" --json
        jq -e '.compared == "fingerprints" and .tables_unchanged == 3 and (.schema | length > 1)' <<< "$output"
    done
}

# --- for CI -------------------------------------------------------------------------------------------------

# valid FILE: XML by two parsers, and counts that fit its cases
valid() {
    xmllint --noout "$1"
    python3 - "$1" << 'PY'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites", root.tag
for node in [root, *root.iter("testsuite")]:
    cases = list(node.iter("testcase"))
    assert int(node.get("tests")) == len(cases)
    for count, kind in ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"):
        assert int(node.get(count)) == len(list(node.iter(kind))), (count, node.attrib)
    assert float(node.get("time")) >= 0
PY
}

# outcomes FILE: "restore passed", a line a case
outcomes() {
    python3 - "$1" << 'PY'
import sys, xml.etree.ElementTree as tree
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    print(case.get("name"), case[0].tag if len(case) else "passed")
PY
}

@test "--junit writes what a test found: equal, different and unproven apart" {
    local file="$BATS_TEST_TMPDIR/junit.xml" check="$BATS_TEST_TMPDIR/check <&\"'>.sql" dump
    printf "SELECT 1 < 2;\nSELECT '\001\033\177 ]]> <b>' = 'x';\n" > "$check"
    run -0 pgkeep backup "$PG/shop"
    echo stale > "$file"
    run -0 pgkeep test "$PG/shop" --junit "$file"
    valid "$file"
    outcomes "$file"
    assert_equal "$(outcomes "$file" | head -1)" "restore passed"
    run ! grep -E "<(failure|error)" "$file"
    grep -qE "<testcase name=\"restore\" classname=\"$PG/shop\" time=\"[0-9]+\.[0-9]{3}\"/>" "$file"
    assert_equal "$(stat -c %a "$file")" 644
    # -- by the environment, and with a check that holds what XML forbids
    PGKEEP_JUNIT=$file run -4 pgkeep test "$PG/shop" --check "$check"
    valid "$file"
    assert_equal "$(outcomes "$file" | grep "^check" | sed 's/.*query/query/')" "query 1 passed
query 2 failure"
    run -5 pgkeep test "$PG/shop" --image no-such-image:1 --junit "$file"
    valid "$file"
    assert_equal "$(outcomes "$file")" "restore error"
    grep -q "no-such-image:1" "$file"
    dump=$(echo "$(newest shop)"/*.dump)
    truncate --size=-100 "$dump"
    run -4 pgkeep test "$PG/shop" --junit "$file"
    valid "$file"
    assert_equal "$(outcomes "$file")" "restore failure"
}

@test "--junit where nothing could be tested: an error, a failure, or no file" {
    local file="$BATS_TEST_TMPDIR/junit.xml"
    run -2 pgkeep test nothing --junit "$BATS_TEST_TMPDIR/none/junit.xml"
    assert_output --partial "the folder of"
    run -0 pgkeep backup "$PG/shop"
    run -2 pgkeep test nothing/there --junit "$file"
    [[ ! -e $file ]]
    run -1 pgkeep test "$PG/shop" --junit "$file" --host unix:///nowhere/docker.sock
    valid "$file"
    assert_equal "$(outcomes "$file")" "restore error"
    echo "{" > "$(newest shop)/manifest.json"
    run -4 pgkeep test "$PG/shop" --junit "$file"
    valid "$file"
    assert_equal "$(outcomes "$file")" "restore failure"
}

@test "backup --test writes one suite a backup, and an error for what could not be backed up" {
    local file="$BATS_TEST_TMPDIR/junit.xml"
    create_db pg17 second
    sql pg17 second "CREATE TABLE t AS SELECT 1 AS n"
    run -0 pgkeep backup "$PG/shop" "$PG/second" --test --junit "$file"
    valid "$file"
    assert_equal "$(grep -c '<testsuite ' "$file")" 2
    assert_equal "$(outcomes "$file" | grep -c '^restore passed')" 2
    run -3 pgkeep backup "$PG/shop" "$(target pg15)/shop" "$PG/second" --test --junit "$file" \
        --compress zstd
    echo "$output"
    valid "$file"
    assert_equal "$(outcomes "$file" | grep '^restore' | sort | uniq -c | xargs)" "1 restore error 2 restore passed"
}
