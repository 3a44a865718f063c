#!/usr/bin/env bats
# Ready means ready: wait speaks only when the final server answers, and ends at once where it never will.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
}

setup() {
    load helper
    load lib/fault-common
    test_begin
}

teardown_file() {
    load helper
    suite_end
}

# slow_init: prints a folder of init files that take some seconds, with a row at their end
slow_init() {
    local folder="$BATS_TEST_TMPDIR/init"
    mkdir -p "$folder"
    echo "CREATE TABLE done (what text);" > "$folder/10.sql"
    echo "sleep 2" > "$folder/20.sh"
    echo "INSERT INTO done SELECT 'all' FROM pg_sleep(1.5);" > "$folder/30.sql"
    echo "$folder:/docker-entrypoint-initdb.d:ro"
}

# Over the socket, which the final server without TCP has too.
ask() {
    docker exec "$(target "$1")" psql -U postgres -XAtc "$2"
}

# The server that wait called ready has all of the init data, and stays.
assert_final() {
    local started
    started=$(ask "$1" "SELECT pg_postmaster_start_time()")
    assert_equal "$(ask "$1" "SELECT what FROM done")" all
    sleep 2
    assert_equal "$(ask "$1" "SELECT pg_postmaster_start_time()")" "$started"
}

@test "wait outlasts the temporary server of the first start" {
    local major
    for major in 13 15 17; do
        # -- not every machine has made the oldest one
        docker image inspect "$(image_of "$major")" > /dev/null 2>&1 || continue
        run_pg "first$major" "$major" --volume "$(slow_init)"
    done
    for major in 17 15 13; do
        docker container inspect "$(target "first$major")" > /dev/null 2>&1 || continue
        run -0 pgkeep wait "$(target "first$major")"
        assert_output --partial "is ready: PostgreSQL $major"
        assert_final "first$major"
        assert_server_undisturbed "first$major"
    done
}

@test "wait outlasts it too where the final server listens on no TCP" {
    run_pg silent 17 --volume "$(slow_init)" -- -c listen_addresses=
    run -0 pgkeep wait "$(target silent)"
    assert_final silent
    assert_server_undisturbed silent
    run -0 pgkeep backup "$(target silent)/postgres"
}

@test "wait outlasts a container that is yet to start" {
    run_pg later 15
    docker stop "$(target later)" > /dev/null
    docker rm "$(target later)" > /dev/null
    docker create --name "$(target later)" --label "$LABEL.file=$FILE_ID" --env POSTGRES_PASSWORD=secret \
        "$(image_of 15)" > /dev/null
    start_pgkeep wait "$(target later)"
    sleep 1
    docker start "$(target later)" > /dev/null
    await_pgkeep
    assert_equal "$status" 0
    assert_output --partial "is ready"
}

@test "wait on a server that is up returns soon, and says so in JSON" {
    start_pg up 17
    local before
    before=$(now_ms)
    run -0 --separate-stderr pgkeep wait "$(target up)" --json
    [[ $(($(now_ms) - before)) -lt 5000 ]]
    assert_equal "$(jq -r .ready <<< "$output")" true
    docker restart --time 10 "$(target up)" > /dev/null
    run -0 pgkeep wait "$(target up)"
    assert_server_undisturbed up
}

# ends_at_once STATUS NAME
ends_at_once() {
    local before
    before=$(now_ms)
    run "-$1" pgkeep wait "$(target "$2")" --timeout 60s
    echo "$output"
    [[ $(($(now_ms) - before)) -lt 20000 ]]
}

@test "an unhealthy container ends the wait at once, with its last log lines" {
    run_pg sick 17 --health-cmd "exit 1" --health-interval 1s --health-retries 1
    ends_at_once 1 sick
    assert_output --partial "is unhealthy"
    assert_output --partial "last log lines"
}

@test "a healthy container is waited for until its health check has passed" {
    run_pg well 17 --health-interval 1s --health-start-period 20s \
        --health-cmd 'test -e /tmp/well && pg_isready -q -h 127.0.0.1'
    wait_pg well
    run -6 pgkeep wait "$(target well)" --timeout 2s
    assert_output --partial "health"
    docker exec "$(target well)" touch /tmp/well
    run -0 pgkeep wait "$(target well)"
}

@test "a container that exits ends the wait at once, with its last log lines" {
    mkdir "$BATS_TEST_TMPDIR/broken"
    printf 'sleep 1\necho the init file gives up\nexit 3\n' > "$BATS_TEST_TMPDIR/broken/10.sh"
    run_pg broken 15 --volume "$BATS_TEST_TMPDIR/broken:/docker-entrypoint-initdb.d:ro"
    ends_at_once 1 broken
    assert_output --partial "exited with status 3"
    assert_output --partial "the init file gives up"
    # -- and so when it has exited before
    ends_at_once 1 broken
    assert_output --partial "is not running"
}

@test "a paused container ends the wait at once" {
    start_pg still 15
    docker pause "$(target still)" > /dev/null
    ends_at_once 1 still
    assert_output --partial "is paused"
    docker unpause "$(target still)" > /dev/null
    run -0 pgkeep wait "$(target still)"
}

@test "a container that restarts again and again is timed out, with its last log lines" {
    run_pg loop 15 --restart always --env POSTGRES_PASSWORD=
    run -6 pgkeep wait "$(target loop)" --timeout 4s
    assert_output --partial "not ready after"
    assert_output --partial "POSTGRES_PASSWORD"
}

@test "a server that is locked to us is timed out or refused with the server's words" {
    run_pg shut 15 --env POSTGRES_INITDB_ARGS="--auth-host=reject --auth-local=reject"
    run pgkeep wait "$(target shut)" --timeout 6s
    echo "$output"
    [[ $status -eq 6 || $status -eq 1 ]]
}

@test "no such container, and one that is no PostgreSQL, end the wait at once" {
    local before
    before=$(now_ms)
    run -2 pgkeep wait no-such-container-anywhere
    assert_output --partial "no-such-container-anywhere"
    docker run --detach --name "$(target other)" --label "$LABEL.file=$FILE_ID" --entrypoint sleep \
        "$(image_of 15)" 300 > /dev/null
    docker run --detach --name "$(target plain)" --label "$LABEL.file=$FILE_ID" --network none \
        pgkeep-test/debian:bookworm sleep 300 > /dev/null
    run pgkeep wait "$(target plain)" --timeout 20s
    echo "$output"
    [[ $status -eq 1 || $status -eq 2 ]]
    assert_output --partial "PostgreSQL"
    [[ $(($(now_ms) - before)) -lt 15000 ]]
    docker kill "$(target other)" > /dev/null
    run -1 pgkeep wait "$(target other)"
    assert_output --partial "is not running"
}

@test "SIGINT ends a wait at once" {
    run_pg endless 15 --volume "$(slow_init)"
    start_pgkeep wait "$(target endless)"
    sleep 1
    end_pgkeep INT
    assert_equal "$status" 130
}
