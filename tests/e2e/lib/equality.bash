# Is a restored database equal to its source? Answered without pgkeep: by PostgreSQL's own tools and by SQL.
# shellcheck shell=bash

# content NAME DATABASE: all that must be the same, as text: a digest of a whole plain dump, its lines but for the rows, and
# a digest of each table's rows, sequence and large object.
content() {
    local dump="$BATS_FILE_TMPDIR/content.sql"
    docker exec --env PGDATABASE="$2" --env LC_ALL=C "$(target "$1")" \
        pg_dump -h 127.0.0.1 -U "${PG_USER:-postgres}" > "$dump.whole" || return 1
    # \restrict carries a random word of each run of pg_dump.
    sed '/^\\\(un\)\?restrict /d' "$dump.whole" > "$dump"
    md5sum < "$dump"
    sed '/^COPY .* FROM stdin;$/,/^\\\.$/d' "$dump"
    sql "$1" "$2" < "$PROJECT/tests/e2e/lib/digests.sql"
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
