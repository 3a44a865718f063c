# Is a restored database equal to its source? Answered without pgkeep: by PostgreSQL's own tools and by SQL.
# shellcheck shell=bash

# content NAME DATABASE: all that must be the same, as text: the schema, a digest of a whole plain dump, and a
# digest of each table's rows, sequence and large object.
content() {
    # shellcheck disable=SC2016 # the container's own shell
    docker exec --interactive --env PGDATABASE="$2" --env PGUSER="${PG_USER:-postgres}" --env PGHOST=127.0.0.1 \
        --env LC_ALL=C "$(target "$1")" bash -c '
            set -euo pipefail
            # \restrict carries a random word of each run of pg_dump.
            pg_dump --schema-only | sed "/^\\\\\(un\)\?restrict /d"
            pg_dump | sed "/^\\\\\(un\)\?restrict /d" | md5sum
            psql -XAtq -v ON_ERROR_STOP=1 -f -' < "$PROJECT/tests/e2e/lib/digests.sql"
}

# keep_content NAME DATABASE FILE: the source's content, for same_content. It has to be more than nothing.
keep_content() {
    content "$1" "$2" > "$3"
    [[ $(grep -c '^table|' "$3") -gt 0 ]] || fail "no table in $1/$2"
}

# same_content FILE NAME DATABASE: fails with the first differences
same_content() {
    content "$2" "$3" > "$BATS_TEST_TMPDIR/copy.content"
    diff --unified=1 "$1" "$BATS_TEST_TMPDIR/copy.content" > "$BATS_TEST_TMPDIR/content.diff" || {
        head -60 "$BATS_TEST_TMPDIR/content.diff"
        fail "$2/$3 differs from its source"
    }
}
