#!/usr/bin/env bats
# A proxy between pgkeep and the engine: what it does not pass on, cuts or forbids is said, and nothing is left in
# the target.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/ways-common
    suite_begin
    "$PROJECT/scripts/images" proxies engine-26
    start_pg db 18
    start_haproxy deaf pgkeep-test/proxies 10m "${PROXY_RIGHTS[@]/%/=1}"
    start_nginx nginx
    start_haproxy hasty pgkeep-test/engine:26 1s "${PROXY_RIGHTS[@]/%/=1}"
}

setup() {
    load helper
    load lib/fault-common
    load lib/ways-common
    test_begin
    DB=$(target db)
}

teardown_file() {
    load helper
    suite_end
}

# took SECONDS COMMAND...: it ended within that time
took() {
    local begin=$SECONDS
    "${@:2}"
    echo "$((SECONDS - begin)) s, not more than $1"
    [[ $((SECONDS - begin)) -le $1 ]]
}

@test "a proxy that passes no input on is named, in time, and nothing stays in the target" {
    local way
    for way in deaf nginx; do
        took 5 run -6 --separate-stderr through "$way" "$PGKEEP" wait "$DB" --timeout 3s
        echo "$way: $stderr"
        [[ $stderr == *"is not ready after 3."*"the command runs, but"*"does not arrive"*"hint: a proxy between"* ]]
        assert_no_tools_left db
    done
    took 30 run -1 --separate-stderr through deaf "$PGKEEP" backup "$DB"
    echo "$stderr"
    [[ $stderr == *"its input does not arrive: the upgrade was answered with 200, not 101"* ]]
    assert_no_tools_left db
    assert_equal "$(published)" ""
}

@test "a stream that a proxy cuts is no fault of the image" {
    # -- as nginx does when the input ends, although it was told of upgrades
    run -1 --separate-stderr through nginx:2380 "$PGKEEP" doctor "$DB"
    echo "$output"
    assert_output --regexp "psql: the engine's stream ended after [0-9.]+ s, before the tool did"
    refute_output --partial "no usable psql"
    # -- as an idle limit does: for two seconds the server says nothing
    sql db postgres <<< "ALTER SYSTEM SET pre_auth_delay = 2; SELECT pg_reload_conf()"
    wait_for 10 slow_to_answer
    run -1 --separate-stderr through hasty "$PGKEEP" doctor "$DB"
    sql db postgres <<< "ALTER SYSTEM RESET pre_auth_delay; SELECT pg_reload_conf()"
    echo "$output"
    assert_output --regexp "the (engine's )?stream ended after [12]\.[0-9] s"
    assert_output --partial "timeout client, server and tunnel"
    refute_output --partial "no usable psql"
    assert_no_tools_left db
}

slow_to_answer() {
    [[ $(sql db postgres "SHOW pre_auth_delay") == 2s ]]
}

@test "doctor says what the role may not read, and what a proxy forbids" {
    create_db db narrow
    sql db narrow << 'SQL'
CREATE ROLE clerk LOGIN;
CREATE TABLE seen (n int);
CREATE TABLE "un seen" (n int);
CREATE TABLE rows_hidden (n int);
CREATE TABLE rows_mine (n int);
ALTER TABLE rows_hidden ENABLE ROW LEVEL SECURITY;
ALTER TABLE rows_mine ENABLE ROW LEVEL SECURITY;
ALTER TABLE rows_mine OWNER TO clerk;
GRANT SELECT ON seen, rows_hidden TO clerk;
SELECT lo_create(70001), lo_create(70002), lo_create(70003), lo_create(70004), lo_create(70005), lo_create(70006);
GRANT SELECT ON LARGE OBJECT 70005 TO clerk;
GRANT SELECT ON LARGE OBJECT 70006 TO PUBLIC;
SQL
    run -1 pgkeep doctor "$DB" --user clerk
    echo "$output"
    assert_output --regexp "rights .*/narrow +PROBLEM +1 tables or sequences .*role clerk \(public.un seen\)"
    assert_output --regexp "PROBLEM +1 tables with row security .*\(public.rows_hidden\): ALTER ROLE ... BYPASSRLS"
    assert_output --regexp "PROBLEM +4 large objects .*\(70001, 70002, 70003, ...\)"
    refute_output --partial rows_mine
    # -- what is left out may be left out because of that
    PGKEEP_EXCLUDE_TABLE='un*' run -0 pgkeep doctor "$DB" --user clerk --quiet
    assert_output --regexp "limited +1 tables with row security"
    # -- all that a backup needs is allowed
    run -0 through hasty "$PGKEEP" doctor "$DB"
    echo "$output"
    refute_output --partial rights
    assert_output --regexp 'engine +limited +GET /images/json .*`test` in a container .*IMAGES=1'
    assert_output --regexp 'engine +limited +GET /events .*`run`.*EVENTS=1'
}

# refused_hint MODE OWNER COMMAND...: what COMMAND's pgkeep advises about a socket of that mode and owner
refused_hint() {
    local folder
    folder=$(mktemp -d "${TMPDIR:-/tmp}/pgkeep-test.XXXXXX")
    cp "$PGKEEP" "$folder/pgkeep"
    python3 -c 'import os, socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])
os.chmod(sys.argv[1], int(sys.argv[2], 8))
os.chown(sys.argv[1], int(sys.argv[3]), int(sys.argv[3]))' "$folder/socket" "$1" "$2"
    chmod 755 "$folder"
    run -1 --separate-stderr "${@:3}" "$folder/pgkeep" targets --host "unix://$folder/socket"
    rm -r "$folder"
    echo "$stderr"
    [[ $stderr == *"permission denied on the engine's socket"* ]]
}

@test "the hint about a socket goes by its mode and owner" {
    local stranger=(setpriv --reuid 10001 --regid 10001 --clear-groups)
    refused_hint 660 12345 "${stranger[@]}"
    [[ $stderr == *'group_add: ["12345"]'* ]]
    refused_hint 600 12345 "${stranger[@]}"
    [[ $stderr == *'user: "12345:12345"'* && $stderr != *group_add* ]]
    refused_hint 660 12345 unshare --user --map-root-user
    [[ $stderr == *'userns_mode: "host"'* && $stderr != *group_add* ]]
}

# The whole matrix is in 64-engines.bats.
@test "Engine 26 serves every command by HAProxy 3, and by TLS" {
    start_engine newer pgkeep-test/engine:26 "${DOCKERD_TLS/--host/--host unix:///engine/docker.sock --host}"
    certificates newer
    fill_engine by_tls newer
    ENGINE_SOCKET="$BATS_FILE_TMPDIR/newer/docker.sock" \
        start_haproxy passing pgkeep-test/engine:26 10m "${PROXY_RIGHTS[@]/%/=1}" IMAGES=1
    every_command passing through passing
    run -0 by_tls newer "$PGKEEP" backup db/app --quiet
    run -1 --separate-stderr through newer:2376 "$PGKEEP" targets
    echo "$stderr"
    [[ $stderr == *HTTPS*"hint: "*DOCKER_TLS_VERIFY=1* ]]
}

# Last, for it moves the server to another port for good.
@test "a server at a port that only its configuration names is found" {
    sql db postgres <<< "ALTER SYSTEM SET port = 5499"
    docker restart "$DB" > /dev/null
    took 20 run -0 pgkeep wait "$DB" --timeout 15s
    run -0 pgkeep backup "$DB/postgres" --quiet
    assert_equal "$(published | wc -l)" 1
}
