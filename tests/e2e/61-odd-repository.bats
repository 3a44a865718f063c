#!/usr/bin/env bats
# A repository that others may write: links, FIFOs, devices, names that lead out, files without an end. Each
# command ends in time, says what is wrong, and touches nothing outside. And clocks that went back.

setup_file() {
    load helper
    suite_begin
    start_pg main 17
    local database
    for database in app keep tree; do
        create_db main "$database"
        sql main "$database" "CREATE TABLE t (id int PRIMARY KEY, v text);
            INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 500) i"
    done
    export PGKEEP_REPOSITORY=$REPOSITORY
    "$PGKEEP" backup --quiet "$(target main)/app" "$(target main)/keep"
    "$PGKEEP" backup --quiet --format directory "$(target main)/tree"
}

# Each test damages a copy. OUTSIDE is what nobody may touch; it holds a good copy of all that a link may lead to.
setup() {
    load helper
    test_begin
    rm -rf "$REPO"
    cp -a "$REPOSITORY" "$REPO"
    TARGET=$(target main)
    APP=$(cd "$REPO" && echo "$TARGET"/app/*)
    KEEP=$(cd "$REPO" && echo "$TARGET"/keep/*)
    TREE=$(cd "$REPO" && echo "$TARGET"/tree/*)
    OUTSIDE=$BATS_TEST_TMPDIR/outside
    cp -a "$REPOSITORY" "$OUTSIDE"
    echo precious > "$OUTSIDE/secret"
    remember
}

teardown() {
    [[ ! -e $OUTSIDE.before ]] || look_outside | diff "$OUTSIDE.before" -
}

teardown_file() {
    load helper
    suite_end
}

# Everything that an unwanted hand could change: names, kinds, sizes, times, rights, contents.
look_outside() {
    find "$OUTSIDE" -printf '%P %y %s %T@ %C@ %m %n %l\n' | sort
    find "$OUTSIDE" -type f -exec sha256sum {} + | sort
}

remember() {
    look_outside > "$OUTSIDE.before"
}

# in_time STATUS ARGUMENT...: a pgkeep that hangs gives 124
in_time() {
    local wanted=$1
    shift
    run --separate-stderr timeout --kill-after 5 20 "$PGKEEP" "$@"
    # shellcheck disable=SC2154 # stderr is bats' own
    [[ $status -eq $wanted ]] || fail "pgkeep $* gave $status, not $wanted: $output $stderr"
}

# is_found ID WORDS: each command that needs no engine says so, and goes on with the others
is_found() {
    in_time 4 verify "$1"
    [[ $output$stderr == *"$2"* ]] || fail "verify does not say \"$2\": $output $stderr"
    in_time 4 verify --all
    assert_output --partial "$KEEP  ok"
    in_time 0 list
    assert_output --partial "$KEEP"
    in_time 0 stats
    assert_output --partial "$TARGET/keep"
}

# is_bad ID WORDS: and nobody restores it
is_bad() {
    is_found "$@"
    in_time 4 restore "$1" --into "$TARGET/copy_of_bad"
    in_time 4 test "$1" --in database
    run sql main postgres "SELECT count(*) FROM pg_database WHERE datname LIKE 'copy_of_bad' OR datname LIKE 'pgkeep%'"
    assert_output 0
}

# is_unreadable ID WORDS: what is wrong hides the manifest itself
is_unreadable() {
    is_bad "$1" "$2"
    in_time 4 show "$1"
    in_time 0 list
    assert_output --regexp "$1 .* damaged"
    [[ $stderr == *"$2"* ]] || fail "list does not say \"$2\": $stderr"
    in_time 0 stats
    assert_output --partial "1 (1 damaged)"
}

# put KIND PLACE [TARGET]: that in the place of whatever is there
put() {
    rm -rf "$2"
    case $1 in
        link) ln -s "$3" "$2" ;;
        fifo) mkfifo "$2" ;;
        folder) mkdir "$2" ;;
        device) mknod "$2" c 1 5 ;; # /dev/zero
        huge) truncate --size 1G "$2" ;;
    esac
}

words_of() {
    case $1 in
        link) echo "is a symbolic link, not an ordinary file" ;;
        fifo) echo "is a FIFO, not an ordinary file" ;;
        folder) echo "is a folder, not an ordinary file" ;;
        device) echo "is a device, not an ordinary file" ;;
        huge) echo "more than 67108864 bytes" ;;
    esac
}

@test "a manifest that is a link, a FIFO, a folder, a device or 1 GiB of nothing is a bad backup" {
    local kind
    for kind in link fifo folder device huge; do
        [[ $kind != device || $EUID -eq 0 ]] || continue
        put "$kind" "$REPO/$APP/manifest.json" "$OUTSIDE/$APP/manifest.json"
        is_unreadable "$APP" "$(words_of "$kind")"
    done
}

# peak_of ARGUMENT...: the most memory that pgkeep had, in KiB
peak_of() {
    python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], timeout=20, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$PGKEEP" "$@"
}

# bats test_tags=no-sanitize
@test "1 GiB of manifest is refused by its size, before there is memory for it" {
    local command
    put huge "$REPO/$APP/manifest.json"
    for command in list stats "verify $APP" "show $APP"; do
        # shellcheck disable=SC2086 # words
        run peak_of $command
        [[ $output -lt 40960 ]] || fail "$command took $output KiB"
    done
}

@test "a dump that is a link, a FIFO, a folder or a device is a bad backup" {
    local kind dump
    dump=$(cd "$REPO/$APP" && echo ./*.dump)
    for kind in link fifo folder device; do
        [[ $kind != device || $EUID -eq 0 ]] || continue
        put "$kind" "$REPO/$APP/$dump" "$OUTSIDE/$APP/$dump"
        is_found "$APP" "is not an ordinary file"
        in_time 4 show "$APP"
        [[ $kind != fifo ]] || is_bad "$APP" "is not an ordinary file"
    done
}

@test "a dump's folder, and a file in it, that are links are a bad backup" {
    local dump
    dump=$(cd "$REPO/$TREE" && echo ./*.dir)
    put fifo "$REPO/$TREE/$dump/toc.dat"
    is_found "$TREE" "is not an ordinary file"
    put link "$REPO/$TREE/$dump/toc.dat" "$OUTSIDE/$TREE/$dump/toc.dat"
    is_found "$TREE" "is not an ordinary file"
    put link "$REPO/$TREE/$dump" "$OUTSIDE/$TREE/$dump"
    is_bad "$TREE" "is a symbolic link, not a folder"
}

@test "globals.sql and proof.json that are links or FIFOs are found by verify" {
    local file kind
    cp "$OUTSIDE/$APP/manifest.json" "$BATS_TEST_TMPDIR/proof.json"
    for file in globals.sql proof.json; do
        for kind in link fifo huge; do
            rm -rf "$REPO/$APP"
            cp -a "$REPOSITORY/$APP" "$REPO/$APP"
            put "$kind" "$REPO/$APP/$file" "$BATS_TEST_TMPDIR/proof.json"
            in_time 4 verify "$APP"
            assert_output --partial "$file"
            in_time 0 list
            in_time 0 stats
            in_time 0 show "$APP"
        done
    done
}

@test "a backup's folder that is a link, or no folder, is a bad backup" {
    local kind
    for kind in link fifo; do
        put "$kind" "$REPO/$APP" "$OUTSIDE/$APP"
        in_time 4 show "$TARGET/app/latest"
        is_unreadable "$APP" ", not a folder"
    done
}

@test "a database's folder and a target's that are links are named and not followed" {
    put link "$REPO/$TARGET/app" "$OUTSIDE/$TARGET/app"
    is_bad "$APP" "$REPO/$TARGET/app is a symbolic link, not a folder"
    in_time 0 list
    [[ $stderr == *"$REPO/$TARGET/app is a symbolic link"* ]]
    refute_output --partial "$APP"
    in_time 1 backup "$TARGET/app"
    in_time 4 show "$TARGET/app"
    put link "$REPO/$TARGET" "$OUTSIDE/$TARGET"
    in_time 4 verify --all
    in_time 4 restore "$KEEP" --into "$TARGET/copy"
    in_time 4 test "$KEEP"
    in_time 0 list
    in_time 0 stats
    in_time 1 backup "$TARGET/app"
}

@test "a lock that is a link, a FIFO, a folder or a device is no lock, and is not written to" {
    local kind
    for kind in link fifo folder device; do
        [[ $kind != device || $EUID -eq 0 ]] || continue
        put "$kind" "$REPO/$TARGET/.lock" "$OUTSIDE/secret"
        in_time 1 backup "$TARGET/app"
        [[ $stderr == *"$(words_of "$kind")"* ]] || fail "$stderr"
    done
    put link "$REPO/$TARGET/.lock" "$OUTSIDE/not-there"
    in_time 1 backup "$TARGET/app"
}

@test "a lock with a second name is a lock, and is not written to" {
    rm "$REPO/$TARGET/.lock"
    ln "$OUTSIDE/secret" "$REPO/$TARGET/.lock"
    remember
    in_time 0 backup --quiet "$TARGET/app"
}

@test "the folder of the runs, a run's note and pgkeep.json that are links or FIFOs are refused" {
    local token=0123456789abcdef
    rm -rf "$REPO/.runs"
    mkdir "$REPO/.runs"
    put fifo "$REPO/.runs/$token"
    in_time 0 restore "$KEEP" --into "$TARGET/copy_a"
    rm "$REPO/.runs/$token"
    put fifo "$REPO/.runs/$token.stopped"
    in_time 1 backup "$TARGET/app"
    put link "$REPO/.runs/$token.stopped" "$OUTSIDE/secret"
    in_time 1 backup "$TARGET/app"
    put link "$REPO/.runs" "$OUTSIDE/.runs"
    in_time 1 restore "$KEEP" --into "$TARGET/copy_b"
    rm "$REPO/.runs"
    put link "$REPO/pgkeep.json" "$OUTSIDE/pgkeep.json"
    in_time 1 list
    put fifo "$REPO/pgkeep.json"
    in_time 1 list
    in_time 1 backup "$TARGET/app"
    put huge "$REPO/pgkeep.json"
    in_time 1 stats
}

@test "what a crash left is removed, but nothing behind its links" {
    local left=$REPO/$TARGET/app/.2020-01-01T000000Z
    ln -s "$OUTSIDE/$TARGET" "$left.partial"
    mkdir -p "$left.removed/inner"
    ln -s "$OUTSIDE/$TARGET" "$left.removed/inner/folder"
    ln -s "$OUTSIDE/secret" "$left.removed/file"
    mkfifo "$left.removed/fifo"
    put link "$REPO/$TARGET/tree" "$OUTSIDE/$TARGET/tree"
    mkdir "$OUTSIDE/$TARGET/tree/.2020-01-01T000000Z.partial"
    touch "$OUTSIDE/$TREE/.proof.json.new"
    remember
    in_time 0 backup --quiet "$TARGET/app"
    [[ ! -L $left.partial && ! -e $left.removed ]]
}

@test "names in a sealed manifest that lead out, or are in each other's way, are a bad backup" {
    local change
    for change in "m['files'][0]['name'] = '../../../../outside/secret'" "m['files'][0]['name'] = '$OUTSIDE/secret'" \
        "m['dump'] = '../x.dump'" "m['dump'] = '$OUTSIDE/secret'" "m['globals'] = '../globals.sql'" \
        "m['globals'] = '/etc/passwd'" "m['files'].append(dict(m['files'][0]))" \
        "m['files'].append(dict(m['files'][0], name=m['files'][0]['name'] + '/y'))" \
        "m['files'][0]['name'] += '\0x'" "m['files'][0]['name'] = 'a//b'" "m['files'][0]['name'] = './a'" \
        "m['files'][0]['bytes'] = -1" "m['files'][0]['bytes'] = 1 << 70"; do
        rm -rf "$REPO/$APP"
        cp -a "$REPOSITORY/$APP" "$REPO/$APP"
        python3 "$PROJECT/tests/e2e/lib/edit_manifest.py" "$REPO/$APP" "$change"
        in_time 4 verify "$APP"
        in_time 4 restore "$APP" --into "$TARGET/copy_of_bad"
        in_time 0 list
        assert_output --partial "$KEEP"
        assert_output --regexp "$APP .* damaged"
    done
}

@test "sizes beyond all measure do not wrap around" {
    python3 "$PROJECT/tests/e2e/lib/edit_manifest.py" "$REPO/$APP" "
for f in m['files']: f['bytes'] = (1 << 63) - 1"
    in_time 0 stats --json
    jq -e '.bytes == 9223372036854775807 and ([.databases[].bytes] | all(. >= 0))' <<< "$output"
    in_time 4 verify "$APP"
    in_time 4 restore "$APP" --into "$TARGET/copy_of_bad"
}

@test "no name in a repository reaches the terminal as an escape sequence" {
    local evil=$'x\e]0;owned\a\u009b31m\u202ey'
    mv "$REPO/$APP" "$BATS_TEST_TMPDIR/kept"
    mkdir -p "$REPO/$evil/app"
    mv "$BATS_TEST_TMPDIR/kept" "$REPO/$evil/app/2026-01-01T000000Z"
    python3 "$PROJECT/tests/e2e/lib/edit_manifest.py" "$REPO/$evil/app/2026-01-01T000000Z" \
        "m['notes'].append('note \x1b[2J \u009b2J')" "m['tables'][0]['name'] = 't\x1b[2J'"
    local command
    for command in list stats "verify --all" "show $evil/app" "show $evil/app --json" "list nothing-like-it" \
        "restore $evil/app --into $TARGET/nope/x"; do
        # shellcheck disable=SC2086 # words
        script --quiet --return --command "$(printf '%q ' timeout 20 "$PGKEEP" $command)" /dev/null \
            > "$BATS_TEST_TMPDIR/seen" < /dev/null || true
        run grep -c -P '\x1b|\a|\xc2\x9b|\xe2\x80\xae' "$BATS_TEST_TMPDIR/seen"
        assert_output 0
        [[ -s $BATS_TEST_TMPDIR/seen ]]
    done
}

# from_the_future ID STAMP: as if that backup had been made when the clock stood there
from_the_future() {
    local folder=$REPO/${1%/*}
    mv "$REPO/$1" "$folder/$2"
    python3 "$PROJECT/tests/e2e/lib/edit_manifest.py" "$folder/$2" "m['stamp'] = '$2'" "m.pop('order')"
}

@test "after a clock went back the backup taken last is the newest, and it is said so" {
    local future=2090-01-01T000000Z id
    from_the_future "$APP" "$future"
    sql main app "DELETE FROM t WHERE id > 400"
    in_time 0 backup "$TARGET/app"
    [[ $stderr == *"the clock is "*" behind the stamp of an earlier backup"* ]] || fail "$stderr"
    id=${output%% *}
    jq -e --arg stamp "$future" '.compared_with == $stamp and (.notes | any(test("the clock was")))' "$REPO/$id/manifest.json"
    in_time 0 show "$TARGET/app/latest" --json
    jq -e --arg id "$id" '.id == $id' <<< "$output"
    in_time 0 restore "$TARGET/app" --into "$TARGET/copy_last"
    run sql main copy_last "SELECT count(*) FROM t"
    assert_output 400

    in_time 0 list "$TARGET/app" --json
    [[ $stderr == *"$future"*"in the future: the clock went back"* ]] || fail "$stderr"
    jq -e --arg id "$id" '.backups[-1].id == $id and (.backups | length) == 2' <<< "$output"
    in_time 0 stats --json
    [[ $stderr == *"the clock went back"* ]] || fail "$stderr"
    jq -e '.databases[] | select(.database == "app") | .newest_backup_age_s | . >= 0 and . < 600' <<< "$output"

    in_time 0 backup "$TARGET/app"
    in_time 0 show "$TARGET/app/latest" --json
    jq -e --arg id "$id" '.id > $id and (.id | contains("2090") | not)' <<< "$output"
}

@test "a newest backup from the future has no age of 0 s" {
    from_the_future "$APP" 2090-01-01T000000Z
    in_time 0 stats
    assert_output --regexp "$TARGET/app .*in the future"
    in_time 0 list
    assert_output --regexp "$TARGET/app/2090.*in the future"
    in_time 0 stats --json
    jq -e '.newest_backup_age_s < 0' <<< "$output"
}
