#include "orchestrator/fingerprint/match.h"
#include "base/mem.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A separator that a name could hold too is no danger: the number of parts is the same on both
 * sides, and names that differ only by it do not occur. */
#define SEPARATOR "\x1f"

void match_add(struct match_list *list, const char *kind, const char *schema, const char *name,
               uint64_t number, const void *thing)
{
    char *key = mem_printf("%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%016" PRIx64, kind,
                           schema, name, number);

    for (char *p = key; list->flat && *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
    if (list->count == list->size) {
        list->size = list->size ? list->size * 2 : 64;
        list->items = mem_resize(list->items, list->size, sizeof(*list->items));
    }
    list->items[list->count++] = (struct match_item){.key = key, .thing = thing};
}

void match_clear(struct match_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].key);
    free(list->items);
    *list = (struct match_list){0};
}

static int compare(const void *a, const void *b)
{
    const struct match_item *left = a, *right = b;

    return strcmp(left->key, right->key);
}

static void sort(struct match_list *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), compare);
}

void match_each(struct match_list *left, struct match_list *right,
                void (*on_pair)(void *ctx, const void *left, const void *right), void *ctx)
{
    size_t l = 0, r = 0;

    sort(left);
    sort(right);
    while (l < left->count || r < right->count) {
        int order = l == left->count    ? 1
                    : r == right->count ? -1
                                        : compare(&left->items[l], &right->items[r]);

        on_pair(ctx, order <= 0 ? left->items[l].thing : NULL,
                order >= 0 ? right->items[r].thing : NULL);
        l += order <= 0;
        r += order >= 0;
    }
}
