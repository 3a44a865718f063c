#!/usr/bin/env bats
# Every format and compression that the target's own pg_dump knows: what is written, that stock tools read it,
# and that what it does not know is refused before anything is done.

load lib/equality
load lib/servers

setup_file() {
    load helper
    suite_begin
    ensure_image 13
    local name
    run_pg old 13
    run_pg new 17
    for name in old new; do
        wait_pg "$name"
        watch_server "$name"
        create_db "$name" shop
        sql "$name" shop < "$PROJECT/tests/e2e/lib/shop.sql"
    done
    keep_content old shop "$BATS_FILE_TMPDIR/old.content"
    keep_content new shop "$BATS_FILE_TMPDIR/new.content"
}

setup() {
    load helper
    test_begin
}

teardown_file() {
    load helper
    end_unharmed
}

# dump_of BACKUP-FOLDER: the dump's path
dump_of() {
    printf '%s/%s' "$1" "$(jq -r .dump "$1/manifest.json")"
}

# stock_tools_read NAME FOLDER: PostgreSQL's own tool, or gzip, reads the dump as it lies in the repository
stock_tools_read() {
    local dump
    dump=$(dump_of "$2")
    case $dump in
        *.sql.gz) gzip -dc "$dump" | tail -5 | grep -q "PostgreSQL database dump complete" ;;
        *.sql) tail -5 "$dump" | grep -q "PostgreSQL database dump complete" ;;
        *.dir)
            docker cp -q "$dump" "$(target "$1"):/tmp/stock" 2> /dev/null || docker cp "$dump" "$(target "$1"):/tmp/stock"
            docker exec "$(target "$1")" sh -c 'pg_restore -l /tmp/stock; rm -rf /tmp/stock' | grep -q "TABLE DATA public order"
            ;;
        *) docker exec -i "$(target "$1")" pg_restore -l < "$dump" | grep -q "TABLE DATA public order" ;;
    esac
}

# round_trip NAME FORMAT COMPRESS RECORDED EXTENSION
round_trip() {
    local server folder
    server=$(target "$1")
    run -0 pgkeep backup "$server/shop" --format "$2" --compress "$3" --repository "$REPO/$2-$3"
    folder=$(published "$REPO/$2-$3")
    assert_equal "$2 $3: $(jq -r '.dump_format + " " + .compression' "$folder/manifest.json")" "$2 $3: $2 $4"
    assert_regex "$(dump_of "$folder")" "/shop-[0-9TZ-]+\.$5$"
    stock_tools_read "$1" "$folder"
    run -0 pgkeep verify --all --repository "$REPO/$2-$3"
    run -0 pgkeep restore "$server/shop" --into "$server/copy" --repository "$REPO/$2-$3"
    same_content "$BATS_FILE_TMPDIR/$1.content" "$1" copy
    drop_db "$1" copy
}

@test "PostgreSQL 13: each compression in each format comes back equal" {
    round_trip old custom auto gzip:1 dump
    round_trip old custom none none dump
    round_trip old custom gzip gzip:6 dump
    round_trip old directory gzip:9 gzip:9 dir
    round_trip old directory none none dir
    round_trip old plain auto gzip:1 'sql\.gz'
    round_trip old plain none none sql
    round_trip old tar auto none tar
}

@test "PostgreSQL 17: each compression in each format comes back equal" {
    round_trip new custom auto zstd:1 dump
    round_trip new custom none none dump
    round_trip new custom gzip:9 gzip:9 dump
    round_trip new custom zstd:19 zstd:19 dump
    round_trip new custom lz4 lz4 dump
    round_trip new directory zstd zstd dir
    round_trip new directory lz4:1 lz4:1 dir
    round_trip new directory none none dir
    round_trip new plain gzip:9 gzip:9 'sql\.gz'
    round_trip new plain none none sql
    round_trip new tar none none tar
}

# refused TEXT ARGUMENT...: exit status 2, one line with TEXT and a hint, and nothing in the repository
refused() {
    local text=$1
    shift
    run --separate-stderr -2 pgkeep backup "$@"
    # shellcheck disable=SC2154 # set by run --separate-stderr
    [[ ${stderr_lines[0]} == *"$text"* ]] || fail "wanted \"$text\" in: $stderr"
    [[ ${stderr_lines[1]} == "hint: "* ]] || fail "no hint: $stderr"
    assert_equal "$output" ""
    assert_equal "$(published)$(partials)" ""
}

@test "a compression that the target's pg_dump, or the format, does not know is wrong usage" {
    local old new
    old=$(target old)/shop
    new=$(target new)/shop
    refused "pg_dump 13 does not support zstd" "$old" --compress zstd
    refused "pg_dump 13 does not support lz4" "$old" --format directory --compress lz4
    refused "a plain dump is gzip or none" "$new" --format plain --compress zstd
    refused "pg_dump does not compress a tar dump" "$new" --format tar --compress gzip
    refused '"gzip:10" is no compression' "$new" --compress gzip:10
    refused '"zstd:23" is no compression' "$new" --compress zstd:23
    refused '"zstd:" is no compression' "$new" --compress zstd:
    refused '"brotli" is no compression' "$new" --compress brotli
}

@test "the last line names the backup, its size, the ratio and the time, and is all of stdout" {
    local server
    server=$(target new)
    run --separate-stderr -0 pgkeep backup "$server/shop"
    assert_equal "${#lines[@]}" 1
    assert_regex "$output" "^$server/shop/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z  [0-9.]+ [KM]iB \([0-9]+\.[0-9]x\) in [0-9.]+ s$"
    assert [ -d "$REPO/${output%%  *}" ]
    run --separate-stderr -0 pgkeep backup "$server/shop" --quiet
    assert_equal "$stderr" ""
    assert_equal "${#lines[@]}" 1
}

@test "--json is one document on stdout, also when something fails" {
    local server
    server=$(target new)
    run --separate-stderr -0 pgkeep backup "$server/shop" --json
    assert_equal "$(jq -s 'length' <<< "$output")" 1
    assert_equal "$(jq -r '.backups[0].id' <<< "$output")" "$(published | sed "s|^$REPO/||")"
    assert_equal "$(jq -r '.backups[0].bytes > 0 and .backups[0].raw_bytes > 0 and (.failed | length) == 0' <<< "$output")" true
    run --separate-stderr -1 pgkeep backup "$server/shop" --json --table nothing_like_it
    assert_equal "$(jq -s 'length' <<< "$output")" 1
    assert_regex "$(jq -r '.failed[0].error' <<< "$output")" "no matching tables were found"
    run --separate-stderr -2 pgkeep backup "$server/shop" --json --compress brotli
    assert_equal "$(jq -s 'length' <<< "$output")" 1
    run --separate-stderr -0 pgkeep restore "$server/shop" --into "$server/copy" --json
    assert_equal "$(jq -r '.database' <<< "$output")" copy
    assert_equal "$(jq -r '.rows' <<< "$output")" 25601
    drop_db new copy
}

@test "each backup has the roles and tablespaces with it" {
    local server
    server=$(target new)
    pgkeep backup "$server/shop"
    run -0 cat "$(published)/globals.sql"
    assert_line "CREATE ROLE shopkeeper;"
    assert_output --partial "PASSWORD 'SCRAM-SHA-256"
    assert_equal "$(find "$REPO" -type f -not -perm 600 -printf '%p %m\n')" ""
    assert_equal "$(find "$REPO" -mindepth 1 -type d -not -perm 700 -printf '%p %m\n')" ""
}
