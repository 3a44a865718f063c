/* orchestrator/fingerprint/match.h: two lists of named things, laid side by side.
 *
 * Layer: orchestrator/fingerprint. Pure.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_MATCH_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct match_item {
    char *key;
    const void *thing; /* borrowed */
};

struct match_list {
    struct match_item *items;
    size_t count;
    size_t size;
    bool flat; /* newlines in names count as blanks: a plain dump's titles have them so */
};

/* The key is made of up to three names and a number. */
void match_add(struct match_list *list, const char *kind, const char *schema, const char *name,
               uint64_t number, const void *thing);
void match_clear(struct match_list *list);

/* Calls back once for each pair of equal keys, and once, with NULL on the other side, for each
 * thing that has no partner; in the order of the keys. Sorts the lists. */
void match_each(struct match_list *left, struct match_list *right,
                void (*on_pair)(void *ctx, const void *left, const void *right), void *ctx);

#endif
