#!/usr/bin/env bats
# What is being restored is nobody else's: who can connect to it, whose code runs, and what it is opened to.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

load lib/servers

setup_file() {
    load helper
    suite_begin
    local m
    run_pg pg13 13
    run_pg pg17 17
    for m in 13 17; do
        wait_pg "pg$m"
        watch_server "pg$m"
        sql "pg$m" postgres <<< "CREATE ROLE holder LOGIN; CREATE ROLE outsider LOGIN; CREATE ROLE mallory LOGIN;
            CREATE DATABASE hidden OWNER holder; CREATE DATABASE usual OWNER holder;
            REVOKE CONNECT ON DATABASE hidden FROM PUBLIC; GRANT CONNECT ON DATABASE hidden TO mallory;"
        # refreshed at the end of a restore, which lingers so long
        sql "pg$m" hidden "CREATE TABLE secret AS SELECT n FROM generate_series(1, 1000) n; ALTER TABLE secret OWNER TO holder;
            GRANT SELECT ON secret TO PUBLIC; REVOKE USAGE ON SCHEMA public FROM PUBLIC;
            CREATE MATERIALIZED VIEW slow AS SELECT pg_sleep(4)::text, count(*) FROM secret; ALTER MATERIALIZED VIEW slow OWNER TO holder"
        # what 15 and newer give by pg_database_owner
        [[ $m -gt 13 ]] || sql pg13 hidden "GRANT USAGE ON SCHEMA public TO holder"
        sql "pg$m" usual "CREATE TABLE t AS SELECT 1 AS n; ALTER TABLE t OWNER TO holder"
    done
}

setup() {
    load helper
    test_begin
}

teardown() {
    local m name
    for m in 13 17; do
        while read -r name; do sql "pg$m" postgres "DROP DATABASE \"$name\" WITH (FORCE)" < /dev/null; done < <(sql "pg$m" postgres \
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', 'hidden', 'usual')")
        sql "pg$m" postgres "ALTER ROLE mallory NOSUPERUSER"
    done
}

teardown_file() {
    load helper
    end_unharmed
}

# as ROLE NAME DATABASE STATEMENT
as() {
    docker exec "$(target "$2")" psql -h 127.0.0.1 -U "$1" -d "$3" -XAtqc "$4"
}

# In the container, until /tmp/over is there: tries to get into each scratch, in words.
# shellcheck disable=SC2016 # the container's own shell
POLL='
as() { psql -h 127.0.0.1 -U "$1" -d "$2" -XAtqc "$3" 2> /dev/null; }
while [ ! -e /tmp/over ]; do
    scratch=$(as outsider postgres "SELECT datname FROM pg_database WHERE datname LIKE \$\$pgkeep\_%\$\$ LIMIT 1")
    [ -n "$scratch" ] || { sleep 0.1; continue; }
    for role in outsider holder mallory; do
        as $role postgres "ALTER DATABASE \"$scratch\" CONNECTION LIMIT -1; SELECT 1" && echo "altered by $role"
        as $role "$scratch" "SELECT count(*) FROM pg_class" && echo "entered by $role"
        echo tried
    done
done
rm /tmp/over'

# polled NAME COMMAND...: runs pgkeep; nobody gets into the scratch meanwhile
polled() {
    local name=$1 poller
    shift
    docker exec "$(target "$name")" sh -c "$POLL" > "$BATS_TEST_TMPDIR/polled" &
    poller=$!
    run pgkeep "$@"
    docker exec "$(target "$name")" touch /tmp/over
    wait "$poller"
    echo "$output"
    sort "$BATS_TEST_TMPDIR/polled" | uniq -c
    assert_success
    [[ $(grep -c '^tried$' "$BATS_TEST_TMPDIR/polled") -ge 6 ]]
    ! grep -E 'entered|altered' "$BATS_TEST_TMPDIR/polled" || return 1
}

rights() {
    sql "$1" postgres "SELECT pg_get_userbyid(datdba), datconnlimit, datallowconn,
        ARRAY(SELECT concat(grantee::regrole, '=', privilege_type) FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))
            ORDER BY 1) FROM pg_database WHERE datname = '$2'"
}

closed_while_restored() {
    local name=pg$1
    pgkeep backup --quiet "$(target "$name")/hidden"
    polled "$name" restore "$(target "$name")/hidden" --into "$(target "$name")/hidden2"
    assert_equal "$(rights "$name" hidden2)" "$(rights "$name" hidden)"
    polled "$name" test --in database "$(target "$name")/hidden"
    assert_equal "$(jq -r .verdict "$PGKEEP_REPOSITORY/$(target "$name")/hidden"/2*/proof.json)" equal
}

@test "nobody enters a database that is being restored or tested, not even its owner, on 13" { closed_while_restored 13; }
@test "nobody enters a database that is being restored or tested, not even its owner, on 17" { closed_while_restored 17; }

@test "usual rights, rights given back and a limit are as they were once it is restored" {
    local m
    for m in 13 17; do
        pgkeep backup --quiet "$(target "pg$m")/usual"
        run -0 pgkeep restore "$(target "pg$m")/usual" --into "$(target "pg$m")/usual2"
        assert_equal "$(rights "pg$m" usual2)" "$(rights "pg$m" usual)"
        assert_equal "$(as outsider "pg$m" usual2 "SELECT 1")" 1
        # written out, they are what they were
        run -0 pgkeep backup --quiet "$(target "pg$m")/usual2"
        assert_equal "$(pgkeep show --json "$(target "pg$m")/usual2" | jq -c .database_properties)" \
            "$(pgkeep show --json "$(target "pg$m")/usual" | jq -c .database_properties)"
        run -0 pgkeep test --in database "$(target "pg$m")/usual2"
        assert_output --partial "proof: equal"
        sql "pg$m" postgres "ALTER DATABASE usual2 CONNECTION LIMIT 7; REVOKE TEMPORARY ON DATABASE usual2 FROM PUBLIC"
        run -0 pgkeep backup --quiet "$(target "pg$m")/usual2"
        run -0 pgkeep test --in database "$(target "pg$m")/usual2"
        assert_output --partial "proof: equal"
        run -0 pgkeep restore "$(target "pg$m")/usual2" --into "$(target "pg$m")/usual3"
        assert_equal "$(rights "pg$m" usual3)" "$(rights "pg$m" usual2)"
    done
}

# trapped NAME: a table whose CHECK makes its owner a superuser when a superuser loads its rows
trapped() {
    create_db "$1" trapped
    sql "$1" trapped "GRANT CREATE ON SCHEMA public TO mallory; CREATE TABLE honest AS SELECT 1 AS n"
    docker exec --interactive "$(target "$1")" psql -h 127.0.0.1 -U mallory -d trapped -XAtq -v ON_ERROR_STOP=1 <<- 'SQL'
	CREATE FUNCTION public.climb(n int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
	    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN ALTER ROLE mallory SUPERUSER; END IF;
	    RETURN true; END $$;
	CREATE TABLE public.bait (n int CHECK (public.climb(n)));
	INSERT INTO public.bait VALUES (1);
	SQL
}

is_super() {
    sql "$1" postgres "SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'"
}

@test "code of a table's owner does not run in a server that is in use, unless the owners are trusted" {
    local m format before
    for m in 13 17; do
        trapped "pg$m"
        for format in custom plain; do
            [[ $m$format != 13plain ]] || continue
            pgkeep backup --quiet --format "$format" "$(target "pg$m")/trapped"
            before=$(sql "pg$m" postgres "SELECT datname FROM pg_database ORDER BY 1")
            run -2 pgkeep test --in database "$(target "pg$m")/trapped"
            echo "$output"
            assert_output --partial "TABLE public.bait calls FUNCTION public.climb(integer) of mallory"
            assert_output --partial "--in container"
            assert_output --partial "--trust-owners"
            run -2 pgkeep restore "$(target "pg$m")/trapped" --into "$(target "pg$m")/copy"
            assert_output --partial "TABLE public.bait calls FUNCTION public.climb(integer) of mallory"
            assert_equal "$(sql "pg$m" postgres "SELECT datname FROM pg_database ORDER BY 1")" "$before"
            assert_equal "$(is_super "pg$m")" f
        done
        run -0 pgkeep test "$(target "pg$m")/trapped"
        assert_output --partial "proof: equal"
        assert_equal "$(is_super "pg$m")" f
        run -0 pgkeep test --in database --trust-owners "$(target "pg$m")/trapped"
        assert_output --partial "proof: equal"
        assert_equal "$(is_super "pg$m")" t # the trap is one
        sql "pg$m" postgres "ALTER ROLE mallory NOSUPERUSER"
        run -0 pgkeep restore --trust-owners "$(target "pg$m")/trapped" --into "$(target "pg$m")/copy"
        sql "pg$m" postgres <<< "ALTER ROLE mallory NOSUPERUSER; DROP DATABASE copy;"
    done
}

@test "rows alone do not set off a stranger's trigger in the database that they go to" {
    local m
    for m in 13 17; do
        trapped "pg$m"
        pgkeep backup --quiet "$(target "pg$m")/trapped" --table honest
        run -0 pgkeep restore --data-only "$(target "pg$m")/trapped" --into "$(target "pg$m")/trapped"
        sql "pg$m" trapped "ALTER TABLE honest OWNER TO mallory"
        as mallory "pg$m" trapped "CREATE FUNCTION public.set_off() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM public.climb(1); RETURN new; END';
            CREATE TRIGGER set_off BEFORE INSERT ON honest FOR EACH ROW EXECUTE FUNCTION public.set_off()"
        run -2 pgkeep restore --data-only "$(target "pg$m")/trapped" --into "$(target "pg$m")/trapped"
        echo "$output"
        assert_output --partial "table public.honest: trigger set_off calls set_off of mallory"
        assert_equal "$(is_super "pg$m")" f
        as mallory "pg$m" trapped "DROP TRIGGER set_off ON honest; ALTER TABLE honest ADD CHECK (pg_read_file('PG_VERSION') <> '') NOT VALID"
        run -2 pgkeep restore --data-only "$(target "pg$m")/trapped" --into "$(target "pg$m")/trapped"
        assert_output --partial "calls pg_read_file"
        assert_equal "$(sql "pg$m" trapped "SELECT count(*) FROM honest")" 2
    done
}

@test "an honest database of several roles needs no trust" {
    local m format
    for m in 13 17; do
        create_db "pg$m" honest
        sql "pg$m" honest <<- 'SQL'
	CREATE EXTENSION pg_trgm;
	CREATE FUNCTION public.is_word(t text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 ~ ''^\w+$''';
	CREATE FUNCTION public.next_word() RETURNS text LANGUAGE sql AS 'SELECT ''w''::text';
	ALTER FUNCTION public.next_word() OWNER TO holder;
	CREATE DOMAIN public.word AS text DEFAULT public.next_word() CHECK (public.is_word(VALUE));
	CREATE TYPE public.mood AS ENUM ('sad', 'happy');
	CREATE TABLE public.t (id serial PRIMARY KEY, w public.word DEFAULT public.next_word(), m public.mood DEFAULT 'sad',
	    price numeric(10, 2) CHECK (price > 0 AND price IN (1, 2, 3)), double numeric GENERATED ALWAYS AS (price * 2) STORED,
	    at date NOT NULL DEFAULT now(), CHECK (length(w) < 10 AND lower(w) ~~ w AND public.similarity(w, 'x') >= 0),
	    CONSTRAINT "public.next_word(" CHECK (w <> 'public.next_word()' AND coalesce(m, 'sad') = ANY (ARRAY['sad', 'happy']::public.mood[])));
	CREATE TABLE public.p (a int, b date) PARTITION BY RANGE (extract(year FROM b), (a + 1));
	CREATE TABLE public.p1 PARTITION OF public.p DEFAULT;
	CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
	ALTER FUNCTION public.note() OWNER TO holder;
	CREATE TRIGGER note BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.note();
	ALTER TABLE public.t OWNER TO holder; ALTER TABLE public.p OWNER TO holder; ALTER DOMAIN public.word OWNER TO holder;
	INSERT INTO public.t (price) VALUES (1), (2); INSERT INTO public.p VALUES (1, '2026-01-01');
	SQL
        for format in custom plain; do
            [[ $m$format != 13plain ]] || continue
            pgkeep backup --quiet --format "$format" "$(target "pg$m")/honest"
            run -0 pgkeep test --in database "$(target "pg$m")/honest"
            echo "$output"
            assert_output --partial "proof: equal"
        done
        run -0 pgkeep restore "$(target "pg$m")/honest" --into "$(target "pg$m")/copy"
        assert_equal "$(sql "pg$m" copy "SELECT count(*) FROM public.t")" 2
    done
}

@test "a setting that the server does not take is warned of, an empty search_path is one" {
    local m
    sql pg13 usual "ALTER DATABASE usual SET vacuum_cleanup_index_scale_factor = 0.2; ALTER DATABASE usual SET work_mem = '7MB';
        SET search_path TO ''; ALTER DATABASE usual SET search_path FROM CURRENT;
        ALTER ROLE holder IN DATABASE usual SET operator_precedence_warning = on"
    sql pg17 usual "SELECT pg_catalog.set_config('search_path', '', false); ALTER DATABASE usual SET search_path FROM CURRENT" > /dev/null
    for m in 13 17; do
        pgkeep backup --quiet "$(target "pg$m")/usual"
        run -0 pgkeep test --in database "$(target "pg$m")/usual"
        assert_output --partial "proof: equal"
    done
    run -0 --separate-stderr pgkeep restore "$(target pg13)/usual" --into "$(target pg17)/from13"
    echo "$output $stderr"
    assert_output --partial "not set: ALTER DATABASE SET vacuum_cleanup_index_scale_factor TO '0.2'"
    assert_output --partial "not set: ALTER ROLE holder IN DATABASE SET operator_precedence_warning TO 'on'"
    [[ $stderr == *"vacuum_cleanup_index_scale_factor"* ]]
    assert_equal "$(sql pg17 from13 "SHOW work_mem; SHOW search_path" | xargs -d '\n')" '7MB ""'
    run -0 --separate-stderr pgkeep restore --json "$(target pg13)/usual" --into "$(target pg17)/again"
    assert_equal "$(jq -r '.warnings | length' <<< "$output")" 2
    run -0 pgkeep test --image "$(image_of 17)" "$(target pg13)/usual"
    echo "$output"
    assert_output --partial "proof: equal"
    assert_output --partial "by version: the database: ALTER DATABASE SET vacuum_cleanup_index_scale_factor"
    run -0 pgkeep restore "$(target pg17)/usual" --into "$(target pg17)/emptied"
    refute_output --partial "not set"
    for m in 13 17; do sql "pg$m" postgres "ALTER DATABASE usual RESET ALL; ALTER ROLE holder IN DATABASE usual RESET ALL"; done
}

@test "a check has its database's search_path in a container, and none in a server that is in use" {
    local bare="$BATS_TEST_TMPDIR/bare.sql" qualified="$BATS_TEST_TMPDIR/qualified.sql"
    echo 'SELECT n FROM t;' > "$bare"
    echo 'SELECT n FROM public.t;' > "$qualified"
    pgkeep backup --quiet "$(target pg17)/usual"
    run -0 pgkeep test "$(target pg17)/usual" --check "$bare" --check "$qualified"
    run -4 pgkeep test --in database "$(target pg17)/usual" --check "$bare"
    echo "$output"
    assert_output --partial 'relation "t" does not exist'
    run -0 pgkeep test --in database "$(target pg17)/usual" --check "$qualified"
    assert_output --partial "1 check"
}

# No image has a provider of labels, so the label is put where a provider would.
@test "a label of the database is in its backup, and a server without its provider says so" {
    sql pg17 postgres "CREATE DATABASE labelled" < /dev/null
    sql pg17 postgres "INSERT INTO pg_shseclabel SELECT oid, 'pg_database'::regclass, 'dummy', 'it''s secret' FROM pg_database
        WHERE datname = 'labelled'"
    pgkeep backup --quiet "$(target pg17)/labelled"
    run -0 pgkeep show "$(target pg17)/labelled" --json
    assert_output --partial "SECURITY LABEL FOR dummy ON DATABASE"
    run -0 pgkeep verify "$(target pg17)/labelled"
    run -0 --separate-stderr pgkeep restore "$(target pg17)/labelled" --into "$(target pg17)/copy"
    echo "$output $stderr"
    assert_output --partial "not set: SECURITY LABEL FOR dummy ON DATABASE IS 'it''s secret'"
    [[ $stderr == *'security label provider "dummy" is not loaded'* ]]
    run -4 pgkeep test "$(target pg17)/labelled"
    assert_output --partial "different: the database: SECURITY LABEL FOR dummy ON DATABASE IS 'it''s secret' is not in the copy"
}
