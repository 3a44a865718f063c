#include "base/nearest.h"
#include "base/mem.h"
#include <string.h>

/* Optimal string alignment distance: insert, delete, replace, swap neighbours. */
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
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
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

const char *nearest_of(const char *word, const char *const *candidates, size_t count)
{
    size_t limit = strlen(word) / 3 > 1 ? strlen(word) / 3 : 1;
    const char *best = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, candidates[i]);

        if (d <= limit) {
            limit = d ? d - 1 : 0;
            best = candidates[i];
            if (d == 0)
                break;
        }
    }
    return best;
}
