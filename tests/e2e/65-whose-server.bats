#!/usr/bin/env bats
# Containers may share 127.0.0.1, the folder of a socket, and the numbers of their processes. The server that pgkeep
# speaks to is a process of the very container that was named, or it is none of its business.

setup_file() {
    load helper
    load lib/servers
    suite_begin
    ensure_image 15-busybox
    # Shares its socket's folder with the others, and its process is not number 1.
    run_pg srv 17 --init --volume "$FILE_ID-socket:/var/run/postgresql" --label "com.docker.compose.project=$FILE_ID" \
        --label com.docker.compose.service=srv
    wait_pg srv
    create_db srv app
    sql srv app "CREATE TABLE t AS SELECT * FROM generate_series(1, 10) AS n"
    watch_server srv
}

setup() {
    load helper
    load lib/servers
    load lib/fault-common
    test_begin
    mapfile -t LABELS < <(labelled)
}

teardown() {
    [[ -z ${RUN_PID:-} ]] || kill "$RUN_PID"
    fake_engine_end
}

teardown_file() {
    load helper
    load lib/servers
    local status=0
    end_unharmed || status=$?
    docker volume rm "$FILE_ID-socket" > /dev/null
    return "$status"
}

# idle NAME IMAGE [DOCKER RUN ARGUMENT...]: a container of a PostgreSQL image in which no server runs
idle() {
    local name=$1 image=$2
    shift 2
    docker run --detach --name "$(target "$name")" "${LABELS[@]}" --entrypoint sleep "$@" "$(image_of "$image")" 1000 > /dev/null
}

# has_no_server NAME WORD...: refused by the ways in that the words are of, and nothing is written
has_no_server() {
    local name=$1 word
    shift
    run -1 pgkeep doctor "$(target "$name")"
    assert_output --partial "no server of this container answers"
    for word in "$@"; do
        assert_output --regexp "$word: the server there \(PostgreSQL 17.*, started .*\) is no process of this container"
    done
    run -6 pgkeep backup --timeout 1s "$(target "$name")"
    assert_output --partial "is no process of this container"
    assert_equal "$(published)" ""
}

@test "another container's server is refused, whatever is shared with it" {
    local srv id
    srv=$(target srv)
    id=$(docker inspect --format '{{.Id}}' "$srv")
    idle net 15-busybox --network "container:$srv"
    has_no_server net 127.0.0.1

    idle socket 17 --volume "$FILE_ID-socket:/var/run/postgresql"
    has_no_server socket socket "socket as postgres"

    # the processes of the server are in sight, but are not this container's
    idle pod 13 --network "container:$srv" --pid "container:$srv" --user 12345
    has_no_server pod 127.0.0.1
    assert_output --partial "but of container ${id:0:12}"

    idle private 15-busybox --network "container:$srv" --pid host --cgroupns private
    has_no_server private 127.0.0.1
    run -0 pgkeep targets --scope host
    assert_output --regexp "$(target private) .*running"

    # in sight nothing: then a shared network is reason enough, and its own is none
    docker run --detach --name "$(target blind)" "${LABELS[@]}" --network "container:$srv" --cap-add SYS_ADMIN \
        --entrypoint setpriv "$(image_of 17)" --reuid 999 --clear-groups sleep 1000 > /dev/null
    docker exec "$(target blind)" mount -o remount,hidepid=2,gid=4242 /proc
    docker exec "$(target blind)" sh -c '! test -e /proc/1'
    has_no_server blind 127.0.0.1
    docker rm -f "$(target net)" "$(target socket)" "$(target pod)" "$(target private)" \
        "$(target blind)" > /dev/null
}

@test "a container's own server is known among all that is shared" {
    local srv name
    srv=$(target srv)
    run -0 pgkeep backup --quiet "$srv/app"
    # its own server, in another's network, with all processes of the host in sight
    docker run --detach --name "$(target own)" "${LABELS[@]}" --env POSTGRES_PASSWORD=secret --env PGPORT=5433 --env PGHOST=/tmp \
        --network "container:$srv" --pid host --user postgres "$(image_of 13)" -c fsync=off -c unix_socket_directories=/tmp > /dev/null
    # the server's own user alone sees the processes
    run_pg hidden 15-busybox --cap-add SYS_ADMIN
    for name in own hidden; do
        run -0 pgkeep wait "$(target "$name")"
    done
    docker exec "$(target hidden)" mount -o remount,hidepid=2,gid=4242 /proc
    docker exec "$(target hidden)" sh -c '! test -e /proc/1'
    for name in own hidden; do
        run -0 pgkeep backup --verbose "$(target "$name")/postgres"
    done
    assert_output --partial "its processes cannot be seen"
    docker rm -f -v "$(target own)" "$(target hidden)" > /dev/null
}

# sidecar ARGUMENT... -- PGKEEP ARGUMENT...: pgkeep in a container of the project, with this machine's libraries
sidecar() {
    local arguments=()
    while [[ $1 != -- ]]; do
        arguments+=("$1")
        shift
    done
    shift
    docker run --rm "${LABELS[@]}" --label "com.docker.compose.project=$FILE_ID" --volume /usr:/usr:ro \
        --volume "$PROJECT:$PROJECT:ro" --volume /var/run/docker.sock:/var/run/docker.sock "${arguments[@]}" \
        pgkeep-test/debian:bookworm "$PGKEEP" "$@"
}

@test "pgkeep does not take the database whose network it shares for itself" {
    local srv cgroupns
    srv=$(target srv)
    for cgroupns in host private; do
        run -0 sidecar --network "container:$srv" --cgroupns "$cgroupns" -- targets
        assert_line --regexp "^$srv .* yes: same compose project"
    done
    # folders of another container among its mounts, before its own
    run -0 sidecar --volume "/var/lib/docker/containers/$(docker inspect --format '{{.Id}}' "$srv")/hostname:/etc/app:ro" -- targets
    assert_line --regexp "^$srv .* yes: same compose project"
}

# task STATE SERVICE.SLOT.ID: a container with the name and labels that Swarm gives
task() {
    local state=$1 name=$2 service=${2%%.*} command=(sleep 1000)
    [[ $state == running ]] || command=(true)
    docker run --detach --name "$name" "${LABELS[@]}" --label "com.docker.swarm.service.name=$service" \
        --label "com.docker.swarm.task.name=$name" --label com.docker.stack.namespace="${service%%_*}" \
        --entrypoint "${command[0]}" "$(image_of 17)" "${command[@]:1}" > /dev/null
    [[ $state == running ]] || docker wait "$name" > /dev/null
}

@test "a task of a Swarm service is called after the service, and those that have ended are no targets" {
    local one=${FILE_ID}_one two=${FILE_ID}_two
    task exited "$one.1.aaaa"
    task running "$one.1.bbbb"
    task running "$two.1.cccc"
    task running "$two.2.dddd"
    run -0 --separate-stderr pgkeep targets --scope host --json
    run -0 jq -r --arg id "${FILE_ID}_" '.targets[].target | select(startswith($id))' <<< "$output"
    assert_output "$one
$two
$two-2"
    # a service on the command line
    run -6 pgkeep wait --timeout 1s "$FILE_ID/one"
    assert_output --partial "$one is not ready after"
    run -6 pgkeep wait --timeout 1s "$two-2"
    assert_output --partial "$two-2 is not ready after"
}

@test "run sees a container end on an engine that has Podman's words for it" {
    local log="$BATS_TEST_TMPDIR/run.log"
    idle short 17
    fake_engine --fault "podman-events=$LABEL.file=$FILE_ID"
    "$PGKEEP" run > "$log" 2>&1 3>&- &
    RUN_PID=$!
    wait_for 20 grep "$(target short)  running" "$log"
    docker kill "$(target short)" > /dev/null
    wait_for 20 grep "$(target short)  exited" "$log" || fail "$(cat "$log")"
    docker rm "$(target short)" > /dev/null
    wait_for 20 grep "$(target short)  gone" "$log" || fail "$(cat "$log")"
    kill "$RUN_PID"
    wait "$RUN_PID"
    RUN_PID=
}
