# Databases whose tables change while they are backed up.
# shellcheck shell=bash

# busy_servers MAJORS: a watched server "pgMAJOR" of each, with the database app
busy_servers() {
    local major
    serve_majors "$1"
    for major in $1; do busy_db "pg$major"; done
}

# busy_db NAME: the database app
busy_db() {
    create_db "$1" app
    sql "$1" app << 'SQL'
CREATE TABLE reload AS SELECT generate_series(1, 2002) AS n;
CREATE TABLE altered AS SELECT n, repeat('x', 50) AS t FROM generate_series(1, 2000) AS n;
CREATE TABLE big AS SELECT n, md5(n::text) AS t FROM generate_series(1, 50000) AS n;
CREATE TABLE parted (n int) PARTITION BY RANGE (n);
CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (100);
INSERT INTO parted SELECT generate_series(0, 99);
SQL
}

# ddl NAME: until /tmp/enough is there, in a session of its own
ddl() {
    docker exec "$(target "$1")" rm -f /tmp/enough
    docker exec --interactive --detach "$(target "$1")" sh -c 'i=10
        while [ ! -e /tmp/enough ]; do
            i=$((i + 1))
            echo "CREATE TABLE dyn_$i AS SELECT generate_series(1, 10) AS n;"
            echo "ALTER TABLE IF EXISTS dyn_$((i - 1)) RENAME TO ren_$((i - 1)); DROP TABLE IF EXISTS ren_$((i - 3));"
            echo "ALTER TABLE altered ADD COLUMN c_$i int DEFAULT $i; ALTER TABLE altered DROP COLUMN IF EXISTS c_$((i - 1));"
            echo "BEGIN; TRUNCATE reload; INSERT INTO reload SELECT generate_series(1, 2002); COMMIT;"
            echo "UPDATE big SET t = t WHERE n % 1000 = 1;"
            sleep 0.6
        done | PGOPTIONS="-c client_min_messages=warning" psql -X -q -U postgres app > /tmp/ddl.log 2>&1'
}

# proven NAME: the newest backup equals its source's snapshot
proven() {
    run pgkeep test --in database "$(target "$1")/app"
    assert_success
    assert_output --partial "proof: equal"
}

rows_of() {
    pgkeep show "$1" --json | jq ".manifest.fingerprint.tables[] | select(.name == \"$2\") | .rows"
}

# backups_beside_ddl NAME COUNT: each is good, whole where pg_dump alone finds a table empty, and proven
backups_beside_ddl() {
    local i
    ddl "$1"
    for ((i = 0; i < $2; i++)); do
        run pgkeep backup "$(target "$1")/app"
        echo "$1, backup $i: $output"
        assert_success
        assert_equal "$(rows_of "$(target "$1")/app" reload)" 2002
        proven "$1"
    done
    docker exec "$(target "$1")" touch /tmp/enough
    run docker exec "$(target "$1")" cat /tmp/ddl.log
    assert_output ""
}
