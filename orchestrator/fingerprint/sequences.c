#include "orchestrator/fingerprint/sequences.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

#define BATCH 256

static char *batch_sql(const struct fingerprint *f, size_t first, size_t count)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    for (size_t i = first; i < first + count; i++) {
        AUTO(mem_freep) char *schema = quote_ident(f->sequences[i].schema);
        AUTO(mem_freep) char *name = quote_ident(f->sequences[i].name);

        buf_printf(&sql, "%sSELECT %zu, last_value, is_called FROM %s.%s",
                   i == first ? "" : " UNION ALL ", i, schema, name);
    }
    return buf_take(&sql);
}

static void store(struct fingerprint *f, enum sequences_when when, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct fingerprint_sequence *sequence =
            &f->sequences[strtoull(rows_cell(rows, i, 0), NULL, 10)];
        int64_t value = strtoll(rows_cell(rows, i, 1), NULL, 10);
        bool called = strcmp(rows_cell(rows, i, 2), "t") == 0;

        if (when == SEQUENCES_BEFORE) {
            sequence->before = value;
            sequence->before_called = called;
        } else {
            sequence->after = value;
            sequence->after_called = called;
        }
    }
}

/* Where a batch fails, its halves are read, down to the one that is to blame. */
static struct err *read_batch(struct session *session, enum sequences_when when,
                              struct fingerprint *f, size_t first, size_t count)
{
    AUTO(mem_freep) char *sql = batch_sql(f, first, count);
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(err_freep) struct err *failed = NULL;

    PASS(pins_query(session, sql, 3, &rows, &failed));
    if (!failed) {
        store(f, when, &rows);
        return NULL;
    }
    if (count == 1) {
        if (!f->sequences[first].why_not)
            f->sequences[first].why_not = err_text(failed);
        return NULL;
    }
    PASS(read_batch(session, when, f, first, count / 2));
    return read_batch(session, when, f, first + count / 2, count - count / 2);
}

MUST_USE struct err *sequences_read(struct session *session, enum sequences_when when,
                                    struct fingerprint *f)
{
    for (size_t first = 0; first < f->sequence_count; first += BATCH) {
        size_t left = f->sequence_count - first;

        TRY(read_batch(session, when, f, first, left < BATCH ? left : BATCH),
            "read the sequences");
    }
    return NULL;
}
