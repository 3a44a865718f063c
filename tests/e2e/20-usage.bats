#!/usr/bin/env bats
# Wrong usage and configuration: exit status 2, one line that names the thing (and at most a hint), nothing
# changed. Needs no engine.

setup() {
    load helper
    test_begin
    CONF="$BATS_TEST_TMPDIR/pgkeep.conf"
}

# refused "TEXT" COMMAND... : the program refuses with TEXT in its one line.
refused() {
    local text=$1
    shift
    run --separate-stderr -2 "$@"
    assert_equal "$output" ""
    # shellcheck disable=SC2154 # set by run --separate-stderr
    [[ ${stderr_lines[0]} == pgkeep* && ${stderr_lines[0]} == *"$text"* ]] ||
        fail "wanted \"$text\" in: $stderr"
    [[ ${#stderr_lines[@]} -eq 1 || (${#stderr_lines[@]} -eq 2 && ${stderr_lines[1]} == "hint: "*) ]] ||
        fail "more than one line and a hint: $stderr"
    assert_equal "$(find "$REPO" -mindepth 1)" ""
}

@test "no command, an unknown one, and a mistyped one" {
    refused "a command is missing" pgkeep
    refused 'unknown command "quintessence"' pgkeep quintessence
    refused 'unknown command "bakcup"; did you mean backup?' pgkeep bakcup
    refused 'unknown command "bakcup"; did you mean backup?' pgkeep help bakcup
}

@test "unknown flags, with the nearest name" {
    refused "unknown flag --formt; did you mean --format?" pgkeep backup --formt=plain
    refused "unknown flag --wholly-unknown" pgkeep list --wholly-unknown
    refused "unknown flag -x" pgkeep list -x
}

@test "a flag of another command says where it belongs" {
    refused "list takes no --format; it belongs to: backup" pgkeep list --format plain
    refused "backup takes no --into; it belongs to: restore" pgkeep --into a/b backup
}

@test "bad values name the flag and what would be right" {
    refused '--format: "zip" is not one of custom, plain, tar, directory' pgkeep backup --format zip
    refused '--timeout: "5x" is not a duration (30s, 5m, 2h, 7d)' pgkeep wait a --timeout 5x
    refused '--jobs: "0" is not a number from 1 to 128' pgkeep backup --jobs 0
    refused '--memory: "many" is not a size' pgkeep test a --memory many
    refused '--cpus: "-1" is not a number above 0' pgkeep test a --cpus -1
    refused "--timeout needs a value" pgkeep wait a --timeout
    refused "--user: the value is empty" pgkeep backup --user ""
}

@test "missing, empty and surplus arguments" {
    local command
    for command in wait show restore; do
        refused "an argument is missing" pgkeep "$command"
    done
    for command in wait show test restore; do
        refused "argument 1 is empty" pgkeep "$command" ""
        refused 'unexpected argument "b"' pgkeep "$command" a b
    done
    for command in targets stats run; do
        refused 'unexpected argument "a"' pgkeep "$command" a
    done
    refused "neither a BACKUP nor --all is given" pgkeep verify
    refused "neither a BACKUP nor --all is given" pgkeep test
    refused "--into is missing" pgkeep restore a
}

@test "flags that contradict each other" {
    refused "--quiet and --verbose exclude each other" pgkeep list -q -v
    refused "--schema-only and --data-only exclude each other" pgkeep backup --schema-only --data-only
    refused "--drop-old goes only with --replace" pgkeep restore a --into b --drop-old
    refused '--all and "a" exclude each other' pgkeep verify --all a
}

@test "unknown and bad environment variables, by every command" {
    local command
    for command in targets doctor "wait a" backup list "show a" "verify a" "test a" "restore a --into b" stats \
        run; do
        # shellcheck disable=SC2086 # some have arguments
        refused "unknown environment variable PGKEEP_REPOSITRY; did you mean PGKEEP_REPOSITORY?" \
            env PGKEEP_REPOSITRY=/x "$PGKEEP" $command
    done
    refused 'PGKEEP_TIMEOUT: "5x" is not a duration' env PGKEEP_TIMEOUT=5x "$PGKEEP" list
    refused "PGKEEP_REPLACE has no effect" env PGKEEP_REPLACE=yes "$PGKEEP" list
    refused "PGKEEP_PASSWORD_FILE: " env PGKEEP_PASSWORD_FILE=/nowhere "$PGKEEP" list
}

@test "a config file that is absent, malformed or mistaken" {
    refused "/nowhere" pgkeep list --config /nowhere
    echo "user = a" > "$CONF"
    refused "line 1: stands before any section" pgkeep list --config "$CONF"
    printf '[global]\n\nusr = a\n' > "$CONF"
    refused "$CONF line 3: unknown key usr; did you mean user?" pgkeep list --config "$CONF"
    printf '[global]\nnonsense\n' > "$CONF"
    refused "line 2: is neither [SECTION] nor KEY = VALUE" pgkeep list --config "$CONF"
    printf '[app-db]\nrepository = /x\n' > "$CONF"
    refused "repository cannot be set for one target" env PGKEEP_CONFIG="$CONF" "$PGKEEP" list
    head -c 4096 /dev/urandom > "$CONF"
    refused "$CONF" pgkeep list --config "$CONF"
}

@test "a password on the command line is refused without repeating it" {
    refused "--password does not exist" pgkeep backup --password=hunter2
    # shellcheck disable=SC2154
    [[ $stderr != *hunter2* ]]
}

@test "an error cannot forge a second line" {
    refused "unknown command" pgkeep $'x\nhint: all is well'
    refused "unknown flag" pgkeep list $'--x\ny'
}

@test "with --json the error is a document on standard output as well" {
    run --separate-stderr -2 pgkeep list --json --formt
    assert_equal "$(jq -r .error.kind <<< "$output")" usage
    [[ $(jq -r .error.message <<< "$output") == "unknown flag --formt"* ]]
    [[ $stderr == "pgkeep list: unknown flag --formt"* ]]
}

@test "help and version work while the configuration is wrong" {
    export PGKEEP_NONSENSE=1 PGKEEP_CONFIG=/nowhere
    run --separate-stderr -0 pgkeep --help
    assert_output --partial "Usage: pgkeep COMMAND"
    run -0 pgkeep backup --help
    assert_output --partial "Usage: pgkeep backup"
    run -0 pgkeep help restore
    assert_output --partial "Usage: pgkeep restore"
    run -0 pgkeep --version
    assert_output "pgkeep $(cat "$PROJECT/VERSION")"
}

@test "output that cannot be written is a failure" {
    # shellcheck disable=SC2016 # the inner shell expands it
    run -1 bash -c '"$0" --help > /dev/full' "$PGKEEP"
    assert_output --partial "write standard output: No space left on device"
    # shellcheck disable=SC2016
    run -1 bash -c '"$0" --help >&-' "$PGKEEP"
    assert_output --partial "write standard output"
}

@test "the man page is clean roff" {
    pgkeep help --man > "$BATS_TEST_TMPDIR/pgkeep.1"
    if command -v mandoc > /dev/null; then
        run -0 mandoc -Tlint "$BATS_TEST_TMPDIR/pgkeep.1"
        assert_output ""
    fi
    if command -v groff > /dev/null; then
        # shellcheck disable=SC2016
        run -0 bash -c 'groff -man -ww -Tutf8 "$1" 2>&1 > /dev/null' - "$BATS_TEST_TMPDIR/pgkeep.1"
        assert_output ""
    fi
    command -v mandoc groff > /dev/null || skip "neither mandoc nor groff"
}

@test "make says which library is missing, and what installs it" {
    run bash -c 'make -C "$1" PKG_CONFIG="$2" 2>&1' bash "$PROJECT" "$BATS_TEST_TMPDIR/pkg-config"
    assert_failure
    assert_output --partial "scripts/install-deps build installs"
    # all are there but one
    printf '#!/bin/sh\n[ "$1" != --exists ] || case " $* " in *" inih "*) exit 1 ;; esac\n' > "$BATS_TEST_TMPDIR/pkg-config"
    chmod +x "$BATS_TEST_TMPDIR/pkg-config"
    run bash -c 'make -C "$1" PKG_CONFIG="$2" 2>&1' bash "$PROJECT" "$BATS_TEST_TMPDIR/pkg-config"
    assert_failure
    assert_output --partial "a library is missing (inih, as pkg-config calls them)"
    run -0 make -C "$PROJECT" -n clean PKG_CONFIG="$BATS_TEST_TMPDIR/pkg-config"
}
