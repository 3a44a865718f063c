#!/usr/bin/env bats
# What pgkeep says: whose line it is, in which order, how long, and what comes back switched off.

setup_file() {
    load helper
    suite_begin
    # Few locks: a dump of many tables runs out of them.
    start_pg main 17 -- -c "listen_addresses=*" -c max_locks_per_transaction=10 -c max_connections=20
    create_db main one
    create_db main two
    sql main one "CREATE TABLE t AS SELECT 1 AS a"
    sql main two "CREATE TABLE t AS SELECT 2 AS a"
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    suite_end
}

# lines_of FILE...: none is longer than a screen or two
no_long_line() {
    awk 'length($0) > 2000 { print length($0) ": " substr($0, 1, 200); bad = 1 } END { exit bad }' <<< "$output"
}

@test "each proof names its backup, in its place among the log lines, and times add up" {
    local began=${EPOCHREALTIME/./} all sum=0 part
    run -0 pgkeep backup "$(target main)/one" "$(target main)/two" --test
    all=$(((${EPOCHREALTIME/./} - began) / 100000))

    # one pipe takes both: results and log lines stand in the order in which they came
    local want=0 line
    for line in "${lines[@]}"; do
        case $want in
            0) [[ $line != "$(target main)/one/"*" in "* ]] || want=1 ;;
            1) [[ $line != "$(target main)/one  test  restored; comparing" ]] || want=2 ;;
            2) [[ $line != "$(target main)/one/"*"Z  proof: equal  1 table, 1 row"* ]] || want=3 ;;
            3) [[ $line != "$(target main)/two  ready"* ]] || want=4 ;;
            4) [[ $line != "$(target main)/two/"*"Z  proof: equal  1 table, 1 row"* ]] || want=5 ;;
        esac
    done
    [[ $want -eq 5 ]] || fail "line $want is not in its place: $output"

    # "in 1.2 s" of the two backups and "all in 4.5 s" of their tests: tenths of a second
    for part in $(grep -oE '(Z .* in|all in) [0-9.]+ s$' <<< "$output" | grep -oE '[0-9]+\.[0-9] s$' | tr -d '. s'); do
        sum=$((sum + 10#$part))
    done
    [[ $sum -gt $((all - 10)) && $sum -le $((all + 3)) ]] || fail "the parts take $sum tenths, the command $all: $output"

    # nothing is said of what makes no difference to the copy
    refute_output --partial "is left out"
}

@test "the reason of a failed dump stands in a short message, with the server's hint" {
    local i name
    create_db main many
    name=$(printf 'x%.0s' {1..56})
    for ((i = 0; i < 2500; i++)); do echo "CREATE TABLE ${name}_$i (a int);"; done | sql main many
    run pgkeep backup "$(target main)/many"
    [[ $status -ne 0 ]]
    assert_output --partial "out of shared memory"
    assert_output --partial "max_locks_per_transaction"
    no_long_line

    run pgkeep backup "$(target main)/many" --json --quiet --fingerprint none
    [[ $status -ne 0 ]]
    assert_output --partial "max_locks_per_transaction"
    no_long_line
    docker exec "$(target main)" dropdb -U postgres many
}
