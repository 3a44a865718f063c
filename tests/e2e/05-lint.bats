#!/usr/bin/env bats
# A check that never fails is no check: each one is given a tree that breaks it. Needs no engine.
# bats file_tags=no-sanitize

setup() {
    load helper
    test_begin
    TREE="$BATS_TEST_TMPDIR/tree"
    mkdir -p "$TREE"
    local folder
    for folder in base docker-api orchestrator/{stream,settings,repository,postgres,dump,target} \
        orchestrator/{session,fingerprint,restore,backup,proof,service,cli}; do
        mkdir -p "$TREE/$folder"
        printf '#define X 1\n' > "$TREE/$folder/x.h"
    done
}

lint() {
    "$PROJECT/scripts/lint" --tree "$TREE" "$@"
}

# put FILE: stdin becomes a file of the tree
put() {
    mkdir -p "$TREE/$(dirname "$1")"
    cat > "$TREE/$1"
}

@test "a clean tree passes the checks that need no compiler" {
    put orchestrator/main.c <<< '#include "orchestrator/cli/x.h"'
    run -0 lint layers purity words includes banned length
    refute_output --partial "not ok"
}

# refuses LOW HIGH: LOW may not include HIGH
refuses() {
    put "$1/y.c" <<< "#include \"$2/x.h\""
    run -1 lint layers
    assert_line --partial "$1/y.c:1: includes \"$2/x.h\" from a layer that is not below it"
    rm "$TREE/$1/y.c"
}

@test "each layer is refused what lies above it" {
    local order=(base docker-api orchestrator/{stream,dump,session,fingerprint,restore,backup,service,cli})
    local low high
    for ((low = 0; low < ${#order[@]}; low++)); do
        for ((high = low + 1; high < ${#order[@]}; high++)); do
            refuses "${order[low]}" "${order[high]}"
            put "${order[high]}/z.c" <<< "#include \"${order[low]}/x.h\""
            run -0 lint layers
        done
    done
}

@test "the rooms of a layer are known, and refused each other" {
    local layer rooms room other
    for layer in "stream settings repository postgres" "dump target" "backup proof"; do
        read -ra rooms <<< "$layer"
        for room in "${rooms[@]}"; do
            refuses "orchestrator/$room" orchestrator/cli
            for other in "${rooms[@]}"; do
                [[ $room == "$other" ]] || refuses "orchestrator/$room" "orchestrator/$other"
            done
        done
    done
    put orchestrator/cli/y.c <<< '#include "orchestrator/main.h"'
    run -1 lint layers
    assert_line --partial "orchestrator/cli/y.c"
}

@test "a folder that no layer names is refused" {
    put orchestrator/utils/y.c <<< '#include "base/x.h"'
    run -1 lint layers
    assert_line --partial "belongs to no layer"
}

@test "the repository is refused Docker, also at second hand" {
    put orchestrator/repository/y.c <<< '#include "docker-api/x.h"'
    run -1 lint purity
    put orchestrator/repository/y.c <<< '#include "orchestrator/target/x.h"'
    put orchestrator/target/x.h <<< '#include "docker-api/x.h"'
    run -1 lint purity
    assert_line --partial "via orchestrator/target/x.h"
}

@test "a parser is refused files and sockets" {
    put docker-api/demux.c <<< '#include "base/fs.h"'
    run -1 lint purity
    put docker-api/demux.c <<< '#include <sys/socket.h>'
    run -1 lint purity
    assert_line --partial "a parser does no input or output"
}

@test "docker-api is refused the word PostgreSQL" {
    put docker-api/y.c <<< '/* for PostgreSQL */'
    run -1 lint words
}

@test "an include that is no path from the root is refused" {
    put base/y.c <<< '#include "x.h"'
    run -1 lint includes
    put base/y.c <<< '#include "../base/x.h"'
    run -1 lint includes
}

@test "banned functions and goto are refused, words in texts and comments are not" {
    local call
    for call in 'system("ls")' 'popen(a, b)' 'strcpy(a, b)' 'strcat(a, b)' 'sprintf(a, b)' 'gets(a)' \
        'strtok(a, b)' 'atoi(a)'; do
        put base/y.c <<< "void f(void) { $call; }"
        run -1 lint banned
        assert_line --partial "base/y.c:1"
    done
    put base/y.c <<< 'void f(void) { goto out; }'
    run -1 lint banned
    put base/y.c << 'C'
/* system("ls") and
 * goto there */
const char *text = "strcpy(a, b) \" goto out;"; // atoi(x)
void f(void) { snprintf(a, b); x->system(a); my_strcpy(a); }
C
    run -0 lint banned
}

@test "a function of more than 70 lines is refused" {
    local body
    body=$(yes '    step();' | head -n 70)
    put base/y.c <<< $'void f(void)\n{\n'"$body"$'\n}'
    run -0 lint length
    put base/y.c <<< $'void f(void)\n{\n    step();\n'"$body"$'\n}'
    run -1 lint length
    assert_line --partial "71 lines: void f(void)"
}

@test "badly formatted code is refused" {
    cp "$PROJECT/.clang-format" "$TREE/"
    printf 'int f(void)\n{\n    return 1;\n}\n' | put base/y.c
    run -0 lint format
    printf 'int f(void) {return 1;}\n' | put base/y.c
    run -1 lint format
}

@test "what cppcheck and shellcheck find is refused" {
    printf 'int f(void)\n{\n    int a[2];\n    return a[2];\n}\n' | put base/y.c
    run -1 lint cppcheck
    printf '#!/bin/bash\nrm $1\n' | put scripts/bad
    run -1 lint shellcheck
}

@test "a warning of either compiler is refused" {
    cp "$PROJECT/Makefile" "$PROJECT/VERSION" "$TREE/"
    put base/y.c <<< 'int f(int a); int f(int a) { int unused; return a; }'
    put orchestrator/main.c <<< 'int main(void) { return 0; }'
    run -1 lint gcc
    assert_output --partial unused
    run -1 lint clang
    assert_output --partial unused
}

# refuses_sql TEXT WHY
refuses_sql() {
    put orchestrator/postgres/y.c <<< "static const char SQL[] = \"$1\";"
    run -1 lint sql
    assert_output --partial "orchestrator/postgres/y.c:1: $2"
}

@test "a name in SQL that search_path decides is refused" {
    refuses_sql "SELECT count(*) FROM pg_catalog.pg_class" "a function without pg_catalog."
    refuses_sql "SELECT evil.count(*) FROM pg_catalog.pg_class" "a function of another schema"
    refuses_sql "SELECT oid FROM pg_class" "a name of pg_catalog without its schema"
    refuses_sql "SELECT 1::int8" "a type without pg_catalog. in a cast"
    refuses_sql "SELECT int8 '1'" "a typed literal"
    refuses_sql "SELECT a FROM x.y WHERE a = 1" "an operator without OPERATOR(pg_catalog.)"
    refuses_sql "SELECT a FROM x.y WHERE a IN ('p', 'q')" "IN (...) looks up ="
    refuses_sql "SELECT a FROM x.y WHERE a NOT LIKE 'p'" "LIKE looks up ~~"
    refuses_sql "SELECT a FROM x.y WHERE a BETWEEN b AND c" "BETWEEN looks up >= and <="
    refuses_sql "SELECT a FROM x.y WHERE a IS DISTINCT FROM b" "IS DISTINCT FROM looks up ="
    refuses_sql "SELECT CASE a WHEN b THEN c END FROM x.y" "CASE x WHEN looks up ="
    refuses_sql "SELECT NULLIF(a, b) FROM x.y" "NULLIF looks up ="
    refuses_sql "SELECT a FROM x.y JOIN x.z USING (a)" "USING (...) looks up ="
    refuses_sql "SELECT a FROM x.y ORDER BY a COLLATE \\\"C\\\"" "a collation without pg_catalog."
}

@test "SQL whose every name has its schema passes, and so does what is no SQL" {
    put orchestrator/postgres/y.c << 'END'
static const char SQL[] =
    "WITH d(n) AS (SELECT pg_catalog.count(*) FROM x.y AS z(a, b)" /* count(*) = 1 */
    " WHERE z.a OPERATOR(pg_catalog.=) ANY (ARRAY['in (a = b)']::pg_catalog.text[]))"
    " SELECT d.*, '1'::pg_catalog.int8, CASE WHEN d.n OPERATOR(pg_catalog.>) 1 THEN %2$s END"
    " FROM d ORDER BY z.a COLLATE pg_catalog.\"C\"";
static const char MESSAGE[] = "the size (in bytes) is not = 1";
END
    run -0 lint sql
}
