#!/usr/bin/env bats
# Restore: into new databases, in the place of old ones, in part, and what is left when it goes wrong.

load lib/equality
load lib/servers

FORMATS=(custom tar directory plain)

setup_file() {
    load helper
    suite_begin
    export COMPOSE="$FILE_ID-project"
    run_pg db 17 --tmpfs /small:size=24m,uid=999,gid=999,mode=0700 \
        --label "com.docker.compose.project=$COMPOSE" --label com.docker.compose.service=db
    run_pg db15 15
    start_application web
    start_application worker --label role=writer
    wait_pg db
    wait_pg db15
    watch_server db
    watch_server db15
    create_db db shop
    sql db shop < "$PROJECT/tests/e2e/lib/shop.sql"
    keep_content db shop "$BATS_FILE_TMPDIR/shop.content"
    local format
    for format in "${FORMATS[@]}"; do
        pgkeep backup "$(target db)/shop" --format "$format" --repository "$BATS_FILE_TMPDIR/$format"
    done
}

setup() {
    load helper
    test_begin
    SERVER=$(target db)
    SHOP="$SERVER/shop"
}

# A test that failed leaves its databases; the next one must not stumble over them.
teardown() {
    rm -f "$BATS_TEST_TMPDIR/connect"
    local name
    while read -r name; do drop "$name"; done < <(sql db template1 "SELECT datname FROM pg_database
        WHERE NOT datistemplate AND datname NOT IN ('postgres', 'shop')")
}

teardown_file() {
    load helper
    end_unharmed
}

# start_application SERVICE [DOCKER RUN ARGUMENT...]: a container of the database's compose project
start_application() {
    local service=$1 labels
    shift
    mapfile -t labels < <(labelled)
    docker run --detach --name "$(target "$service")" "${labels[@]}" --network none --stop-signal KILL \
        --label "com.docker.compose.project=$COMPOSE" --label "com.docker.compose.service=$service" "$@" \
        --entrypoint sleep "$(image_of 15)" infinity > /dev/null
}

# from FORMAT: what setup_file backed up in that format
from() {
    use_repository "$BATS_FILE_TMPDIR/$1"
}

databases() {
    sql "${1:-db}" postgres "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1" | paste -sd ' '
}

drop() {
    local name
    for name in "$@"; do client db dropdb --force "$name" < /dev/null; done
}

# One line for each table: what it is called and how many rows it has.
tables() {
    sql db "$1" "SELECT format('%I.%I', n.nspname, c.relname) || ' ' ||
        (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I', n.nspname, c.relname),
            false, true, '')))[1]
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
}

# --- into a new database ------------------------------------------------------------------------------

@test "a new database gets the encoding, locale and owner of the one that was backed up" {
    local name
    in_db() { docker exec "$(target "$1")" psql -U postgres -Xqc "$2" postgres; }
    in_db db "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' OWNER shopkeeper"
    in_db db "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    in_db db "CREATE DATABASE icu TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk' LC_COLLATE 'C'"
    in_db db "CREATE DATABASE rules TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und' ICU_RULES '&a < g'"
    in_db db "CREATE DATABASE builtin TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    in_db db15 "CREATE DATABASE icu TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE'"
    in_db db15 "CREATE DATABASE plain TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'en_US.utf8'"
    sql db ascii "CREATE TABLE t AS SELECT E'\\xff\\x01'::text AS bytes"
    docker exec "$SERVER" psql -U postgres -d latin -Xqc "CREATE TABLE \"größe\" AS SELECT 'é'::text AS e"
    for name in db/icu db/rules db/builtin db15/icu db15/plain; do
        sql "${name%/*}" "${name#*/}" "CREATE TABLE t AS SELECT 'z'::text AS a"
    done
    for name in db/ascii db/latin db/icu db/rules db/builtin db15/icu db15/plain; do
        keep_content "${name%/*}" "${name#*/}" "$BATS_TEST_TMPDIR/content"
        run -0 pgkeep backup "$(target "${name%/*}")/${name#*/}"
        run -0 pgkeep verify "$(target "${name%/*}")/${name#*/}"
        run -0 pgkeep restore "$(target "${name%/*}")/${name#*/}" --into "$(target "${name%/*}")/copy"
        same_content "$BATS_TEST_TMPDIR/content" "${name%/*}" copy
        drop_db "${name%/*}" copy
    done
    drop ascii latin icu rules builtin
}

@test "a database that exists is refused, and nothing changes" {
    from custom
    run -2 pgkeep restore "$SHOP" --into "$SHOP"
    assert_output --partial "already has a database \"shop\""
    assert_output --partial "--replace"
    same_content "$BATS_FILE_TMPDIR/shop.content" db shop
    assert_equal "$(databases)" "postgres shop"
}

@test "missing roles are refused with the way out, which is --globals or --no-owner" {
    from custom
    local to
    serve lacking 17
    to=$(target lacking)
    run -1 pgkeep restore "$SHOP" --into "$to/shop"
    assert_output --partial "shopkeeper"
    assert_output --partial "hint: "
    assert_output --partial "--globals"
    assert_equal "$(databases lacking)" "postgres"
    run -0 pgkeep restore "$SHOP" --into "$to/shop" --globals
    assert_output --partial "roles made: shopkeeper"
    same_content "$BATS_FILE_TMPDIR/shop.content" lacking shop
    run -0 pgkeep restore "$SHOP" --into "$to/again" --globals
    refute_output --partial "roles made"
}

@test "without --into, or into what is not there, nothing is done" {
    from custom
    run -2 pgkeep restore "$SHOP"
    run -2 pgkeep restore "$SHOP" --into no-such-container/shop
    run -2 pgkeep restore "$SERVER/no-such-database" --into "$SERVER/copy"
    run -2 pgkeep restore "$SHOP" --into "$SERVER/"
    run -2 pgkeep restore "$SHOP" --into "$SERVER/$(printf 'x%.0s' {1..64})"
    assert_equal "$(databases)" "postgres shop"
}

# --- in the place of an old one -------------------------------------------------------------------------

# A pool that never gives up: each client connects again as soon as it is thrown out. Its processes are ${CLIENTS[@]}.
keep_connecting() {
    CLIENTS=()
    for _ in 1 2 3; do
        (while [[ -e $BATS_TEST_TMPDIR/connect ]]; do
            docker exec "$SERVER" psql -h 127.0.0.1 -U postgres -d "$1" -c "SELECT pg_sleep(60)" > /dev/null 2>&1 || :
        done) &
        CLIENTS+=($!)
        (while [[ -e $BATS_TEST_TMPDIR/connect ]]; do
            docker exec "$SERVER" psql -h 127.0.0.1 -U postgres -d "$1" -c "SELECT 1" > /dev/null 2>&1 || :
        done) &
        CLIENTS+=($!)
    done
}

@test "--replace swaps the databases under clients that connect all the time, and keeps the old one" {
    from custom
    create_db db live
    sql db live "CREATE TABLE old AS SELECT 1 AS a"
    touch "$BATS_TEST_TMPDIR/connect"
    keep_connecting live
    wait_for 20 sql db postgres "SELECT 1 / count(*) FROM pg_stat_activity WHERE datname = 'live'"
    run -0 pgkeep restore "$SHOP" --into "$SERVER/live" --replace
    rm "$BATS_TEST_TMPDIR/connect"
    sql db postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity 
        WHERE datname LIKE 'live%'" > /dev/null
    wait "${CLIENTS[@]}"
    assert_output --regexp "the old database is kept as $SERVER/live_before_[0-9T-]+Z"
    same_content "$BATS_FILE_TMPDIR/shop.content" db live
    kept=$(sql db postgres "SELECT datname FROM pg_database WHERE datname LIKE 'live_before_%'")
    assert_regex "$kept" "^live_before_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z$"
    assert_equal "$(sql db "$kept" "SELECT a FROM old")" 1
    drop live "$kept"
}

@test "--replace --drop-old leaves one database, also where the name is as long as names can be" {
    from custom
    local name
    name=$(printf 'é%.0s' {1..31})x
    create_db db "$name"
    run -0 pgkeep restore "$SHOP" --into "$SERVER/$name" --replace
    same_content "$BATS_FILE_TMPDIR/shop.content" db "$name"
    assert_equal "$(sql db postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'é%\_before\_%Z'")" 1
    run -0 pgkeep restore "$SHOP" --into "$SERVER/$name" --replace --drop-old
    refute_output --partial "is kept"
    assert_equal "$(sql db postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'é%'")" 2
    drop "$name" "$(sql db postgres "SELECT datname FROM pg_database WHERE datname LIKE 'é%\_before\_%'")"
}

@test "the maintenance database itself can be replaced" {
    from custom
    run -0 pgkeep restore "$SHOP" --into "$(target db)/postgres" --replace
    same_content "$BATS_FILE_TMPDIR/shop.content" db postgres
    local kept
    kept=$(sql db template1 "SELECT datname FROM pg_database WHERE datname LIKE 'postgres_before_%'")
    docker exec "$SERVER" psql -U postgres -d template1 -Xqc "DROP DATABASE postgres" \
        -c "ALTER DATABASE \"$kept\" RENAME TO postgres"
}

@test "the database's own settings, rights and comment come back" {
    create_db db tuned
    sql db tuned < "$PROJECT/tests/e2e/lib/shop.sql"
    sql db tuned "ALTER DATABASE tuned SET search_path = stock, public; ALTER DATABASE tuned SET work_mem = '7MB';
        ALTER DATABASE tuned CONNECTION LIMIT 17; REVOKE ALL ON DATABASE tuned FROM PUBLIC;
        GRANT CONNECT ON DATABASE tuned TO shopkeeper; COMMENT ON DATABASE tuned IS 'it''s tuned';
        ALTER ROLE shopkeeper IN DATABASE tuned SET statement_timeout = '3s'"
    local facts="SELECT datconnlimit, datacl, shobj_description(d.oid, 'pg_database'),
        (SELECT array_agg(setrole::regrole || ' ' || setconfig::text ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid)
        FROM pg_database d WHERE datname = 'tuned'"
    local before
    before=$(sql db postgres "$facts")
    run -0 pgkeep backup "$SERVER/tuned"
    run -0 pgkeep restore "$SERVER/tuned" --into "$SERVER/tuned" --replace --drop-old
    assert_equal "$(sql db postgres "$facts")" "$before"
    drop tuned
}

# --- when it goes wrong -----------------------------------------------------------------------------------

# unharmed: shop is the very database that it was, and nothing else is there
unharmed() {
    assert_equal "$(databases)" "$(printf '%s\n' postgres shop "$@" | sort | paste -sd ' ')"
    assert_equal "$(sql db postgres "SELECT oid FROM pg_database WHERE datname = 'shop'")" "$OID"
    same_content "$BATS_FILE_TMPDIR/shop.content" db shop
}

shop_oid() {
    OID=$(sql db postgres "SELECT oid FROM pg_database WHERE datname = 'shop'")
}

@test "a restore that fails leaves the old database as it was: an extension that the image lacks" {
    local control=/usr/share/postgresql/17/extension/cube.control format
    shop_oid
    create_db db spatial
    sql db spatial "CREATE EXTENSION cube; CREATE TABLE c (p cube)"
    for format in custom plain; do
        run -0 pgkeep backup "$SERVER/spatial" --format "$format"
        docker exec "$SERVER" mv "$control" "$control.away"
        run -1 pgkeep restore "$SERVER/spatial" --into "$SHOP" --replace
        docker exec "$SERVER" mv "$control.away" "$control"
        assert_output --partial "cube"
        unharmed spatial
        sleep 1
    done
    drop spatial
}

@test "a restore that fails leaves the old database as it was: a tablespace that is full" {
    shop_oid
    docker exec "$SERVER" psql -U postgres -Xqc "CREATE TABLESPACE small LOCATION '/small'"
    create_db db full
    sql db full "CREATE TABLE t (t text) TABLESPACE small; ALTER TABLE t ALTER t SET STORAGE EXTERNAL;
        INSERT INTO t SELECT repeat(i::text || 'x', 8000) FROM generate_series(1, 700) i"
    run -0 pgkeep backup "$SERVER/full"
    run -1 pgkeep restore "$SERVER/full" --into "$SHOP" --replace
    assert_output --partial "No space left on device"
    unharmed full
    run -0 pgkeep restore "$SERVER/full" --into "$SERVER/elsewhere" --no-tablespaces
    assert_equal "$(sql db elsewhere "SELECT count(*) FROM t")" 700
    drop full elsewhere
    sql db postgres "DROP TABLESPACE small"
}

# A database that dumps and does not restore: the function that its constraint calls counts on a search_path.
create_liar() {
    create_db db liar
    sql db liar "CREATE TABLE allowed AS SELECT 1 AS a;
        CREATE FUNCTION is_allowed(n int) RETURNS boolean LANGUAGE plpgsql
            AS 'BEGIN RETURN EXISTS (SELECT FROM allowed WHERE a = n); END';
        CREATE TABLE checked (a int CHECK (is_allowed(a))); INSERT INTO checked VALUES (1)"
}

@test "a restore that fails leaves the old database as it was: rows that break a constraint" {
    shop_oid
    create_liar
    local format
    for format in custom directory tar plain; do
        pgkeep backup "$SERVER/liar" --format "$format" --repository "$REPO/$format"
        run -1 pgkeep restore "$SERVER/liar" --into "$SHOP" --replace --repository "$REPO/$format"
        assert_output --partial 'relation "allowed" does not exist'
        unharmed liar
    done
    drop liar
}

# A database whose restore stands still while it makes an index.
create_slow() {
    create_db db slow
    sql db slow "CREATE TABLE t AS SELECT generate_series(1, 3000) AS a;
        CREATE FUNCTION nap(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN
            IF current_database() <> ''slow'' THEN PERFORM pg_sleep(0.02); END IF; RETURN n; END';
        CREATE INDEX slow_index ON t (nap(a))"
}

makes_the_index() {
    [[ $(sql db postgres "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'pgkeep\_%' AND query LIKE 'CREATE INDEX%'") -gt 0 ]]
}

# interrupted_restore SIGNAL [ARGUMENT...]: sets CODE to pgkeep's exit status
interrupted_restore() {
    local signal=$1
    shift
    "$PGKEEP" restore "$SERVER/slow" --into "$SHOP" --replace "$@" > "$BATS_TEST_TMPDIR/log" 2>&1 &
    local pid=$!
    wait_for 30 makes_the_index
    kill -s "$signal" "$pid"
    CODE=0
    wait "$pid" || CODE=$?
}

@test "an interrupt leaves the old database as it was, and says 130" {
    shop_oid
    create_slow
    pgkeep backup "$SERVER/slow" --format custom --repository "$REPO/custom"
    pgkeep backup "$SERVER/slow" --format directory --repository "$REPO/directory"
    pgkeep backup "$SERVER/slow" --format plain --repository "$REPO/plain"
    local arguments
    for arguments in "--repository=$REPO/custom" "--repository=$REPO/custom --jobs=2" \
        "--repository=$REPO/directory" "--repository=$REPO/plain"; do
        # shellcheck disable=SC2086 # words
        interrupted_restore INT $arguments
        assert_equal "$CODE" 130
        unharmed slow
        assert_equal "$(docker exec "$SERVER" find /tmp -name 'pgkeep*')" ""
    done
    interrupted_restore TERM --repository="$REPO/custom"
    assert_equal "$CODE" 143
    unharmed slow
    drop slow
}

@test "what a killed restore left in the server, the next one clears away" {
    shop_oid
    create_slow
    pgkeep backup "$SERVER/slow"
    interrupted_restore KILL --jobs 2
    assert_equal "$CODE" 137
    assert_regex "$(databases)" "pgkeep_"
    from custom
    run -0 pgkeep restore "$SHOP" --into "$SERVER/other"
    assert_regex "$(databases)" "pgkeep_"
    use_repository "$REPO"
    run -0 pgkeep backup "$SHOP"
    run -0 pgkeep restore "$SHOP" --into "$SERVER/other" --replace --drop-old
    drop other
    unharmed slow
    drop slow
}

# --- a part of it -----------------------------------------------------------------------------------------

@test "--table restores the named tables and their rows, from every format but plain" {
    local format
    for format in custom tar directory; do
        from "$format"
        run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --table customer --table stock.item
        assert_equal "$format: $(tables part | paste -sd ' ')" "$format: public.customer 500 stock.item 100"
        drop part
    done
}

@test "--table takes a view, a sequence, and a table with a dot or capitals in its name" {
    from custom
    run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --table Odd.Name --table order --table best \
        --table customer_id_seq
    assert_equal "$(tables part | paste -sd ' ')" 'public."order" 5000 stock."Odd.Name" 1'
    assert_equal "$(sql db part "SELECT count(*) FROM best")" 500
    assert_equal "$(sql db part "SELECT last_value FROM customer_id_seq")" 500
    drop part
}

@test "--schema restores all that the schema holds" {
    local format
    for format in custom tar directory; do
        from "$format"
        run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --schema stock
        assert_equal "$format: $(tables part | paste -sd ' ')" "$format: stock.\"Odd.Name\" 1 stock.item 100"
        assert_equal "$(sql db part "SELECT stock.total()")" 100
        drop part
    done
}

@test "--schema-only restores no rows, and --data-only fills tables that are there" {
    local format
    for format in custom tar directory; do
        from "$format"
        run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --schema-only
        assert_equal "$(tables part | awk '{ n += $NF } END { print NR, n }')" "5 0"
        run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --data-only
        same_content "$BATS_FILE_TMPDIR/shop.content" db part
        drop part
    done
}

@test "--data-only is all or nothing" {
    from custom
    run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --schema-only
    sql db part "INSERT INTO stock.item VALUES (50, 'in the way')"
    run -1 pgkeep restore "$SHOP" --into "$SERVER/part" --data-only --jobs 2
    assert_output --partial "duplicate key"
    assert_equal "$(tables part | awk '{ n += $NF } END { print NR, n }')" "5 1"
    drop part
    run -2 pgkeep restore "$SHOP" --into "$SERVER/part" --data-only
    assert_output --partial "no database \"part\""
}

@test "--list restores what an edited list names" {
    local format
    for format in custom tar directory; do
        from "$format"
        pgkeep show "$SHOP" --contents > "$BATS_TEST_TMPDIR/all.list"
        grep -E '^;|customer' "$BATS_TEST_TMPDIR/all.list" | grep -v 'FK CONSTRAINT\|order_customer' > "$BATS_TEST_TMPDIR/some.list"
        run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --list "$BATS_TEST_TMPDIR/some.list"
        assert_equal "$format: $(tables part)" "$format: public.customer 500"
        drop part
    done
    run -2 pgkeep restore "$SHOP" --into "$SERVER/part" --list "$BATS_TEST_TMPDIR/absent.list"
    run -2 pgkeep restore "$SHOP" --into "$SERVER/part" --list "$BATS_TEST_TMPDIR/some.list" --table customer
    assert_equal "$(databases)" "postgres shop"
}

@test "a table or schema that the backup lacks is refused with the nearest name" {
    local format
    for format in custom tar directory; do
        from "$format"
        run ! pgkeep restore "$SHOP" --into "$SERVER/part" --table custmer
        assert_output --partial 'no table "custmer"'
        assert_output --partial "did you mean customer?"
        run ! pgkeep restore "$SHOP" --into "$SERVER/part" --schema stack
        assert_output --partial 'schema "stack"'
    done
    assert_equal "$(databases)" "postgres shop"
}

@test "a plain dump is restored whole or not at all, and the refusal says what to do" {
    from plain
    local arguments
    echo "1;" > "$BATS_TEST_TMPDIR/list"
    for arguments in "--table customer" "--schema stock" "--schema-only" "--list $BATS_TEST_TMPDIR/list"; do
        # shellcheck disable=SC2086 # words
        run -2 pgkeep restore "$SHOP" --into "$SERVER/part" $arguments
        assert_output --partial "a plain dump can only be restored whole"
        assert_output --partial "hint: "
    done
    assert_equal "$(databases)" "postgres shop"
    run -0 pgkeep restore "$SHOP" --into "$SERVER/part"
    same_content "$BATS_FILE_TMPDIR/shop.content" db part
    drop part
}

@test "--jobs works on several tables at once, and leaves no file in the container" {
    local format
    for format in custom directory; do
        from "$format"
        run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --jobs 2
        same_content "$BATS_FILE_TMPDIR/shop.content" db part
        assert_equal "$(docker exec "$SERVER" find /tmp -name 'pgkeep*')" ""
        drop part
    done
}

@test "--no-owner gives everything to the restoring role" {
    from custom
    run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --no-owner
    assert_equal "$(sql db part "SELECT DISTINCT relowner::regrole FROM pg_class")" postgres
    drop part
}

# --- containers that stand still meanwhile ------------------------------------------------------------------

state() {
    docker inspect --format '{{.State.Status}}' "$(target web)" "$(target worker)" | paste -sd ' '
}

started_at() {
    docker inspect --format '{{.State.StartedAt}}' "$(target "$1")"
}

@test "--stop stops a service while the restore works, and starts it again" {
    from custom
    local web worker
    web=$(started_at web)
    worker=$(started_at worker)
    run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --stop web
    assert_equal "$(state)" "running running"
    [[ $(started_at web) != "$web" ]]
    assert_equal "$(started_at worker)" "$worker"
    run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --replace --drop-old --stop role=writer
    [[ $(started_at worker) != "$worker" ]]
    assert_equal "$(state)" "running running"
    drop part
}

@test "--stop of what the project does not have is refused, and stops nothing" {
    from custom
    local web
    web=$(started_at web)
    run ! pgkeep restore "$SHOP" --into "$SERVER/part" --stop web --stop wbe
    assert_output --partial "--stop wbe: no such service or label"
    assert_equal "$(started_at web)" "$web"
    assert_equal "$(databases)" "postgres shop"
}

@test "--stop starts them again when the restore fails or is interrupted" {
    shop_oid
    create_slow
    pgkeep backup "$SERVER/slow"
    interrupted_restore INT --stop web --stop worker
    assert_equal "$CODE" 130
    assert_equal "$(state)" "running running"
    unharmed slow
    drop slow
    create_liar
    pgkeep backup "$SERVER/liar"
    run -1 pgkeep restore "$SERVER/liar" --into "$SHOP" --replace --stop web
    assert_equal "$(state)" "running running"
    unharmed liar
    drop liar
}

@test "after a kill -9 the next run starts what --stop had stopped" {
    shop_oid
    create_slow
    pgkeep backup "$SERVER/slow"
    interrupted_restore KILL --stop web --stop worker
    assert_equal "$(state)" "exited exited"
    run -0 pgkeep backup "$SHOP"
    assert_output --partial "starting again"
    assert_equal "$(state)" "running running"
    unharmed slow
    drop slow
}

@test "a container that did not run before stays as it is" {
    from custom
    docker stop "$(target worker)" > /dev/null
    run -0 pgkeep restore "$SHOP" --into "$SERVER/part" --stop worker --stop web
    assert_equal "$(state)" "running exited"
    docker start "$(target worker)" > /dev/null
    drop part
}
