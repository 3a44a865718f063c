#!/usr/bin/env bats
# A role without superuser reads all rows (pg_read_all_data), and yet its pg_dump leaves things out and succeeds: what
# it said is kept and shown, and what it cannot see keeps the proof from being equal.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

MAJORS="15 17"

setup_file() {
    load helper
    load lib/servers
    suite_begin
    local major
    serve_majors "$MAJORS"
    for major in $MAJORS; do
        create_db "pg$major" shop
        # no large object: such a role may not read their pages, so the backup would fail
        sql "pg$major" shop << 'SQL' > /dev/null
CREATE ROLE least LOGIN PASSWORD 'secret' IN ROLE pg_read_all_data;
CREATE ROLE other;
CREATE TABLE t AS SELECT g AS a FROM generate_series(1, 100) g;
CREATE EXTENSION postgres_fdw;
CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere.invalid');
CREATE USER MAPPING FOR other SERVER away OPTIONS (user 'u', password 'geheim');
SET client_min_messages = error;
CREATE SUBSCRIPTION feed CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false);
SQL
    done
}

setup() {
    load helper
    load lib/servers
    test_begin
}

teardown_file() {
    load helper
    load lib/servers
    end_unharmed
}

@test "what a role without superuser cannot see is shown by the backup, and its proof is unproven and names it" {
    local major
    for major in $MAJORS; do
        run -0 pgkeep backup "$(target "pg$major")/shop" --user least
        assert_output --partial "pg_dump: warning: subscriptions not dumped because current user is not a superuser"
        assert_output --partial "subscription feed: pg_dump leaves it out"
        run -0 pgkeep show "$(target "pg$major")/shop"
        assert_output --regexp "warning +pg_dump: warning: subscriptions not dumped"
        [[ $(jq -r '.warnings[]' "$PGKEEP_REPOSITORY/$(target "pg$major")/shop"/2*/manifest.json) == *"subscriptions not dumped"* ]]
        run -5 pgkeep test "$(target "pg$major")/shop"
        assert_output --partial "subscription feed: pg_dump leaves it out, because the role is no superuser"
        assert_output --partial "user mapping other of server away: pg_dump leaves out its options"
        run -0 pgkeep verify "$(target "pg$major")/shop"
    done
}

@test "a superuser's backup of the same has no warning and is equal" {
    run -0 pgkeep backup "$(target pg15)/shop"
    refute_output --partial "warning"
    [[ $(jq -c '[.warnings, .fingerprint.hidden]' "$PGKEEP_REPOSITORY/$(target pg15)/shop"/2*/manifest.json) == '[[],[]]' ]]
    run -0 pgkeep test "$(target pg15)/shop"
    assert_output --partial "proof: equal"
}

@test "a backup of one table is none of a subscription, and so equal" {
    run -0 pgkeep backup "$(target pg17)/shop" --user least --table public.t
    run -0 pgkeep test "$(target pg17)/shop"
    assert_output --partial "proof: equal"
}

@test "a comment of a large object that the copy lacks is a difference" {
    create_db pg17 large
    sql pg17 large "SELECT lo_from_bytea(1, '\x01'), lo_from_bytea(2, '\x02')" > /dev/null
    sql pg17 large "COMMENT ON LARGE OBJECT 1 IS 'mine'"
    run -0 pgkeep backup "$(target pg17)/large"
    run -0 pgkeep test "$(target pg17)/large"
    assert_output --partial "proof: equal"
    # as if the dump had another: the fingerprint of the source says something else
    local manifest
    manifest=$(echo "$PGKEEP_REPOSITORY/$(target pg17)/large"/2*/manifest.json)
    [[ $(jq -r .fingerprint.large_objects.comments_digest "$manifest") != 0000000000000000 ]]
    jq '.fingerprint.large_objects.comments_digest = "0000000000000000"' "$manifest" > "$manifest.edited"
    mv "$manifest.edited" "$manifest"
    run -4 pgkeep test "$(target pg17)/large"
    assert_output --partial "large objects: their comments differ"
    # a backup of an older pgkeep knows nothing of them
    jq 'del(.fingerprint.hidden, .fingerprint.large_objects.comments_digest, .fingerprint.large_objects.labels_digest)' \
        "$manifest" > "$manifest.edited"
    mv "$manifest.edited" "$manifest"
    run -0 pgkeep test "$(target pg17)/large"
    assert_output --partial "proof: equal"
}
