/* One statement asks for the columns of all, a second one counts those that are planned anyway
 * (planning.h). Between the two is what is between the two of one table: one round trip. What
 * the second one meets that is no table any more, is locked or has another type by now fails
 * all of it, and each is then counted by itself, which says what is wrong with which. So only
 * what is usual is done here. */
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/counter.h"
#include "orchestrator/fingerprint/digest_query.h"
#include "orchestrator/fingerprint/pins.h"
#include <stdlib.h>

/* A statement of more is planned no faster than its parts. */
#define COLUMNS_MOST 1000

static bool is_usual(const struct counter *counter, const struct table_item *table,
                     const struct rows *columns)
{
    bool content = counter->depth == FINGERPRINT_CONTENT;

    return table->is_heap && !*table->condition && digest_query_is_planned(table, columns) &&
           !(content && digest_query_generates(columns));
}

/* "" where none is usual. Each row begins with its table's number. */
static char *batch_sql(const struct counter *counter, const struct table_item *const *tables,
                       size_t count, const struct rows *answer)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    size_t at = 0, columns_used = 0;

    for (size_t i = 0; i < count; i++) {
        const struct rows columns = digest_query_columns_of(answer, tables[i], &at);
        AUTO(mem_freep) char *one = NULL;

        if (!is_usual(counter, tables[i], &columns) ||
            columns_used + columns.count > COLUMNS_MOST)
            continue;
        columns_used += columns.count;
        one = digest_query(tables[i], counter->depth == FINGERPRINT_CONTENT ? &columns : NULL);
        buf_printf(&sql, "%sSELECT '%zu', q.n, q.s, q.f, q.o FROM (%s) AS q(n, s, f, o)",
                   sql.len ? " UNION ALL " : "", i, one);
    }
    return buf_take(&sql);
}

static void take_rows(const struct counter *counter, const struct table_item *const *tables,
                      size_t count, const struct rows *rows, struct fingerprint_table *out,
                      bool *done)
{
    for (size_t row = 0; row < rows->count; row++) {
        size_t i = strtoull(rows_cell(rows, row, 0), NULL, 10);

        if (i >= count || done[i])
            continue;
        out[i].rows = -1;
        counter_take_row(counter, tables[i], rows, row, 1, &out[i]);
        done[i] = true;
    }
}

MUST_USE struct err *counter_batch(const struct counter *counter,
                                   const struct table_item *const *tables, size_t count,
                                   struct fingerprint_table *out, bool *done)
{
    AUTO(mem_freep) char *ask =
        digest_query_columns(tables, count, counter->server_version_num);
    AUTO(rows_clear) struct rows answer = {0};
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(mem_freep) char *sql = NULL;
    AUTO(err_freep) struct err *failed =
        session_query(counter->session, ask, DIGEST_QUERY_COLUMNS, &answer);

    if (failed && failed->kind != ERR_TOOL)
        return TAKE(failed);
    if (failed)
        return pins_release(counter->session);
    sql = batch_sql(counter, tables, count, &answer);
    if (!*sql)
        return NULL;
    PASS(pins_query(counter->session, sql, DIGEST_QUERY_RESULTS + 1, &rows, &failed));
    if (!failed)
        take_rows(counter, tables, count, &rows, out, done);
    return NULL;
}
