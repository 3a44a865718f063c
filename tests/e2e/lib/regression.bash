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

# What a newer major refuses to restore, taken out of a copy of the database, as PostgreSQL's own upgrade tests do:
# functions in C that its regress.so lacks, and a child whose column is generated where the parent's is not.
# adjust_for NAME DATABASE IMAGE
adjust_for() {
    local functions
    # -- the names that the library exports, without any tool to read it
    functions=$(docker run --rm --label "$LABEL=1" --label "$LABEL.file=$FILE_ID" --entrypoint bash "$3" -c \
        'tr -c "[:alnum:]_" "\n" < "$(pg_config --pkglibdir)/regress.so"' | grep -E '^pg_finfo_.' | sed 's/^pg_finfo_//' |
        sort -u)
    [[ $(wc -l <<< "$functions") -gt 10 ]] || fail "no functions in the regress.so of $3"
    sql "$1" "$2" <<- SQL
	SET client_min_messages = error;
	DO \$\$
	DECLARE f regprocedure;
	BEGIN
	    FOR f IN SELECT oid::regprocedure FROM pg_proc
	        WHERE probin LIKE '%/regress.so' AND prosrc <> ALL (string_to_array('$functions', E'\\n'))
	    LOOP
	        EXECUTE format('DROP ROUTINE %s CASCADE', f);
	    END LOOP;
	END
	\$\$;
	DROP TABLE IF EXISTS gtest_normal_child, gtest_normal_child2 CASCADE;
	SQL
}

# upgrade_image MAJOR: regress.so where the dump of $REGRESSION_MAJOR says that it is. Prints its name; status 3 where
# the suite's source is not to be had.
upgrade_image() {
    local image="pgkeep-test/postgres:$1-from-$REGRESSION_MAJOR"
    "$PROJECT/scripts/images" "$1-regression" >&2 || return
    docker build --quiet --label "$LABEL=1" --tag "$image" - >&2 <<- DOCKERFILE
	FROM pgkeep-test/postgres:$1-regression
	RUN mkdir -p /usr/lib/postgresql/$REGRESSION_MAJOR && \\
	    ln -sfn /usr/lib/postgresql/$1/lib /usr/lib/postgresql/$REGRESSION_MAJOR/lib
	DOCKERFILE
    echo "$image"
}
