#!/usr/bin/env bats
# bats file_tags=soak
# PostgreSQL 17, a database full of traps: lib/traps.bash.

load lib/traps

setup_file() { traps_begin 17; }
setup() { traps_setup; }
teardown_file() { traps_end; }

@test "17: careless statements of a superuser spring the traps" {
    careless_statements_spring
    output_functions_stay
}

@test "17: by the container's address no command springs a trap, and the proof is equal" {
    way_is '[0-9.]+:5432'
    every_command
}

@test "17: by a tunnel no command springs a trap, and the proof is equal" {
    no_address
    way_is 'tunnel by'
    server_commands
}

@test "17: by the container's psql no command springs a trap, and the proof is equal" {
    no_relay
    way_is psql
    server_commands
}
