#!/usr/bin/env bats
# A backup is called different for what it is guilty of itself, and for nothing that the place of the test lacks.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    start_pg main 17
    fault_db main app 30000
    sql main postgres <<- 'SQL'
	CREATE ROLE weak LOGIN;
	CREATE ROLE maker LOGIN CREATEDB;
	CREATE ROLE reader LOGIN SUPERUSER;
	ALTER ROLE reader SET default_transaction_read_only = on;
	CREATE ROLE narrow LOGIN SUPERUSER;
	ALTER ROLE narrow SET temp_file_limit = '64kB';
	ALTER ROLE narrow SET maintenance_work_mem = '1MB';
	SQL
    sql main app "ALTER DATABASE app OWNER TO maker; CREATE INDEX ON big (text, n)"
    use_repository "$REPOSITORY"
    pgkeep backup --quiet "$(target main)/app"
}

setup() {
    load helper
    load lib/fault-common
    begin_from_backups
}

teardown_file() {
    load helper
    load lib/fault-common
    docker image rm --force "pgkeep-test/$FILE_ID-scripts" "pgkeep-test/$FILE_ID-bare" > /dev/null 2>&1
    end_undisturbed main
}

proof() {
    jq -r "$1" "$PGKEEP_REPOSITORY/$MAIN/app"/2*/proof.json
}

@test "what the place forbids or lacks is status 5 with its reason, and the proof stays" {
    local role=
    declare -A words=([weak]="permission denied to create database" [maker]="must be able to SET ROLE"
        [reader]="read-only transaction" [narrow]="temp_file_limit")
    run -0 pgkeep test "$MAIN/app" --in database
    for role in "${!words[@]}"; do
        run -5 pgkeep test "$MAIN/app" --in database --trust-owners --user "$role"
        echo "$role: $output"
        assert_output --partial "proof: unproven"
        assert_output --partial "${words[$role]}"
        assert_equal "$(proof .verdict)" equal
        assert_equal "$(sql main postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'pgkeep%'")" 0
    done
    run -0 pgkeep list "$MAIN/app"
    assert_output --regexp " equal +- *"
}

@test "a rehearsal with another major is kept beside the proof and never in its place" {
    local format
    run -0 pgkeep test "$MAIN/app"
    # -- pg_restore of 15 does not know the format of 17
    run -5 pgkeep test "$MAIN/app" --image "$(image_of 15)"
    echo "$output"
    assert_output --partial "unsupported version"
    assert_output --partial "PostgreSQL 15 is older"
    run -0 pgkeep test "$MAIN/app" --image "$(image_of 18)"
    assert_output --partial "a rehearsal with PostgreSQL 18"
    assert_equal "$(proof '.verdict + " " + (.rehearsals | map(.server_version[:2] + .verdict) | join(" "))')" \
        "equal 15unproven 18equal"
    run -0 pgkeep list "$MAIN/app"
    assert_output --partial "equal; 15: unproven; 18: equal"
    run -0 pgkeep show "$MAIN/app"
    echo "$output"
    assert_output --regexp "proof +equal, "
    assert_output --regexp "rehearsal +PostgreSQL 18[^ ]* .*$(image_of 18): equal, "
    run -0 pgkeep list --json "$MAIN/app"
    assert_equal "$(jq -r '.backups[0] | .verdict, (.rehearsals[].verdict)' <<< "$output" | xargs)" "equal unproven equal"
    run -0 pgkeep verify --all
    # -- a rehearsal alone proves nothing, and psql of 15 stumbles over a setting that it does not know
    run -0 pgkeep backup "$MAIN/app" --quiet --format plain
    run -5 pgkeep test "$MAIN/app" --image "$(image_of 15)"
    echo "$output"
    assert_output --partial "42704: unrecognized configuration parameter"
    refute_output --partial "LOCATION"
    run -0 pgkeep list "$MAIN/app"
    assert_output --partial "unproven; 15: unproven"
}

# image NAME: one of 17 with what the Dockerfile on stdin adds
image() {
    docker build --quiet --label "$LABEL=1" --tag "pgkeep-test/$FILE_ID-$1" - > /dev/null
    echo "pgkeep-test/$FILE_ID-$1"
}

@test "scripts in the image's /docker-entrypoint-initdb.d do not run in a throwaway; the folder need not be there" {
    local scripts bare check="$BATS_TEST_TMPDIR/check.sql"
    scripts=$(
        image scripts <<- DOCKERFILE
		FROM $(image_of 17)
		RUN echo 'CREATE ROLE planted' > /docker-entrypoint-initdb.d/10.sql
		RUN mkdir /docker-entrypoint-preinitdb.d && echo 'sleep 60' > /docker-entrypoint-preinitdb.d/10.sh
		DOCKERFILE
    )
    bare=$(
        image bare <<- DOCKERFILE
		FROM $(image_of 17)
		RUN rmdir /docker-entrypoint-initdb.d
		DOCKERFILE
    )
    echo "SELECT count(*) = 0 FROM pg_roles WHERE rolname = 'planted'" > "$check"
    run -0 pgkeep test "$MAIN/app" --image "$scripts" --check "$check"
    run -0 pgkeep test "$MAIN/app" --image "$bare" --check "$check"
    assert_no_throwaway
}

@test "a server that comes out of its initialisation under the question is not taken for the temporary one" {
    local init="$BATS_TEST_TMPDIR/init" slow="$BATS_TEST_TMPDIR/cat" container
    mkdir "$init"
    echo "sleep 2" > "$init/10.sh"
    # -- who asks what process 1 is gets the answer once that is the final server
    printf '#!/bin/sh\nuntil grep -q postgres /proc/1/comm; do sleep 0.05; done\nexec /bin/cat "$@"\n' > "$slow"
    chmod 755 "$slow"
    run_pg racy 17 --volume "$init:/docker-entrypoint-initdb.d:ro" --volume "$slow:/usr/local/bin/cat:ro"
    run -0 pgkeep backup --test "$(target racy)/postgres"
    echo "$output"
    assert_output --partial "proof: equal"
    refute_output --partial "another server"
}

@test "a server that restarts after it was found is asked who it is once more" {
    local relay="$BATS_TEST_TMPDIR/perl"
    # -- its container outlives it, and the relay of the first session restarts it
    cat > "$relay" <<- 'SCRIPT'
	#!/bin/sh
	if [ ! -e /tmp/restarted ]; then
	    touch /tmp/restarted
	    kill -s INT "$(head -n 1 "$PGDATA/postmaster.pid")"
	    while pg_isready -q; do sleep 0.1; done
	    until pg_isready -q -h 127.0.0.1; do sleep 0.1; done
	fi
	exec /usr/bin/perl "$@"
	SCRIPT
    chmod 755 "$relay"
    docker run --detach --name "$(target phoenix)" --label "$LABEL=1" --label "$LABEL.file=$FILE_ID" \
        --env POSTGRES_PASSWORD=secret --volume "$relay:/usr/local/bin/perl:ro" "$(image_of 17)" \
        bash -c 'while :; do docker-entrypoint.sh postgres -c fsync=off; done' > /dev/null
    wait_pg phoenix
    run -0 pgkeep backup --verbose "$(target phoenix)/postgres"
    echo "$output"
    assert_output --partial "the server restarted meanwhile"
    refute_output --partial "no way for SQL"
    docker exec "$(target phoenix)" test -e /tmp/restarted
}

free_mib() {
    docker exec "$(target tight)" sh -c 'df -P -m "$PGDATA"' | awk 'END { print $4 }'
}

@test "a restore for which there is no room is refused, and with --force given up before the server's volume is full" {
    local before tight
    tight=$(target tight)
    start_pg tight 17 --tmpfs /var/lib/postgresql/data:size=150m,uid=999,gid=999,mode=0700 -- \
        -c max_wal_size=32MB -c min_wal_size=32MB -c autovacuum=off
    fault_db tight app 200000
    sql tight postgres CHECKPOINT
    before=$(sql tight postgres "SELECT pg_postmaster_start_time(), array_agg(datname ORDER BY 1) FROM pg_database")
    run -0 pgkeep backup --quiet "$tight/app"
    echo "free: $(free_mib) MiB"
    run -5 pgkeep test "$tight/app" --in database
    echo "$output"
    assert_output --regexp "the server's volume has .* free, and the restore takes about .* of data, .* of WAL"
    assert_output --partial "--force"
    run -1 pgkeep restore "$tight/app" --into "$tight/copy"
    assert_output --partial "the restore takes about"
    run -5 pgkeep test "$tight/app" --in database --force
    echo "$output"
    assert_output --partial "gave up before the server's volume was full"
    run -1 pgkeep restore "$tight/app" --into "$tight/copy" --force
    assert_output --partial "gave up before the server's volume was full"
    assert_equal "$(sql tight postgres "SELECT pg_postmaster_start_time(), array_agg(datname ORDER BY 1) FROM pg_database")" \
        "$before"
    # -- nor do rows that go into the tables that are there
    sql tight app "ALTER TABLE big DROP CONSTRAINT big_pkey; ALTER TABLE small DROP CONSTRAINT small_pkey"
    docker exec "$tight" sh -c 'head -c 25M /dev/zero > "$PGDATA/ballast"'
    run -1 pgkeep restore "$tight/app" --into "$tight/app" --data-only --force
    echo "$output"
    assert_output --partial "gave up before the server's volume was full"
    assert_no_tools_left tight
    assert_equal "$(sql tight app "SELECT count(*) FROM big")" 200000
    docker exec "$tight" sh -c 'rm "$PGDATA/ballast"'
    run -0 pgkeep restore "$tight/app" --into "$tight/part" --table small
    assert_server_undisturbed tight
}

@test "an interrupt also ends a pg_restore that reads its dump in the container" {
    sql main app "ALTER TABLE small DROP CONSTRAINT small_pkey"
    hold_table main app small
    start_pgkeep restore "$MAIN/app" --into "$MAIN/app" --data-only --table small --trust-owners
    wait_for 20 eval '[[ $(sql main postgres "SELECT count(*) FROM pg_locks WHERE NOT granted") -gt 0 ]]'
    end_pgkeep INT
    assert_equal "$status" 130
    let_go main
    assert_no_tools_left main
    assert_equal "$(sql main app "SELECT count(*) FROM small")" 100
}

@test "large objects are counted, and named by test, verify and restore" {
    local format objects="0 tables, 0 rows, 1,200 large objects"
    create_db main blobs
    sql main blobs "SELECT lo_from_bytea(0, n::text::bytea) FROM generate_series(1, 1199) n; SELECT lo_create(0)" > /dev/null
    for format in custom directory plain; do
        run -0 pgkeep backup --quiet "$MAIN/blobs" --format "$format"
        run -0 pgkeep verify "$MAIN/blobs"
        assert_output --partial ", $objects in "
    done
    run -0 pgkeep restore "$MAIN/blobs" --into "$MAIN/again"
    assert_output --regexp ": $objects$"
    run -0 pgkeep backup --quiet "$MAIN/blobs"
    run -0 pgkeep test --in database "$MAIN/blobs"
    assert_output --partial "proof: equal  0 tables, 0 rows, 0 sequences, 0 objects, 1,200 large objects; restored in"
    assert_equal "$(jq .large_objects "$PGKEEP_REPOSITORY/$MAIN/blobs"/2*/proof.json)" 1200
    run -0 pgkeep verify --json "$MAIN/blobs"
    assert_equal "$(jq '.backups[0].large_objects' <<< "$output")" 1200
}
