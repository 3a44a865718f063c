#!/usr/bin/env bats
# The proof: equal only when everything is, different with the name of what is not, unproven for what was not
# compared. The copy is harmed between restore and comparison, by a build that has the hook for it.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/servers
    suite_begin
    local major
    make -C "$PROJECT" --silent -j2 BUILD=build/hooks TEST_HOOKS=1 build/hooks/pgkeep >&2
    export PGKEEP_REPOSITORY=$REPOSITORY
    serve_majors "13 15 17"
    for major in 13 15 17; do
        create_db "pg$major" app
        sql "pg$major" app < "$PROJECT/tests/data/proof.sql" > /dev/null
        pgkeep backup --quiet "$(target "pg$major")/app"
    done
}

setup() {
    load helper
    load lib/servers
    test_begin
    cp -a "$REPOSITORY/." "$PGKEEP_REPOSITORY"
}

teardown_file() {
    load helper
    load lib/servers
    end_unharmed
}

HOOKED=build/hooks/pgkeep

# proof_of NAME [DATABASE]
proof_of() {
    cat "$PGKEEP_REPOSITORY/$(target "$1")/${2:-app}"/2*/proof.json
}

# proves_equal MAJOR [ARGUMENT...]
proves_equal() {
    local major=$1
    shift
    run -0 pgkeep test "$(target "pg$major")/app" "$@"
    echo "$output"
    assert_output --regexp "proof: equal  9 tables, 3,"
    local proof
    proof=$(proof_of "pg$major")
    assert_equal "$(jq -r '[.verdict, .depth, .tables, .tables_by_content, .sequences] | map(tostring) | join(" ")' \
        <<< "$proof")" "equal content 9 9 3"
    assert_equal "$(jq -r '.differences + .not_compared + .by_version | length' <<< "$proof")" 0
    jq -e '.restore_ms > 0 and .objects > 30 and (.source_server_version | length > 0)' <<< "$proof"
    jq -e '.image_id | startswith("sha256:")' <<< "$proof"
}

@test "a copy is equal in content, in a container and in a database, on 13" { proves_equal 13 && proves_equal 13 --in database; }
@test "a copy is equal in content, in a container and in a database, on 15" { proves_equal 15 && proves_equal 15 --in database; }
@test "a copy is equal in content, in a container and in a database, on 17" { proves_equal 17 && proves_equal 17 --in database; }

@test "every format proves equal" {
    local format
    for format in plain tar directory; do
        run -0 pgkeep backup --quiet --format "$format" "$(target pg17)/app"
        run -0 pgkeep test --in database "$(target pg17)/app"
        echo "$output"
        assert_output --partial "proof: equal"
        assert_equal "$(pgkeep show --json "$(target pg17)/app" | jq -r '.proof | .depth, .tables_by_content' | xargs)" \
            "content 9"
    done
}

# found MAJOR SQL TEXT...: the harm that SQL does to the copy is found, and all of it named with these texts
found() {
    local major=$1 text
    printf '%s\n' "$2" > "$BATS_TEST_TMPDIR/harm.sql"
    SABOTAGE_SQL=$BATS_TEST_TMPDIR/harm.sql run "$PROJECT/$HOOKED" test --in database "$(target "pg$major")/app"
    echo "$output"
    assert_equal "$status" 4
    assert_output --partial "proof: different"
    for text in "${@:3}"; do assert_line --partial "$text"; done
    assert_equal "$(grep -c '^  different: ' <<< "$output")" $(($# - 2))
    assert_equal "$(jq -r '.verdict + " " + (.differences | length | tostring)' <<< "$(proof_of "pg$major")")" \
        "different $(($# - 2))"
}

sabotage_data() {
    local m=$1
    found "$m" "DELETE FROM app.person WHERE id = 501;
        UPDATE app.log_2 SET what = what || ' ' WHERE what = 'entry 900';
        UPDATE app.child SET c = 4;
        INSERT INTO app.cache VALUES ('x', 'y');
        CREATE TABLE public.more (a int);
        DROP TABLE app.empty;
        SELECT setval('app.counter', 100);
        SELECT lo_put(4243, 4000, '\\x00')" \
        "table app.person: 501 rows at the snapshot, 500 rows in the copy" \
        "table app.log_2: 257 rows on both sides, but their contents differ" \
        "table app.child: 1 row on both sides, but their contents differ" \
        "table app.cache: 50 rows at the snapshot, 51 rows in the copy" \
        "table public.more: it is only in the copy, with 0 rows" "TABLE public.more: it is only in the copy" \
        "table app.empty: 0 rows at the snapshot, the table is not in the copy" "TABLE app.empty: it is not in the copy" \
        "sequence app.counter: 105 (called) at the snapshot, 100 (called) in the copy" \
        "large objects: 3 on both sides, but their contents differ"
    found "$m" "UPDATE app.person SET photo = set_bit(photo, 3, 1 - get_bit(photo, 3)) WHERE id = 5;
        SELECT setval('app.counter', 105, false);
        SELECT lo_unlink(4244)" \
        "table app.person: 501 rows on both sides, but their contents differ" \
        "sequence app.counter: 105 (called) at the snapshot, 105 (not called) in the copy" \
        "large objects: 3 at the snapshot, 2 in the copy"
    found "$m" "UPDATE app.person SET first = last, last = first WHERE id = 9;
        GRANT SELECT ON LARGE OBJECT 4242 TO reader" \
        "table app.person: 501 rows on both sides, but their contents differ" "large objects: their owners or rights differ"
    # -- the smallest step of a double, two rows that exchange a value, a NULL that becomes an empty text
    found "$m" "UPDATE app.person SET score = score + 1e-13 WHERE id = 7" "table app.person: 501 rows on both sides"
    found "$m" "UPDATE app.person a SET last = b.last FROM app.person b WHERE (a.id, b.id) IN ((11, 12), (12, 11))" \
        "table app.person: 501 rows on both sides"
    found "$m" "UPDATE app.person SET facts = NULL WHERE id = 3; UPDATE app.person SET balance = 1.500 WHERE id = 1" \
        "table app.person: 501 rows on both sides"
}

sabotage_schema() {
    found "$1" "DROP INDEX app.person_last;
        ALTER TABLE app.log_1 ADD CHECK (what <> 'x');
        ALTER TABLE app.orders DROP CONSTRAINT orders_pkey;
        ALTER TABLE app.orders DROP CONSTRAINT orders_person_fkey;
        DROP TRIGGER person_note ON app.person;
        REVOKE SELECT ON app.person FROM reader;
        CREATE OR REPLACE FUNCTION app.greet(who text) RETURNS text LANGUAGE sql IMMUTABLE AS \$\$ SELECT 'hullo ' || who \$\$;
        CREATE OR REPLACE VIEW app.rich AS SELECT id, first, balance FROM app.person WHERE balance > 101;
        COMMENT ON TABLE app.person IS NULL;
        ALTER TABLE app.cache OWNER TO writer;
        DROP EXTENSION pg_trgm;
        DO \$\$ BEGIN EXECUTE format('ALTER DATABASE %I RESET statement_timeout', current_database()); END \$\$;
        DO \$\$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM reader', current_database()); END \$\$;" \
        "INDEX app.person_last: it is not in the copy" "TABLE app.log_1: its definition" \
        "CONSTRAINT app.orders orders_pkey: it is not" "FK CONSTRAINT app.orders orders_person_fkey: it is not" \
        "TRIGGER app.person person_note: it is not" "ACL app.TABLE person: it is not" "FUNCTION app.greet(text): its definition" \
        "VIEW app.rich: its definition" "COMMENT app.TABLE person: it is not" "TABLE app.cache: its definition, owner" \
        "EXTENSION pg_trgm: it is not" "COMMENT EXTENSION pg_trgm: it is not" "extension pg_trgm: it is not in the copy" \
        "SET statement_timeout TO '77s' is not in the copy" "TO reader is not in the copy" "CONSTRAINT app.cache cache_pkey"
    found "$1" "ALTER TABLE app.person DROP CONSTRAINT person_balance_check, ALTER last DROP NOT NULL" \
        "TABLE app.person: its definition"
}

@test "harmed data is found and named on 13" { sabotage_data 13; }
@test "harmed data is found and named on 15" { sabotage_data 15; }
@test "harmed data is found and named on 17" { sabotage_data 17; }
@test "a harmed schema is found and named on 13" { sabotage_schema 13; }
@test "a harmed schema is found and named on 15" { sabotage_schema 15; }
@test "a harmed schema is found and named on 17" { sabotage_schema 17; }

@test "harm in a throwaway container is found too, and the program that ships has no hook" {
    echo "DELETE FROM app.person WHERE id = 501" > "$BATS_TEST_TMPDIR/harm.sql"
    export SABOTAGE_SQL="$BATS_TEST_TMPDIR/harm.sql"
    run -4 "$PROJECT/$HOOKED" test "$(target pg15)/app"
    assert_output --partial "table app.person: 501 rows at the snapshot, 500 rows in the copy"
    run -0 pgkeep test --in database "$(target pg15)/app"
    grep -q SABOTAGE_SQL "$PROJECT/$HOOKED"
    run ! grep -q SABOTAGE_SQL "$PGKEEP"
}

@test "what was not compared is never equal: no fingerprint, a table that may not be read, a gap in the manifest" {
    run -0 pgkeep backup --quiet --fingerprint none "$(target pg17)/app"
    run -5 pgkeep test --in database "$(target pg17)/app"
    echo "$output"
    assert_output --partial "proof: unproven"
    assert_output --partial "the backup has no fingerprint"
    # -- row counts are a proof of their own, and say what they are
    run -0 pgkeep backup --quiet --fingerprint counts "$(target pg17)/app"
    run -0 pgkeep test --in database "$(target pg17)/app"
    echo "$output"
    assert_output --regexp "proof: equal in counts only"
    # -- a size above which contents are left out says so too
    run -0 pgkeep backup --fingerprint-limit 10k "$(target pg17)/app"
    assert_output --partial "the tables are larger than 10.0 KiB"
    run -0 pgkeep test --in database "$(target pg17)/app"
    assert_output --regexp "proof: equal in counts only"
}

@test "a table whose contents cannot be read is named, the backup is made, and its proof is unproven" {
    # -- a type whose text form fails for one value, which COPY, by the same function, must not use: so the
    # -- digest's query is what is made to fail
    create_db pg17 odd
    sql pg17 odd "CREATE TABLE fine AS SELECT 1 AS n; CREATE TABLE odd AS SELECT 1 AS n;
        CREATE FUNCTION public.hashtextextended(text, int8) RETURNS int8 LANGUAGE sql AS 'SELECT 1/0::int8'"
    run -0 pgkeep backup --quiet "$(target pg17)/odd"
    run -0 pgkeep test --in database "$(target pg17)/odd" # search_path is pinned: no such function gets in the way
    assert_output --partial "proof: equal"
    # -- somebody holds one table for himself, longer than a fingerprint may go on after the dump
    run -0 pgkeep backup --quiet --exclude-table-data odd "$(target pg17)/odd"
    run -0 pgkeep test --in database "$(target pg17)/odd"
    echo "$output"
    assert_output --partial "rows of public.odd: left out by the backup's selection"
    assert_output --partial "proof: equal  1 table, 1 row"
}

@test "a selection proves equal in what it holds" {
    run -0 pgkeep backup --quiet --exclude-table 'app.log*' "$(target pg15)/app"
    run -0 pgkeep test --in database "$(target pg15)/app"
    echo "$output"
    assert_output --partial "proof: equal  7 tables"
    run -0 pgkeep backup --quiet --schema-only "$(target pg15)/app"
    run -0 pgkeep test --in database "$(target pg15)/app"
    echo "$output"
    assert_output --partial "proof: equal  0 tables"
}

@test "what the server, the database and the role set for themselves does not shape a proof" {
    local m
    for m in 13 17; do
        create_db "pg$m" local
        sql "pg$m" local <<- 'SQL' > /dev/null
	ALTER SYSTEM SET timezone = 'Asia/Kolkata';
	SELECT pg_reload_conf(), pg_sleep(0.5);
	ALTER DATABASE local SET bytea_output = 'escape';
	ALTER DATABASE local SET datestyle = 'German, DMY';
	ALTER DATABASE local SET intervalstyle = 'iso_8601';
	ALTER DATABASE local SET quote_all_identifiers = on;
	ALTER DATABASE local SET extra_float_digits = -5;
	ALTER DATABASE local SET search_path = 'app', 'public';
	ALTER DATABASE local SET default_transaction_isolation = 'serializable';
	ALTER DATABASE local SET row_security = off;
	ALTER ROLE postgres IN DATABASE local SET statement_timeout = '5s';
	ALTER ROLE postgres IN DATABASE local SET timezone = 'America/Lima';
	\connect local
	CREATE TABLE day (at timestamptz, b bytea DEFAULT '\x0102', i interval, f double precision,
	    word varchar CHECK (word IN ('one', 'two'))) PARTITION BY RANGE (at);
	CREATE TABLE day_1 PARTITION OF day FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
	INSERT INTO day VALUES ('2026-01-05 03:04:05', '\xff00', '1 day 2 hours', 1.0 / 3, 'one');
	CREATE TABLE p (a int, b int);
	CREATE TABLE c (b int, a int);
	ALTER TABLE c INHERIT p;
	INSERT INTO c VALUES (1, 2);
	SQL
        run -0 pgkeep backup "$(target "pg$m")/local"
        refute_output --partial "changed while the dump ran"
        run pgkeep test "$(target "pg$m")/local"
        echo "$output"
        assert_success
        assert_output --partial "proof: equal  3 tables, 2 rows"
        run -0 pgkeep test --in database "$(target "pg$m")/local"
        assert_output --partial "proof: equal  3 tables, 2 rows"
    done
}

# A function that finds its table only by the search path, which is empty while a dump is restored.
@test "each statement that fails in the restore is a difference, and the rest is compared all the same" {
    local m
    for m in 13 15 17; do
        create_db "pg$m" picky
        sql "pg$m" picky <<- 'SQL'
	CREATE TABLE allowed AS SELECT 1 AS a;
	CREATE FUNCTION is_allowed(n int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM allowed WHERE a = n); END';
	CREATE TABLE one (n int CHECK (is_allowed(n)));
	CREATE TABLE two (n int CHECK (is_allowed(n)));
	CREATE TABLE three (n int);
	INSERT INTO one VALUES (1); INSERT INTO two VALUES (1), (1); INSERT INTO three VALUES (3);
	SQL
        run -0 pgkeep backup --quiet "$(target "pg$m")/picky"
        run -4 pgkeep test "$(target "pg$m")/picky"
        echo "$output"
        assert_output --partial 'different: the restore failed: COPY failed for table "one": ERROR:  relation "allowed" does not exist'
        assert_output --partial 'different: the restore failed: COPY failed for table "two": ERROR:  relation "allowed" does not exist'
        assert_output --partial "different: table public.one: 1 row at the snapshot, 0 rows in the copy"
        assert_output --partial "different: table public.two: 2 rows at the snapshot, 0 rows in the copy"
        assert_equal "$(jq -r '"\(.verdict) \(.differences | length)"' <<< "$(proof_of "pg$m" picky)")" "different 4"
    done
}

# rehearse FROM TO: data must be as it was; what the new version words otherwise is told apart
rehearse() {
    ensure_image "$2"
    run pgkeep test --image "$(image_of "$2")" "$(target "pg$1")/app"
    echo "$output"
    assert_equal "$status" 0
    assert_output --partial "proof: equal  9 tables, 3,554 rows, 3 sequences"
    jq -e '.rehearsals[-1] | .verdict == "equal" and .tables_by_content == 9 and (.server_version | startswith($to)) and
        (.source_server_version | startswith($from))' --arg from "$1" --arg to "$2" <<< "$(proof_of "pg$1")"
    echo "DELETE FROM app.log_1 WHERE what = 'entry 5'; DROP INDEX app.person_last; REVOKE ALL ON app.person FROM reader" \
        > "$BATS_TEST_TMPDIR/harm.sql"
    SABOTAGE_SQL=$BATS_TEST_TMPDIR/harm.sql run -4 "$PROJECT/$HOOKED" test --image "$(image_of "$2")" "$(target "pg$1")/app"
    echo "$output"
    assert_output --partial "table app.log_1: 744 rows at the snapshot, 743 rows in the copy"
    assert_output --partial "INDEX app.person_last: it is not in the copy"
    assert_output --partial "ACL app.TABLE person: it is not in the copy"
    assert_equal "$(grep -c '^  different: ' <<< "$output")" 3
}

@test "an upgrade from 13 to 18 is rehearsed: equal, and harm is told from what the version changes" {
    rehearse 13 18
    assert_output --partial "by version: VIEW app.rich: PostgreSQL 18 words its definition otherwise"
}

@test "an upgrade from 15 to 17 is rehearsed" { rehearse 15 17; }

@test "an upgrade from 17 to 18 is rehearsed, with every awkward name and type" {
    rehearse 17 18
    create_db pg17 awkward
    sql pg17 awkward < "$PROJECT/tests/data/awkward.sql" > /dev/null
    run -0 pgkeep backup --quiet "$(target pg17)/awkward"
    run -0 pgkeep test "$(target pg17)/awkward"
    echo "$output"
    assert_output --partial "proof: equal"
    run -0 pgkeep test --image "$(image_of 18)" "$(target pg17)/awkward"
    echo "$output"
    assert_output --partial "proof: equal"
}

# given_rights NAME: a database whose default privileges are of every kind
given_rights() {
    create_db "$1" rights
    sql "$1" rights <<- 'SQL'
	CREATE ROLE giver;
	CREATE ROLE "two  blanks";
	CREATE SCHEMA s;
	ALTER DEFAULT PRIVILEGES FOR ROLE giver IN SCHEMA s GRANT SELECT ON TABLES TO "two  blanks";
	ALTER DEFAULT PRIVILEGES FOR ROLE giver REVOKE ALL ON FUNCTIONS FROM PUBLIC;
	ALTER DEFAULT PRIVILEGES FOR ROLE giver GRANT ALL ON SEQUENCES TO "two  blanks" WITH GRANT OPTION;
	ALTER DEFAULT PRIVILEGES FOR ROLE giver REVOKE SELECT ON TABLES FROM giver;
	ALTER DEFAULT PRIVILEGES FOR ROLE "two  blanks" REVOKE ALL ON TYPES FROM "two  blanks";
	ALTER DEFAULT PRIVILEGES FOR ROLE "two  blanks" GRANT USAGE ON SCHEMAS TO PUBLIC;
	SQL
}

@test "default privileges must be the same in another major too" {
    local from
    ensure_image 18
    echo 'ALTER DEFAULT PRIVILEGES FOR ROLE giver IN SCHEMA s GRANT INSERT ON TABLES TO "two  blanks"' \
        > "$BATS_TEST_TMPDIR/harm.sql"
    for from in 13 15 17; do
        given_rights "pg$from"
        run -0 pgkeep backup --quiet "$(target "pg$from")/rights"
        run -0 pgkeep test --image "$(image_of 18)" "$(target "pg$from")/rights"
        echo "$output"
        assert_output --partial "proof: equal"
        refute_output --partial "DEFAULT ACL"
        SABOTAGE_SQL=$BATS_TEST_TMPDIR/harm.sql run -4 "$PROJECT/$HOOKED" test --image "$(image_of 18)" \
            "$(target "pg$from")/rights"
        assert_output --partial "different: DEFAULT ACL s.DEFAULT PRIVILEGES FOR TABLES"
    done
}
