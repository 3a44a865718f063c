# Servers that pgkeep must leave as it found them. In a container PostgreSQL is process 1: a child that somebody
# else started and that ends by a signal looks to it like a crashed backend, and it throws out every client.
# shellcheck shell=bash

# serve NAME MAJOR [...]: start_pg, and from now on watched
serve() {
    start_pg "$@"
    watch_server "$1"
}

# watch_server NAME: a server that was started otherwise
watch_server() {
    printf '%s %s\n' "$1" "$(postmaster_start "$1")" >> "$BATS_FILE_TMPDIR/servers"
}

# The postmaster's own process, as the kernel knows it: needs no way in. Field 22 is its start; the name, field
# 2, has no space here.
postmaster_start() {
    docker exec "$(target "$1")" cut -d ' ' -f 22 /proc/1/stat
}

# ensure_image MAJOR: a major that scripts/test does not prepare by itself is built once
ensure_image() {
    docker image inspect "$(image_of "$1")" > /dev/null 2>&1 || "$PROJECT/scripts/images" "$1"
}

# servers_unharmed: no watched server crashed, restarted, or keeps anything of pgkeep's
servers_unharmed() {
    local name start
    while read -r name start; do
        server_unharmed "$name" "$start"
    done < "$BATS_FILE_TMPDIR/servers"
    no_throwaways
}

server_unharmed() {
    local container found
    container=$(target "$1")
    docker logs "$container" > "$BATS_FILE_TMPDIR/server.log" 2>&1
    if found=$(grep -E 'terminated by signal|reinitializing|PANIC|was not properly shut down' \
        "$BATS_FILE_TMPDIR/server.log"); then
        fail "$1 crashed: $found"
    fi
    assert_equal "$(postmaster_start "$1")" "$2"
    assert_equal "$1: $(docker exec "$container" find /tmp /var/tmp /dev/shm -name 'pgkeep*')" "$1: "
    # A client that was just ended may take a moment to go.
    wait_for 10 no_clients "$container" || fail "$1 still runs: $(processes "$container")"
    scratch_databases_gone "$1"
}

# docker top refuses to leave the process id out.
processes() {
    docker top "$1" -eo pid,args
}

# Only a list that was read, the server in it, says that nothing else is there.
no_clients() {
    local list
    list=$(processes "$1") && [[ $list == *postgres* ]] &&
        ! grep -E '^ *[0-9]+ +([^ ]*/)?(sh -c|pg_dump|pg_dumpall|pg_restore|psql|tar) ' <<< "$list"
}

# Through the server's files: a watched server may have no password for us.
scratch_databases_gone() {
    local user
    user=$(docker inspect --format '{{index .Config.Labels "pgkeep-test.user"}}' "$(target "$1")")
    [[ $user != none ]] || return 0
    assert_equal "$1: $(PG_USER=${user:-postgres} sql "$1" template1 \
        "SELECT datname FROM pg_database WHERE datname ~ '^pgkeep_'")" "$1: "
}

# Throwaway containers carry the id of the repository that they were made for.
no_throwaways() {
    local file id
    while read -r file; do
        id=$(sed -n 's/.*"id": "\(.*\)".*/\1/p' "$file")
        assert_equal "$(docker ps --all --format '{{.Names}} {{.Label "pgkeep.throwaway"}}' \
            --filter label=pgkeep.throwaway | grep -F "$id")" ""
    done < <(find "$BATS_RUN_TMPDIR" -name pgkeep.json -not -path '*/engine/*')
}
