#!/usr/bin/env bats
# One table back into a database that is in use: its rows beside it, and what must never happen to the rest.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

load lib/equality
load lib/servers

setup_file() {
    load helper
    suite_begin
    run_pg pg17 17
    run_pg pg13 13
    wait_pg pg17
    wait_pg pg13
    watch_server pg17
    watch_server pg13
}

setup() {
    load helper
    test_begin
    P17=$(target pg17)
    P13=$(target pg13)
}

teardown() {
    local m name
    for m in 13 17; do
        while read -r name; do sql "pg$m" postgres "DROP DATABASE \"$name\" WITH (FORCE)" < /dev/null; done < <(sql "pg$m" postgres \
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
    done
}

teardown_file() {
    load helper
    end_unharmed
}

# schemas NAME DATABASE: those that pgkeep made
schemas() {
    sql "$1" "$2" "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'restored%' ORDER BY 1"
}

# as the server and its databases are known to whoever looks from outside
databases() {
    sql "$1" postgres "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1" | paste -sd ' '
}

# beside NAME DATABASE TABLE...: restores, as JSON in $BESIDE
beside() {
    local name=$1 database=$2 table flags=()
    shift 2
    for table; do flags+=(--table "$table"); done
    BESIDE=$BATS_TEST_TMPDIR/beside.json
    pgkeep restore "$(target "$name")/$database" --into "$(target "$name")/$database" --beside "${flags[@]}" --json > "$BESIDE"
}

# take_over NAME DATABASE: runs the statements that pgkeep printed, and drops what it made
take_over() {
    { jq -r '.restored[].insert // empty' "$BESIDE" && echo "DROP SCHEMA \"$(jq -r .beside "$BESIDE")\" CASCADE;"; } | sql "$1" "$2"
}

@test "the rows of a table of any kind come back by the statement that is printed, and the database is as before" {
    create_db pg17 zoo
    sql pg17 zoo < "$PROJECT/tests/e2e/lib/zoo.sql" > /dev/null
    # a row of many megabytes; a type, its extension and its range in other schemas
    sql pg17 zoo <<< "CREATE SCHEMA ext; CREATE TYPE ext.color AS ENUM ('red', 'green');
        CREATE DOMAIN ext.short AS varchar(3) CHECK (value <> 'no'); CREATE DOMAIN ext.shorter AS ext.short;
        CREATE TYPE ext.wrapped AS (s ext.short, n int);
        CREATE TABLE ext.things (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c ext.color[], s ext.shorter, ss ext.short[],
            w ext.wrapped, big text, doubled bigint GENERATED ALWAYS AS (length(big)) STORED);
        INSERT INTO ext.things (c, s, ss, w, big) VALUES ('{red,green}', 'abc', '{a,b}', '(x,1)', repeat('ä\\', 4000000)), (NULL, NULL, NULL, NULL, NULL);
        CREATE TABLE ext.note (id int PRIMARY KEY REFERENCES ext.note, at timestamptz DEFAULT now());
        INSERT INTO ext.note VALUES (1); CREATE TABLE ext.watched (n int); CREATE FUNCTION ext.no() RETURNS trigger LANGUAGE plpgsql
            AS \$\$ BEGIN RAISE 'a trigger ran'; END \$\$;
        INSERT INTO ext.watched VALUES (1); ALTER TABLE ext.watched ADD CHECK (n > 0)"
    keep_content pg17 zoo "$BATS_TEST_TMPDIR/zoo.content"
    run -0 pgkeep backup "$P17/zoo"
    sql pg17 zoo <<< "TRUNCATE arrays, bits, computed, documents, named, networks, numbers, own, parted, ranges, shapes, texts, times,
        unlogged, \"Zoo é \"\"x\"\"\".\"ta ble\", ext.things, ext.note, ext.watched; TRUNCATE ONLY parent; TRUNCATE child;
        CREATE TRIGGER no BEFORE INSERT ON ext.watched FOR EACH ROW EXECUTE FUNCTION ext.no()"
    beside pg17 zoo arrays bits computed documents named networks numbers own parted ranges shapes texts times unlogged 'ta ble' \
        ext.things ext.note ext.watched parent child empty no_columns
    assert_equal "$(schemas pg17 zoo)" "$(jq -r .beside "$BESIDE")"
    assert_equal "$(sql pg17 zoo "SELECT count(*) FROM \"$(jq -r .beside "$BESIDE")\".no_columns")" 7
    # -- nothing in the new schema computes, refers to anything or is open to anybody
    assert_equal "$(sql pg17 zoo "SELECT count(*) FILTER (WHERE a.atthasdef OR a.attidentity <> '' OR a.attnotnull OR t.typtype = 'd'),
        (SELECT count(*) FROM pg_constraint WHERE connamespace = n.oid), (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid AND relkind <> 'r')
        FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        JOIN pg_type t ON t.oid = a.atttypid WHERE n.nspname LIKE 'restored%' AND c.relkind = 'r' GROUP BY n.oid")" "0|0|0"
    assert_equal "$(jq -r '.restored[] | select(.name == "parted") | .rows' "$BESIDE")" 101
    assert_equal "$(jq -r '.restored[] | select(.name == "parent") | .rows' "$BESIDE")" 2
    sql pg17 zoo "DROP TRIGGER no ON ext.watched"
    take_over pg17 zoo
    same_content "$BATS_TEST_TMPDIR/zoo.content" pg17 zoo
    assert_equal "$(databases pg17)" "postgres zoo"
}

@test "from a dump of every format, of INSERTs too, and in other encodings" {
    local form encoding
    for encoding in UTF8 SQL_ASCII LATIN1; do
        docker exec "$P13" createdb -h 127.0.0.1 -U postgres -T template0 -E "$encoding" --locale C "in_$encoding"
        sql pg13 "in_$encoding" <<< "SET client_encoding = 'LATIN1'; CREATE TABLE t (id int PRIMARY KEY, b text, twice int GENERATED ALWAYS AS (id * 2) STORED,
            flag bool, bits bit(3), cash money, f float8);
            INSERT INTO t (id, b, flag, bits, cash, f) VALUES (1, E'tab\t back\\\\slash\nline \\\\.', true, B'101', 12.5, 0.1), (2, NULL, NULL, NULL, NULL, '-Infinity');
            CREATE TABLE p (k int, v text) PARTITION BY LIST (k); CREATE TABLE p1 (v text, k int); ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);
            INSERT INTO p VALUES (1, 'x')"
    done
    sql pg13 in_SQL_ASCII "INSERT INTO t (id, b) VALUES (3, E'\\\\xe4')" # no UTF-8
    sql pg13 in_LATIN1 "INSERT INTO t (id, b) VALUES (3, U&'\\00e4')"
    for form in UTF8:plain UTF8:tar "UTF8:directory --extra-args=--inserts" SQL_ASCII:custom LATIN1:custom; do
        local database=in_${form%%:*}
        use_repository "$BATS_TEST_TMPDIR/${form%% *}"
        keep_content pg13 "$database" "$BATS_TEST_TMPDIR/t.content"
        # shellcheck disable=SC2086 # words
        run -0 pgkeep backup "$P13/$database" --format ${form#*:}
        sql pg13 "$database" "TRUNCATE t, p"
        beside pg13 "$database" t public.p
        take_over pg13 "$database"
        same_content "$BATS_TEST_TMPDIR/t.content" pg13 "$database"
    done
}

@test "what is gone is said, and what is partly there is completed" {
    create_db pg17 shop
    sql pg17 shop <<< "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE orders (id int PRIMARY KEY, m mood, note text);
        INSERT INTO orders SELECT g, 'ok', 'order ' || g FROM generate_series(1, 3000) g; CREATE TABLE plain (a int, b int); INSERT INTO plain VALUES (1, 2)"
    run -0 pgkeep backup "$P17/shop"
    # -- rows that are still there are left as they are, columns that are gone are left out
    sql pg17 shop "DELETE FROM orders WHERE id > 1000; UPDATE orders SET m = 'sad' WHERE id = 1; ALTER TABLE plain DROP COLUMN b; ALTER TABLE orders DROP COLUMN note"
    run -0 pgkeep restore "$P17/shop" --into "$P17/shop" --beside --table orders --table plain
    assert_output --partial "public.orders: 3,000 rows, as \"restored_"
    assert_output --partial "note: the table has no unique key"
    assert_output --partial "column \"b\" is not there any more"
    assert_output --partial 'INSERT INTO "public"."orders" ("id", "m") SELECT "id", "m" FROM'
    assert_output --partial "DROP SCHEMA \"restored_"
    sql pg17 shop <<< "$(grep 'INSERT INTO "public"."orders"' <<< "$output")"
    assert_equal "$(sql pg17 shop "SELECT count(*), min(m) FROM orders")" "3000|sad"
    # -- once more: the first one stays
    beside pg17 shop orders
    assert_regex "$(schemas pg17 shop | tail -1)" '^restored_.*Z_2$'
    # -- the table is gone, then its type
    sql pg17 shop "DROP TABLE orders"
    run -0 pgkeep restore "$P17/shop" --into "$P17/shop" --beside --table orders
    assert_output --partial "the table itself is not there any more"
    sql pg17 shop "DROP TYPE mood CASCADE"
    run -2 pgkeep restore "$P17/shop" --into "$P17/shop" --beside --table orders
    assert_output --partial 'database "shop" has no type public.mood any more, which column "m" of public.orders had'
    # -- a value that the type does not know any more: nothing is left
    sql pg17 shop "CREATE TYPE mood AS ENUM ('sad')"
    local before
    before=$(schemas pg17 shop)
    run -1 pgkeep restore "$P17/shop" --into "$P17/shop" --beside --table orders
    assert_output --partial 'invalid input value for enum'
    assert_equal "$(schemas pg17 shop)" "$before"
    # -- names
    run -2 pgkeep restore "$P17/shop" --into "$P17/shop" --beside --table order
    assert_output --partial "did you mean orders?"
    run -2 pgkeep restore "$P17/shop" --into "$P17/shopp" --beside --table orders
    assert_output --partial 'has no database "shopp"'
    assert_equal "$(databases pg17)" "postgres shop"
}

@test "an interrupt leaves neither schema nor scratch, and SIGKILL no schema" {
    create_db pg17 shop
    sql pg17 shop "CREATE TABLE t AS SELECT g AS a FROM generate_series(1, 1000) g"
    run -0 pgkeep backup "$P17/shop"
    local signal pid status
    for signal in TERM KILL; do
        docker exec --detach "$P17" psql -U postgres -d shop -c "BEGIN; LOCK pg_catalog.pg_namespace IN EXCLUSIVE MODE; SELECT pg_sleep(120)"
        wait_for 10 sql pg17 shop "SELECT 1 / count(*) FROM pg_locks WHERE relation = 'pg_namespace'::regclass AND mode = 'ExclusiveLock'"
        "$PGKEEP" restore "$P17/shop" --into "$P17/shop" --beside --table t > /dev/null 2>&1 3>&- &
        pid=$!
        wait_for 60 sql pg17 shop "SELECT 1 / count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'shop'"
        kill -s "$signal" "$pid"
        status=0
        wait "$pid" || status=$?
        assert_equal "$status" $([[ $signal == TERM ]] && echo 143 || echo 137)
        [[ $signal == KILL ]] || assert_equal "$(databases pg17)" "postgres shop"
        sql pg17 postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()" > /dev/null
        wait_for 20 sql pg17 postgres "SELECT 1 / (count(*) = 0)::int FROM pg_stat_activity WHERE datname = 'shop' AND pid <> pg_backend_pid()"
        assert_equal "$(schemas pg17 shop)" ""
    done
    beside pg17 shop t # which sweeps what the killed one left
    assert_equal "$(databases pg17)" "postgres shop"
}

@test "nobody's code runs with our rights, and nobody else gets any" {
    local m
    for m in 13 17; do
        create_db "pg$m" trap
        sql "pg$m" trap <<< "DROP ROLE IF EXISTS mallory; CREATE ROLE mallory LOGIN; GRANT CREATE ON DATABASE trap TO mallory; GRANT CREATE ON SCHEMA public TO mallory;
            CREATE TYPE color AS ENUM ('red'); ALTER TYPE color OWNER TO mallory; CREATE TABLE t (id int PRIMARY KEY, c color); INSERT INTO t VALUES (1, 'red');
            ALTER TABLE t OWNER TO mallory;
            ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO mallory, PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO mallory, PUBLIC"
        run -0 pgkeep backup "$(target "pg$m")/trap"
        # -- mallory puts a domain with code of his own in the place of the type, and an event trigger calls his function
        docker exec -i "$(target "pg$m")" psql -h 127.0.0.1 -U mallory -d trap -v ON_ERROR_STOP=1 -Xq <<< "DROP TABLE t; DROP TYPE color;
            CREATE FUNCTION steal() RETURNS bool LANGUAGE plpgsql AS 'BEGIN ALTER ROLE mallory SUPERUSER; RETURN true; END';
            CREATE DOMAIN color AS text CHECK (steal()); CREATE TABLE t (id int PRIMARY KEY, c color);
            CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN ALTER ROLE mallory SUPERUSER; END'"
        sql "pg$m" trap "CREATE EVENT TRIGGER on_ddl ON ddl_command_end EXECUTE FUNCTION on_ddl()"
        beside "pg$m" trap t
        assert_equal "$(sql "pg$m" trap "SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'")" f
        assert_equal "$(sql "pg$m" trap "SELECT has_schema_privilege('mallory', oid, 'USAGE') FROM pg_namespace WHERE nspname LIKE 'restored%'")" f
        assert_equal "$(sql "pg$m" trap "SELECT bool_or(has_table_privilege('mallory', c.oid, 'SELECT')), min(format_type(atttypid, -1)) FROM pg_class c
            JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid AND attname = 'c' WHERE nspname LIKE 'restored%'")" "f|text"
        assert_regex "$(jq -r '.restored[].insert' "$BESIDE")" '"c"::public.color FROM'
    done
    # -- what this server cannot switch off is refused before anything is made
    sql pg13 trap "ALTER EVENT TRIGGER on_ddl ENABLE ALWAYS"
    run -2 pgkeep restore "$P13/trap" --into "$P13/trap" --beside --table t
    assert_output --partial 'event trigger "on_ddl" of database "trap" would run code of another role'
    assert_equal "$(schemas pg13 trap | wc -l)" 1
    for m in 13 17; do
        sql "pg$m" trap "DROP EVENT TRIGGER on_ddl"
        sql "pg$m" trap "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM mallory, PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM mallory, PUBLIC"
    done
}

@test "--data-only says the rows of each table, and a part never takes the place of the whole" {
    create_db pg17 shop
    sql pg17 shop <<< "CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 3000);
        CREATE TABLE p (k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); INSERT INTO p VALUES (1)"
    run -0 pgkeep backup "$P17/shop"
    local good
    good=$(pgkeep list --json | jq -r '.backups[0].id')
    sql pg17 shop "DELETE FROM orders"
    # -- our own hints lead away from --replace
    local part
    for part in "--table orders" "--schema public" --schema-only --data-only "--list /dev/null"; do
        # shellcheck disable=SC2086 # words
        run -2 pgkeep restore "$good" --into "$P17/shop" --replace $part
        assert_output --partial "would put a part of the backup in the place of the whole database"
        assert_output --partial "hint: --beside"
    done
    run ! pgkeep restore "$good" --into "$P17/shop" --table orders
    assert_output --partial "hint: to bring the rows of a table back into it: --beside"
    refute_output --partial "--replace"
    # -- a trigger that swallows all rows
    sql pg17 shop "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER swallow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION swallow()"
    run -1 pgkeep restore "$good" --into "$P17/shop" --data-only --table orders
    assert_output --partial '0 of 3000 rows of public.orders arrived in "shop"'
    sql pg17 shop "DROP TRIGGER swallow ON orders"
    # -- rows that are not its own: nothing would have come, with status 0
    run -2 pgkeep restore "$good" --into "$P17/shop" --data-only --table p
    assert_output --partial 'the backup has no rows of "p" itself'
    assert_output --partial "--beside --table p"
    run -0 pgkeep restore "$good" --into "$P17/shop" --data-only --table orders
    assert_output --partial "1 table, 3,000 rows"
    assert_output --partial "public.orders: 3,000 rows"
    # -- a backup from after the accident
    sql pg17 shop "DELETE FROM orders"
    sleep 1 # a second has one stamp
    run -3 pgkeep backup "$P17/shop"
    run -0 pgkeep restore "$P17/shop" --into "$P17/shop" --data-only --table orders
    assert_output --partial "public.orders: 0 rows"
    assert_output --partial "public.orders had lost rows when"
    assert_output --partial "an older backup may have them: pgkeep list $P17/shop"
}
