#include "orchestrator/backup/row_drop.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/table_rows.h"

static bool is_alarming(int64_t before, int64_t now, int percent)
{
    int64_t lost = before - now;

    /* In 128 bits: a hundred times a count may not fit in 64. */
    return lost >= ROW_DROP_LEAST_ROWS && (__int128)lost * 100 > (__int128)before * percent;
}

void row_drop_find(const struct manifest *before, struct manifest *now, int percent)
{
    AUTO(table_rows_clear) struct table_rows rows = {0};
    bool whole = manifest_same_selection(before, now);

    if (percent <= 0)
        return;
    table_rows_pair(before, now, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct table_rows_item *was = rows.pairs[i].before;
        const struct table_rows_item *is = rows.pairs[i].after;

        if (!was || was->rows < 0 || (is && is->rows < 0) || (!is && !whole))
            continue;
        if (is_alarming(was->rows, is ? is->rows : 0, percent))
            manifest_add_alarm(now, was->schema, was->name, was->rows, is ? is->rows : -1);
    }
    mem_replace(&now->compared_with, before->stamp);
}

void row_drop_check(struct repository *repository, struct manifest *now, int percent)
{
    AUTO(backup_freep) struct backup *previous = NULL;
    AUTO(err_freep) struct err *e = NULL;

    if (percent <= 0 || !now->database)
        return;
    e = catalogue_previous(repository, now->target, now->database, manifest_order(now),
                           &previous);
    if (e) {
        AUTO(mem_freep) char *text = err_text(e);
        strv_pushf(&now->notes, "rows were not compared with an earlier backup: %s", text);
    }
    if (previous)
        row_drop_find(previous->manifest, now, percent);
}
