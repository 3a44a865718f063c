#!/usr/bin/env bats
# PostgreSQL's own regression database is backed up, verified, and proven equal. What does not come back as it was
# stands here by name, and in docs/proof.md with its reason.
# shellcheck disable=SC2154 # output and status are bats' own

load lib/equality
load lib/regression
load lib/servers

# Children by inheritance that got their columns in another order than a dump can write down.
MOVED_COLUMNS=(b_star c_star d_star e_star f_star test_type_diff2_c1 test_type_diff2_c2 test_type_diff_c)
# A materialized view of another that was refreshed after it.
STALE_VIEWS=(mvtest_bb)

setup_file() {
    load helper
    suite_begin
    have_regression_image || return 0
    serve_regression source
    keep_content source regression "$BATS_FILE_TMPDIR/source.content"
    all_rows source regression > "$BATS_FILE_TMPDIR/all-rows"
    use_repository "$REPOSITORY"
    pgkeep backup --quiet "$(target source)/regression"
}

setup() {
    load helper
    skip_without_regression
    test_begin
}

teardown_file() {
    load helper
    local status=0
    [[ ! -f $BATS_FILE_TMPDIR/servers ]] || servers_unharmed || status=$?
    suite_end
    return "$status"
}

newest_proof() {
    find "$PGKEEP_REPOSITORY/$(target source)/regression" -name proof.json | sort | tail -n 1
}

# proves_equal ARGUMENT...: and the proof speaks of every table and row that the source holds
proves_equal() {
    run -0 pgkeep test "$(target source)/regression" "$@"
    echo "$output"
    assert_output --partial "proof: equal  "
    local proof
    proof=$(newest_proof)
    assert_equal "$(jq -r '"\(.verdict) \(.depth) \(.differences + .not_compared + .by_version | length)"' "$proof")" \
        "equal content 0"
    assert_equal "$(jq -r '"\(.tables) \(.rows)"' "$proof")" "$(cat "$BATS_FILE_TMPDIR/all-rows")"
    assert_equal "$(jq -r .tables_by_content "$proof")" "$(jq -r .tables "$proof")"
    assert_equal "$(jq -r .sequences "$proof")" "$(sql source regression "SELECT count(*) FROM pg_sequences")"
}

@test "the regression database verifies and proves equal in a container; only materialized views are outside" {
    use_repository "$REPOSITORY"
    run -0 pgkeep verify --all
    proves_equal --in container
    jq -r '.outside[]' "$(newest_proof)" | sort > "$BATS_TEST_TMPDIR/outside"
    sql source regression "SELECT 'rows of materialized view ' || schemaname || '.' || matviewname ||
        ': it is refreshed' FROM pg_matviews" | sort | diff - "$BATS_TEST_TMPDIR/outside"
}

# in_format FORMAT
in_format() {
    run -0 pgkeep backup --quiet --format "$1" "$(target source)/regression"
    run -0 pgkeep verify --all
    proves_equal --in database
}

@test "the regression database verifies and proves equal as a directory" { in_format directory; }
@test "the regression database verifies and proves equal as a plain dump" { in_format plain; }

# The multiset of a content's lines, and what of a table does not hang on the order of its columns.
unordered() {
    sed 's/,$//' "$1" | LC_ALL=C sort
}

@test "by PostgreSQL's own tools, a restored copy differs from the source only in what docs/proof.md explains" {
    local table explained
    use_repository "$REPOSITORY"
    run -0 pgkeep restore "$(target source)/regression" --into "$(target source)/copy"
    content source copy > "$BATS_TEST_TMPDIR/copy.content"
    # -- the definitions hold the same lines, some in another order; of the contents these differ
    explained=$(printf 'table|public.%s\n' "${MOVED_COLUMNS[@]}" "${STALE_VIEWS[@]}" | LC_ALL=C sort)
    run -0 comm -23 <(unordered "$BATS_FILE_TMPDIR/source.content") <(unordered "$BATS_TEST_TMPDIR/copy.content")
    echo "$output"
    assert_equal "$(grep -v '  -$' <<< "$output" | cut -d '|' -f 1,2)" "$explained" # "  -": the plain dump's md5sum
    for table in "${MOVED_COLUMNS[@]}"; do
        assert_equal "$table $(rows_by_column source copy "$table")" "$table $(rows_by_column source regression "$table")"
    done
    # -- refreshed here too, the views are as in the copy
    for table in "${STALE_VIEWS[@]}"; do
        sql source regression "REFRESH MATERIALIZED VIEW public.$table"
        assert_equal "$(rows_by_column source regression "$table")" "$(rows_by_column source copy "$table")"
    done
}

@test "the regression database's upgrade is rehearsed: equal, and only what docs/proof.md names is worded otherwise" {
    local image status=0 proof kinds
    image=$(upgrade_image 17 2> "$BATS_TEST_TMPDIR/image.log") || status=$?
    [[ $status -ne 3 ]] || skip "$(tail -n 1 "$BATS_TEST_TMPDIR/image.log")"
    [[ $status -eq 0 ]] || fail "$(cat "$BATS_TEST_TMPDIR/image.log")"
    sql source postgres "CREATE DATABASE older TEMPLATE regression"
    adjust_for source older "$image"
    run -0 pgkeep backup --quiet "$(target source)/older"
    run -0 pgkeep test --image "$image" "$(target source)/older"
    echo "$output"
    assert_output --partial "proof: equal  "
    proof=$(find "$PGKEEP_REPOSITORY" -name proof.json)
    assert_equal "$(jq -r '.rehearsals[0] | "\(.tables) \(.rows)"' "$proof")" "$(all_rows source older)"
    assert_equal "$(jq -r '.rehearsals[0] | .differences + .not_compared | length' "$proof")" 0
    # -- 16 prints columns of views without their table's name where there is but one
    kinds=$(jq -r '.rehearsals[0].by_version[]' "$proof" | sed -E 's/^(MATERIALIZED VIEW|[A-Z]+) .*/\1/' | sort -u | paste -sd ' ')
    assert_equal "$kinds" "MATERIALIZED VIEW RULE TABLE VIEW"
    docker image rm "$image" > /dev/null
}
