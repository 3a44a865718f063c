#!/usr/bin/env bats
# Properties of the proof, over random schemas and under writers that never stop.
# shellcheck disable=SC2154 # output and status are bats' own

setup_file() {
    load helper
    load lib/servers
    suite_begin
    serve_majors "13 15 17"
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

# random_schemas MAJOR ROUNDS
random_schemas() {
    local seed=${SEED:-$RANDOM}
    run python3 "$PROJECT/tests/e2e/lib/random_proofs.py" "$PGKEEP" "$(target "pg$1")" "$PGKEEP_REPOSITORY" "$2" "$seed"
    echo "seed $seed: $output"
    assert_success
    assert_output $((2 * $2))
}

@test "random schemas prove equal, and never when something was skipped, on 13" { random_schemas 13 6; }
@test "random schemas prove equal, and never when something was skipped, on 15" { random_schemas 15 6; }
@test "random schemas prove equal, and never when something was skipped, on 17" { random_schemas 17 10; }

# A transfer moves an amount from one account to another: the sum of all never changes, in any snapshot.
transfers() {
    cat <<- 'SQL'
	\set a random(1, 2000)
	\set b random(1, 2000)
	\set n random(1, 100)
	BEGIN;
	UPDATE account SET balance = balance - :n WHERE id = :a;
	UPDATE account SET balance = balance + :n WHERE id = :b;
	INSERT INTO transfer (payer, payee, amount) VALUES (:a, :b, :n);
	COMMIT;
	SQL
}

# writers NAME: four of them, until their psql's container process is ended
writers() {
    transfers | docker exec --interactive "$(target "$1")" sh -c 'cat > /var/tmp/transfers.sql'
    docker exec --detach "$(target "$1")" pgbench -h 127.0.0.1 -U postgres --no-vacuum --client 4 --rate 400 --time 900 \
        --file /var/tmp/transfers.sql bank
    wait_for 20 has_transfers "$1"
}

has_transfers() {
    [[ $(sql "$1" bank "SELECT count(*) > 50 FROM transfer") == t ]]
}

# under_writers MAJOR RUNS: backup after backup is proven equal while they write
under_writers() {
    local name="pg$1" before after turn
    create_db "$name" bank
    sql "$name" bank "CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
        INSERT INTO account SELECT i, 1000 FROM generate_series(1, 2000) i;
        CREATE TABLE transfer (id bigserial PRIMARY KEY, payer int, payee int, amount int, at timestamptz DEFAULT now())"
    echo "SELECT sum(balance) = 2000000 FROM public.account" > "$BATS_TEST_TMPDIR/sum.sql"
    writers "$name"
    before=$(sql "$name" bank "SELECT count(*) FROM transfer")
    for ((turn = 1; turn <= $2; turn++)); do
        run -0 pgkeep backup --quiet "$(target "$name")/bank"
        run pgkeep test --in database --check "$BATS_TEST_TMPDIR/sum.sql" "$(target "$name")/bank"
        [[ $status -eq 0 && $output == *"proof: equal"* ]] || fail "run $turn: $output"
    done
    after=$(sql "$name" bank "SELECT count(*) FROM transfer")
    [[ $after -gt $before ]] || fail "nobody wrote: $before and $after transfers"
    sql "$name" postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'" > /dev/null
    # -- the fingerprint is of the snapshot, not of now: each backup has other numbers
    [[ $(jq -r '.fingerprint.tables[] | select(.name == "transfer") | .rows' \
        "$PGKEEP_REPOSITORY/$(target "$name")/bank"/2*/manifest.json | sort -u | wc -l) -ge $2 ]]
}

@test "20 backups under writers are all proven equal on 13" { under_writers 13 20; }
@test "20 backups under writers are all proven equal on 15" { under_writers 15 20; }
@test "20 backups under writers are all proven equal on 17" { under_writers 17 20; }
