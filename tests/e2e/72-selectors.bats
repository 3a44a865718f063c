#!/usr/bin/env bats
# Which backup is meant, what is said before a database gives way to it, and which server can take it.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

load lib/servers

setup_file() {
    load helper
    suite_begin
    run_pg pg17 17
    run_pg pg15 15
    wait_pg pg17
    wait_pg pg15
    watch_server pg17
    watch_server pg15
    create_db pg17 shop
    sql pg17 shop <<< "CREATE ROLE keeper; CREATE ROLE reader; CREATE TABLE t (n int); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO keeper;
        GRANT SELECT ON t TO reader; REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO reader"
}

setup() {
    load helper
    test_begin
    P17=$(target pg17)
    P15=$(target pg15)
}

teardown_file() {
    load helper
    end_unharmed
}

databases() {
    sql "$1" postgres "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1" | paste -sd ' '
}

roles() {
    sql "$1" postgres "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1" | paste -sd ' '
}

# on_terminal ANSWER WORD...: runs pgkeep on a terminal of its own, and types the answer
on_terminal() {
    local answer=$1
    shift
    printf '%s\n' "$answer" | script --quiet --return --command "$(printf '%q ' "$PGKEEP" "$@")" /dev/null
}

@test "proven, a moment, all: which backups are meant, and what --replace says of the one it takes" {
    local first second
    run -0 pgkeep backup "$P17/shop"
    first=$(pgkeep list --json | jq -r '.backups[-1].id')
    run -0 pgkeep test "$first"
    sleep 1 # a second has one stamp
    sql pg17 shop "INSERT INTO t VALUES (2)"
    run -0 pgkeep backup "$P17/shop"
    second=$(pgkeep list --json | jq -r '.backups[-1].id')
    # -- selectors work wherever a backup is named
    run -0 pgkeep show "$P17/shop/proven" --json
    assert_equal "$(jq -r .id <<< "$output")" "$first"
    run -0 pgkeep show "$P17/shop@${second##*/}" --json
    assert_equal "$(jq -r .id <<< "$output")" "$first"
    run -2 pgkeep show "$P17/shop@2020-01-01"
    assert_output --partial "no backup of $P17/shop was taken before 2020-01-01"
    # -- it says which, how old, proven or not
    run -0 pgkeep restore "$P17/shop" --into "$P17/shop" --replace --drop-old
    assert_output --partial "$P17/shop gives way to $second ("
    assert_output --partial "old, never tested)"
    run -0 pgkeep restore "$P17/shop/proven" --into "$P17/shop" --replace --drop-old
    refute_output --partial "gives way"
    assert_equal "$(sql pg17 shop "SELECT count(*) FROM t")" 1
    # -- and asks on a terminal
    run -2 on_terminal n restore "$P17/shop" --into "$P17/shop" --replace --drop-old
    assert_output --partial "go on? [y/N]"
    assert_output --partial "not confirmed: nothing was changed"
    assert_equal "$(sql pg17 shop "SELECT count(*) FROM t")" 1
    run -0 on_terminal y restore "$P17/shop" --into "$P17/shop" --replace --drop-old
    assert_equal "$(sql pg17 shop "SELECT count(*) FROM t")" 2
    run -0 on_terminal n restore "$P17/shop" --into "$P17/shop" --replace --drop-old --yes
    refute_output --partial "go on?"
    # -- all of them: what is bad goes before what is good
    printf 'x' >> "$REPO/$first/$(cd "$REPO/$first" && echo ./*.dump)"
    run --separate-stderr -4 pgkeep test --all --json
    assert_equal "$(jq -r '.backups[].verdict' <<< "$output" | paste -sd ' ')" "different equal"
    run -2 pgkeep test --all "$P17/shop"
    run -2 pgkeep test
    assert_output --partial "neither a BACKUP nor --all is given"
}

@test "majors are compared before anything is made, and roles of a restore that failed are not left behind" {
    local form before
    before="$(databases pg15) $(roles pg15)"
    for form in custom plain; do
        use_repository "$REPO/$form"
        run -0 pgkeep backup "$P17/shop" --format "$form"
        run -2 pgkeep restore "$P17/shop" --into "$P15/shop" --globals
        assert_output --partial "the backup is of PostgreSQL 17, $P15 is 15: $([[ $form == plain ]] && echo psql || echo pg_restore) 15 cannot read it"
        assert_output --partial "hint: restore into a PostgreSQL 17 or newer"
        assert_equal "$(databases pg15) $(roles pg15)" "$before"
    done
    # -- by hand, as docs/operations.md says
    docker exec "$P15" createdb -U postgres shop
    docker exec -i "$P17" pg_restore --no-owner --no-privileges -f - < "$(echo "$BATS_TEST_TMPDIR"/backups/custom/*/shop/*/*.dump)" |
        sed '/^SET transaction_timeout = /d' | docker exec -i "$P15" psql -qX -U postgres -d shop -v ON_ERROR_STOP=1
    assert_equal "$(sql pg15 shop "SELECT count(*) > 0 FROM t")" t
    docker exec "$P15" dropdb -U postgres shop
    # -- what fails later takes its roles along
    docker exec --user postgres "$P15" mkdir /tmp/fast
    sql pg15 postgres "CREATE ROLE passing"
    sql pg15 postgres "CREATE TABLESPACE fast LOCATION '/tmp/fast'"
    create_db pg15 spaced
    sql pg15 spaced "CREATE TABLE t (n int) TABLESPACE fast; ALTER TABLE t OWNER TO passing"
    run -0 pgkeep backup "$P15/spaced"
    docker exec "$P15" dropdb -U postgres spaced
    sql pg15 postgres "DROP TABLESPACE fast"
    sql pg15 postgres "DROP ROLE passing"
    run -1 pgkeep restore "$P15/spaced" --into "$P15/spaced" --globals
    assert_output --partial "tablespace"
    assert_equal "$(databases pg15) $(roles pg15)" "$before"
    run -0 pgkeep restore "$P15/spaced" --into "$P15/spaced" --globals --no-tablespaces
    assert_output --partial "roles made: passing"
}

@test "--no-owner alone fails on grants and says so, and with --no-privileges no role is needed" {
    sql pg17 postgres "CREATE ROLE goer"
    create_db pg17 granted
    sql pg17 granted "CREATE TABLE t (n int); GRANT SELECT ON t TO goer; GRANT CONNECT ON DATABASE granted TO goer;
        ALTER DATABASE granted CONNECTION LIMIT 7"
    run -0 pgkeep backup "$P17/granted"
    docker exec "$P17" dropdb -U postgres granted
    sql pg17 postgres "DROP ROLE goer"
    run -1 pgkeep restore "$P17/granted" --into "$P17/granted" --no-owner
    assert_output --partial 'role "goer" does not exist'
    assert_output --partial "--no-owner --no-privileges needs none of them"
    run -0 pgkeep restore "$P17/granted" --into "$P17/granted" --no-owner --no-privileges
    assert_equal "$(sql pg17 granted "SELECT coalesce(relacl::text, '-') FROM pg_class WHERE relname = 't'")" "-"
    assert_equal "$(sql pg17 granted "SELECT datconnlimit FROM pg_database WHERE datname = 'granted'")" 7
    docker exec "$P17" dropdb -U postgres granted
}
