#include "orchestrator/dump/entry_digest.h"
#include "base/mem.h"
#include "base/sha256.h"
#include <stdlib.h>
#include <string.h>

/* dumpTableSchema in pg_dump.c: on a line of its own, behind the columns. */
static const char inherits[] = "INHERITS (";
#define INHERITS_LEN (sizeof(inherits) - 1)

struct entry_digest {
    struct sha256 *all;  /* every text */
    struct sha256 *rest; /* every text but the one by lines */
    struct sha256 *line;
    uint64_t lines; /* the sum of the lines' numbers */
    bool by_line;
    bool has_parents;
    bool comma;               /* a comma was held back: the line may end with it */
    char start[INHERITS_LEN]; /* of the line */
    size_t have;              /* bytes in start */
};

struct entry_digest *entry_digest_new(void)
{
    struct entry_digest *digest = mem_new(1, sizeof(*digest));

    digest->all = sha256_new();
    digest->rest = sha256_new();
    digest->line = sha256_new();
    return digest;
}

void entry_digest_free(struct entry_digest *digest)
{
    if (!digest)
        return;
    sha256_free(digest->all);
    sha256_free(digest->rest);
    sha256_free(digest->line);
    free(digest);
}

void entry_digest_restart(struct entry_digest *digest)
{
    sha256_restart(digest->all);
    sha256_restart(digest->rest);
    sha256_restart(digest->line);
    digest->lines = 0;
    digest->by_line = digest->has_parents = digest->comma = false;
    digest->have = 0;
}

void entry_digest_begin_table(struct entry_digest *digest)
{
    digest->by_line = true;
}

static void keep_start(struct entry_digest *digest, const uint8_t *data, size_t len)
{
    size_t take = INHERITS_LEN - digest->have;

    take = len < take ? len : take;
    memcpy(digest->start + digest->have, data, take);
    digest->have += take;
}

static void add_to_line(struct entry_digest *digest, const uint8_t *data, size_t len)
{
    if (len == 0)
        return;
    keep_start(digest, data, len);
    if (digest->comma)
        sha256_add(digest->line, ",", 1);
    digest->comma = data[len - 1] == ',';
    sha256_add(digest->line, data, len - digest->comma);
}

static void end_line(struct entry_digest *digest)
{
    if (digest->have == INHERITS_LEN && memcmp(digest->start, inherits, INHERITS_LEN) == 0)
        digest->has_parents = true;
    digest->lines += sha256_first64(digest->line);
    sha256_restart(digest->line);
    digest->comma = false;
    digest->have = 0;
}

static void add_lines(struct entry_digest *digest, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const uint8_t *end = memchr(data, '\n', len);
        size_t part = end ? (size_t)(end - data) : len;

        add_to_line(digest, data, part);
        if (end) {
            end_line(digest);
            part++;
        }
        data += part;
        len -= part;
    }
}

void entry_digest_add(struct entry_digest *digest, const uint8_t *data, size_t len)
{
    sha256_add(digest->all, data, len);
    if (digest->by_line)
        add_lines(digest, data, len);
    else
        sha256_add(digest->rest, data, len);
}

void entry_digest_end_text(struct entry_digest *digest)
{
    if (digest->by_line)
        end_line(digest);
    digest->by_line = false;
    sha256_add(digest->all, "", 1);
    sha256_add(digest->rest, "", 1);
}

uint64_t entry_digest_number(struct entry_digest *digest)
{
    if (!digest->has_parents)
        return sha256_first64(digest->all);
    for (int shift = 56; shift >= 0; shift -= 8)
        sha256_add(digest->rest, (const uint8_t[]){(uint8_t)(digest->lines >> shift)}, 1);
    return sha256_first64(digest->rest);
}
