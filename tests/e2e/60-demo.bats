#!/usr/bin/env bats
# The first of README's two commands, as a newcomer runs it.
# bats file_tags=no-sanitize

setup_file() {
    load helper
    suite_begin
    # README has the demo run first, so that of this clone may be up. It stays up; another's is not ours to touch.
    local folder
    folder=$(docker ps --all --filter label=com.docker.compose.project=pgkeep-demo \
        --format '{{.Label "com.docker.compose.project.working_dir"}}' | sort -u)
    [[ -n $folder ]] || return 0
    touch "$BATS_FILE_TMPDIR/was-up"
    if [[ $folder != "$PROJECT/compose" ]]; then
        echo "a demo of $folder runs already: scripts/demo --down there first" >&2
        return 1
    fi
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    [[ -e $BATS_FILE_TMPDIR/was-up ]] || "$PROJECT/scripts/demo" --down
    suite_end
}

@test "the demo backs up through the sidecar, verifies, proves, and says where the files are" {
    run "$PROJECT/scripts/demo"
    assert_success
    assert_line --regexp '^app-db/app/.* in .* s$'
    assert_line --regexp '^app-db/app/.*  ok  .*193,650 rows'
    assert_line --regexp '  proof: equal  .*193,650 rows.*; restored in '
    local manifest
    manifest=$(find "$PROJECT/compose/backups/app-db/app" -name manifest.json | sort | tail -n 1)
    [[ -n $manifest ]]
    assert_equal "$(jq -r .database "$manifest")" app
}

@test "a second run of the demo takes under a minute, and its log in a file is whole" {
    local start=$SECONDS
    run bash -c '"$1" > "$2" 2>&1' bash "$PROJECT/scripts/demo" "$BATS_TEST_TMPDIR/log"
    assert_success
    assert_equal "$(head -c 3 "$BATS_TEST_TMPDIR/log" | tr '\0' 0)" "== "
    run cat "$BATS_TEST_TMPDIR/log"
    assert_output --partial "What happened"
    assert_line --regexp '^\$ docker exec .* pgkeep backup app-db/app$'
    [[ $((SECONDS - start)) -lt 60 ]]
}

@test "the sidecar runs without root and is healthy" {
    local sidecar
    sidecar=$(docker ps --quiet --filter label=com.docker.compose.project=pgkeep-demo \
        --filter label=com.docker.compose.service=pgkeep)
    run docker exec "$sidecar" id -u
    assert_output 10001
    wait_for 60 eval "docker inspect --format '{{.State.Health.Status}}' $sidecar | grep -qx healthy"
}

@test "the demo's image adds less than 60 MB to its base" {
    local base ours
    base=$(docker image inspect --format '{{.Size}}' pgkeep-test/debian:bookworm)
    ours=$(docker image inspect --format '{{.Size}}' pgkeep-demo/pgkeep)
    [[ $((ours - base)) -lt 60000000 ]]
}

@test "a sidecar takes its own project's service, whatever else on the host has that name" {
    docker container inspect app-db > /dev/null 2>&1 || docker run --detach --name app-db --label "$LABEL=1" \
        --label "$LABEL.run=$RUN_ID" --label "$LABEL.file=$FILE_ID" --env POSTGRES_PASSWORD=other "$(image_of 15)" > /dev/null
    local sidecar
    sidecar=$(docker ps --quiet --filter label=com.docker.compose.project=pgkeep-demo \
        --filter label=com.docker.compose.service=pgkeep)
    run docker exec "$sidecar" pgkeep backup --quiet app-db/app
    assert_success
    assert_output --regexp '^app-db/app/'
    run docker exec "$sidecar" pgkeep backup --quiet
    assert_success
    assert_line --regexp '^app-db/app/'
    refute_output --partial "other"
}
