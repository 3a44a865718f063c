#include "base/nearest.h"
#include "base/mem.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment distance: insert, delete, replace, swap neighbours. Case is none. */
static size_t distance(const char *a, const char *b)
{
    size_t columns = strlen(b) + 1;
    AUTO(mem_freep) size_t *rows = mem_new(3 * columns, sizeof(*rows));
    size_t *before = rows, *above = rows + columns, *row = rows + 2 * columns;

    for (size_t j = 0; j < columns; j++)
        above[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (size_t j = 1; j < columns; j++) {
            size_t best = above[j - 1] + !same(a[i - 1], b[j - 1]);

            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[columns - 1];
}

/* A quarter of the longer one, at most 3: of three letters one is a third of the name. */
static size_t nearest_limit(size_t a, size_t b)
{
    size_t most = (a > b ? a : b) / 4;

    return most < 3 ? most : 3;
}

/* How far the two are, or NONE where that is too far. Of names with parts ("app-db/app",
 * "public.orders") each part must be near: shop/app is not meant by shop/web. */
#define NONE SIZE_MAX
static size_t nearest_distance(const char *a, const char *b)
{
    size_t a_len = strcspn(a, "/."), b_len = strcspn(b, "/.");
    AUTO(mem_freep) char *a_part = mem_strndup(a, a_len);
    AUTO(mem_freep) char *b_part = mem_strndup(b, b_len);
    size_t d = distance(a_part, b_part), rest;

    if (a[a_len] != b[b_len] || d > nearest_limit(a_len, b_len))
        return NONE;
    if (!a[a_len])
        return d;
    rest = nearest_distance(a + a_len + 1, b + b_len + 1);
    return rest == NONE ? NONE : d + rest;
}

const char *nearest_of(const char *word, const char *const *candidates, size_t count)
{
    size_t least = NONE;
    const char *best = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t d = nearest_distance(word, candidates[i]);

        if (d < least) {
            least = d;
            best = candidates[i];
        }
    }
    return best;
}
