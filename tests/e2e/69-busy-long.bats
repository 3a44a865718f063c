#!/usr/bin/env bats
# bats file_tags=soak
# As the last test of 68-busy, fifty backups in a row.

load lib/servers
load lib/busy

MAJORS="13 17"

setup_file() {
    load helper
    suite_begin
    busy_servers "$MAJORS"
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
