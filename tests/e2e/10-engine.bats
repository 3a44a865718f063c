#!/usr/bin/env bats
# tests/e2e/10-engine.bats: docker-api against a real engine, through tools/engine_probe.c.
#
# Faults come from tests/fake/engine.py, TLS from tests/fake/tls_relay.py, both before the same
# real engine. Needs the image pgkeep-test/debian:bookworm (scripts/images).

# LABELS is several words on purpose; bats sets stderr and stops at a failing cd; cmp reads what the
# pipe's beginning reads.
# shellcheck disable=SC2086,SC2154,SC2164,SC2094

bats_require_minimum_version 1.5.0

setup_file() {
    ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export ROOT
    export LIBRARY=${PGKEEP_LIBRARY:-$ROOT/build/libpgkeep.a}
    export PROBE=$BATS_FILE_TMPDIR/probe
    export CONTAINER=pgkeep-test-engine-$$
    export BIG=$BATS_FILE_TMPDIR/big
    local sanitize=() packages=(libcurl jansson zlib libssl libcrypto libzstd liblz4 inih)

    [ -e "$LIBRARY" ] || make -C "$ROOT" "${LIBRARY#"$ROOT"/}"
    if nm "$LIBRARY" 2>/dev/null | grep -q __asan_init; then
        sanitize=(-fsanitize=address -fsanitize=undefined)
    fi
    # shellcheck disable=SC2046
    cc -std=gnu17 -D_GNU_SOURCE -I"$ROOT" "${sanitize[@]}" -g -o "$PROBE" \
        "$BATS_TEST_DIRNAME/tools/engine_probe.c" "$LIBRARY" \
        $(pkg-config --cflags --libs "${packages[@]}") -lpthread
    chmod 755 "$BATS_FILE_TMPDIR" "$PROBE"
    head -c 100000000 /dev/urandom >"$BIG"
    # The second and third label are what scripts/test clears by, if this file is killed.
    export LABELS="--label pgkeep.test=1 --label pgkeep-test=1 --label pgkeep-test.run=${RUN_ID:-r$$}"
    docker run -d --name "$CONTAINER" $LABELS --network none --stop-signal KILL \
        pgkeep-test/debian:bookworm sleep infinity
}

teardown_file() {
    docker rm -f -v "$CONTAINER" >/dev/null 2>&1 || true
}

setup() {
    SERVER=
    EXTRA=
}

teardown() {
    if [ -n "$SERVER" ]; then
        kill "$SERVER" 2>/dev/null || true
        wait "$SERVER" 2>/dev/null || true
    fi
    if [ -n "$EXTRA" ]; then
        docker rm -f -v "$EXTRA" >/dev/null 2>&1 || true
    fi
}

# Starts a server that prints "listening on ADDRESS"; ADDRESS says where.
serve() {
    local out=$BATS_TEST_TMPDIR/listening

    : >"$out"
    "$@" >"$out" 2>"$BATS_TEST_TMPDIR/server.log" 3>&- &
    SERVER=$!
    for _ in $(seq 100); do
        ADDRESS=$(sed -n 's/^listening on //p' "$out")
        [ -z "$ADDRESS" ] || return 0
        sleep 0.05
    done
    cat "$BATS_TEST_TMPDIR/server.log"
    return 1
}

# with_fault FAULT [WORD]: DOCKER_HOST is an engine with that fault in execs that contain WORD.
with_fault() {
    serve python3 "$ROOT/tests/fake/engine.py" --listen "$BATS_TEST_TMPDIR/fake.sock" \
        --fault "$1" --match "${2:-}"
    export DOCKER_HOST=unix://$ADDRESS
}

# The probe must end with an error of that kind; its text is then in $stderr.
fails_as() {
    local kind=$1

    shift
    run --separate-stderr timeout 30 "$PROBE" "$@"
    echo "status $status: $stderr"
    [ "$status" -eq 99 ]
    [[ "$stderr" == "$kind: "* ]]
}

ends_with() {
    local code=$1

    shift
    run --separate-stderr timeout 60 "$PROBE" "$@"
    echo "status $status: $output $stderr"
    [ "$status" -eq "$code" ]
}

make_certificates() {
    local folder=$1

    mkdir -p "$folder"
    (
        cd "$folder"
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -days 2 \
            -subj "/CN=pgkeep test CA"
        echo "subjectAltName=IP:127.0.0.1" >san
        for name in server client; do
            openssl req -newkey rsa:2048 -nodes -keyout $name-key.pem -out $name.csr \
                -subj "/CN=$name"
            openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial \
                -days 2 -extfile san -out $name-cert.pem
        done
        cp client-cert.pem cert.pem
        cp client-key.pem key.pem
    ) 2>/dev/null
}

with_tls() {
    CERTS=$BATS_FILE_TMPDIR/certs
    [ -e "$CERTS/cert.pem" ] || make_certificates "$CERTS"
    serve python3 "$ROOT/tests/fake/tls_relay.py" --certs "$CERTS"
    export DOCKER_HOST=tcp://$ADDRESS DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$CERTS
}

@test "every byte value comes through an exec unchanged" {
    # shellcheck disable=SC2016
    "$PROBE" exec "$CONTAINER" perl -e 'print map chr, 0..255' >"$BATS_TEST_TMPDIR/got"
    perl -e 'print map chr, 0..255' | cmp - "$BATS_TEST_TMPDIR/got"
}

@test "stdout and stderr stay apart, and the exit code comes back" {
    ends_with 7 exec "$CONTAINER" sh -c 'echo out; echo err >&2; exit 7'
    [ "$output" = out ]
    [ "$stderr" = err ]
}

@test "100 MB of input come back through cat, and half-close ends it" {
    timeout 60 "$PROBE" exec-input "$CONTAINER" cat <"$BIG" | cmp - "$BIG"
}

@test "a command that ends without reading its input is no error" {
    for _ in 1 2 3 4 5; do
        ends_with 0 exec-input "$CONTAINER" true <"$BIG"
        ends_with 3 exec-input "$CONTAINER" sh -c 'exit 3' <"$BIG"
        ends_with 4 exec-input "$CONTAINER" sh -c 'head -c 1000 >/dev/null; exit 4' <"$BIG"
    done
}

@test "input that is held open keeps the command's stdin open" {
    # read -t fails with more than 128 when the time is over, with 1 at the end of the input.
    ends_with 9 exec-hold "$CONTAINER" bash -c 'read -r a; read -t 1 -r b; [ $? -gt 128 ] && exit 9' \
        < <(echo line)
}

@test "user and folder of an exec are honoured" {
    export PROBE_USER=nobody PROBE_WORKDIR=/usr
    ends_with 0 exec "$CONTAINER" sh -c 'id -un; pwd'
    [ "$output" = "nobody
/usr" ]
}

@test "an error of the receiver ends the exec at once and is given back" {
    PROBE_FULL=1 fails_as NO_SPACE exec "$CONTAINER" sh -c 'echo x; sleep 60'
}

@test "an exec that takes too long times out" {
    PROBE_TIMEOUT_MS=500 fails_as TIMEOUT exec "$CONTAINER" sleep 60
}

@test "an interrupt ends a waiting exec and a waiting event stream" {
    local began

    began=$(date +%s%3N)
    run --separate-stderr timeout --preserve-status --signal=INT 1 "$PROBE" exec "$CONTAINER" sleep 60
    [[ "$stderr" == "INTERRUPTED: "* ]]
    run --separate-stderr timeout --preserve-status --signal=TERM 1 "$PROBE" events no-such-name 0
    [[ "$stderr" == "INTERRUPTED: "* ]]
    [ $(($(date +%s%3N) - began)) -lt 4000 ]
}

@test "no such container is said with a hint, for every call" {
    for call in "exec no-such-one true" "inspect no-such-one" "stop no-such-one" \
        "logs no-such-one 5" "wait no-such-one"; do
        fails_as NOT_FOUND $call
        [[ "$stderr" == *"no such container: no-such-one"*"hint: "*"pgkeep targets"* ]]
    done
}

@test "names that need escaping cannot leave their place in the path" {
    fails_as NOT_FOUND inspect "../images/json?x=1"
    fails_as NOT_FOUND inspect ""
}

@test "a container lives its life: create, start, exec refused, logs, wait, stop, remove" {
    EXTRA=$CONTAINER-life
    "$PROBE" create "$EXTRA" '{"Image": "pgkeep-test/debian:bookworm",
        "Labels": {"pgkeep.test": "1"}, "StopSignal": "KILL",
        "Cmd": ["sh", "-c", "echo one; echo two >&2; echo three; exec sleep infinity"]}'
    fails_as CONFLICT exec "$EXTRA" true
    [[ "$stderr" == *"is not running"*"hint: "* ]]
    ends_with 0 start "$EXTRA"
    ends_with 0 start "$EXTRA"
    ends_with 0 archive-stat "$EXTRA" /etc/passwd
    sleep 0.5
    ends_with 0 logs "$EXTRA" 2
    [ "$(wc -l <<<"$output")" -eq 2 ]
    ends_with 0 logs "$EXTRA" 10
    [ "$(sort <<<"$output" | tr '\n' ' ')" = "one three two " ]
    ends_with 0 stop "$EXTRA"
    ends_with 0 stop "$EXTRA"
    ends_with 0 wait "$EXTRA"
    [ "$output" = 137 ]
    run --separate-stderr "$PROBE" events "$EXTRA" 5000
    [ "$status" -eq 0 ]
    [[ "$output" == *"create /$EXTRA"*"start /$EXTRA"*"die /$EXTRA"* ]]
    ends_with 0 remove "$EXTRA"
    ends_with 0 remove "$EXTRA"
}

@test "logs of a container with a terminal come without frames" {
    EXTRA=$CONTAINER-tty
    docker run -d -t --name "$EXTRA" $LABELS pgkeep-test/debian:bookworm echo hello
    ends_with 0 wait "$EXTRA"
    ends_with 0 logs "$EXTRA" 5
    [ "$output" = $'hello\r' ]
}

@test "events end at their deadline without an error" {
    ends_with 0 events no-such-name 700
}

@test "archives go in and out, also where no command could run" {
    EXTRA=$CONTAINER-archive
    docker create --name "$EXTRA" $LABELS pgkeep-test/debian:bookworm true
    tar c -C "$BATS_FILE_TMPDIR" big | "$PROBE" archive-put "$EXTRA" /tmp
    "$PROBE" archive-get "$EXTRA" /tmp/big | tar xO | cmp - "$BIG"
    fails_as NOT_FOUND archive-stat "$EXTRA" /no/such
    fails_as NOT_FOUND archive-get "$EXTRA" /no/such
    tar c -C "$BATS_FILE_TMPDIR" big >"$BATS_TEST_TMPDIR/tar"
    fails_as NOT_FOUND archive-put "$EXTRA" /no/such <"$BATS_TEST_TMPDIR/tar"
    [[ "$stderr" == *"/no/such"* ]]
}

@test "images are inspected; one that is not there is not found" {
    ends_with 0 image-inspect pgkeep-test/debian:bookworm
    [[ "$output" == *'"Id": "sha256:'* ]]
    fails_as NOT_FOUND image-inspect pgkeep-test/no-such
}

@test "version, info, disk usage and the list are read" {
    for call in version info df list; do
        ends_with 0 "$call"
        python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output"
    done
}

@test "over TLS with client certificates: calls, 100 MB round trip, half-close" {
    with_tls
    ends_with 0 api
    timeout 90 "$PROBE" exec-input "$CONTAINER" cat <"$BIG" | cmp - "$BIG"
    ends_with 5 exec-input "$CONTAINER" sh -c 'cat >/dev/null; exit 5' <<<"few bytes"
    ends_with 0 exec-input "$CONTAINER" true <"$BIG"
}

@test "TLS that does not fit says what does not" {
    with_tls
    mkdir -p "$BATS_TEST_TMPDIR"/{none,empty}
    cp "$CERTS/ca.pem" "$BATS_TEST_TMPDIR/none"
    make_certificates "$BATS_TEST_TMPDIR/other"
    DOCKER_CERT_PATH=$BATS_TEST_TMPDIR/other fails_as DENIED api
    [[ "$stderr" == *"not trusted"*"hint: "*ca.pem* ]]
    DOCKER_CERT_PATH=$BATS_TEST_TMPDIR/none fails_as CUT api
    [[ "$stderr" == *"hint: "*"client's certificate"* ]]
    DOCKER_CERT_PATH=$BATS_TEST_TMPDIR/empty fails_as USAGE api
    [[ "$stderr" == *"empty/ca.pem"* ]]
    unset DOCKER_TLS_VERIFY DOCKER_CERT_PATH
    fails_as CUT api
    [[ "$stderr" == *"hint: "*DOCKER_TLS_VERIFY* ]]
}

@test "https:// checks the certificate, with and without DOCKER_TLS_VERIFY" {
    with_tls
    make_certificates "$BATS_TEST_TMPDIR/other"
    # our own certificate, which this engine takes, but another's authority, or none
    cp "$CERTS"/{cert,key}.pem "$BATS_TEST_TMPDIR/other"
    mkdir -p "$BATS_TEST_TMPDIR/none"
    cp "$CERTS"/{cert,key}.pem "$BATS_TEST_TMPDIR/none"
    export DOCKER_HOST=https://$ADDRESS DOCKER_TLS_VERIFY=
    for DOCKER_CERT_PATH in "$BATS_TEST_TMPDIR"/{other,none}; do
        fails_as DENIED api
        [[ "$stderr" == *"not trusted"*"hint: "*DOCKER_CERT_PATH*ca.pem* ]]
    done
    unset DOCKER_TLS_VERIFY
    HOME=$BATS_TEST_TMPDIR/none fails_as DENIED api
    DOCKER_CERT_PATH=$CERTS
    ends_with 0 api
    # right authority, wrong name
    DOCKER_HOST=https://localhost:${ADDRESS##*:} fails_as DENIED api
    [[ "$stderr" == *"not trusted"* ]]
    DOCKER_TLS_VERIFY=1 ends_with 0 api
}

@test "tcp:// with certificates but no DOCKER_TLS_VERIFY goes on, as with docker, and warns" {
    with_tls
    DOCKER_TLS_VERIFY='' ends_with 0 api
    [[ "$stderr" == *"is not checked"*DOCKER_TLS_VERIFY=1* ]]
}

@test "a proxy of the environment gets nothing to see" {
    with_fault no-ping-version
    export http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1
    ends_with 0 api
    kill "$SERVER"
    wait "$SERVER" || true
    with_tls
    export https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1
    ends_with 0 api
    ends_with 3 exec-input "$CONTAINER" sh -c 'exit 3' <<<""
}

@test "an engine that nobody runs: refused, absent, unknown host, impossible address" {
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' \
        "$BATS_TEST_TMPDIR/dead.sock"
    DOCKER_HOST=unix://$BATS_TEST_TMPDIR/dead.sock fails_as UNREACHABLE api
    [[ "$stderr" == *"Connection refused"*"hint: is the engine running?"* ]]
    DOCKER_HOST=unix://$BATS_TEST_TMPDIR/none.sock fails_as UNREACHABLE api
    [[ "$stderr" == *"No such file"*"hint: is the engine running?"* ]]
    DOCKER_HOST=tcp://127.0.0.1:1 fails_as UNREACHABLE api
    DOCKER_HOST=tcp://no-such-host.invalid:2375 fails_as UNREACHABLE api
    DOCKER_HOST=ssh://somewhere fails_as USAGE api
}

@test "a socket without permission says which group has it" {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    # The folders above may be closed to others.
    cp "$PROBE" /tmp/pgkeep-test-probe-$$
    run --separate-stderr setpriv --reuid=nobody --regid=nogroup --clear-groups \
        /tmp/pgkeep-test-probe-$$ api
    rm -f /tmp/pgkeep-test-probe-$$
    [ "$status" -eq 99 ]
    [[ "$stderr" == "DENIED: permission denied on the engine's socket"*"hint: "*group_add* ]]
}

@test "an engine whose newest version is 1.41 works, with 1.41" {
    with_fault api-max=1.41
    ends_with 0 api
    [ "$output" = 1.41 ]
    ends_with 6 exec "$CONTAINER" sh -c 'exit 6'
}

@test "an engine whose oldest version is 1.44 works, with our newest" {
    with_fault api-min=1.44
    ends_with 0 api
    [ "$output" = 1.51 ]
    ends_with 6 exec "$CONTAINER" sh -c 'exit 6'
}

@test "an engine too old or too new is refused" {
    with_fault api-max=1.40
    fails_as UNSUPPORTED api
    [[ "$stderr" == *1.40*1.41*"hint: "* ]]
    kill "$SERVER"
    wait "$SERVER" || true
    with_fault api-min=1.60
    fails_as UNSUPPORTED api
    [[ "$stderr" == *1.60*1.51*"hint: update pgkeep"* ]]
}

@test "a ping without a version, or forbidden by a socket proxy, is made up for" {
    with_fault no-ping-version
    ends_with 0 api
    kill "$SERVER"
    wait "$SERVER" || true
    with_fault forbid=_ping
    ends_with 0 exec "$CONTAINER" true
}

@test "a call that a socket proxy forbids says so" {
    with_fault forbid=/exec
    fails_as DENIED exec "$CONTAINER" true
    [[ "$stderr" == *"403 Forbidden"*"hint: "*"socket proxy"* ]]
}

@test "a proxy that answers 200 to the upgrade works, chunked or not" {
    with_fault upgrade-200
    ends_with 3 exec-input "$CONTAINER" sh -c 'cat; exit 3' <<<"through 200"
    [ "$output" = "through 200" ]
    kill "$SERVER"
    wait "$SERVER" || true
    with_fault upgrade-200-chunked
    timeout 60 "$PROBE" exec-input "$CONTAINER" cat <"$BIG" | cmp - "$BIG"
}

@test "a stream that is cut inside a frame is an error, although the command's exit code is 0" {
    for fault in cut-after-bytes=50000 cut-after-bytes=4 cut-in-header=1 cut-in-header=3 \
        drop-last-bytes=1 big-frame; do
        with_fault "$fault" head
        fails_as CUT exec "$CONTAINER" head -c 1000000 /dev/zero
        kill "$SERVER"
        wait "$SERVER" || true
    done
}

@test "a cut between two frames cannot be seen here: the exit code is 0" {
    # This is why a backup needs a complete archive as well.
    with_fault cut-after-frame=2 head
    ends_with 0 exec "$CONTAINER" head -c 1000000 /dev/zero
    [ "${#output}" -lt 1000000 ]
}

@test "frames that make no sense, and the engine's own error frame, are errors" {
    with_fault bad-stream=2 head
    fails_as PROTOCOL exec "$CONTAINER" head -c 1000000 /dev/zero
    kill "$SERVER"
    wait "$SERVER" || true
    with_fault system-error
    fails_as FAILED exec "$CONTAINER" echo something broke
    [[ "$stderr" == *"something broke"* ]]
}

@test "a 500 in JSON or HTML becomes one line" {
    for kind in json html; do
        with_fault status-500-$kind
        fails_as FAILED exec "$CONTAINER" true
        [[ "$stderr" == *"answered 500"*"fake "*" broke"* ]]
        [[ "$stderr" != *"<"* && "$stderr" != *$'\n'* ]]
        kill "$SERVER"
        wait "$SERVER" || true
    done
}

@test "an exit code that is null or absent, and a command that never ends, are errors" {
    for fault in exitcode-null exitcode-absent running-forever; do
        with_fault "$fault"
        fails_as CUT exec "$CONTAINER" true
        kill "$SERVER"
        wait "$SERVER" || true
    done
}

@test "a stream that stalls ends at the timeout" {
    with_fault stall-after-bytes=5000
    PROBE_TIMEOUT_MS=1000 fails_as TIMEOUT exec "$CONTAINER" head -c 100000 /dev/zero
}

@test "a container killed in the middle is an error, not an end" {
    EXTRA=$CONTAINER-killed
    docker run -d --name "$EXTRA" $LABELS pgkeep-test/debian:bookworm sleep infinity
    (
        sleep 1
        docker kill "$EXTRA" >/dev/null
    ) 3>&- &
    local killer=$!
    run --separate-stderr timeout 30 "$PROBE" exec "$EXTRA" sleep 30
    wait "$killer"
    echo "status $status: $stderr"
    # The engine either knows the exit code 137 or has lost the exec with its container.
    [ "$status" -eq 137 ] || [[ "$stderr" == "CUT: "* ]]
}
