#!/usr/bin/env bats
# How pgkeep gets in: without a password where it can, with the target's own where it must, and never so that
# another could read it.

load lib/equality
load lib/servers

# All that a shell, a connection string, a pg_hba line or JSON could stumble over.
PASSWORD="p w'\"\\\$HOME \`id\` %41 ü☃ #=;"

setup_file() {
    load helper
    suite_begin
    printf '%s\n' "$PASSWORD" > "$BATS_FILE_TMPDIR/secret"
    chmod 0644 "$BATS_FILE_TMPDIR/secret"
    # scram on every line, the socket's too; nobody gets in without the password
    run_pg env 17 --label pgkeep-test.user=none --env POSTGRES_PASSWORD="$PASSWORD" \
        --env POSTGRES_INITDB_ARGS=--auth=scram-sha-256
    run_pg file 15 --label pgkeep-test.user=none --env POSTGRES_PASSWORD= \
        --env POSTGRES_PASSWORD_FILE=/run/secrets/pw --volume "$BATS_FILE_TMPDIR/secret:/run/secrets/pw:ro" \
        --env POSTGRES_INITDB_ARGS=--auth=scram-sha-256
    run_pg peer 17 --label pgkeep-test.user=none --env POSTGRES_INITDB_ARGS="--auth-local=peer --auth-host=scram-sha-256"
    run_pg owner 17 --label pgkeep-test.user=own-er --env "POSTGRES_USER=own-er" --env POSTGRES_DB=shop
    run_pg port 17 --label pgkeep-test.user=none --env PGPORT=5999
    run_pg flag 17 --label pgkeep-test.user=none --label pgkeep.port=6000 -- -p 6000
    # bitnami's names for the same things; our entrypoint takes them for nothing
    run_pg bitnami 17 --label pgkeep-test.user=none --env POSTGRES_PASSWORD= --env POSTGRES_HOST_AUTH_METHOD=trust \
        --env POSTGRESQL_USERNAME=shopper --env POSTGRESQL_PASSWORD="$PASSWORD" --env POSTGRESQL_DATABASE=shop
    local name
    for name in env file peer owner bitnami; do wait_pg "$name"; done
    wait_for 60 docker exec "$(target port)" pg_isready -q -h 127.0.0.1 -p 5999
    wait_for 60 docker exec "$(target flag)" pg_isready -q -h 127.0.0.1 -p 6000
    sql bitnami postgres < <(printf '%s\n' "\\set password '${PASSWORD//[\\\']/\\&}'" \
        "CREATE ROLE shopper LOGIN PASSWORD :'password';" "CREATE DATABASE shop OWNER shopper;" \
        "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;")
    # its images have no system user postgres either
    docker exec "$(target bitnami)" sh -c 'echo "local all all scram-sha-256
host all all all scram-sha-256" > "$PGDATA/pg_hba.conf"; kill -HUP 1
        sed -i "s/^postgres:/nobody-else:/" /etc/passwd'
    for name in env file peer owner port flag bitnami; do watch_server "$name"; done
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    end_unharmed
}

# backs_up NAME DATABASE [ARGUMENT...]: and what it wrote holds the password nowhere
backs_up() {
    local name=$1 database=$2
    shift 2
    run pgkeep --verbose backup "$(target "$name")/$database" "$@"
    assert_success
    refute_output --partial "$PASSWORD"
    assert_equal "$(published | wc -l)" 1
    run -0 pgkeep verify --all
    assert_equal "$(grep -rlF -- "$PASSWORD" "$REPO")" ""
}

@test "local trust is used where it works, so that no password is needed" {
    run -0 pgkeep --verbose backup "$(target owner)/shop"
    assert_output --regexp "connected by socket"
    refute_output --partial "password"
}

@test "POSTGRES_USER is the role, and the database is found" {
    backs_up owner shop
    assert_equal "$(jq -r .owner "$(published)/manifest.json")" own-er
}

@test "POSTGRES_PASSWORD, with scram on every line" {
    backs_up env postgres
}

@test "POSTGRES_PASSWORD_FILE, a secret read inside the container" {
    backs_up file postgres
}

@test "bitnami's names, for a user who may enter his own database alone" {
    backs_up bitnami shop
    assert_equal "$(jq -r .owner "$(published)/manifest.json")" shopper
}

@test "peer on the socket lets the image's postgres in" {
    backs_up peer postgres
}

@test "another port, from PGPORT, from a label, from a flag" {
    backs_up port postgres
    rm -r "${REPO:?}"/*
    backs_up flag postgres
    rm -r "${REPO:?}"/*
    backs_up flag postgres --port 6000
    PGKEEP_TIMEOUT=1s run -6 pgkeep backup "$(target flag)/postgres" --port 6001
    assert_output --partial "6001"
}

@test "a password from a file where pgkeep runs, by flag and by environment" {
    sed 's/$//' "$BATS_FILE_TMPDIR/secret" > "$BATS_TEST_TMPDIR/pw"
    backs_up env postgres --password-from "$BATS_TEST_TMPDIR/pw"
    rm -r "${REPO:?}"/*
    PGKEEP_PASSWORD_FILE="$BATS_TEST_TMPDIR/pw" backs_up env postgres
}

@test "a password from a file that a label or flag names inside the target" {
    docker exec --interactive "$(target env)" sh -c 'cat > /tmp/pw' < "$BATS_FILE_TMPDIR/secret"
    backs_up env postgres --password-file-in-target /tmp/pw
    docker exec "$(target env)" rm /tmp/pw
}

@test "restore and restore test get in with the password too" {
    local server
    server=$(target env)
    backs_up env postgres
    run -0 pgkeep restore "$server/postgres" --into "$server/copy"
    run -0 pgkeep test "$server/postgres" --in database
    run -0 pgkeep test "$server/postgres"
    run -0 pgkeep restore "$server/postgres" --into "$server/copy" --replace --drop-old --jobs 2
}

@test "a wrong password says so, exits 1, and publishes nothing" {
    echo "wrong pass" > "$BATS_TEST_TMPDIR/pw"
    run -1 pgkeep backup "$(target env)/postgres" --password-from "$BATS_TEST_TMPDIR/pw"
    assert_output --partial 'password authentication failed for user "postgres"'
    assert_output --partial "hint: check the user and password"
    refute_output --partial "wrong pass"
    assert_equal "$(published)$(partials)" ""
}

@test "a password with a line break in it is refused" {
    printf 'one\ntwo\n' > "$BATS_TEST_TMPDIR/pw"
    run -2 pgkeep backup "$(target env)/postgres" --password-from "$BATS_TEST_TMPDIR/pw"
    assert_output --partial "line break"
    assert_equal "$(published)$(partials)" ""
}

# psql in that container, as the one user whom it lets in
with_password() {
    docker exec --env PGPASSWORD="$PASSWORD" "$(target env)" psql -U postgres -Xqc "$1"
}

runs_tool() {
    processes "$(target env)" | grep -E "(^|[ /])$1( |$)"
}

# see_while TOOL COMMAND...: what another user of this machine can look at while the tool runs, which waits for a
# lock that we hold
see_while() {
    local tool=$1 pid
    shift
    "$@" > "$BATS_TEST_TMPDIR/log" 2>&1 &
    pid=$!
    wait_for 30 runs_tool "$tool"
    ps -eww -o args >> "$BATS_TEST_TMPDIR/seen"
    processes "$(target env)" >> "$BATS_TEST_TMPDIR/seen"
    with_password "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
    wait "$pid"
}

@test "no password shows in a process list or in what the engine tells of an exec" {
    local since until server
    server=$(target env)
    since=$(date +%s.%N)
    docker exec --detach --env PGPASSWORD="$PASSWORD" "$server" psql -U postgres \
        -c "BEGIN; LOCK TABLE pg_catalog.pg_policy; SELECT pg_sleep(60)"
    wait_for 20 runs_tool psql
    # -- the words of the dump itself, not of the probe that pgkeep sends ahead
    see_while 'pg_dump --format=custom --no-password' "$PGKEEP" backup "$server/postgres"
    run -0 pgkeep restore "$server/postgres" --into "$server/seen" --jobs 2
    until=$(date +%s.%N)
    docker exec --env PGPASSWORD="$PASSWORD" "$server" dropdb -U postgres seen
    docker events --since "$since" --until "$until" --filter "container=$server" --format '{{json .}}' \
        > "$BATS_TEST_TMPDIR/events"
    # The watching saw what there was to see ...
    assert [ "$(grep -c exec_create "$BATS_TEST_TMPDIR/events")" -gt 5 ]
    run -0 grep -E "(^|/)pg_dump .*--format=custom" "$BATS_TEST_TMPDIR/seen"
    # ... and the password was not in it, in whole or in its plainest part.
    run -1 grep -F 'p w' "$BATS_TEST_TMPDIR/events"
    run -1 grep -F "p w'" "$BATS_TEST_TMPDIR/seen"
    run -1 grep -E 'PGPASSWORD=[^"]' "$BATS_TEST_TMPDIR/events"
}

@test "who finds no way in is told so, also where the image has no system user postgres" {
    start_pg nameless 15 --env POSTGRES_PASSWORD= --env POSTGRES_HOST_AUTH_METHOD=trust
    docker exec --user root "$(target nameless)" sh -c 'sed -i "s/^postgres:/nobody-else:/" /etc/passwd
        echo "local all all scram-sha-256" > "$PGDATA/pg_hba.conf"; kill -HUP 1'
    wait_for 10 refused_at_socket nameless
    run -1 pgkeep backup "$(target nameless)" --timeout 30s
    echo "$output"
    assert_output --partial 'no way in as user "postgres"'
    assert_output --partial "hint: give the user"
}

refused_at_socket() {
    ! docker exec "$(target "$1")" psql -w -U postgres -c "SELECT 1"
}
