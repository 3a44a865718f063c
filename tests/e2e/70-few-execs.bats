#!/usr/bin/env bats
# An exec costs about as much as the dump of a small database. A backup asks much in few of them, and what it asks
# is asked as well as before.

load lib/servers

MOST=5

setup_file() {
    load helper
    suite_begin
    run_pg few 17 --env POSTGRES_DB=empty -- -c log_statement=all -c log_line_prefix='<%a> '
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

# said_to NAME: the statements of pgkeep itself, a line each, since the last call; without those that look, ten
# times a second, whether pg_dump has its locks
said_to() {
    local since="$BATS_FILE_TMPDIR/since"
    docker logs --since "$(cat "$since" 2> /dev/null || echo 1)" "$(target "$1")" 2>&1 |
        grep '^<pgkeep> LOG:  statement:' | grep --invert-match -e pg_stat_clear_snapshot -e 'pg_locks l  WHERE'
    date +%s.%N > "$since"
}

@test "small tables are counted many at a time, and no statement grows with what a table is wide" {
    local before after
    create_db few tables
    sql few tables << 'SQL'
DO $$
BEGIN
    FOR s IN 1..30 LOOP
        EXECUTE format('CREATE SCHEMA s%s', s);
        EXECUTE format('CREATE TABLE s%s.p (i int PRIMARY KEY, t text) PARTITION BY RANGE (i)', s);
        FOR p IN 0..9 LOOP
            EXECUTE format('CREATE TABLE s%s.p%s PARTITION OF s%s.p FOR VALUES FROM (%s) TO (%s)', s, p, s, p * 10, p * 10 + 10);
        END LOOP;
        EXECUTE format('INSERT INTO s%s.p SELECT i, i::text FROM generate_series(0, 99) i', s);
    END LOOP;
    EXECUTE (SELECT 'CREATE TABLE wide (' || string_agg('c' || i || ' int', ',') || ')' FROM generate_series(1, 1500) i);
    INSERT INTO wide (c1, c1500) VALUES (1, 2), (2, 1);
END $$;
SQL
    said_to few > "$BATS_TEST_TMPDIR/before" || true
    run -0 execs few pgkeep backup --fingerprint-jobs 2 "$(target few)/tables"
    assert [ "$output" -le $((MOST + 1)) ]
    run -0 said_to few
    assert [ "${#lines[@]}" -lt 100 ]
    run -0 awk '{ if (length($0) > most) most = length($0) } END { print most }' <<< "$output"
    assert [ "$output" -lt 150000 ]

    before=$(pgkeep show --json "$(target few)/tables" | jq -c '.manifest.fingerprint.tables')
    run -0 jq -r 'map(.rows) | add, length' <<< "$before"
    assert_output $'3002\n301'
    # the same contents read the other way, as a stranger's, have the same digests; a row that changed has not
    sql few tables "CREATE ROLE stranger; ALTER DATABASE tables OWNER TO stranger; ALTER TABLE s1.p1 OWNER TO stranger;
        ALTER TABLE s2.p1 OWNER TO stranger; UPDATE s3.p1 SET t = 'x' WHERE i = 10"
    pgkeep backup --quiet "$(target few)/tables"
    after=$(pgkeep show --json "$(target few)/tables" | jq -c '.manifest.fingerprint.tables')
    run -0 jq -cn --argjson a "$before" --argjson b "$after" '[$a, $b | map({key: (.schema + "." + .name), value: .digest}) | from_entries]
        | . as [$x, $y] | [$x | keys[] | select($x[.] != $y[.])]'
    assert_output '["s3.p1"]'
}
