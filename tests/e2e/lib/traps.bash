# A server whose databases are full of traps (traps.sql, traps-shop.sql, traps-superuser.sql), and every command of
# pgkeep against it. One server for each major; a file's tests take its ways away one by one, so their order counts.
# shellcheck shell=bash
# bats sets output and status.
# shellcheck disable=SC2154

load lib/servers

CALM=(--env PGOPTIONS='-c search_path=')
COMMAND_SECONDS=180

# traps_begin MAJOR: the server "trap" of that major
traps_begin() {
    export MAJOR=$1 DB
    load helper
    suite_begin
    # Each major is a file of its own, and they may run side by side.
    export FILE_ID="$RUN_ID-53-$MAJOR"
    DB=$(target trap)
    ensure_image "$MAJOR"
    # It trusts, because no password goes to an address. servers.bash shall not ask it for databases, because its words
    # would run into the traps; traps_end does.
    start_pg trap "$MAJOR" --label pgkeep-test.user=none --label pgkeep.enable=true \
        --env POSTGRES_HOST_AUTH_METHOD=trust
    watch_server trap
    lay_traps
    as_postgres postgres -c "$ROLES" > "$BATS_FILE_TMPDIR/roles"
}

# psql of the server's own, which a container without perl has too. Rows unaligned.
trap_psql() {
    local options=()
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    docker exec --interactive "${options[@]}" "$DB" "/usr/lib/postgresql/$MAJOR/bin/psql" -h 127.0.0.1 \
        -v ON_ERROR_STOP=1 -XAtq "$@"
}

# as_postgres DATABASE [PSQL ARGUMENT...]: the test's own questions, which step into no trap by a name
as_postgres() {
    trap_psql "${CALM[@]}" -- -U postgres -d "$@"
}

as_mallory() {
    trap_psql -- -U mallory -d "$@"
}

# What an ordinary role may do: create a schema in a database that she owns. In the maintenance databases she has the
# schema public, where on 13 every role may create; a newer cluster that was upgraded has the same rights.
lay_traps() {
    local lib="$BATS_TEST_DIRNAME/lib"
    as_postgres postgres <<'SQL'
CREATE ROLE mallory LOGIN;
CREATE DATABASE shop OWNER mallory TEMPLATE template0;
GRANT CREATE ON SCHEMA public TO PUBLIC;
\connect template1
GRANT CREATE ON SCHEMA public TO PUBLIC;
SQL
    as_mallory postgres -v schema=public < "$lib/traps.sql"
    as_mallory template1 -v schema=public < "$lib/traps.sql"
    as_mallory shop -v schema=evil < "$lib/traps.sql"
    as_mallory shop < "$lib/traps-shop.sql" 2> "$BATS_FILE_TMPDIR/notices"
    as_postgres shop < "$lib/traps-superuser.sql"
}

# --- has anything sprung -------------------------------------------------------------------------------

ROLES="SELECT r FROM pg_catalog.pg_authid r ORDER BY r.rolname"

marks() {
    docker exec "$DB" sh -c 'cat /tmp/sprung 2> /dev/null || :'
}

# unsprung: no superuser has run anything of mallory's, whether or not his transaction could write
unsprung() {
    local found
    found=$(marks)
    [[ -z $found ]] || fail "traps have sprung after pgkeep $LAST: $found"
    as_postgres postgres -c "$ROLES" | diff "$BATS_FILE_TMPDIR/roles" - || fail "the roles have changed after pgkeep $LAST"
}

reset_traps() {
    docker exec "$DB" rm -f /tmp/sprung
    as_postgres postgres -c 'ALTER ROLE mallory NOSUPERUSER NOCREATEROLE'
}

no_database() {
    as_postgres postgres -c "DROP DATABASE IF EXISTS $1"
}

# springs DATABASE ROLE-PATH STATEMENT: as a superuser who takes no care. An empty path is that of the settings.
springs() {
    local options=(--env PGAPPNAME=careless)
    [[ -z $2 ]] || options+=(--env "PGOPTIONS=-c search_path=$2")
    trap_psql "${options[@]}" -- -U postgres -d "$1" -o /dev/null -c "$3"
    [[ $(marks) == *careless* ]] || fail "nothing sprang in $1 at: $3"
    if [[ $3 != *READ\ ONLY* ]]; then
        [[ $(as_postgres postgres -c "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'mallory'") == t ]] ||
            fail "mallory is no superuser after: $3"
    fi
    reset_traps
}

# The test of the test.
careless_statements_spring() {
    local statement
    while read -r statement; do
        springs shop '' "$statement"
        springs postgres '' "$statement"
    done <<'SQL'
SELECT date_part('epoch', pg_catalog.pg_postmaster_start_time())
SELECT pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) * 1000000
SELECT 1 WHERE 1 = 1
SELECT CASE relnatts WHEN 1 THEN 2 END FROM pg_catalog.pg_class
SELECT 1 FROM pg_catalog.pg_class WHERE relname LIKE 'a%'
SELECT 1 FROM pg_catalog.pg_class WHERE relkind IN ('r', 'v')
SELECT count(*) FROM pg_catalog.pg_class
SELECT pg_catalog.obj_description(c.oid, 'pg_class') || 'x'::pg_catalog.text FROM pg_catalog.pg_class c
SELECT relname::text FROM pg_catalog.pg_class
SELECT 'pg_catalog.pg_class'::regclass
SELECT datname FROM pg_database
BEGIN READ ONLY; SELECT datname FROM pg_catalog.pg_database WHERE datname = 'shop'
SQL
    # Closer matches win wherever pg_catalog comes first, as it does by PostgreSQL's own default.
    while read -r statement; do
        springs shop '"$user",evil' "$statement"
        springs postgres '"$user",public' "$statement"
    done <<'SQL'
SELECT date_part('epoch', pg_postmaster_start_time()) * 1000000
SELECT pg_table_size(c.oid) FROM pg_class c
SELECT format('%I', datname) FROM pg_database
SELECT to_jsonb(d) FROM pg_database d
SELECT quote_ident(datname) FROM pg_database
SELECT current_setting('block_size') || datname || '' FROM pg_database
SELECT count(oid) FROM pg_database
SQL
    # And no path helps against these.
    while read -r statement; do
        springs shop pg_catalog "$statement"
    done <<'SQL'
SELECT id FROM ONLY stock.odd
BEGIN READ ONLY; SELECT pg_catalog.count(*) FROM ONLY stock.odd
SELECT mood::pg_catalog.text FROM public.ledger
SELECT id FROM stock.seen
SQL
}

# A base type of a superuser's, its functions given away: their owner may not replace them by code of hers.
output_functions_stay() {
    run as_mallory shop -c "CREATE OR REPLACE FUNCTION evil.label_out(evil.label) RETURNS cstring LANGUAGE internal AS 'textout'"
    assert_failure
    run as_mallory shop -c "CREATE OR REPLACE FUNCTION evil.label_out(evil.label) RETURNS cstring LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'"
    assert_failure
}

# --- ways ----------------------------------------------------------------------------------------------

# way_is REGEXP: by which way SQL gets there now
way_is() {
    run -0 timeout "$COMMAND_SECONDS" "$PGKEEP" doctor --verbose "$DB"
    assert_output --regexp "SQL by $1"
    LAST='doctor --verbose' unsprung
}

no_address() {
    docker network disconnect bridge "$DB"
}

# What may relay goes, and with perl the scripts in it that Debian has in the tools' place.
no_relay() {
    docker exec --user root "$DB" sh -c 'find /usr/bin -lname "*/pg_wrapper" -delete
        for tool in perl python3 socat bash nc; do
            while path=$(command -v "$tool"); do mv "$path" "$path.away"; hash -r; done
        done'
}

# --- commands ------------------------------------------------------------------------------------------

# tried STATUSES COMMAND...: ends with one of these, and springs nothing
tried() {
    local expected=" $1 "
    shift
    LAST="$*"
    run timeout "$COMMAND_SECONDS" "$PGKEEP" "$@"
    unsprung
    [[ $expected == *" $status "* ]] || fail "pgkeep $*: status $status: $output"
}

# may_refuse COMMAND...: loading mallory's code as a superuser may be refused, with the reason
may_refuse() {
    tried '0 2' "$@"
    if [[ $status -eq 2 ]]; then assert_output --regexp 'mallory|evil|trust-owners'; fi
}

equal() {
    assert_output --partial equal
    refute_output --regexp 'different|unproven|counts only'
}

# Without a database: all that only reads the repository, which holds two backups of shop.
repository_commands() {
    tried 0 list
    tried 0 show "$DB/shop"
    tried 0 show --diff "${1%% *}" "${1##* }"
    tried 0 verify --all
    tried 0 stats
}

# backups: the ids of all backups of shop, oldest first
shop_backups() {
    (cd "$PGKEEP_REPOSITORY" && printf '%s\n' */shop/*Z | sort | tr '\n' ' ' | sed 's/ $//')
}

targets_and_ready() {
    tried 0 targets
    assert_output --partial "$DB"
    tried 0 doctor "$DB"
    tried 0 wait "$DB"
}

# proven FORMAT: backed up, and proven in a container
proven() {
    tried 0 backup "$DB/shop" --format "$1" --fingerprint content
    tried 0 test "$DB/shop"
    equal
}

service_runs() {
    LAST=run
    # It stays until it is told to go.
    run timeout --signal=TERM 4 "$PGKEEP" run
    [[ $status -eq 124 || $status -eq 143 || $status -eq 0 ]] || fail "pgkeep run: status $status: $output"
    unsprung
}

# Into the live server: the loading superuser must not run mallory's code there either.
restored() {
    local options
    for options in '' --globals --schema-only; do
        # shellcheck disable=SC2086 # no option, or one
        may_refuse restore "$DB/shop" --into "$DB/copy" $options
        no_database copy
    done
    may_refuse test "$DB/shop" --in database
    if [[ $status -eq 0 ]]; then equal; fi
    # Her triggers are there already; so are the rows, so it fails in any case.
    tried '1 2' restore "$DB/shop" --into "$DB/shop" --data-only
}

# All there is, by the way of now.
every_command() {
    local format
    for format in plain tar directory; do proven "$format"; done
    repository_commands "$(shop_backups)"
    tried 0 backup "$DB/shop" --table stock.odd --exclude-table-data 'stock.p*'
    server_commands
}

# Every command that speaks to the server; the formats differ in nothing that the way could change.
server_commands() {
    targets_and_ready
    tried 0 backup "$DB"
    tried 0 backup "$DB" --globals-only
    proven custom
    restored
    service_runs
}

# --- a file --------------------------------------------------------------------------------------------

traps_setup() {
    load helper
    test_begin
    # What an earlier test failed at is not this one's.
    reset_traps
    no_database copy
}

traps_end() {
    local found
    load helper
    found=$(as_postgres postgres -c "SELECT datname FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.~) '^pgkeep_'")
    end_unharmed
    [[ -z $found ]] || fail "databases are left: $found"
}
