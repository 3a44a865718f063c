#!/usr/bin/env bats
# Sessions: connections that stay open, by each way that leads to a server, through tools/session_probe.c.

# bats sets stderr; PIDs are in variables on purpose.
# shellcheck disable=SC2030,SC2031,SC2154

load lib/servers

setup_file() {
    load helper
    suite_begin
    export PROBE="$BATS_FILE_TMPDIR/probe" TMPDIR="$BATS_FILE_TMPDIR/tunnels" PROBE_PASSWORD=secret
    unset XDG_RUNTIME_DIR
    mkdir -p "$TMPDIR"
    build_probe
    ensure_image 13
    # An address is a way only where the server lets us in without a password.
    run_pg plain 17 --label pgkeep.enable=true --env POSTGRES_HOST_AUTH_METHOD=trust
    run_pg none 17 --label pgkeep-test.user=none --label pgkeep.enable=true --network none -- -c listen_addresses=
    run_pg scram 17 --label pgkeep-test.user=none --env POSTGRES_INITDB_ARGS=--auth=scram-sha-256
    run_pg peer 15 --label pgkeep-test.user=none \
        --env POSTGRES_INITDB_ARGS="--auth-local=peer --auth-host=reject" -- -c listen_addresses=
    run_pg old 13 --env POSTGRES_HOST_AUTH_METHOD=trust
    run_pg middle 15 --publish 127.0.0.1::5432 --env POSTGRES_HOST_AUTH_METHOD=trust
    run_pg tools 17 --label pgkeep-test.user=none
    for name in plain scram old middle tools; do wait_pg "$name"; done
    for name in none peer; do
        wait_for 60 ask "$name" 'SELECT 1'
    done
    # The temporary server of the first start answers on its socket too.
    sleep 3
    for name in none peer; do
        wait_for 60 ask "$name" 'SELECT 1'
    done
    install_relays tools
    for name in plain none scram peer old middle tools; do watch_server "$name"; done
}

build_probe() {
    local library=${PGKEEP_LIBRARY:-$PROJECT/build/libpgkeep.a} sanitize=()

    [ -e "$library" ] || make -C "$PROJECT" "${library#"$PROJECT"/}"
    if nm "$library" 2> /dev/null | grep -q __asan_init; then
        sanitize=(-fsanitize=address -fsanitize=undefined)
    fi
    # shellcheck disable=SC2046
    cc -std=gnu17 -D_GNU_SOURCE -I"$PROJECT" "${sanitize[@]}" -g -o "$PROBE" \
        "$BATS_TEST_DIRNAME/tools/session_probe.c" "$library" \
        $(pkg-config --cflags --libs libcurl jansson zlib libpq libssl libcrypto libzstd liblz4 inih) -lpthread
}

# Whatever can relay, by Debian's packages; without them the tests that need one skip.
install_relays() {
    docker exec "$(target "$1")" sh -c 'apt-get update && apt-get install -y --no-install-recommends \
        socat ncat python3-minimal netcat-openbsd netcat-traditional busybox' > /dev/null 2>&1 || true
}

setup() {
    load helper
    test_begin
    PID=
}

teardown() {
    if [[ -n $PID ]]; then kill -KILL "$PID" 2> /dev/null || true; fi
}

teardown_file() {
    load helper
    end_unharmed
}

# probe NAME WAY VERB...
probe() {
    local name=$1
    shift
    timeout --signal=KILL 60 "$PROBE" "$(target "$name")" "$@"
}

# ask NAME STATEMENT: as the OS user that each server lets in. Debian's psql is a script in perl, which may be
# away; sh finds the other then.
ask() {
    case $1 in
        plain | old | middle | tools) client "$1" psql -d postgres -XAtqc "$2" < /dev/null; return ;;
    esac
    # shellcheck disable=SC2016
    docker exec --user postgres --env PGPASSWORD=secret "$(target "$1")" sh -c 'exec psql -U postgres -XAtqc "$1"' sh "$2"
}

# backends NAME: how many of ours the server has
backends() {
    ask "$1" "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgkeep'"
}

has_backends() { [[ $(backends "$1") == "$2" ]]; }

# Every process of the container that is not the server's own, one a line.
strangers() {
    local words
    command_lines "$1" | while read -r words; do
        case ${words%% *} in "" | postgres | postgres: | */postgres) ;; *) echo "$words" ;; esac
    done
}

no_strangers() { [[ -z $(strangers "$1") ]]; }

# in_background NAME WAY VERB...: sets PID; its output is in $BATS_TEST_TMPDIR/out
in_background() {
    local name=$1
    shift
    "$PROBE" "$(target "$name")" "$@" > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- &
    PID=$!
}

is_ready() { grep -q ready "$BATS_TEST_TMPDIR/out"; }

is_asleep() {
    [[ $(ask "$1" "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'
        AND query LIKE '%pg_sleep(77%' AND application_name = 'pgkeep'") -gt 0 ]]
}

# relay_as NAME: `nc` of the container is that one
relay_as() {
    docker exec "$(target tools)" sh -c "command -v $1 && ln -sf \$(command -v $1) /usr/local/bin/nc" > /dev/null \
        || skip "the container has no $1"
}

# works NAME WAY: all that a session does, and it leaves nothing
works() {
    local name=$1 way=$2 before after
    before=$(postmaster_start "$name")

    run probe "$name" "$way" answer 1000000
    assert_success
    assert_output 1000008
    run probe "$name" "$way" statement 5000000
    assert_success
    assert_output 5000000
    run probe "$name" "$way" threads 4 5
    assert_success
    assert_output '4 done'
    run -99 probe "$name" "$way" cancel 'SELECT pg_sleep(60)'
    assert_output 'INTERRUPTED: the session was cancelled'
    interrupted "$name" "$way"
    killed "$name" "$way"
    cut "$name" "$way"
    after=$(postmaster_start "$name")
    [[ $before == "$after" ]]
}

# answers NAME WAY: the short form, where another test has tried that way's every end
answers() {
    run probe "$1" "$2" answer 100000
    assert_success
    assert_output 100011
    interrupted "$1" "$2"
}

# interrupted NAME WAY: SIGINT ends a query over there too
interrupted() {
    in_background "$1" "$2" query 1 'SELECT pg_sleep(77)'
    wait_for 15 is_asleep "$1"
    kill -INT "$PID"
    wait_for 10 eval "! kill -0 $PID"
    run -99 wait "$PID"
    run cat "$BATS_TEST_TMPDIR/err"
    assert_output 'INTERRUPTED: interrupted by SIGINT'
    wait_for 5 has_backends "$1" 0
    wait_for 5 no_strangers "$1"
}

# killed NAME WAY: no backend and no relay outlives us, in a transaction and on 14 and newer in a query
killed() {
    in_background "$1" "$2" hold 'BEGIN; SELECT 1'
    wait_for 15 is_ready
    has_backends "$1" 1
    [[ $2 == direct || -n $(strangers "$1") ]]
    kill -KILL "$PID"
    wait_for 5 has_backends "$1" 0
    wait_for 5 no_strangers "$1"
    if [[ $1 == old || $2 == psql ]]; then return; fi
    in_background "$1" "$2" query 1 'SELECT pg_sleep(77)'
    wait_for 15 is_asleep "$1"
    kill -KILL "$PID"
    wait_for 15 has_backends "$1" 0
    wait_for 5 no_strangers "$1"
}

# cut NAME WAY: a backend that ends in mid-query is an error, and leaves no relay
cut() {
    in_background "$1" "$2" query 1 'SELECT pg_sleep(77)'
    wait_for 15 is_asleep "$1"
    ask "$1" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgkeep'"
    wait_for 10 eval "! kill -0 $PID"
    run -99 wait "$PID"
    run cat "$BATS_TEST_TMPDIR/err"
    assert_output --regexp '^CUT: the connection is lost'
    wait_for 5 no_strangers "$1"
}

# --- ways --------------------------------------------------------------------------------------------

@test "the container's own address is the first way where it asks for no password" {
    run probe plain any way
    assert_success
    assert_output --regexp '^[0-9.]+:5432$'
    works plain direct
}

@test "a published port is a way" {
    run probe middle published way
    assert_success
    assert_output --regexp '^127\.0\.0\.1:[0-9]+ \(published\)$'
    answers middle published
}

@test "with no network and no TCP the tunnel is the way" {
    run probe none any way
    assert_success
    assert_output 'tunnel by perl'
    works none tunnel
}

@test "where every line of pg_hba.conf wants scram the password goes to the socket, and to no address" {
    local way
    for way in any 'tunnel by perl' psql; do
        run probe scram "$way" query 1 'SELECT 17'
        assert_success
        assert_output 17
    done
    answers scram tunnel
    run probe scram any way
    assert_output 'tunnel by perl'
    # bash knows no Unix sockets, and 127.0.0.1 is an address
    for way in direct 'tunnel by bash'; do
        run -99 probe scram "$way" way
        assert_output --partial 'it asks for a login, and this way gives none'
    done
    PROBE_PASSWORD=wrong run -99 probe scram any way
    refute_output --partial wrong
}

@test "where only the operating system's postgres is let in the tunnel is that user" {
    PROBE_PASSWORD='' run probe peer any way
    assert_success
    assert_output 'tunnel by perl'
    answers peer tunnel
    answers peer psql
}

@test "PostgreSQL 13 works by address, tunnel and psql" {
    answers old direct
    works old 'tunnel by perl'
    works old psql
}

@test "PostgreSQL 15 works by address, tunnel and psql" {
    answers middle direct
    answers middle 'tunnel by perl'
    answers middle psql
}

@test "bash relays, and its child harms no server" {
    works plain 'tunnel by bash'
    answers middle 'tunnel by bash'
    works old 'tunnel by bash'
}

@test "python3 relays" {
    docker exec "$(target tools)" sh -c 'command -v python3' || skip "the container has no python3"
    works tools 'tunnel by python3'
}

@test "socat relays" {
    docker exec "$(target tools)" sh -c 'command -v socat' || skip "the container has no socat"
    works tools 'tunnel by socat'
}

@test "OpenBSD's nc relays" {
    relay_as nc.openbsd
    works tools 'tunnel by nc'
}

@test "the traditional nc relays" {
    relay_as nc.traditional
    works tools 'tunnel by nc'
}

@test "BusyBox's nc relays" {
    relay_as busybox
    works tools 'tunnel by nc'
}

@test "an nc that outlives the server is refused, and psql is the way" {
    relay_as ncat
    run -99 probe tools 'tunnel by nc' way
    assert_output --partial 'this nc may not end with the server'
    docker exec "$(target tools)" sh -c 'cd /usr/bin && mv perl perl.off && mv bash bash.off
        mv socat socat.off; for p in python3*; do mv $p off.$p; done' || true
    docker exec "$(target tools)" sh -c "sed -i 's/scram-sha-256/reject/' \$PGDATA/pg_hba.conf; kill -HUP 1"
    sleep 1
    run probe tools any way
    assert_success
    assert_output psql
    works tools psql
}

@test "a container on a network of its own is reached, whichever way" {
    local network
    network=$(target net)
    docker network create --internal --label "$LABEL=1" "$network" > /dev/null
    docker network connect "$network" "$(target plain)"
    docker network disconnect bridge "$(target plain)"
    run probe plain any query 1 'SELECT 17'
    docker network connect bridge "$(target plain)"
    docker network disconnect "$network" "$(target plain)"
    docker network rm "$network" > /dev/null
    assert_success
    assert_output 17
}

# --- trust -------------------------------------------------------------------------------------------

# Another server at the address is 58-impostor's.
@test "where no way leads to the server that was met, the way in is asked who it is now" {
    run -0 probe plain any way
    local way=$output
    PROBE_IDENTITY=1 run -0 probe plain any way
    assert_output "$way"
}

@test "an environment full of PG variables bends nothing" {
    printf '*:*:*:*:wrong\n' > "$BATS_TEST_TMPDIR/pgpass"
    chmod 0600 "$BATS_TEST_TMPDIR/pgpass"
    PGHOST=192.0.2.1 PGHOSTADDR=192.0.2.1 PGPORT=1 PGUSER=nobody PGSERVICE=none PGOPTIONS='-c no.such' \
        PGSSLMODE=verify-full PGPASSFILE="$BATS_TEST_TMPDIR/pgpass" PGDATABASE=none PGTZ=Mars \
        run probe plain direct query 1 "SELECT current_setting('statement_timeout')"
    assert_success
    assert_output 0
}

@test "another process cannot use the tunnel" {
    in_background plain tunnel hold 'SELECT 1'
    wait_for 15 is_ready
    local folder=("$TMPDIR"/pgkeep-tunnel-*)
    [[ ${#folder[@]} -eq 1 && $(stat -c %a "${folder[0]}") == 700 ]]
    run ! python3 -c "
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect('${folder[0]}/.s.PGSQL.5432'); s.settimeout(5)
try:
    s.send(bytes([0, 0, 0, 8, 4, 210, 22, 47]))
    sys.exit(0 if s.recv(1) else 1)
except OSError:
    sys.exit(1)"
    wait_for 5 grep -q 'another process tried' "$BATS_TEST_TMPDIR/err"
    kill -INT "$PID"
    wait_for 10 eval "! kill -0 $PID"
    [[ -z $(ls "$TMPDIR") ]]
}

@test "a killed run's folder is swept by the next, one in use is not" {
    in_background plain tunnel hold 'SELECT 1'
    wait_for 15 is_ready
    local used
    used=$(ls "$TMPDIR")
    probe plain tunnel way
    [[ $(ls "$TMPDIR") == "$used" ]]
    kill -KILL "$PID"
    wait "$PID" || true
    [[ $(ls "$TMPDIR") == "$used" ]]
    probe plain tunnel way
    [[ -z $(ls "$TMPDIR") ]]
}

# --- statements --------------------------------------------------------------------------------------

@test "the same steps give the same answers by every way" {
    cat > "$BATS_TEST_TMPDIR/steps" << 'END'
1 SELECT E'a\nb\tc|"''\\'
2 SELECT NULL, ''
1 SELECT U&'\00e9\+01F418'
0 BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
1 SELECT 1/0
1 SELECT 1
0 ROLLBACK
1 SELECT 2;
0 CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT a/0 FROM t; DROP TABLE t
1 SELECT count(*) FROM t
0 CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT * FROM t
1 SELECT count(*) FROM t
1 SELECT 1 -- comment
1 SELECT $$a;b$$ /* ; */
1 SELECT 1 WHERE false
1 SELECT 'x' || current_setting('search_path') || current_setting('client_encoding')
1 SELECT current_setting('client_connection_check_interval') || current_setting('transaction_timeout')
0 DO $$ begin raise notice 'not seen'; raise exception E'two\nlines'; end $$
0 COMMIT
1 SELECT 'end'
END
    local way
    for way in direct 'tunnel by perl' 'tunnel by bash' psql; do
        run probe plain "$way" steps < "$BATS_TEST_TMPDIR/steps"
        assert_success
        printf '%s\n' "$output" > "$BATS_TEST_TMPDIR/${way// /-}"
        cmp "$BATS_TEST_TMPDIR/direct" "$BATS_TEST_TMPDIR/${way// /-}"
    done
    run cat "$BATS_TEST_TMPDIR/direct"
    assert_line 'TOOL: division by zero (SQLSTATE 22012)'
    assert_line 'TOOL: relation "t" does not exist (SQLSTATE 42P01)'
    assert_line xUTF8
    assert_line 5s0
    refute_output --partial 'not seen'
    for way in direct 'tunnel by perl'; do
        run probe plain "$way" steps <<< "1 SELECT pg_catalog.no_such_function()"
        assert_line --partial '() does not exist (SQLSTATE 42883) | HINT:  No function matches'
    done
}

@test "a database in SQL_ASCII gives its bytes as they are" {
    sql plain postgres "CREATE DATABASE raw ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0" || true
    sql plain raw "SET client_encoding TO 'SQL_ASCII'; CREATE TABLE IF NOT EXISTS r AS SELECT E'\\xff\\xe9'::text AS t"
    local way
    for way in direct 'tunnel by perl' psql; do
        PROBE_DATABASE=raw run probe plain "$way" query 1 'SELECT t FROM public.r'
        assert_success
        [[ $(printf %s "$output" | od -An -tx1 | tr -d ' ') == ffe9 ]]
    done
}

@test "a role's own limits are not for us" {
    sql plain postgres "ALTER ROLE postgres SET statement_timeout = '100ms'; ALTER ROLE postgres SET search_path = evil"
    local way
    for way in direct 'tunnel by perl' psql; do
        run probe plain "$way" query 1 "SELECT 'ok' FROM pg_sleep(0.4)"
        assert_output ok
    done
    sql plain postgres "ALTER ROLE postgres RESET ALL"
}

@test "a statement through the tunnel takes milliseconds" {
    run probe plain 'tunnel by perl' latency 300
    assert_success
    echo "$output us a round trip"
    [[ $output -lt 20000 ]] # a poll of any kind would show
}

@test "doctor says by which way SQL gets there" {
    run pgkeep doctor --verbose
    assert_output --regexp "SQL by [0-9.]+:5432; relays of the image: perl, bash"
    assert_output --partial 'SQL by tunnel by perl'
}

@test "doctor looks at the targets that are named, and at no other" {
    run -0 pgkeep doctor "$(target plain)"
    assert_line --regexp "^target $(target plain) +ok"
    assert_equal "$(grep -c '^target ' <<< "$output")" 1
    run -2 pgkeep doctor "$(target plain)/postgres"
    assert_output --partial "doctor takes a target, not a database: pgkeep doctor $(target plain)"
    run -2 pgkeep doctor no-such-container
    assert_output --partial 'no container or compose service "no-such-container"'
}
