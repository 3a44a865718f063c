# The programs of tests/e2e/tools, which call pgkeep's own code.
# shellcheck shell=bash

# build_probe TOOL FILE [COMPILER ARGUMENT...]: with the library beside the program under test, and its sanitizers
build_probe() {
    local library="${PGKEEP%/*}/libpgkeep.a" sanitize=()
    [[ -e $library ]] || make -C "$PROJECT" "${library#"$PROJECT"/}"
    if nm "$library" 2> /dev/null | grep -q __asan_init; then
        sanitize=(-fsanitize=address -fsanitize=undefined)
    elif nm "$library" 2> /dev/null | grep -q __tsan_init; then
        sanitize=(-fsanitize=thread)
    fi
    # shellcheck disable=SC2046 # flags, one word each
    cc -std=gnu17 -D_GNU_SOURCE -I"$PROJECT" "${sanitize[@]}" -g -o "$2" "${@:3}" \
        "$PROJECT/tests/e2e/tools/$1.c" "$library" \
        $(pkg-config --cflags --libs libcurl jansson zlib libpq libssl libcrypto libzstd liblz4 inih) -lpthread
}
