#!/usr/bin/env bats
# verify, list, show and stats: offline, and nothing that is wrong with a backup escapes.

setup_file() {
    load helper
    suite_begin
    start_pg main 17
    create_db main app
    sql main app <<- 'SQL'
	CREATE SCHEMA shop;
	CREATE TABLE shop.item(id int PRIMARY KEY, name text);
	INSERT INTO shop.item SELECT i, md5(i::text) FROM generate_series(1, 3000) i;
	CREATE TABLE shop.empty(id int);
	SELECT lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex'));
	SQL
    export PGKEEP_REPOSITORY=$REPOSITORY
    local format
    for format in custom plain tar directory; do
        "$PGKEEP" backup --quiet --format "$format" "$(target main)/app" | cut -d ' ' -f 1 > "$BATS_FILE_TMPDIR/$format"
    done
    "$PGKEEP" test --quiet "$(cat "$BATS_FILE_TMPDIR/custom")"
}

setup() {
    load helper
    test_begin
    use_repository "$REPOSITORY"
    TARGET=$(target main)
}

teardown_file() {
    load helper
    suite_end
}

backup_of() {
    cat "$BATS_FILE_TMPDIR/$1"
}

# every_damage FORMAT: flips, cuts, a missing and an added file
every_damage() {
    local id
    id=$(backup_of "$1")
    run python3 "$PROJECT/tests/e2e/lib/damage.py" "$PGKEEP" "$id" "$REPOSITORY/$id" 40 "${SEED:-$RANDOM}"
    assert_success
    [[ $output -ge 40 ]]
}

@test "a flipped bit, a cut, a missing and an added file are found in a custom backup and its proof" {
    every_damage custom
}

@test "a flipped bit, a cut, a missing and an added file are found in a plain backup" {
    every_damage plain
}

@test "a flipped bit, a cut, a missing and an added file are found in a tar backup" {
    every_damage tar
}

@test "a flipped bit, a cut, a missing and an added file are found in a directory backup" {
    every_damage directory
}

@test "verify works with no engine at all" {
    DOCKER_HOST=unix:///nowhere run "$PGKEEP" verify --all
    assert_success
    assert_equal "${#lines[@]}" 4
    assert_line --regexp "$(backup_of custom)  ok  .* 2 tables, 3,000 rows, 1 large object in .* s"
}

@test "show lists the contents of each format as pg_restore -l does" {
    local format id file
    for format in custom tar directory; do
        id=$(backup_of "$format")
        file=$(find "$REPOSITORY/$id" -maxdepth 1 -name 'app-*')
        docker cp "$file" "$TARGET:/tmp/$format" > /dev/null
        docker exec "$TARGET" pg_restore -l "/tmp/$format" | grep -v '^;' > "$BATS_TEST_TMPDIR/expected"
        "$PGKEEP" show "$id" --contents | grep -v '^;' > "$BATS_TEST_TMPDIR/found"
        diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/found"
    done
}

@test "list and stats show every backup, its size, its format and its proof" {
    run "$PGKEEP" list "$TARGET/app"
    assert_success
    # -- four backups, and what the database can be brought back to, each with a heading
    assert_equal "${#lines[@]}" 7
    assert_line --regexp "^$(backup_of custom) .* custom +equal +-$"
    assert_line --regexp "^$(backup_of directory) .* directory +- +-$"
    run "$PGKEEP" stats --json
    assert_success
    assert_equal "$(jq -r '[.. | objects | select(has("backups")) | .backups] | max' <<< "$output")" 4
}

@test "a backup that lost rows is found though its checksums are right" {
    local id folder copy
    id=$(backup_of plain)
    copy="$BATS_TEST_TMPDIR/repo"
    cp -a "$REPOSITORY" "$copy"
    folder="$copy/$id"
    python3 - "$folder" <<- 'PYTHON'
	import glob, gzip, hashlib, json, sys
	folder = sys.argv[1]
	path = glob.glob(folder + "/app-*.sql.gz")[0]
	lines = gzip.open(path, "rb").read().split(b"\n")
	row = next(i for i, line in enumerate(lines) if line.startswith(b"17\t"))
	del lines[row]
	data = gzip.compress(b"\n".join(lines))
	open(path, "wb").write(data)
	manifest = json.load(open(folder + "/manifest.json"))
	for file in manifest["files"]:
	    if path.endswith(file["name"]):
	        file["bytes"], file["sha256"] = len(data), hashlib.sha256(data).hexdigest()
	del manifest["manifest_sha256"]
	text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
	manifest["manifest_sha256"] = hashlib.sha256(text.encode()).hexdigest()
	open(folder + "/manifest.json", "w").write(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
	PYTHON
    run "$PGKEEP" --repository "$copy" verify "$id"
    assert_failure 4
    assert_output --partial "shop.item"
    assert_output --partial "2999 rows"
}
