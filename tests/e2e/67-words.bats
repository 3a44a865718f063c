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

# None is longer than a screen.
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
    [[ $sum -gt $((all * 8 / 10 - 10)) && $sum -le $((all + 3)) ]] || fail "the parts take $sum tenths, the command $all: $output"

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

# in_server COMMAND...: as the server's own user
in_server() {
    docker exec --interactive --user postgres "$(target main)" "$@"
}

@test "what could fill screens is named in short, and whole in --verbose and --json" {
    local i wide folder=/usr/share/postgresql/17/extension
    wide=$(seq -s , 100000 104000)
    docker exec --interactive "$(target main)" sh -c "cat > $folder/wide.control" <<< "default_version = '1.0'"
    docker exec --interactive "$(target main)" sh -c "cat > $folder/wide--1.0.sql" << SQL
CREATE TABLE refs (id int);
SELECT pg_catalog.pg_extension_config_dump('refs', 'WHERE id NOT IN ($wide)');
SQL
    create_db main wide
    sql main wide "CREATE EXTENSION wide; INSERT INTO refs VALUES (1)"
    for ((i = 1; i <= 12; i++)); do echo "CREATE ROLE many_$i;"; done | sql main wide
    run -0 pgkeep backup "$(target main)/wide"
    run -0 pgkeep test "$(target main)/wide" --in database
    assert_line --regexp '^  outside: rows of public.refs that extension wide makes: .* \[\.\.\. [0-9,]+ bytes \.\.\.\] .*104000'
    no_long_line
    jq -e '.outside[0] | contains("102345")' "$(published)/proof.json"
    run -0 pgkeep test "$(target main)/wide" --in database --verbose
    assert_output --partial ",102345,"

    local names=many_1,many_2,many_3,many_4,many_5,many_6,many_7,many_8,many_9,many_10,many_11,many_12
    sql main postgres "DROP ROLE $names"
    run -0 pgkeep restore "$(target main)/wide" --into "$(target main)/copy" --globals
    assert_line --regexp '^roles made: many_1, [^,]*, [^,]*, [^,]*, many_[0-9]+ and 7 more$'
    sql main postgres "DROP ROLE $names"
    run -0 --separate-stderr pgkeep restore "$(target main)/wide" --into "$(target main)/copy2" --globals --json
    jq -e '.roles_made | length == 12' <<< "$output"
    sql main postgres "DROP ROLE $names"
    run -0 pgkeep restore "$(target main)/wide" --into "$(target main)/copy3" --globals --verbose
    assert_line --regexp '^roles made: .*many_12.*many_9$'
}

@test "a tablespace or a repository's folder that is missing comes with advice" {
    in_server mkdir /tmp/fast
    sql main postgres "CREATE TABLESPACE fast LOCATION '/tmp/fast'"
    create_db main placed
    sql main placed "CREATE TABLE t (a int) TABLESPACE fast"
    run -0 pgkeep backup "$(target main)/placed"
    sql main postgres "DROP DATABASE placed"
    sql main postgres "DROP TABLESPACE fast"
    run ! pgkeep restore "$(target main)/placed" --into "$(target main)/placed"
    assert_output --regexp "hint: --no-tablespaces puts everything into the default tablespace of $(target main); or make"
    run -0 pgkeep restore "$(target main)/placed" --into "$(target main)/placed" --no-tablespaces

    local folder
    for folder in /proc/nowhere/backups /etc/hostname/backups; do
        run ! pgkeep backup "$(target main)/one" --repository "$folder"
        assert_output --partial "no repository can be made at $folder: create folder"
        assert_line --regexp '^hint: .*make the folder yourself .* --repository or PGKEEP_REPOSITORY'
    done
}

# compose_reads FILE: as a service of a file that stands alone
compose_reads() {
    local compose=(docker compose)
    docker compose version > /dev/null 2>&1 || compose=(docker-compose)
    APP_DB_PASSWORD=x BACKUPS=/b REPORT=/r "${compose[@]}" --file "$1" config
}

@test "no compose file starts a pgkeep that may not use the socket, and each guide waits first" {
    local file
    { echo "services:"; sed -n '/^  pgkeep:$/,/^```$/{/^```$/!p}' "$PROJECT/README.md"; } > "$BATS_TEST_TMPDIR/readme.yml"
    for file in "$BATS_TEST_TMPDIR/readme.yml" "$PROJECT"/compose/{sidecar,demo,ci-restore-test}.yml; do
        unset DOCKER_GID
        run ! compose_reads "$file"
        assert_output --partial DOCKER_GID
        export DOCKER_GID=7
        run -0 compose_reads "$file"
    done
    run ! grep -rnE '\$\{?DOCKER_GID(:?-[^}]*)?\}' "$PROJECT"/README.md "$PROJECT"/docs "$PROJECT"/compose
    for file in README.md docs/sidecar.md; do
        run -0 awk '/pgkeep wait app-db/ { waits = 1 } /pgkeep pgkeep doctor/ { exit !waits }' "$PROJECT/$file"
    done
}

# part_and_drop DATABASE: with its subscriptions, whose slots are nowhere
part_and_drop() {
    local name
    sql main "$1" "SELECT quote_ident(subname) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
        WHERE d.datname = current_database()" | while IFS= read -r name; do
        sql main "$1" "ALTER SUBSCRIPTION $name DISABLE; ALTER SUBSCRIPTION $name SET (slot_name = NONE)"
        sql main "$1" "DROP SUBSCRIPTION $name"
    done
    sql main postgres "DROP DATABASE $1 WITH (FORCE)"
}

@test "subscriptions that come back disabled are named by list, show, the proof and restore" {
    create_db main subscribed
    sql main subscribed "CREATE TABLE t (a int)"
    local name
    for name in feed '"odd name"'; do
        sql main subscribed "CREATE SUBSCRIPTION $name CONNECTION 'host=10.255.255.1 dbname=x' PUBLICATION p
            WITH (connect = false, slot_name = 'kept')"
        sql main subscribed "ALTER SUBSCRIPTION $name ENABLE"
    done
    local format both='["feed","odd name"]'
    for format in plain custom; do
        run -0 pgkeep backup "$(target main)/subscribed" --format "$format"
        run -0 pgkeep list
        assert_line "$(target main)/subscribed: a restore leaves subscriptions disabled: feed, odd name"
        run -0 pgkeep show "$(target main)/subscribed"
        assert_line --regexp '^subscription +feed, disabled after a restore$'
        run -0 --separate-stderr pgkeep list --json
        jq -e --argjson both "$both" '.backups[-1].disabled_subscriptions == $both' <<< "$output"

        run -0 pgkeep restore "$(target main)/subscribed" --into "$(target main)/again"
        assert_line "subscriptions come back disabled, until ALTER SUBSCRIPTION ... ENABLE: feed, odd name"
        run -0 sql main again "SELECT count(*) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE d.datname = 'again' AND NOT s.subenabled"
        assert_output 2
        run -0 --separate-stderr pgkeep restore "$(target main)/subscribed" --into "$(target main)/again" \
            --replace --drop-old --json
        jq -e --argjson both "$both" '.disabled_subscriptions == $both' <<< "$output"
        part_and_drop again
    done
    run -0 pgkeep test "$(target main)/subscribed" --in database
    assert_line "  outside: subscription feed: it comes back disabled, until ALTER SUBSCRIPTION ... ENABLE"
    jq -e --argjson both "$both" '.disabled_subscriptions == $both' "$(published | tail -n 1)/proof.json"

    # what was not restored is not named
    run -0 pgkeep restore "$(target main)/subscribed" --into "$(target main)/again" --schema-only --table t
    refute_output --partial "come back disabled"
    part_and_drop again

    # a role that sees none of 25 is told of 20, and where the others are
    for name in {1..23}; do
        echo "CREATE SUBSCRIPTION more_$name CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE);"
    done | sql main subscribed 2> /dev/null
    sql main subscribed "CREATE ROLE least LOGIN IN ROLE pg_read_all_data"
    run -0 pgkeep backup "$(target main)/subscribed" --user least
    [[ $(grep -c '^warning: .*: subscription .*: pg_dump leaves it out' <<< "$output") -eq 20 ]]
    assert_line "warning: $(target main)/subscribed: and 5 more, in the manifest"
    sql main subscribed "DROP ROLE least"
    part_and_drop subscribed
}
