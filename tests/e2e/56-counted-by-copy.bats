#!/usr/bin/env bats
# To plan a query on a table is to run code of its owner: what is constant in an index is computed by the planner.
# So the tables of others than superusers are counted by COPY, which is not planned, and digested as if by query.

load lib/probe
load lib/servers

PROBE_TIMEOUT=120

setup_file() {
    load helper
    suite_begin
    export PROBES=$BATS_FILE_TMPDIR PROBE_PASSWORD=secret
    build_probe fingerprint_probe "$PROBES/fingerprint_probe"
    build_probe session_probe "$PROBES/session_probe"
    ALL="13 17"
    if docker image inspect "$(image_of 18)" > /dev/null 2>&1; then ALL+=" 18"; fi
    export ALL
    local major
    # They trust, because no password goes to an address.
    serve_majors "$ALL" --env POSTGRES_HOST_AUTH_METHOD=trust -- -c log_statement=all
    for major in $ALL; do
        sql "pg$major" postgres 'CREATE ROLE evil LOGIN; CREATE ROLE app; CREATE ROLE boss SUPERUSER'
        create_db "pg$major" types
        sql "pg$major" types < "$PROJECT/tests/e2e/lib/zoo.sql" > /dev/null
        sql "pg$major" types < "$PROJECT/tests/e2e/lib/copied.sql" > /dev/null
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

# tables NAME DATABASE [NAME=VALUE...]: one line a table
tables() {
    timeout "$PROBE_TIMEOUT" "$PROBES/fingerprint_probe" "$(target "$1")" "$2" password=secret "${@:3}" |
        jq -Sc '.tables[]'
}

# own NAME DATABASE ROLE: gives it all tables
own() {
    sql "$1" "$2" << SQL
SELECT format('ALTER TABLE %s OWNER TO $3', c.oid::regclass) FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text !~ '^pg_|^information_schema$' \gexec
SQL
}

# probe WAY NAME DATABASE VERB...
probe() {
    PROBE_DATABASE=$3 timeout "$PROBE_TIMEOUT" "$PROBES/session_probe" "$(target "$2")" "$1" "${@:4}"
}

# --- traps -----------------------------------------------------------------------------------------------

# Each table of `evil` shows another place where the planner runs a function; the function writes a file in the
# container where a superuser runs it. Each does the least that PostgreSQL allows any role with a schema.
traps() {
    create_db "$1" "$2"
    sql "$1" "$2" << 'SQL'
CREATE SCHEMA evil AUTHORIZATION evil;
SET SESSION AUTHORIZATION evil;
CREATE FUNCTION evil.spring(trap text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE pg_catalog.format('COPY (SELECT %L) TO PROGRAM %L', trap, 'cat >> /tmp/sprung');
    END IF;
END $$;
CREATE FUNCTION evil.f(i int, trap text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM evil.spring(trap); RETURN i; END $$;
CREATE FUNCTION evil.g(i int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT evil.f(2, 'inlined') + i $$;
CREATE FUNCTION evil.h(i int, j int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM evil.spring('operator'); RETURN i; END $$;
CREATE OPERATOR evil.%% (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.h);
CREATE TABLE evil.expression (a int);
CREATE INDEX ON evil.expression ((evil.f(1, 'expression')));
CREATE TABLE evil.predicate (a int);
CREATE INDEX ON evil.predicate (a) WHERE evil.f(1, 'predicate') = 1;
CREATE TABLE evil.inlined (a int);
CREATE INDEX ON evil.inlined (evil.g(a));
CREATE TABLE evil.operator (a int);
CREATE INDEX ON evil.operator ((1 OPERATOR(evil.%%) 2));
CREATE TABLE evil.uniq (a int, EXCLUDE ((evil.f(1, 'uniq')) WITH =));
CREATE TABLE evil.above (a int) PARTITION BY LIST (a);
RESET SESSION AUTHORIZATION;
CREATE TABLE public.below PARTITION OF evil.above DEFAULT;
CREATE SCHEMA dba;
CREATE TABLE dba.careless (a int);
CREATE TABLE evil.lent (a int);
ALTER TABLE evil.lent OWNER TO evil;
CREATE INDEX ON evil.lent ((evil.f(1, 'lent')));
ALTER TABLE evil.lent OWNER TO postgres;
SET SESSION AUTHORIZATION evil;
CREATE FUNCTION evil.later(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN i; END $$;
RESET SESSION AUTHORIZATION;
CREATE INDEX ON dba.careless ((evil.later(1)));
CREATE INDEX ON public.below ((evil.later(1)));
SET SESSION AUTHORIZATION evil;
CREATE OR REPLACE FUNCTION evil.later(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM evil.spring('later'); RETURN i; END $$;
RESET SESSION AUTHORIZATION;
SQL
    if sql "$1" "$2" "SELECT current_setting('server_version_num')::int >= 140000" | grep -q t; then
        sql "$1" "$2" << 'SQL'
SET SESSION AUTHORIZATION evil;
CREATE TABLE evil.statistics (a int, b int);
CREATE STATISTICS evil.s ON (evil.f(1, 'statistics') + a), b FROM evil.statistics;
SQL
    fi
}

trapped() {
    sql "$1" "$2" "SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text
        IN ('evil', 'dba', 'public') ORDER BY 1"
}

sprung() {
    docker exec "$(target "$1")" sh -c 'cat /tmp/sprung 2> /dev/null; rm -f /tmp/sprung'
}

a_plain_select_springs_the_traps() {
    local table count=0
    traps "$1" trapped
    sprung "$1" > /dev/null
    while read -r table; do
        sql "$1" trapped "BEGIN READ ONLY; SELECT count(*) FROM ONLY $table" > /dev/null < /dev/null
        run sprung "$1"
        assert_output || fail "$table springs no trap"
        count=$((count + 1))
    done < <(trapped "$1" trapped)
    [[ $count -ge 8 ]]
}

no_trap_springs_for_pgkeep() {
    sprung "$1" > /dev/null
    run -0 pgkeep backup "$(target "$1")/trapped"
    run sprung "$1"
    assert_output ''
    run -0 "$PROBES/fingerprint_probe" "$(target "$1")" trapped password=secret depth=counts
    run sprung "$1"
    assert_output ''
    run -0 --separate-stderr pgkeep test "$(target "$1")/trapped" --json
    assert_equal "$(jq -r .verdict <<< "$output")" equal
    run sprung "$1"
    assert_output ''
    assert_equal "$(sql "$1" postgres "SELECT rolsuper FROM pg_roles WHERE rolname = 'evil'")" f
}

@test "on PostgreSQL 13 no trap in an index springs" {
    a_plain_select_springs_the_traps pg13
    no_trap_springs_for_pgkeep pg13
}

@test "on PostgreSQL 17 no trap in an index or in statistics springs" {
    a_plain_select_springs_the_traps pg17
    no_trap_springs_for_pgkeep pg17
}

@test "an index that comes after the list was read springs nothing" {
    create_db pg17 late
    sql pg17 late << 'SQL'
CREATE SCHEMA evil AUTHORIZATION evil;
SET SESSION AUTHORIZATION evil;
CREATE TABLE evil.t (a int);
CREATE FUNCTION evil.spring() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        COPY (SELECT 'late') TO PROGRAM 'cat >> /tmp/sprung';
    END IF;
END $$;
CREATE FUNCTION evil.f(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM evil.spring(); RETURN i; END $$;
RESET SESSION AUTHORIZATION;
CREATE TABLE evil.given (a int);
CREATE TABLE public.given (a int);
SQL
    sprung pg17 > /dev/null
    local change="CREATE INDEX ON evil.t ((evil.f(1)))"
    change+="; ALTER TABLE evil.given OWNER TO evil; SET ROLE evil; CREATE INDEX ON evil.given ((evil.f(1))); RESET ROLE"
    change+="; GRANT CREATE ON SCHEMA public TO evil; ALTER TABLE public.given OWNER TO evil; SET ROLE evil"
    change+="; CREATE INDEX ON public.given ((evil.f(1)))"
    run -0 tables pg17 late late_table=evil.t late_table=evil.given late_table=public.given \
        hold="docker exec $(target pg17) psql -h 127.0.0.1 -U postgres -v ON_ERROR_STOP=1 -qd late -c '$change'"
    assert_equal "$(jq -s 'map(.rows)' -c <<< "$output")" '[0,0,0]'
    run sprung pg17
    assert_output ''
}

# --- who is counted how ----------------------------------------------------------------------------------

# statements NAME PATTERN: how many statements of the server's log match
statements() {
    docker logs "$(target "$1")" 2>&1 | grep -cE "statement: .*($2)"
}

@test "a superuser's tables are counted in the server, all others by COPY" {
    create_db pg17 owners
    sql pg17 owners << 'SQL'
CREATE SCHEMA ours;
CREATE SCHEMA theirs AUTHORIZATION app;
CREATE TABLE ours.by_query (a int);
CREATE TABLE public.by_query_too (a int);
CREATE TABLE ours.by_copy (a int);
ALTER TABLE ours.by_copy OWNER TO app;
CREATE TABLE theirs.by_copy_too (a int);
CREATE TABLE ours.by_boss (a int);
ALTER TABLE ours.by_boss OWNER TO boss;
SQL
    tables pg17 owners > /dev/null
    [[ $(statements pg17 'FROM ONLY "ours"."by_query"') -eq 1 ]]
    [[ $(statements pg17 'FROM ONLY "public"."by_query_too"') -eq 1 ]]
    [[ $(statements pg17 'FROM ONLY "ours"."by_boss"') -eq 1 ]]
    [[ $(statements pg17 'COPY "ours"."by_copy"') -eq 1 ]]
    [[ $(statements pg17 'COPY "theirs"."by_copy_too"') -eq 1 ]]
    [[ $(statements pg17 'FROM ONLY "(ours"."by_copy|theirs)"') -eq 0 ]]
    [[ $(statements pg17 'COPY .*(by_query|by_boss)') -eq 0 ]]
    # the public schema of 15 and newer belongs to whoever owns the database
    sql pg17 owners 'ALTER DATABASE owners OWNER TO app'
    tables pg17 owners > /dev/null
    [[ $(statements pg17 'COPY "public"."by_query_too"') -eq 1 ]]
    [[ $(statements pg17 'FROM ONLY "ours"."by_query"') -eq 2 ]]
}

# --- the same digest -------------------------------------------------------------------------------------

# digests: of lines as tables() prints them; a table with generated columns has none to compare
digests() {
    jq -c 'select(.name != "computed") | [.schema, .name, .rows, .digest, .why_not]'
}

the_digests_are_the_same() {
    tables "$1" types | digests > "$BATS_TEST_TMPDIR/query"
    [[ $(wc -l < "$BATS_TEST_TMPDIR/query") -ge 25 ]]
    run -1 grep -v 'null\]$' "$BATS_TEST_TMPDIR/query"
    own "$1" types app
    tables "$1" types > "$BATS_TEST_TMPDIR/tables"
    own "$1" types postgres
    run -0 jq -r 'select(.name == "computed") | .digest_without_generated' "$BATS_TEST_TMPDIR/tables"
    assert_output --regexp '^[0-9a-f]{16}$' # so it was COPY
    digests < "$BATS_TEST_TMPDIR/tables" | diff "$BATS_TEST_TMPDIR/query" -
}

@test "digests by COPY are those by query, on PostgreSQL 13" {
    the_digests_are_the_same pg13
}

@test "digests by COPY are those by query, on PostgreSQL 17" {
    the_digests_are_the_same pg17
}

@test "digests by COPY are those by query, on PostgreSQL 18" {
    [[ $ALL == *18* ]] || skip 'no image of it here'
    sql pg18 types 'CREATE TABLE virtual (a int, v int GENERATED ALWAYS AS (a + 1) VIRTUAL); INSERT INTO virtual VALUES (1)'
    the_digests_are_the_same pg18
}

@test "PostgreSQL casts no other types to text by functions than are known" {
    local major
    for major in $ALL; do
        run -0 sql "pg$major" postgres "SELECT string_agg(castsource::regtype::text, ' ' ORDER BY castsource) FROM pg_cast
            WHERE casttarget = 'text'::regtype AND castmethod = 'f'"
        assert_output 'boolean "char" name cidr inet character'
    done
}

@test "COPY counts the same by address, tunnel and psql" {
    local server way names=(documents letters marks no_columns texts truths wide)
    for server in pg13 pg17; do
        tables "$server" types > "$BATS_TEST_TMPDIR/query"
        jq -r 'select(.schema == "public") | "\(.name) \(.rows) \(.digest)"' "$BATS_TEST_TMPDIR/query" |
            grep -E "^($(IFS='|' && echo "${names[*]}")) " > "$BATS_TEST_TMPDIR/wanted"
        [[ $(wc -l < "$BATS_TEST_TMPDIR/wanted") -eq ${#names[@]} ]]
        for way in direct tunnel psql; do
            probe "$way" "$server" types count "${names[@]}" | diff "$BATS_TEST_TMPDIR/wanted" -
        done
    done
}

# --- sessions --------------------------------------------------------------------------------------------

@test "a COPY comes whole, however large, and the session goes on after any end of one" {
    local way
    sql pg17 postgres "CREATE TABLE large AS SELECT g, md5(g::text) || repeat(E'\\\\\n', g % 50) t
        FROM generate_series(1, 60000) g"
    local all='COPY (SELECT * FROM public.large ORDER BY g) TO STDOUT' known=''
    for way in direct tunnel psql; do
        run -0 probe "$way" pg17 postgres copy "$all"
        assert_line --index 1 'and on'
        [[ ${lines[0]%% *} -gt 5000000 ]]
        [[ -z $known || ${lines[0]} == "$known" ]]
        known=${lines[0]}
        run -0 probe "$way" pg17 postgres copy 'COPY public.nix TO STDOUT'
        assert_output $'TOOL: relation "public.nix" does not exist (SQLSTATE 42P01)\nand on'
        run -0 probe "$way" pg17 postgres copy 'COPY (SELECT 1 / (50000 - g) FROM public.large) TO STDOUT'
        assert_line --index 0 --regexp '^TOOL: .*division by zero'
        assert_line --index 1 'and on'
        run -0 probe "$way" pg17 postgres copy 'COPY (SELECT generate_series(1, 10000000000)) TO STDOUT' 1000000
        assert_output $'TOO_LARGE: enough\nand on'
    done
}

@test "an interrupt ends a COPY in the server" {
    local way
    for way in direct tunnel psql; do
        PROBE_DATABASE=postgres "$PROBES/session_probe" "$(target pg17)" "$way" copy \
            'COPY (SELECT generate_series(1, 10000000000)) TO STDOUT' > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        wait_for 30 a_copy_runs
        kill -INT "$!"
        wait "$!" || true
        assert_equal "$(head -1 "$BATS_TEST_TMPDIR/out")" 'INTERRUPTED: interrupted by SIGINT'
        wait_for 5 no_copy_runs
    done
}

no_copy_runs() {
    ! a_copy_runs
}

a_copy_runs() {
    [[ $(sql pg17 postgres "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^COPY .*generate_series'
        AND state = 'active'") == 1 ]]
}

# --- generated columns -----------------------------------------------------------------------------------

@test "stored generated columns of a stranger's table are outside of the proof, and the rest is equal" {
    create_db pg17 generated
    sql pg17 generated << 'SQL'
CREATE TABLE ours (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE theirs (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE of_boss (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO ours SELECT generate_series(1, 9);
INSERT INTO theirs SELECT generate_series(1, 9);
INSERT INTO of_boss SELECT generate_series(1, 9);
ALTER TABLE theirs OWNER TO app;
ALTER TABLE of_boss OWNER TO boss;
SQL
    run -0 pgkeep backup "$(target pg17)/generated"
    run -0 jq -c '.fingerprint.tables | map([.name, .digest == null, .digest_without_generated == null])' \
        "$(published)"/manifest.json
    assert_output '[["of_boss",false,true],["ours",false,true],["theirs",true,false]]'
    run -0 --separate-stderr pgkeep test "$(target pg17)/generated" --json
    assert_equal "$(jq -r .verdict <<< "$output")" equal
    run -0 jq -r '.outside[]' "$(published)"/proof.json
    assert_output --partial 'stored generated columns of public.theirs'
    refute_output --partial 'public.ours'
    # a role that is a superuser no more: the backup's digest has the columns, and the copy is pgkeep's own
    sql pg17 postgres 'ALTER ROLE boss NOSUPERUSER'
    run -0 --separate-stderr pgkeep test "$(target pg17)/generated" --json
    sql pg17 postgres 'ALTER ROLE boss SUPERUSER'
    assert_equal "$(jq -r .verdict <<< "$output")" equal
}
