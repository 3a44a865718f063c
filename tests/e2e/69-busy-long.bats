#!/usr/bin/env bats
# bats file_tags=soak
# As the last test of 68-busy, fifty backups in a row.

load lib/servers
load lib/busy

MAJORS="13 17"

setup_file() {
    load helper
    suite_begin
    local major
    for major in $MAJORS; do run_pg "pg$major" "$major"; done
    for major in $MAJORS; do
        wait_pg "pg$major"
        watch_server "pg$major"
        busy_db "pg$major"
    done
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    end_unharmed
}

@test "fifty backups in a row beside ordinary DDL are good, and proven" {
    local major
    for major in $MAJORS; do backups_beside_ddl "pg$major" 50; done
}
