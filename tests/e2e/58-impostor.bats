#!/usr/bin/env bats
# A server that is not ours at each address that pgkeep would try (tests/fake/postgres.py, by the lies of
# tests/fake/engine.py): it hears no password, in no form, and the backup gets there otherwise.

# bats sets stderr; jq and the container's shell have variables of their own.
# shellcheck disable=SC2154,SC2016

load lib/servers

PASSWORD=correct-horse-battery

setup_file() {
    load helper
    suite_begin
    PORT=$(free_port)
    export PORT
    # no way in without the password, by the socket neither
    run_pg scram 17 --label pgkeep-test.user=none --env PGPORT="$PORT" --env POSTGRES_PASSWORD="$PASSWORD" \
        --env POSTGRES_INITDB_ARGS=--auth=scram-sha-256
    # local users need none, but it is known
    run_pg trust 17 --label pgkeep-test.user=none --env PGPORT="$PORT" --env POSTGRES_PASSWORD="$PASSWORD"
    # on the host's network, where anybody on the host may take the port that this server leaves free
    run_pg host 17 --label pgkeep-test.user=none --network host --env PGPORT="$PORT" --env POSTGRES_PASSWORD="$PASSWORD" \
        -- -c listen_addresses=
    local name
    for name in scram trust; do wait_for "$READY_SECONDS" answers_on_tcp "$name"; done
    wait_for "$READY_SECONDS" is_final host
    for name in scram trust host; do watch_server "$name"; done
    # the host's own address on the network of containers: near, and where a test can listen
    GATEWAY=$(docker inspect --format '{{.NetworkSettings.Networks.bridge.Gateway}}' "$(target trust)")
    export GATEWAY
    make_certificate
}

free_port() {
    python3 -c 'import socket; s = socket.create_server(("0.0.0.0", 0)); print(s.getsockname()[1])'
}

answers_on_tcp() { docker exec "$(target "$1")" pg_isready -q -h 127.0.0.1 -p "$PORT"; }

# The temporary server of the first start is a child of the entrypoint.
is_final() {
    docker exec "$(target "$1")" sh -c 'test "$(head -n 1 "$PGDATA/postmaster.pid")" = 1 && pg_isready -q'
}

make_certificate() {
    mkdir -p "$BATS_FILE_TMPDIR/certs"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=impostor \
        -keyout "$BATS_FILE_TMPDIR/certs/server-key.pem" -out "$BATS_FILE_TMPDIR/certs/server-cert.pem" 2> /dev/null
}

setup() {
    load helper
    test_begin
    RECORD="$BATS_TEST_TMPDIR/record"
    PIDS=()
    : > "$RECORD"
}

teardown() {
    if [[ ${#PIDS[@]} -gt 0 ]]; then kill "${PIDS[@]}" 2> /dev/null || true; fi
}

teardown_file() {
    load helper
    end_unharmed
}

# start NAME PROGRAM...: in the background; ADDRESS is where it listens
start() {
    local out="$BATS_TEST_TMPDIR/$1"
    shift
    "$@" > "$out" 2>&1 3>&- &
    PIDS+=("$!")
    wait_for 10 grep -q '^listening on ' "$out"
    ADDRESS=$(sed -n 's/^listening on //p' "$out")
}

# impostor AUTH [ARGUMENT...]: at every IPv4 address of this host, the server's port
impostor() {
    local auth=$1
    shift
    start impostor python3 "$PROJECT/tests/fake/postgres.py" --listen "0.0.0.0:$PORT" --auth "$auth" \
        --record "$RECORD" "$@"
}

# lies: the container has the gateway's address, and its port is published on loopback
lies() {
    jq -cn --arg host "$GATEWAY" --arg port "$PORT" '{NetworkSettings: {
        Networks: {bridge: {IPAddress: $host}},
        Ports: {"\($port)/tcp": [{HostIp: "127.0.0.1", HostPort: $port}]}}}'
}

lying_engine() {
    start engine python3 "$PROJECT/tests/fake/engine.py" --listen "$1" --fault "inspect=$(lies)"
}

# backs_up NAME WAY: whole, with a fingerprint of every table, by a way that leads into the container
backs_up() {
    run pgkeep --verbose backup "$(target "$1")/postgres"
    echo "$output"
    cat "$RECORD"
    assert_success
    assert_output --partial "SQL by $2"
    jq -e '.fingerprint.depth == "content"' "$(published)/manifest.json"
}

# was_called ADDRESS...: the impostor was reached there, so that what it did not hear means something
was_called() {
    local address
    for address in "$@"; do
        run -0 jq -e --slurp --arg at "$address" 'any(.[]; .at == $at and .type == "startup")' "$RECORD"
    done
}

heard_nothing() {
    run -1 grep -F "$PASSWORD" "$RECORD"
    run -0 jq --slurp '[.[] | select(.type == "p")] | length' "$RECORD"
    assert_output 0
}

# --- the address, and the published port ----------------------------------------------------------------

@test "an impostor that asks for the password in clear gets none" {
    impostor cleartext
    lying_engine "$BATS_TEST_TMPDIR/engine.sock"
    DOCKER_HOST=unix://$ADDRESS backs_up scram 'tunnel by perl'
    was_called "$GATEWAY" 127.0.0.1
    heard_nothing
}

@test "an impostor that asks for an md5 digest gets none" {
    impostor md5
    lying_engine "$BATS_TEST_TMPDIR/engine.sock"
    DOCKER_HOST=unix://$ADDRESS backs_up scram 'tunnel by perl'
    was_called "$GATEWAY" 127.0.0.1
    heard_nothing
}

@test "an impostor that asks for SCRAM, over TLS too, gets not even the first message" {
    impostor scram --certs "$BATS_FILE_TMPDIR/certs"
    lying_engine "$BATS_TEST_TMPDIR/engine.sock"
    DOCKER_HOST=unix://$ADDRESS backs_up scram 'tunnel by perl'
    was_called "$GATEWAY" 127.0.0.1
    run -0 grep -c '"tls"' "$RECORD"
    heard_nothing
}

@test "an impostor that lets everybody in is asked who it is, and nothing else" {
    impostor trust
    lying_engine "$BATS_TEST_TMPDIR/engine.sock"
    DOCKER_HOST=unix://$ADDRESS backs_up trust 'tunnel by perl'
    was_called "$GATEWAY" 127.0.0.1
    run -0 jq -r 'select(.type == "Q") | .text' "$RECORD"
    refute_output --regexp '(FROM|BEGIN|SET ) '
    assert_equal "$(grep -c pg_postmaster_start_time <<< "$output")" "$(grep -c '"Q"' "$RECORD")"
    heard_nothing
}

@test "a password that is known but was not needed goes to no impostor either" {
    impostor cleartext
    lying_engine "$BATS_TEST_TMPDIR/engine.sock"
    DOCKER_HOST=unix://$ADDRESS backs_up trust 'tunnel by perl'
    was_called "$GATEWAY" 127.0.0.1
    heard_nothing
}

# --- elsewhere ----------------------------------------------------------------------------------------------

@test "the addresses of an engine elsewhere are not even called" {
    impostor cleartext
    lying_engine tcp
    DOCKER_HOST=tcp://$ADDRESS backs_up trust 'tunnel by perl'
    DOCKER_HOST=tcp://$ADDRESS run -0 pgkeep --verbose backup "$(target scram)/postgres"
    assert_output --partial 'SQL by tunnel by perl'
    assert_equal "$(cat "$RECORD")" ""
}

@test "an address on none of our networks is not called" {
    GATEWAY=203.0.113.7 lying_engine "$BATS_TEST_TMPDIR/engine.sock"
    DOCKER_HOST=unix://$ADDRESS backs_up trust 'tunnel by perl'
    assert_output --partial '203.0.113.7: no network of this host or container'
}

# --- 127.0.0.1 in a network namespace that is shared ----------------------------------------------------

@test "on the host's network the server's free port may be anybody's: the socket is the way" {
    impostor cleartext
    backs_up host 'tunnel by perl'
    was_called 127.0.0.1
    heard_nothing
}

@test "a relay that cannot speak to the socket takes no password to 127.0.0.1: psql is the way" {
    impostor cleartext
    # Debian's pg_dump needs /usr/bin/perl; a relay is the first perl of PATH
    docker exec "$(target host)" sh -c 'cd /usr/local/bin && echo "exit 1" > perl && chmod 755 perl'
    run pgkeep --verbose backup "$(target host)/postgres"
    docker exec "$(target host)" rm /usr/local/bin/perl
    echo "$output"
    cat "$RECORD"
    assert_success
    assert_output --regexp 'SQL by psql'
    assert_output --partial 'tunnel by bash'
    was_called 127.0.0.1
    heard_nothing
}

# --- that the tests can fail ------------------------------------------------------------------------------

@test "the impostor writes down what a client tells it" {
    local auth
    for auth in cleartext md5 scram; do
        impostor "$auth"
        run docker run --rm --network host --label "$LABEL=1" --env PGPASSWORD="$PASSWORD" "$(image_of 17)" \
            psql -h 127.0.0.1 -p "$PORT" -U postgres -c 'SELECT 1'
        kill "${PIDS[-1]}"
        wait "${PIDS[-1]}" || true
    done
    run -0 jq -r 'select(.type == "p") | .text' "$RECORD"
    assert_output --partial "$PASSWORD"
    assert_output --regexp 'md5[0-9a-f]{32}'
    assert_output --partial SCRAM-SHA-256
}
