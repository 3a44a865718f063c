# PostgreSQL's own regression database: hundreds of tables of every shape that its developers thought of.
# shellcheck shell=bash

REGRESSION_MAJOR=${REGRESSION_MAJOR:-15}

# have_regression_image: false, and said to every test by skip_without_regression, where the suite's source is not to
# be had. bats 1.8 cannot skip in setup_file.
have_regression_image() {
    local status=0 log="$BATS_FILE_TMPDIR/images.log"
    "$PROJECT/scripts/images" "$REGRESSION_MAJOR-regression" 2> "$log" || status=$?
    if [[ $status -eq 3 ]]; then
        sed -n '$s/^== //p' "$log" > "$BATS_FILE_TMPDIR/why-skipped"
        return 1
    fi
    [[ $status -eq 0 ]] || fail "$(cat "$log")"
}

skip_without_regression() {
    [[ ! -f $BATS_FILE_TMPDIR/why-skipped ]] || skip "$(cat "$BATS_FILE_TMPDIR/why-skipped")"
}

# serve_regression NAME: a watched server that holds the database `regression`
serve_regression() {
    # Nothing here is slow enough to be worth compiling, and the copies need no vacuum.
    serve "$1" "$REGRESSION_MAJOR-regression" --shm-size 256m -- -c jit=off -c autovacuum=off
    docker exec --user postgres "$(target "$1")" run-regression >&2
}

# all_rows NAME DATABASE: "TABLES ROWS" that a proof has to speak of, counted here and not by pgkeep
all_rows() {
    sql "$1" "$2" <<- 'SQL' | awk -F '|' '{ tables++; rows += $1 } END { print tables, rows }'
	SELECT format('SELECT count(*) FROM ONLY %s', oid::regclass) FROM pg_class
	WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
	\gexec
	SQL
}

# rows_by_column NAME DATABASE TABLE: a digest of the rows whatever the order of the columns
rows_by_column() {
    sql "$1" "$2" "SELECT md5(string_agg(t, '' ORDER BY t COLLATE \"C\"))
        FROM (SELECT to_jsonb(r)::text FROM ONLY public.$3 r) AS x (t)"
}
