# Servers that pgkeep must leave as it found them. In a container PostgreSQL is process 1: a child that somebody
# else started and that ends by a signal looks to it like a crashed backend, and it throws out every client.
# shellcheck shell=bash

# serve NAME MAJOR [...]: start_pg, and from now on watched
serve() {
    start_pg "$@"
    watch_server "$1"
}

# serve_majors MAJORS [RUN_PG ARGUMENT...]: a watched server "pgMAJOR" of each, the words of one text; all start at once
serve_majors() {
    local major
    for major in $1; do
        ensure_image "$major"
        run_pg "pg$major" "$major" "${@:2}"
    done
    for major in $1; do
        wait_pg "pg$major"
        watch_server "pg$major"
    done
}

# watch_server NAME: a server that was started otherwise
watch_server() {
    printf '%s %s\n' "$1" "$(postmaster_start "$1")" >> "$BATS_FILE_TMPDIR/servers"
}

# The postmaster's own process, as the kernel knows it: needs no way in. Field 22 is its start; the name, field
# 2, has no space here.
postmaster_start() {
    local pid
    if pid=$(first_process "$1"); then
        start_of "$pid"
    else
        docker exec "$(target "$1")" cut -d ' ' -f 22 /proc/1/stat
    fi
}

# ensure_image MAJOR: a major that scripts/test does not prepare by itself is built once
ensure_image() {
    docker image inspect "$(image_of "$1")" > /dev/null 2>&1 || "$PROJECT/scripts/images" "$1"
}

# servers_unharmed: no watched server crashed, restarted, or keeps anything of pgkeep's. It counts what it finds
# rather than stopping at it: callers say `servers_unharmed || ...`, and there bash ignores a command that fails.
servers_unharmed() {
    local name start harmed=0 watched=0
    while read -r name start; do
        watched=$((watched + 1))
        server_unharmed "$name" "$start" < /dev/null
    done < "$BATS_FILE_TMPDIR/servers"
    [[ $watched -gt 0 ]] || complain "no server was watched"
    no_throwaways
    [[ $harmed -eq 0 ]]
}

# end_unharmed: the end of a file; fails if a watched server was harmed, and clears away all the same
end_unharmed() {
    local status=0
    servers_unharmed || status=$?
    suite_end
    return "$status"
}

complain() {
    printf 'server check: %s\n' "$*" >&2
    harmed=$((harmed + 1))
}

server_unharmed() {
    local container found
    container=$(target "$1")
    docker logs "$container" > "$BATS_FILE_TMPDIR/server.log" 2>&1 || complain "$1: no log"
    found=$(grep -E 'terminated by signal|reinitializing|PANIC|was not properly shut down' \
        "$BATS_FILE_TMPDIR/server.log") && complain "$1 crashed: $found"
    found=$(postmaster_start "$1")
    [[ $found == "$2" ]] || complain "$1 started at $2 and again at $found"
    found=$(docker exec "$container" find /tmp /var/tmp /dev/shm -name 'pgkeep*') || complain "$1: no find"
    [[ -z $found ]] || complain "$1 keeps files: $found"
    # A client that was just ended may take a moment to go.
    wait_for 10 no_clients "$container" || complain "$1 still runs: $(processes "$container")"
    found=$(scratch_databases "$1") || complain "$1: its databases cannot be listed"
    [[ -z $found ]] || complain "$1 keeps databases: $found"
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

# A server that lets none in without a password says so by the label pgkeep-test.user=none, and is not asked.
scratch_databases() {
    local user
    user=$(docker inspect --format '{{index .Config.Labels "pgkeep-test.user"}}' "$(target "$1")") || return 1
    [[ $user != none ]] || return 0
    PG_USER=${user:-postgres} sql "$1" template1 "SELECT datname FROM pg_database WHERE datname ~ '^pgkeep_'"
}

# Throwaway containers carry the id of the repository that they were made for.
no_throwaways() {
    local file id found
    found=$(docker ps --all --format '{{.Names}} {{.Label "pgkeep.throwaway"}}' --filter label=pgkeep.throwaway) ||
        complain "the containers cannot be listed"
    while read -r file; do
        id=$(sed -n 's/.*"id": "\(.*\)".*/\1/p' "$file")
        [[ -n $id ]] || complain "$file has no id"
        [[ $found != *"$id"* ]] || complain "throwaways are left: $found"
    done < <(find "$BATS_RUN_TMPDIR" -name pgkeep.json -not -path '*/engine/*')
}
