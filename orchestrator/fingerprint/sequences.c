/* pg_dump reads a sequence's value when it comes to it, so that value is at least what was read
 * before pg_dump began, and at most what is read after it has ended. */
#include "orchestrator/fingerprint/sequences.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/named.h"
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

struct batches {
    struct session *session;
    enum sequences_when when;
    const struct strv *list;
    struct fingerprint *f;
};

static struct err *run_batch(const struct batches *b, size_t first, size_t count,
                             struct err **failed)
{
    AUTO(mem_freep) struct named_relation *relations = mem_new(count, sizeof(*relations));
    AUTO(mem_freep) char *sql = batch_sql(b->f, first, count);
    AUTO(rows_clear) struct rows rows = {0};

    for (size_t i = 0; i < count; i++)
        relations[i] =
            (struct named_relation){.schema = b->f->sequences[first + i].schema,
                                    .name = b->f->sequences[first + i].name,
                                    .oid = b->list->items[(first + i) * TABLE_LIST_CELLS + 2]};
    PASS(named_query(b->session, sql, relations, count, 3, &rows, failed));
    if (!*failed)
        store(b->f, b->when, &rows);
    return NULL;
}

/* Where a batch fails, its halves are read, down to the one that is to blame. */
static struct err *read_batch(const struct batches *b, size_t first, size_t count)
{
    AUTO(err_freep) struct err *failed = NULL;

    PASS(run_batch(b, first, count, &failed));
    if (!failed)
        return NULL;
    if (count == 1) {
        if (!b->f->sequences[first].why_not)
            b->f->sequences[first].why_not = err_text(failed);
        return NULL;
    }
    PASS(read_batch(b, first, count / 2));
    return read_batch(b, first + count / 2, count - count / 2);
}

MUST_USE struct err *sequences_read(struct session *session, enum sequences_when when,
                                    const struct strv *list, struct fingerprint *f)
{
    const struct batches batches = {session, when, list, f};

    for (size_t first = 0; first < f->sequence_count; first += BATCH) {
        size_t left = f->sequence_count - first;

        TRY(read_batch(&batches, first, left < BATCH ? left : BATCH), "read the sequences");
    }
    return NULL;
}

MUST_USE struct err *sequences_read_early(struct session *session, struct strv *list,
                                          struct fingerprint *f)
{
    PASS(session_execute(session, PINS_BEGIN_SQL));
    PASS(pins_savepoint(session));
    strv_clear(list);
    PASS(table_list_sequences(session, list));
    for (size_t i = 0; i < list->len; i += TABLE_LIST_CELLS)
        fingerprint_add_sequence(f, list->items[i], list->items[i + 1]);
    PASS(sequences_read(session, SEQUENCES_BEFORE, list, f));
    return session_execute(session, "ROLLBACK");
}

static int compare_names(const struct fingerprint_sequence *a,
                         const struct fingerprint_sequence *b)
{
    int order = strcmp(a->schema, b->schema);

    return order ? order : strcmp(a->name, b->name);
}

/* Both are in the order of their names. */
void sequences_take_early(const struct strv *list, struct fingerprint *f,
                          const struct strv *early_list, const struct fingerprint *early)
{
    size_t next = 0;

    for (size_t i = 0; i < f->sequence_count; i++) {
        struct fingerprint_sequence *sequence = &f->sequences[i];
        const struct fingerprint_sequence *then;

        while (next < early->sequence_count &&
               compare_names(&early->sequences[next], sequence) < 0)
            next++;
        then = next < early->sequence_count ? &early->sequences[next] : NULL;
        if (!then || then->why_not || compare_names(then, sequence) != 0 ||
            strcmp(list->items[i * TABLE_LIST_CELLS + 2],
                   early_list->items[next * TABLE_LIST_CELLS + 2]) != 0)
            continue;
        sequence->before = then->before;
        sequence->before_called = then->before_called;
    }
}
