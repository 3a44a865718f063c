#!/usr/bin/env bats
# The restore test: what it runs in, what it says, and that nothing of it stays.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    mkdir -p "$BATS_FILE_TMPDIR/conf"
    echo "work_mem = '5MB'" > "$BATS_FILE_TMPDIR/conf/extra.conf"
    printf 'local all all trust\nhost all all 127.0.0.1/32 trust\n' > "$BATS_FILE_TMPDIR/conf/hba.conf"
    start_pg main 17 --volume "$BATS_FILE_TMPDIR/conf:/conf:ro" -- -c shared_preload_libraries=pg_stat_statements \
        -c hba_file=/conf/hba.conf -c max_connections=33
    fault_db main app 3000
    fault_db main large 60000
    sql main app "CREATE EXTENSION pg_stat_statements; CREATE ROLE owner_of_app; ALTER TABLE big OWNER TO owner_of_app;
        CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql RETURN n * 2"
    docker exec --user postgres "$(target main)" mkdir /var/lib/postgresql/space
    sql main postgres "CREATE TABLESPACE space LOCATION '/var/lib/postgresql/space'"
    sql main app "CREATE TABLE spaced TABLESPACE space AS SELECT 1 AS n"
    use_repository "$REPOSITORY"
    pgkeep backup "$(target main)/app" "$(target main)/large" --quiet
}

setup() {
    load helper
    load lib/fault-common
    begin_from_backups
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed main
}

proof_of() {
    cat "$PGKEEP_REPOSITORY/$MAIN/$1"/2*/proof.json
}

databases() {
    sql main postgres "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1" | xargs
}

has_throwaway() {
    [[ -n $(throwaways) ]]
}

# Not the one in which files of the command line are looked up before: that never starts.
throwaway_runs() {
    [[ $(docker inspect --format '{{.State.Running}}' "$(throwaways)") == true ]]
}

@test "a good backup is proven equal; list, show and proof.json say so" {
    run -0 pgkeep test "$MAIN/app"
    echo "$output"
    assert_output --partial "proof: equal"
    assert_output --partial "3,101 rows"
    assert_output --partial "hba_file=/conf/hba.conf of the source's command line is left out"
    assert_no_throwaway
    local proof
    proof=$(proof_of app)
    echo "$proof"
    assert_equal "$(jq -r '.verdict, .in, .tables, .rows, .sequences' <<< "$proof" | xargs)" "equal container 3 3101 1"
    assert_equal "$(jq -r '.differences | length' <<< "$proof")" 0
    jq -e '.restore_ms > 0 and .elapsed_ms >= .restore_ms and (.server_version | startswith("17"))' <<< "$proof"
    jq -e '.tested_at | fromdate > 0' <<< "$proof"
    jq -e '.notes | any(test("hba_file"))' <<< "$proof"
    run -0 pgkeep list "$MAIN/app"
    assert_output --partial "equal"
    run -0 pgkeep show "$MAIN/app"
    assert_output --partial "equal"
    run -0 pgkeep verify --all
}

@test "the throwaway container has no network, no port, no volume of the source, and limits" {
    start_pgkeep test "$MAIN/app" --memory 700M --cpus 1.5
    local seen
    wait_for 20 throwaway_runs
    seen=$(docker inspect "$(throwaways)")
    await_pgkeep
    assert_equal "$status" 0
    echo "$seen" | jq -c '.[0] | .HostConfig, .Config, .Mounts'
    assert_equal "$(jq -r '.[0].HostConfig | .NetworkMode, .Memory, .NanoCpus, .PidsLimit' <<< "$seen" | xargs)" \
        "none 734003200 1500000000 4096"
    jq -e '.[0] | (.NetworkSettings.Ports | length) == 0 and .HostConfig.Binds == null' <<< "$seen"
    jq -e '.[0].Mounts | all(.Type == "volume" and (.Name | length) == 64)' <<< "$seen"
    jq -e '.[0].Image == $image' --arg image "$(docker inspect --format '{{.Image}}' "$MAIN")" <<< "$seen"
    local command
    command=$(jq -r '.[0].Config.Cmd | join(" ")' <<< "$seen")
    assert_regex "$command" "shared_preload_libraries=pg_stat_statements"
    assert_regex "$command" "max_connections=33"
    assert_regex "$command" "fsync=off"
    [[ $command != *hba_file* ]]
    [[ $(jq -r '.[0].Config.Env | join(" ")' <<< "$seen") != *PASSWORD=secret* ]]
    # -- its name, which everybody sees, holds nothing of its password
    local name
    name=$(jq -r '.[0].Name' <<< "$seen")
    assert_regex "$name" '^/pgkeep-test-[0-9a-f]{12}$'
    [[ $(jq -r '.[0].Config.Env | join(" ")' <<< "$seen") != *"${name#/pgkeep-test-}"* ]]
    assert_no_throwaway
    # -- its volumes went with it
    local volume
    for volume in $(jq -r '.[0].Mounts[].Name' <<< "$seen"); do
        run ! docker volume inspect "$volume"
    done
}

@test "a damaged dump is found bad, with status 4, and says so" {
    local dump
    dump=$(echo "$PGKEEP_REPOSITORY/$MAIN/app"/2*/*.dump)
    printf '\377' | dd of="$dump" bs=1 seek=$(($(stat -c %s "$dump") / 2)) conv=notrunc status=none
    run -4 pgkeep test "$MAIN/app"
    assert_output --partial "proof: different"
    assert_equal "$(jq -r .verdict <<< "$(proof_of app)")" different
    assert_no_throwaway
    run -4 pgkeep verify "$MAIN/app"
    run -0 pgkeep list "$MAIN/app"
    assert_output --partial "different"
    truncate --size=-100 "$dump"
    run -4 pgkeep test "$MAIN/app" --in database
    assert_equal "$(databases)" "app large postgres"
}

@test "checks decide too: true and rows pass; false, no rows and errors fail" {
    local good="$BATS_TEST_TMPDIR/good.sql" bad="$BATS_TEST_TMPDIR/bad.sql"
    printf "SELECT count(*) = 3000 FROM big;\n-- a comment; with a semicolon\nSELECT n FROM small\n" > "$good"
    run -0 pgkeep test "$MAIN/app" --check "$good"
    assert_output --partial "2 checks"
    printf "SELECT count(*) = 1 FROM big;\nSELECT n FROM small WHERE n < 0;\nSELECT * FROM nowhere;\nSELEKT;\n" > "$bad"
    run -4 pgkeep test "$MAIN/app" --check "$good" --check "$bad"
    echo "$output"
    assert_output --partial "query 1: it returned false"
    assert_output --partial "query 2: it returned no row"
    assert_output --partial 'relation "nowhere" does not exist'
    assert_output --partial "syntax error"
    assert_equal "$(jq -r '[.checks[].ok] | map(tostring) | join(" ")' <<< "$(proof_of app)")" \
        "true true false false false false"
    assert_no_throwaway
    run -2 pgkeep test "$MAIN/app" --check "$BATS_TEST_TMPDIR/absent.sql"
    assert_output --partial "absent.sql"
}

@test "a proof that cannot be made is status 5, never a verdict on the backup" {
    run -5 pgkeep test "$MAIN/app" --image no-such-image:1
    assert_output --partial "no-such-image:1"
    assert_output --partial "proof: unproven"
    run -5 pgkeep test "$MAIN/app" --memory 6m
    echo "$output"
    assert_output --partial "proof: unproven"
    assert_equal "$(jq -r .verdict <<< "$(proof_of app)")" unproven
    assert_no_throwaway
    run -0 pgkeep list "$MAIN/app"
    assert_output --partial "unproven"
    run -5 pgkeep test "$MAIN/large" --test-timeout 1ms
    assert_no_throwaway
}

@test "a backup whose source is gone is still proven in a container, and not in a database" {
    start_pg gone 15
    fault_db gone app 100
    pgkeep backup "$(target gone)/app" --quiet
    docker rm --force --volumes "$(target gone)" > /dev/null
    run -0 pgkeep test "$(target gone)/app"
    assert_output --partial "is gone"
    run -5 pgkeep test "$(target gone)/app" --in database
    assert_output --partial "is gone"
}

@test "SIGINT and SIGTERM remove the throwaway container" {
    local signal
    for signal in INT TERM; do
        start_pgkeep test "$MAIN/large"
        wait_for 20 has_throwaway
        sleep 0.7
        end_pgkeep "$signal"
        echo "$output"
        assert_equal "$status" $((128 + $(kill -l "$signal")))
        assert_no_throwaway
    done
    run ls "$PGKEEP_REPOSITORY/$MAIN/large"/2*/proof.json
    assert_failure
}

@test "what SIGKILL leaves of a test in a container, the next run removes, and no other's" {
    start_pgkeep test "$MAIN/large"
    wait_for 20 throwaway_runs
    end_pgkeep KILL
    has_throwaway
    # -- the run of another repository
    pgkeep backup "$MAIN/app" --test --quiet --repository "$BATS_TEST_TMPDIR/other"
    has_throwaway
    run -0 pgkeep test "$MAIN/app"
    assert_no_throwaway
}

# A database whose copy, and only that, takes ten seconds to restore: so an end in the middle is one.
lingering_db() {
    create_db main lingers
    sql main lingers << 'SQL'
CREATE FUNCTION linger(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_database() LIKE 'pgkeep%' THEN PERFORM pg_sleep(10); END IF;
    RETURN n;
END $$;
CREATE TABLE slowly AS SELECT 1 AS n;
CREATE INDEX ON slowly (linger(n));
SQL
}

@test "a test in a database leaves none behind, however it ends" {
    run -0 pgkeep test "$MAIN/app" --in database
    assert_output --partial "proof: equal"
    assert_equal "$(jq -r .in <<< "$(proof_of app)")" database
    assert_equal "$(databases)" "app large postgres"
    lingering_db
    run -0 pgkeep backup "$MAIN/lingers"
    local signal
    for signal in INT KILL; do
        start_pgkeep test "$MAIN/lingers" --in database
        wait_for 20 eval '[[ $(databases) == *pgkeep_* ]]'
        wait_for 20 eval 'tools_in main | grep -q pg_restore'
        end_pgkeep "$signal"
        assert_equal "$status" $((128 + $(kill -l "$signal")))
        [[ $signal == KILL ]] || assert_equal "$(databases)" "app large lingers postgres"
    done
    assert_no_tools_left main
    run -0 pgkeep test "$MAIN/app" --in database
    assert_equal "$(databases)" "app large lingers postgres"
}

@test "a backup with --test is proven at once, in every format" {
    local format
    for format in plain directory; do
        run pgkeep backup "$MAIN/app" --test --format "$format"
        echo "$output"
        assert_success
        assert_output --partial "proof: equal"
    done
    assert_no_throwaway
}

@test "a copy with a subscription is dropped all the same, and the source keeps its own" {
    create_db main subscribed
    sql main subscribed "CREATE SUBSCRIPTION ours CONNECTION 'host=10.255.255.1 dbname=x' PUBLICATION p
        WITH (connect = false, slot_name = 'kept')"
    run -0 pgkeep backup "$MAIN/subscribed"
    run -0 pgkeep test "$MAIN/subscribed" --in database
    run -0 sql main postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'pgkeep%'"
    assert_output 0
    run -0 sql main subscribed "SELECT subname, subslotname FROM pg_subscription"
    assert_output 'ours|kept'
    sql main subscribed "ALTER SUBSCRIPTION ours SET (slot_name = NONE)"
    sql main subscribed "DROP SUBSCRIPTION ours"
    sql main postgres "DROP DATABASE subscribed"
}
