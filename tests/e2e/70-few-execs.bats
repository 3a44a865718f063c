#!/usr/bin/env bats
# An exec costs about as much as the dump of a small database. A backup asks much in few of them, and what it asks
# is asked as well as before.

load lib/servers

MOST=5

setup_file() {
    load helper
    suite_begin
    run_pg few 17 --env POSTGRES_DB=empty
    run_pg far 15-busybox --env POSTGRES_DB=empty --env POSTGRES_HOST_AUTH_METHOD=trust
    local name
    for name in few far; do
        wait_pg "$name"
        watch_server "$name"
    done
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    end_unharmed
}

# execs NAME COMMAND...: how many execs the engine starts in the container while the command runs
execs() {
    local container since
    container=$(target "$1")
    since=$(date +%s.%N)
    "${@:2}" > "$BATS_TEST_TMPDIR/said" 2>&1 || {
        cat "$BATS_TEST_TMPDIR/said" >&2
        return 1
    }
    docker events --since "$since" --until "$(date +%s.%N)" --filter event=exec_start \
        --filter "container=$container" --format '{{.ID}}' | wc -l
}

@test "a backup of an empty database takes five execs at most, whatever the image relays with" {
    local name depth
    for name in few far; do
        for depth in none content; do
            run -0 execs "$name" pgkeep backup --fingerprint "$depth" "$(target "$name")/empty"
            assert [ "$output" -le "$MOST" ]
            assert [ "$output" -ge 3 ]
        done
        # nothing was left out for it
        run -0 --separate-stderr pgkeep show --json "$(target "$name")/empty"
        run -0 jq -c '.manifest | [.fingerprint.large_objects.count, .notes // [], .warnings // []]' <<< "$output"
        assert_output '[0,[],[]]'
    done
}

@test "what a crashed run left in the container is cleared before the dump, and found without an exec" {
    local name
    pgkeep backup --quiet "$(target few)/empty"
    name="/tmp/pgkeep-$(jq -r .id "$PGKEEP_REPOSITORY/pgkeep.json")-$(printf %x "$(stat -c %i "$PGKEEP_REPOSITORY/pgkeep.json")")"
    docker exec "$(target few)" mkdir "$name.abcdef"
    docker exec "$(target few)" ln -s /nowhere "$name.ghijkl"
    docker exec "$(target few)" mkdir /tmp/pgkeep-another.abcdef
    run -0 execs few pgkeep backup "$(target few)/empty"
    assert_equal "$output" $((MOST + 1))
    run -0 docker exec "$(target few)" sh -c 'ls -d /tmp/pgkeep*; rmdir /tmp/pgkeep-another.abcdef'
    assert_output /tmp/pgkeep-another.abcdef
}

@test "an address that does not answer is waited for once, not for each session and database" {
    local pid
    create_db far second
    sql far empty 'CREATE TABLE one AS SELECT 1 AS i; CREATE TABLE two AS SELECT 2 AS i'
    pid=$(docker inspect --format '{{.State.Pid}}' "$(target far)")
    nsenter --net --target "$pid" iptables --insert INPUT ! --in-interface lo --protocol tcp --dport 5432 --jump DROP
    run -0 --separate-stderr pgkeep backup --verbose --fingerprint-jobs 2 "$(target far)/empty" "$(target far)/second"
    run grep -c ':5432: no connection' <<< "$stderr"
    assert_output 1
    nsenter --net --target "$pid" iptables --flush INPUT
}
