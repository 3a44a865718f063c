#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/repository.h"
#include <stdlib.h>
#include <string.h>

/* Which backup was taken last. The stamp alone does not tell: a clock that was ahead and was
 * set right gives a later backup an earlier stamp. So each backup carries a number that only
 * grows within its database: the seconds of its stamp, but at least one more than the greatest
 * there (a logical clock after Lamport; draft.c makes it under the target's lock). A backup
 * without the number, of an older pgkeep, counts with the seconds of its stamp, so both mix
 * well. */

static int64_t order_of(int64_t at_unix_s, const struct manifest *m)
{
    int64_t order = m ? m->order : 0;

    if (order > BACKUP_ORDER_MAX)
        order = BACKUP_ORDER_MAX;
    return order > at_unix_s ? order : at_unix_s;
}

int64_t manifest_order(const struct manifest *m)
{
    int64_t at_unix_s = 0;

    clock_parse_stamp(m->stamp, &at_unix_s);
    return order_of(at_unix_s, m);
}

/* Only the number is kept: manifests of many tables are large. */
void backup_learn_order(struct backup *backup)
{
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(mem_freep) char *path = NULL;
    AUTO(err_freep) struct err *unreadable = NULL;

    if (backup->order)
        return;
    if (backup->manifest || backup->error) {
        backup->order = order_of(backup->at_unix_s, backup->manifest);
        return;
    }
    path = fs_join(backup->path, MANIFEST_NAME);
    unreadable = manifest_load(path, &m);
    backup->order = order_of(backup->at_unix_s, m);
}

bool backup_is_later(const struct backup *a, const struct backup *b)
{
    if (a->order != b->order)
        return a->order > b->order;
    return strcmp(a->stamp, b->stamp) > 0;
}

bool backup_same_database(const struct backup *a, const struct backup *b)
{
    return strcmp(a->target, b->target) == 0 &&
           strcmp(a->database_folder, b->database_folder) == 0;
}

static int compare_order(const void *a, const void *b)
{
    const struct backup *const *x = a;
    const struct backup *const *y = b;

    return backup_is_later(*x, *y) ? 1 : backup_is_later(*y, *x) ? -1 : 0;
}

void catalogue_sort(struct catalogue *catalogue)
{
    for (size_t from = 0, to; from < catalogue->count; from = to) {
        for (to = from; to < catalogue->count &&
                        backup_same_database(catalogue->items[from], catalogue->items[to]);
             to++)
            backup_learn_order(catalogue->items[to]);
        qsort(catalogue->items + from, to - from, sizeof(struct backup *), compare_order);
    }
}
