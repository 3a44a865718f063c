/* orchestrator/restore/restored.h: which tables a restore put rows into.
 *
 * Layer: orchestrator/restore. Shapes only.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_RESTORED_H
#define PGKEEP_ORCHESTRATOR_RESTORE_RESTORED_H

#include <stddef.h>
#include <stdint.h>

struct restored_table {
    char *schema;
    char *name;
    int64_t rows; /* -1: not known */
    char *insert; /* --beside: the statement that takes them over, or NULL */
    char *advice; /* what to know before it, or NULL */
};

struct restored_list {
    struct restored_table *items;
    size_t count;
};

/* The new one, borrowed, without rows; names are copied. */
struct restored_table *restored_add(struct restored_list *list, const char *schema,
                                    const char *name);
void restored_clear(struct restored_list *list);

#endif
