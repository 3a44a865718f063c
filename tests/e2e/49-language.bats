#!/usr/bin/env bats
# A server that speaks German: what pgkeep does hangs on no English word of a server.
# shellcheck disable=SC2154 # output is bats' own

load lib/equality
load lib/servers

setup_file() {
    load helper
    suite_begin
    "$PROJECT/scripts/images" 15-german
    run_pg db 15-german --env POSTGRES_DB=shop
    wait_pg db
    watch_server db
    sql db shop < "$PROJECT/tests/e2e/lib/shop.sql"
    sql db postgres "CREATE ROLE shopper LOGIN PASSWORD 'secret'; REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
        ALTER DATABASE shop OWNER TO shopper"
}

setup() {
    load helper
    test_begin
    DB=$(target db)
}

teardown_file() {
    load helper
    end_unharmed
}

@test "the server speaks German, and to a superuser's tools English" {
    run docker exec "$DB" psql -U postgres -c "TABLE nothing"
    assert_output --partial "existiert nicht"
    run -1 pgkeep backup "$DB/shop" --extra-args=--role=nobody
    assert_output --partial 'role "nobody" does not exist'
}

@test "backup, restore and proof" {
    run -0 pgkeep backup "$DB/shop"
    run -0 pgkeep test "$DB/shop"
    assert_output --partial "proof: equal"
    run -0 pgkeep restore "$DB/shop" --into "$DB/copy"
    docker exec "$DB" dropdb -U postgres copy
}

@test "a role that is missing is told with the way out" {
    run -0 pgkeep backup "$DB/shop"
    start_pg other 15-german
    run -2 pgkeep restore "$DB/shop" --into "$(target other)/shop"
    assert_output --partial 'role "shopper", which owns the database, is not in'
    sql other postgres "CREATE ROLE shopper"
    run -1 pgkeep restore "$DB/shop" --into "$(target other)/shop"
    assert_output --partial 'role "shopkeeper" does not exist'
    assert_output --partial "hint: --globals creates the roles"
}

@test "a user whom the maintenance databases refuse gets to his own" {
    run docker exec "$DB" psql -U shopper -d postgres
    assert_output --partial "keine Berechtigung"
    sql db shop "ALTER TABLE stock.item OWNER TO shopper; ALTER SCHEMA stock OWNER TO shopper; GRANT ALL ON ALL TABLES IN SCHEMA public, stock TO shopper"
    run -0 pgkeep backup "$DB/shop" --user shopper --table stock.item
    run -0 pgkeep verify "$DB/shop"
    # -- what is in pg_dump's way is known without words
    sql db postgres "ALTER ROLE shopper CONNECTION LIMIT 1"
    run -0 pgkeep backup "$DB/shop" --user shopper --table stock.item
    assert_output --partial "zu viele Verbindungen"
    assert_output --partial "once more without one"
    sql db postgres "ALTER ROLE shopper CONNECTION LIMIT -1"
}

@test "a server that lets nobody in yet is waited for, and not taken for one that refuses this user" {
    start_pg asleep 15-german
    # shellcheck disable=SC2016 # the container's own shell
    docker exec --user postgres "$(target asleep)" sh -c \
        'touch "$PGDATA/standby.signal"; echo "hot_standby = off" >> "$PGDATA/postgresql.auto.conf"'
    docker restart "$(target asleep)" > /dev/null
    run -6 pgkeep wait "$(target asleep)" --timeout 15s
    echo "$output"
    assert_output --partial "the server does not answer"
    assert_output --partial "nimmt keine Verbindungen an"
}
