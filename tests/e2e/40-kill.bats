#!/usr/bin/env bats
# A backup that is ended at any moment, by any of those who take part in it, leaves a whole backup or none.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

KILLS=52

setup_file() {
    load helper
    load lib/fault-common
    suite_begin
    start_pg main 17
    fault_db main app 60000
    # -- the moments are random; this seed repeats them
    export FAULT_SEED=${FAULT_SEED:-$((RANDOM + 1))}
    echo "# FAULT_SEED=$FAULT_SEED" >&3
}

setup() {
    load helper
    load lib/fault-common
    test_begin
    RANDOM=$FAULT_SEED
    MAIN=$(target main)
}

teardown_file() {
    load helper
    load lib/fault-common
    end_undisturbed main
}

# backup_ms ARGUMENT...: makes a backup; prints how many milliseconds it took
backup_ms() {
    local before
    before=$(now_ms)
    pgkeep backup --quiet "$@" > /dev/null
    echo $(($(now_ms) - before))
}

# kill_at_random COUNT ARGUMENT...: so many runs, each ended by SIGKILL between its start and its end
kill_at_random() {
    local count=$1 span i unfinished=0 good=
    shift
    # -- the first one finds everything cold
    pgkeep backup --quiet "$@" > /dev/null
    span=$(backup_ms "$@")
    for ((i = 1; i <= count; i++)); do
        start_pgkeep backup "$@"
        sleep "$(random_seconds "$span")"
        # -- it may have ended by itself
        kill -s KILL "$PGKEEP_PID" 2> /dev/null || [[ $i -gt 0 ]]
        await_pgkeep
        [[ $status -eq 0 || $status -eq 137 ]] || { echo "run $i of $count: $output" >&2; return 1; }
        [[ $(partials | wc -l) -le 1 ]]
        [[ -z $(partials) ]] || unfinished=$((unfinished + 1))
        # -- those that were seen to be good are looked at again in the end
        [[ $(published) == "$good" ]] || assert_published_are_good
        good=$(published)
    done
    assert_published_are_good
    echo "# $count kills within $span ms: $unfinished left a partial folder," \
        "$(published | wc -l) backups were published" >&3
    [[ $unfinished -gt 0 ]]
}

@test "pgkeep killed at $KILLS random moments publishes no bad backup, and the next run clears up" {
    local custom=$((KILLS * 3 / 4))
    kill_at_random "$custom" "$MAIN/app" --compress gzip:6
    kill_at_random $((KILLS - custom)) "$MAIN/app" --format directory --compress gzip:6
    assert_no_tools_left main
    run -0 pgkeep backup "$MAIN/app"
    assert_equal "$(partials)" ""
    assert_no_temporary_folders main
    assert_published_are_good
    run -0 sql main postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ 'pg_dump|pgkeep'"
    assert_output 0
}

@test "pg_dump ends by itself soon after pgkeep was killed" {
    local format
    hold_dump main app
    for format in custom directory; do
        start_pgkeep backup "$MAIN/app" --format "$format"
        wait_for 20 dumps main
        end_pgkeep KILL
        assert_equal "$status" 137
        assert_no_tools_left main
        assert_no_temporary_folders main
        assert_equal "$(published)" ""
    done
    let_go main
}

# runs_there NAME WORDS: a command line in there has these
runs_there() {
    command_lines "$1" | grep -qF -- "$2"
}

runs_no_more() {
    ! runs_there "$@"
}

# A tool that is left alone and writes to a broken pipe would be a crashed backend to the server, which restarts.
@test "pgkeep killed before pg_dump runs leaves the server alone" {
    local tool=/usr/local/bin/mktemp
    # shellcheck disable=SC2016 # the container's own shell
    docker exec --user root "$MAIN" sh -c 'printf "#!/bin/sh\nsleep 2\nexec /usr/bin/mktemp \"\$@\"\n" > "$1" && chmod 755 "$1"' sh "$tool"
    start_pgkeep backup "$MAIN/app" --format directory
    wait_for 20 runs_there main "/bin/sh $tool"
    end_pgkeep KILL
    wait_for 20 runs_no_more main "/bin/sh $tool"
    docker exec --user root "$MAIN" rm "$tool"
    assert_no_tools_left main
    assert_no_temporary_folders main
    assert_server_undisturbed main
}

# signal_in_dump SIGNAL STATUS [ARGUMENT...]
signal_in_dump() {
    local signal=$1 expected=$2
    shift 2
    hold_dump main app
    start_pgkeep backup "$MAIN/app" "$@"
    wait_for 20 dumps main
    end_pgkeep "$signal"
    echo "$output"
    assert_equal "$status" "$expected"
    assert_output --partial "interrupted by SIG$signal"
    assert_nothing_published
    assert_no_tools_left main
    assert_no_temporary_folders main
    let_go main
}

@test "SIGINT ends a backup with status 130, its folder and pg_dump with it" {
    signal_in_dump INT 130
    signal_in_dump INT 130 --format directory
}

@test "SIGTERM ends a backup with status 143, its folder and pg_dump with it" {
    signal_in_dump TERM 143
    signal_in_dump TERM 143 --format plain
}

# Kills pg_dump in a container as soon as it dumps (before that it runs as a
# probe), and $1 seconds later; by no tool that an image may lack.
# shellcheck disable=SC2016 # the container's own shell
KILLER='found() { grep -lx pg_dump /proc/[0-9]*/comm | while read -r comm; do
    case $(tr "\0" " " < "${comm%comm}cmdline") in
        *--host=/pgkeep-no*) ;;
        *--format=*) comm=${comm%/comm}; echo "${comm#/proc/}" ;;
    esac
done; }
until pid=$(found 2> /dev/null) && [ -n "$pid" ]; do :; done
sleep "$1"
kill -9 $pid'

@test "a backup whose pg_dump is killed fails, says so, and publishes nothing" {
    local format killer
    fault_db main wide 300000
    for format in custom plain tar directory; do
        docker exec "$MAIN" sh -c "$KILLER" sh 0.05 3>&- &
        killer=$!
        start_pgkeep backup "$MAIN/wide" --format "$format" --compress "$(slow_compression "$format")" --fingerprint none
        await_pgkeep
        echo "$format: $output"
        assert_equal "$status" 1
        assert_output --partial "signal 9"
        assert_nothing_published
        wait "$killer"
    done
    assert_no_temporary_folders main
    run -0 pgkeep backup "$MAIN/app"
}

slow_compression() {
    if [[ $1 == tar ]]; then echo none; else echo gzip:9; fi
}

@test "a backup whose container is killed fails and publishes nothing; the next one works" {
    start_pg victim 15
    fault_db victim app 150000
    local format
    for format in custom directory; do
        start_pgkeep backup "$(target victim)/app" --format "$format" --compress gzip:9
        wait_for 20 dumps victim
        docker kill "$(target victim)" > /dev/null
        await_pgkeep
        echo "$format: $output"
        assert_equal "$status" 1
        assert_nothing_published
        docker start "$(target victim)" > /dev/null
        wait_pg victim
    done
    run -0 pgkeep backup "$(target victim)/app"
    assert_published_are_good
    assert_no_temporary_folders victim
}

# bats test_tags=no-sanitize
@test "a backup whose engine is killed fails and publishes nothing; the next one works" {
    private_engine_start
    copy_image "$(image_of 17)"
    (
        use_private_engine
        run_pg deep 17 --network none
        wait_pg deep
        fault_db deep app 300000
        for format in custom plain directory; do
            start_pgkeep backup "$(target deep)/app" --format "$format" --compress gzip:9
            wait_for 20 dumps deep
            sleep "$(random_seconds 400)"
            private_engine_kill
            await_pgkeep
            echo "$format: $output"
            [[ $status -eq 1 ]]
            [[ $output == *engine* ]]
            [[ -z $(published) && -z $(partials) ]]
            private_engine_start
            docker start "$(target deep)"
            wait_pg deep
        done
        pgkeep backup "$(target deep)/app"
        pgkeep verify --all
    )
    private_engine_stop
}
