#!/usr/bin/env bats
# The ground that all other end-to-end tests stand on: the binary runs, and the PostgreSQL image behaves as
# the official one does.

setup_file() {
    load helper
    suite_begin
    start_pg main 17 --env POSTGRES_DB=app --env POSTGRES_USER=owner
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    suite_end
}

@test "the program says its version" {
    run -0 pgkeep --version
    assert_output --partial "$(cat "$PROJECT/VERSION")"
}

@test "the program without a command shows its usage and exits 2" {
    run -2 pgkeep
    assert_output --partial "pgkeep"
}

@test "an unknown command exits 2 and changes nothing" {
    run -2 pgkeep bakcup
    assert_output --partial "backup"
    assert_equal "$(find "$REPO" -mindepth 1)" ""
}

# bats test_tags=no-sanitize
@test "the image makes the user and the database that it is asked for" {
    PG_USER=owner run -0 sql main app "SELECT current_user, current_database()"
    assert_output "owner|app"
}

# bats test_tags=no-sanitize
@test "the image's server is process 1" {
    run -0 docker exec "$(target main)" cat /proc/1/comm
    assert_output postgres
}

# bats test_tags=no-sanitize
@test "the image trusts its own socket and loopback, and asks other hosts for a password" {
    local address
    address=$(docker inspect --format '{{.NetworkSettings.IPAddress}}' "$(target main)")
    run -0 docker exec "$(target main)" psql -U owner -d app -c "SELECT 1"
    run -0 docker exec "$(target main)" psql -h 127.0.0.1 -U owner -d app -c "SELECT 1"
    run ! docker exec --env PGPASSWORD=wrong "$(target main)" psql -h "$address" -U owner -d app -c "SELECT 1"
    run -0 docker exec --env PGPASSWORD=secret "$(target main)" psql -h "$address" -U owner -d app -c "SELECT 1"
}

# bats test_tags=no-sanitize
@test "the image's locale and contrib extensions are there" {
    PG_USER=owner run -0 sql main app "SELECT datcollate FROM pg_database WHERE datname = 'app'"
    assert_output "en_US.utf8"
    PG_USER=owner run -0 sql main app "CREATE EXTENSION hstore; CREATE EXTENSION pgcrypto; CREATE EXTENSION pg_trgm"
}

# bats test_tags=no-sanitize
@test "the temporary server of the first start listens on the socket only, and init files run in it" {
    mkdir "$BATS_TEST_TMPDIR/init"
    echo "CREATE TABLE first (n int);" > "$BATS_TEST_TMPDIR/init/10.sql"
    echo "INSERT INTO first VALUES (1);" | gzip > "$BATS_TEST_TMPDIR/init/20.sql.gz"
    cat > "$BATS_TEST_TMPDIR/init/30.sh" << 'SH'
pg_isready -q && echo "socket: open"
pg_isready -q -h 127.0.0.1 || echo "tcp: closed"
SH
    start_pg init 15 --volume "$BATS_TEST_TMPDIR/init:/docker-entrypoint-initdb.d:ro"
    run -0 sql init postgres "SELECT n FROM first"
    assert_output 1
    run -0 docker logs "$(target init)"
    assert_line "socket: open"
    assert_line "tcp: closed"
    assert_line "PostgreSQL init process complete; ready for start up."
}

# bats test_tags=no-sanitize
@test "an init file that fails ends the container" {
    mkdir "$BATS_TEST_TMPDIR/init"
    echo "SELECT 1/0;" > "$BATS_TEST_TMPDIR/init/10.sql"
    run_pg broken 15 --volume "$BATS_TEST_TMPDIR/init:/docker-entrypoint-initdb.d:ro"
    run -0 docker wait "$(target broken)"
    refute_output 0
}

# bats test_tags=no-sanitize
@test "the image keeps its data over a restart, and stops cleanly" {
    start_pg stay 15
    sql stay postgres "CREATE TABLE kept AS SELECT 42 AS n"
    docker stop "$(target stay)"
    run -0 docker inspect --format '{{.State.ExitCode}}' "$(target stay)"
    assert_output 0
    docker start "$(target stay)"
    wait_pg stay
    run -0 sql stay postgres "SELECT n FROM kept"
    assert_output 42
}

# bats test_tags=no-sanitize
@test "the image refuses an empty password, and reads one from a file" {
    run_pg open 15 --env POSTGRES_PASSWORD=
    run -0 docker wait "$(target open)"
    refute_output 0
    printf 'from file\n' > "$BATS_TEST_TMPDIR/password"
    start_pg filed 15 --env POSTGRES_PASSWORD= --env POSTGRES_PASSWORD_FILE=/run/password \
        --volume "$BATS_TEST_TMPDIR/password:/run/password:ro"
    run -0 docker exec --env PGPASSWORD="from file" "$(target filed)" \
        sh -c 'psql -h "$(hostname -i)" -U postgres -Atc "SELECT 1"'
}

# bats test_tags=no-sanitize
@test "an engine of the test's own starts, runs PostgreSQL, and dies alone" {
    private_engine_start
    copy_image "$(image_of 15)"
    (
        use_private_engine
        docker run --detach --name lonely --network none --env POSTGRES_PASSWORD=secret "$(image_of 15)"
        wait_for 30 docker exec lonely pg_isready -q -h 127.0.0.1
    )
    private_engine_kill
    run ! env DOCKER_HOST="unix://$BATS_FILE_TMPDIR/engine/docker.sock" docker version
    run -0 docker version
    private_engine_start
    (use_private_engine; docker rm --force --volumes lonely)
    private_engine_stop
}
