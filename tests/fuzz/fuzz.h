/* tests/fuzz/fuzz.h: what the fuzz targets share.
 *
 * Each target reads the same bytes twice, as one and in pieces, and compares. The first
 * FUZZ_PIECES_BYTES bytes of an input are the sizes of the pieces, taken in turns: 0 means all
 * that is left, up to 127 that many bytes, and above that steps of 64. So {100, 0, 0} splits at
 * byte 100, {129, 3, 0} at 128 and 131, and {1, 1, 1} everywhere
 * (for FUZZ_PIECES_MAX pieces).
 */
#ifndef PGKEEP_TESTS_FUZZ_FUZZ_H
#define PGKEEP_TESTS_FUZZ_FUZZ_H

#include "base/err.h"
#include "base/mem.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's entry point; tests/fuzz/replay.c calls it as well. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* There only with a sanitizer, which counts what is allocated. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* What must hold whatever the input is; where it does not, that is a finding. */
#define FUZZ_CHECK(condition)                                                                  \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s:%d: %s: broken: %s\n", __FILE__, __LINE__, __func__,           \
                    #condition);                                                               \
            abort();                                                                           \
        }                                                                                      \
    } while (0)

#define FUZZ_PIECES_BYTES 3
#define FUZZ_PIECES_MAX 2048 /* then the rest as one: time is better spent on other inputs */

struct fuzz_pieces { /* all zero: as one */
    uint8_t sizes[FUZZ_PIECES_BYTES];
    size_t turn;
};

static UNUSED struct fuzz_pieces fuzz_pieces_of(const uint8_t *data)
{
    struct fuzz_pieces pieces = {0};

    memcpy(pieces.sizes, data, FUZZ_PIECES_BYTES);
    return pieces;
}

static UNUSED size_t fuzz_piece(struct fuzz_pieces *pieces, size_t left)
{
    size_t size = pieces->sizes[pieces->turn % FUZZ_PIECES_BYTES];

    if (size > 127)
        size = (size - 127) * 64;
    if (pieces->turn++ == FUZZ_PIECES_MAX)
        return left;
    return size == 0 || size > left ? left : size;
}

/* Calls `feed` for each piece, which is in memory of its own size: so a sanitizer sees a read
 * past its end, and a pointer that is kept into it. */
static UNUSED struct err *
fuzz_feed(struct fuzz_pieces *pieces, const uint8_t *data, size_t len,
          struct err *(*feed)(void *ctx, const uint8_t *data, size_t len), void *ctx)
{
    while (len > 0) {
        size_t take = fuzz_piece(pieces, len);
        AUTO(mem_freep) uint8_t *piece = mem_new(take, 1);

        memcpy(piece, data, take);
        PASS(feed(ctx, piece, take));
        data += take;
        len -= take;
    }
    return NULL;
}

/* A digest of all that a parser said (FNV-1a). The bytes of a run may come in any pieces. */
#define FUZZ_DIGEST_START UINT64_C(0xcbf29ce484222325)

static UNUSED void fuzz_digest(uint64_t *digest, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++)
        *digest = (*digest ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static UNUSED void fuzz_digest_number(uint64_t *digest, uint64_t number)
{
    fuzz_digest(digest, &number, sizeof(number));
}

static UNUSED void fuzz_digest_text(uint64_t *digest, const char *text)
{
    fuzz_digest(digest, text ? text : "\1", text ? strlen(text) + 1 : 2);
}

static UNUSED size_t fuzz_heap(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
                                                   : 0;
}

#endif
