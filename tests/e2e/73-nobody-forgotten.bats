#!/usr/bin/env bats
# What was backed up once is not forgotten without a word, and one wrong name costs the others nothing.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    suite_begin
    run_pg main 17 --label pgkeep.enable=true
    run_pg other 15 --label pgkeep.enable=true
    wait_pg main
    wait_pg other
    create_db main app
}

setup() {
    load helper
    test_begin
    MAIN=$(target main)
    OTHER=$(target other)
}

teardown_file() {
    load helper
    suite_end
}

@test "of several names, one that means nothing is told, and the others are backed up" {
    run -3 pgkeep backup no-such-container "$MAIN/app" "$MAIN/no-such-database" "$OTHER/postgres"
    assert_output --partial "no container or compose service \"no-such-container\""
    assert_output --partial "$MAIN has no database \"no-such-database\""
    assert_output --partial "2 of 4 failed"
    run -0 pgkeep list --json
    assert_equal "$(jq -r '.backups[] | .target + "/" + .database' <<< "$output" | sort | paste -sd ' ')" \
        "$MAIN/app $OTHER/postgres"
    # alone they are wrong usage, and nothing is done
    run -2 pgkeep backup no-such-container
    run -2 pgkeep backup "$MAIN/no-such-database"
    run -2 pgkeep backup no-such-container no-other-container
}

@test "a database that restore --replace has kept is left out, named, and backed up where it is named" {
    local kept=app_before_2026-11-21T013000Z
    create_db main "$kept"
    run -0 pgkeep backup "$MAIN"
    assert_output --partial "$MAIN/$kept: left out"
    refute_line --regexp "^$MAIN/$kept/"
    assert_line --regexp "^$MAIN/app/"
    run -0 pgkeep backup "$MAIN/$kept"
    assert_line --regexp "^$MAIN/$kept/"
    docker exec "$MAIN" dropdb -U postgres "$kept"
}

@test "a target that has backups and no container any more is named by backup, doctor and stats" {
    local project="$FILE_ID-project"
    run_pg lost 15 --label pgkeep.enable=true
    wait_pg lost
    run -0 pgkeep backup --quiet "$(target lost)/postgres"
    run -0 pgkeep stats
    refute_output --partial "no container any more"
    docker stop "$(target lost)" > /dev/null # it is still there
    run -0 pgkeep stats --json
    assert_equal "$(jq -c .gone_targets <<< "$output")" "[]"
    docker rm --volumes "$(target lost)" > /dev/null

    run -3 pgkeep backup
    assert_output --partial "$(target lost): it has backups, and no container any more"
    # -- tests beside this one may have targets as well
    assert_output --regexp "[0-9]+ of [0-9]+ failed"
    assert_line --regexp "^$MAIN/app/"
    run -0 pgkeep backup "$MAIN/app" # it was not asked for
    run -1 pgkeep doctor
    assert_output --regexp "target $(target lost) +PROBLEM +.*no container any more"
    run -0 pgkeep stats
    assert_line "no container any more: $(target lost)"
    run -0 pgkeep stats --json
    assert_equal "$(jq -c .gone_targets <<< "$output")" "[\"$(target lost)\"]"
    # without an engine nobody knows
    run -0 pgkeep stats --json --host "unix://$BATS_TEST_TMPDIR/no.sock"
    assert_equal "$(jq -c .gone_targets <<< "$output")" "null"

    # the same one under another name, and another one as the service of that name: both stand for it
    docker rename "$OTHER" "$OTHER-renamed"
    run -0 pgkeep stats --json
    assert_equal "$(jq -c .gone_targets <<< "$output")" "[\"$(target lost)\"]"
    docker rename "$OTHER-renamed" "$OTHER"
    docker run --detach --name "$project-1" --label "$LABEL=1" --label "$LABEL.run=$RUN_ID" --label "$LABEL.file=$FILE_ID" \
        --label com.docker.compose.project="$project" --label com.docker.compose.service="$(target lost)" \
        --env POSTGRES_PASSWORD=secret "$(image_of 15)" > /dev/null
    run -0 pgkeep stats --json
    assert_equal "$(jq -c .gone_targets <<< "$output")" "[]"
}

@test "a backup's folder that lies anywhere can be shown, verified, tested and restored by its path" {
    local folder copy="$BATS_TEST_TMPDIR/from a colleague"
    run -0 pgkeep backup --quiet "$MAIN/app"
    folder=$(published)
    cp -a "$folder" "$copy"
    # a path into the repository, also by a link, is no other thing than the id
    ln -s "$REPO" "$BATS_TEST_TMPDIR/link"
    run -0 pgkeep verify "$BATS_TEST_TMPDIR/link/${folder#"$REPO"/}"

    run -0 --separate-stderr pgkeep show "$copy" --json
    assert_equal "$(jq -r .manifest.database <<< "$output")" app
    run -0 pgkeep show "$copy" --contents
    run -0 pgkeep backup --quiet "$MAIN/app"
    run -0 pgkeep show --diff "$copy" "$MAIN/app"
    rm -r "$REPO"
    cd "$copy"
    run -0 pgkeep verify .
    assert_line --regexp "^$MAIN/app/[0-9TZ-]+  ok"
    cd ..
    run -0 pgkeep test "./from a colleague"
    assert_output --partial "proof: equal"
    assert_output --partial "is read by itself"
    [[ ! -e $copy/proof.json ]]
    run -0 pgkeep restore "$copy" --into "$MAIN/from_colleague"
    docker exec "$MAIN" dropdb -U postgres from_colleague

    printf 'x' >> "$(find "$copy" -name '*.dump')"
    run -4 pgkeep verify "$copy"
    echo nonsense > "$copy/manifest.json"
    run -4 pgkeep verify "$copy"
    run -4 pgkeep restore "$copy" --into "$MAIN/from_colleague"
    rm "$copy/manifest.json"
    run -2 pgkeep verify "$copy"
    assert_output --partial "is no backup: it has no manifest.json"
    run -2 pgkeep verify "$copy/nowhere"
    assert_output --partial "No such file or directory"
}
