#!/usr/bin/env bats
# bats file_tags=soak
# PostgreSQL 15, a database full of traps: lib/traps.bash.

load lib/traps

setup_file() { traps_begin 15; }
setup() { traps_setup; }
teardown_file() { traps_end; }

@test "15: careless statements of a superuser spring the traps" {
    careless_statements_spring
    output_functions_stay
}

@test "15: by the container's address no command springs a trap, and the proof is equal" {
    way_is '[0-9.]+:5432'
    every_command
}

@test "15: by a tunnel no command springs a trap, and the proof is equal" {
    no_address
    way_is 'tunnel by'
    server_commands
}

@test "15: by the container's psql no command springs a trap, and the proof is equal" {
    no_relay
    way_is psql
    server_commands
}
