#!/usr/bin/env bats
# The stages of docs/ci.md and compose/ci-restore-test.yml: their commands are taken from there and run, with
# images that are here. What GitHub and GitLab do around them is theirs.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function
# bats file_tags=no-sanitize

setup_file() {
    load helper
    load lib/servers
    suite_begin
    # The page mounts it by this name.
    [[ -S /var/run/docker.sock ]] || {
        echo "no engine at /var/run/docker.sock" >&2
        return 1
    }
    export PGKEEP_IMAGE="pgkeep-test/pgkeep:$FILE_ID" POSTGRES_IMAGE
    POSTGRES_IMAGE=$(image_of 18)
    ensure_image 18
    "$PROJECT/scripts/images" --base 15
    docker build --network host --build-arg BASE=pgkeep-test/debian:bookworm --label "$LABEL=1" \
        --tag "$PGKEEP_IMAGE" "$PROJECT" > /dev/null
    start_pg db 13
    create_db db app
    sql db app < "$PROJECT/tests/e2e/lib/shop.sql"
    use_repository "$REPOSITORY"
    pgkeep backup "$(target db)/app" --quiet
}

# Each test works as a CI job does: in a folder that holds backups/, and nothing else.
setup() {
    load helper
    load lib/servers
    test_begin
    cd "$BATS_TEST_TMPDIR"
    rm -rf backups
    cp -a "$REPOSITORY" backups
    BACKUP=$(target db)/app
}

teardown_file() {
    load helper
    suite_end
    [[ -z ${PGKEEP_IMAGE:-} ]] || docker rmi "$PGKEEP_IMAGE" > /dev/null
}

# from_page PYTHON: prints what the expression takes out of docs/ci.md; yaml and sh are its code blocks
from_page() {
    python3 - "$PROJECT/docs/ci.md" "$1" << 'PY'
import re, sys, yaml as parser
blocks = re.findall(r"^```(\w+)\n(.*?)^```", open(sys.argv[1]).read(), re.M | re.S)
yaml = [parser.safe_load(text) for kind, text in blocks if kind == "yaml"]
sh = [text for kind, text in blocks if kind == "sh"]
print(eval(sys.argv[2]))
PY
}

# for_here: the page's names as they are here
for_here() {
    sed -e "s|app-db/app|$BACKUP|g" -e "s|pgkeep test|$PGKEEP_IMAGE test|g" -e "s|postgres:18|$POSTGRES_IMAGE|g" \
        -e "/^docker build/d" -e "/^docker pull/d"
}

spoil() {
    truncate --size=-100 backups/"$BACKUP"/*/*.dump
}

# outcome: the restore's own case in the report
outcome() {
    python3 -c 'import xml.etree.ElementTree as tree
case = next(tree.parse("report/pgkeep.xml").getroot().iter("testcase"))
print(case.get("name"), case[0].tag if len(case) else "passed")'
}

@test "the commands of the page's first part" {
    from_page 'sh[0]' | for_here > stage.sh
    run -0 bash -e stage.sh
    echo "$output"
    assert_output --partial "proof: equal"
    assert_equal "$(outcome)" "restore passed"
    # -- an upgrade was rehearsed: 13 into 18
    assert_equal "$(jq -r '.rehearsals[0].server_version[:2]' backups/"$BACKUP"/*/proof.json)" 18
}

@test "GitHub's job tells a bad backup from a test that could not be made" {
    from_page '[s["run"] for s in yaml[0]["jobs"]["restore-test"]["steps"] if "restores" in s.get("name", "")][0]' |
        for_here > stage.sh
    # -- as GitHub runs it
    run -0 bash -e stage.sh
    echo "$output"
    refute_output --partial "::"
    assert_equal "$(outcome)" "restore passed"
    POSTGRES_IMAGE=no-such-image:1 run -5 bash -e stage.sh
    assert_output --partial "::warning::the test could not be made"
    assert_equal "$(outcome)" "restore error"
    spoil
    run -4 bash -e stage.sh
    assert_output --partial "::error::the backup is bad"
    assert_equal "$(outcome)" "restore failure"
    assert_equal "$(from_page 'yaml[0]["jobs"]["restore-test"]["steps"][-1]["if"]')" "always()"
}

@test "GitLab's job tells a bad backup from a test that could not be made" {
    from_page '"\n".join(yaml[1]["restore-test"]["script"])' | for_here > stage.sh
    export CI_PROJECT_DIR=$PWD
    run -0 sh -e stage.sh
    echo "$output"
    assert_equal "$(outcome)" "restore passed"
    POSTGRES_IMAGE=no-such-image:1 run -5 sh -e stage.sh
    assert_equal "$(outcome)" "restore error"
    spoil
    run -4 sh -e stage.sh
    assert_equal "$(outcome)" "restore failure"
    assert_equal "$(from_page 'yaml[1]["restore-test"]["artifacts"]')" \
        "{'when': 'always', 'reports': {'junit': 'report/pgkeep.xml'}}"
    assert_equal "$(from_page 'yaml[1]["restore-test"]["allow_failure"]')" "{'exit_codes': 5}"
}

# in_compose ARGUMENT...: whichever compose is here
in_compose() {
    local compose=(docker compose)
    docker compose version > /dev/null 2>&1 || compose=(docker-compose)
    "${compose[@]}" --project-name "$FILE_ID" --file "$PROJECT/compose/ci-restore-test.yml" "$@"
}

@test "the compose file does the same" {
    mkdir report
    export BACKUP BACKUPS=$PWD/backups REPORT=$PWD/report CI_USER DOCKER_GID
    CI_USER="$(id -u):$(id -g)"
    DOCKER_GID=$(stat -L -c %g /var/run/docker.sock)
    run -0 in_compose run --rm -T restore-test
    echo "$output"
    assert_output --partial "proof: equal"
    assert_equal "$(outcome)" "restore passed"
    POSTGRES_IMAGE=no-such-image:1 run -5 in_compose run --rm -T restore-test
    assert_equal "$(outcome)" "restore error"
    spoil
    run -4 in_compose run --rm -T restore-test
    assert_equal "$(outcome)" "restore failure"
    run -0 in_compose down
}

@test "the commands of the page's last part: a schema is backed up, and proven to restore" {
    local name labels
    name=$(target ci-db)
    mapfile -t labels < <(labelled)
    echo "CREATE TABLE migrated (n int)" > schema.sql
    rm -r backups
    from_page 'sh[1]' | sed -e "s|docker run -d|docker run -d ${labels[*]}|" -e "s|ci-db|$name|g" \
        -e "s|postgres:17|$(image_of 17)|" -e "s|^\( *\)pgkeep \"\$@\"|\1$PGKEEP_IMAGE \"\$@\"|" > stage.sh
    run -0 bash -e stage.sh
    echo "$output"
    assert_output --partial "proof: equal"
    assert_equal "$(outcome)" "restore passed"
    run ! docker inspect "$name"
}
