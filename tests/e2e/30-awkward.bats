#!/usr/bin/env bats
# A database with the awkward things in it (tests/data/awkward.sql) comes back equal, in every format and major,
# and so does one whose own name is awkward. What is tagged as-shipped runs once more with the program that is
# shipped, where the others had the sanitizers.

load lib/equality
load lib/servers

MAJORS=(13 15 17)

setup_file() {
    load helper
    suite_begin
    local major
    serve_majors "${MAJORS[*]}"
    for major in "${MAJORS[@]}"; do
        create_db "pg$major" app
        sql "pg$major" app < "$PROJECT/tests/data/awkward.sql"
        keep_content "pg$major" app "$BATS_FILE_TMPDIR/pg$major.content"
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

# comes_back NAME [BACKUP ARGUMENT...]: backed up, verified, restored beside the source, and equal to it
comes_back() {
    local name=$1 server
    server=$(target "$1")
    shift
    run -0 --separate-stderr pgkeep backup "$server/app" "$@"
    # shellcheck disable=SC2154 # set by run --separate-stderr
    refute_regex "$stderr" "WARN|warning|error"
    assert_regex "${lines[-1]}" "^$server/app/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z  [0-9.]+ MiB( \([0-9.]+x\))? in [0-9.]+ s$"
    run -0 pgkeep verify "$server/app"
    run -0 pgkeep restore "$server/app" --into "$server/copy"
    same_content "$BATS_FILE_TMPDIR/$name.content" "$name" copy
    drop_db "$name" copy
}

@test "PostgreSQL 13, custom format" {
    comes_back pg13
}

@test "PostgreSQL 15, custom format" {
    comes_back pg15
}

# bats test_tags=as-shipped
@test "PostgreSQL 17, custom format" {
    comes_back pg17
}

@test "PostgreSQL 17, plain format" {
    comes_back pg17 --format plain
}

@test "PostgreSQL 17, tar format" {
    comes_back pg17 --format tar
}

@test "PostgreSQL 17, directory format" {
    comes_back pg17 --format directory
}

@test "into another server that lacks the roles and extensions" {
    local from to
    from=$(target pg17)
    serve other 17
    to=$(target other)
    pgkeep backup "$from/app"
    run -1 pgkeep restore "$from/app" --into "$to/app"
    assert_output --partial "--globals"
    assert_equal "$(sql other postgres "SELECT count(*) FROM pg_database WHERE datname = 'app'")" 0
    run -0 pgkeep restore "$from/app" --into "$to/app" --globals
    same_content "$BATS_FILE_TMPDIR/pg17.content" other app
    # The role's password went along.
    assert_equal "$(sql other postgres "SELECT rolpassword FROM pg_authid WHERE rolname = 'Mixed Owner'")" \
        "$(sql pg17 postgres "SELECT rolpassword FROM pg_authid WHERE rolname = 'Mixed Owner'")"
}

# bats test_tags=as-shipped
@test "the restore test finds it whole, and leaves the source alone" {
    local server
    server=$(target pg17)
    pgkeep backup "$server/app"
    run -0 pgkeep test "$server/app"
    assert_output --partial "equal"
    run -0 pgkeep test "$server/app" --in database
    assert_output --partial "equal"
    same_content "$BATS_FILE_TMPDIR/pg17.content" pg17 app
}

# Each ends in a letter, so that $(...) cannot eat a newline of it.
awkward_names() {
    # shellcheck disable=SC2016 # a name, not a command
    printf '%s\0' 'my/db' '..' '.hidden' '_cluster' '%41' "a'b\"c" '新しい' 'with space' $'new\nline' 'back\slash' \
        '表表表表表表表表表表表表表表表表表表表表表' '-rf' 'a=b' '$(id)`id`' 'latest' \
        '2026-11-21T013000Z' 'a//b/'
}

# escape NAME: as docs/repository-format.md says: all but A-Z a-z 0-9 . _ - + as %XX, and a first . or _ too
escape() {
    python3 - "$1" << 'PY'
import os, sys
name = os.fsencode(sys.argv[1])
keep = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+"
print("".join(chr(b) if b in keep and not (i == 0 and b in b"._") else f"%{b:02X}" for i, b in enumerate(name)))
PY
}

# in_database DATABASE STATEMENT: psql takes "a=b" for a connection string, but not in PGDATABASE
in_database() {
    docker exec --env PGDATABASE="$1" "$(target pg15)" psql -U postgres -XAtqc "$2"
}

@test "databases with awkward names are backed up, listed, verified and restored by either form of the name" {
    local name escaped server databases=()
    server=$(target pg15)
    mapfile -d '' -t databases < <(awkward_names)
    for name in "${databases[@]}"; do
        in_database postgres "CREATE DATABASE \"${name//\"/\"\"}\""
    done
    for name in "${databases[@]}"; do
        in_database "$name" "CREATE TABLE own AS SELECT current_database() AS name"
    done
    run -0 pgkeep backup "$server"
    run -0 pgkeep verify --all
    pgkeep list --json > "$BATS_TEST_TMPDIR/list.json"
    for name in "${databases[@]}"; do
        escaped=$(escape "$name")
        assert_equal "$(jq --arg name "$name" '[.backups[] | select(.database == $name)] | length' \
            "$BATS_TEST_TMPDIR/list.json")" 1
        assert [ -d "$REPO/$server/$escaped" ]
        run -0 pgkeep show "$server/$name"
        run -0 pgkeep verify "$server/$escaped/latest"
    done
    # Nothing beside the repository, nothing in it but the target, and nothing with a name of its own below that.
    assert_equal "$(find "$BATS_TEST_TMPDIR" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)" $'backups\nlist.json'
    assert_equal "$(find "$REPO" -mindepth 1 -maxdepth 1 -not -name '.*' -printf '%f\n' | sort)" \
        "$(printf '%s\n' pgkeep.json "$server" | sort)"
    assert_equal "$(find "$REPO/$server" -mindepth 1 -maxdepth 1 -not -name '.*' -printf '%f\n' | sort)" \
        "$(for name in "${databases[@]}" app postgres; do escape "$name"; done | sort)"
    for name in "${databases[@]}"; do
        escaped=$(escape "$name")
        run -0 pgkeep restore "$server/$name" --into "$server/$name" --replace --drop-old
        assert_equal "$(in_database "$name" "SELECT name = current_database() FROM own")" t
    done
    run -0 pgkeep restore "$server/$(escape 'my/db')" --into "$server/from escaped"
    assert_equal "$(sql pg15 'from escaped' "SELECT name FROM own")" "my/db"
}
