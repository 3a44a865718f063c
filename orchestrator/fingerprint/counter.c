#include "orchestrator/fingerprint/counter.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/copy_count.h"
#include "orchestrator/fingerprint/digest_query.h"
#include "orchestrator/fingerprint/named.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/postgres/quote.h"
#include "orchestrator/postgres/sqlstate.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the server says where TABLESAMPLE or COPY meets a view is true, and tells a user
 * nothing. */
static char *reason(const struct err *failed, const char *code)
{
    char *text = err_text(failed);
    char *longer;

    if (!code || !sqlstate_is(text, code))
        return text;
    longer = mem_printf(NAMED_TAKEN ": %s", text);
    free(text);
    return longer;
}

static struct err *query(const struct counter *counter, const struct table_item *table,
                         const char *sql, struct rows *rows, struct fingerprint_table *out,
                         bool *locked)
{
    const struct named_relation relation = {table->schema, table->name, table->oid};
    AUTO(err_freep) struct err *failed = NULL;

    if (table->is_heap)
        PASS(pins_query(counter->session, sql, DIGEST_QUERY_RESULTS, rows, &failed));
    else
        PASS(named_query(counter->session, sql, &relation, 1, DIGEST_QUERY_RESULTS, rows,
                         &failed));
    if (failed) {
        out->why_not = reason(failed, table->is_heap ? "0A000" : NULL);
        *locked = sqlstate_is(out->why_not, "55P03");
    }
    return NULL;
}

/* Releases nothing where all is well: the table's own statement follows at once, and a database
 * may have 10,000 tables. */
static struct err *read_columns(const struct counter *counter, const struct table_item *table,
                                struct rows *columns, struct fingerprint_table *out)
{
    AUTO(mem_freep) char *sql = digest_query_columns(&table, 1, counter->server_version_num);
    AUTO(err_freep)
    struct err *e = session_query(counter->session, sql, DIGEST_QUERY_COLUMNS, columns);

    if (!err_is(e, ERR_TOOL))
        return TAKE(e);
    out->why_not = err_text(e);
    return pins_release(counter->session);
}

/* The same cells as those of digest_query. */
static char *counted_sql(const struct table_item *table, const struct copy_counted *counted)
{
    AUTO(mem_freep) char *schema = quote_ident(table->schema);
    AUTO(mem_freep) char *name = quote_ident(table->name);
    AUTO(mem_freep) char *both = mem_printf("%s.%s", schema, name);
    AUTO(mem_freep) char *literal = quote_literal(both);

    return mem_printf("SELECT '%" PRIu64 "', '%" PRIu64 "',"
                      " pg_catalog.pg_relation_filenode(%s::pg_catalog.oid),"
                      " pg_catalog.to_regclass(%s)::pg_catalog.oid",
                      counted->rows, counted->digest, table->oid, literal);
}

/* COPY takes the name for what it means by then. That is locked until pins_release, so that it
 * still has that name when the oid is asked for. */
static struct err *copy(const struct counter *counter, const struct table_item *table,
                        struct rows *rows, struct fingerprint_table *out, bool *locked)
{
    struct copy_counted counted;
    AUTO(err_freep) struct err *e =
        copy_count(counter->session, table, counter->server_version_num,
                   counter->depth == FINGERPRINT_CONTENT, &counted);
    AUTO(mem_freep) char *sql = NULL;

    out->without_generated = counted.without_generated;
    if (!e) {
        sql = counted_sql(table, &counted);
        PASS(pins_query(counter->session, sql, DIGEST_QUERY_RESULTS, rows, &e));
        out->why_not = e ? err_text(e) : NULL;
        return NULL;
    }
    if (e->kind != ERR_TOOL && e->kind != ERR_UNSUPPORTED)
        return TAKE(e);
    out->why_not = reason(e, "42809");
    *locked = sqlstate_is(out->why_not, "55P03");
    return pins_release(counter->session);
}

/* To parse and plan the chain of hashes takes some 0.2 ms a column, whatever the table holds:
 * for wide tables longer than to have few rows sent. */
#define WIDE_COLUMNS 64
#define SENT_BYTES_PER_COLUMN (UINT64_C(16) << 10)

static bool is_sooner_sent(const struct counter *counter, const struct table_item *table,
                           const struct rows *columns)
{
    return counter->depth == FINGERPRINT_CONTENT && table->is_heap && !*table->condition &&
           columns->count >= WIDE_COLUMNS && !digest_query_generates(columns) &&
           table->bytes <= columns->count * SENT_BYTES_PER_COLUMN;
}

/* A TRUNCATE, and an ALTER TABLE that rewrites, show in every snapshot; pg_dump may have come
 * before it. */
void counter_take_row(const struct counter *counter, const struct table_item *table,
                      const struct rows *rows, size_t row, size_t column,
                      struct fingerprint_table *out)
{
    bool there = row < rows->count;
    const char *filenode = there ? rows_cell(rows, row, column + 2) : "";
    const char *sum;

    if (*filenode && strcmp(rows_cell(rows, row, column + 3), table->oid) != 0) {
        out->why_not = mem_strdup(NAMED_TAKEN);
        return;
    }
    if (!there || strcmp(filenode, table->filenode) != 0) {
        out->why_not = mem_strdup("it was truncated, rewritten or dropped meanwhile");
        return;
    }
    out->rows = strtoll(rows_cell(rows, row, column), NULL, 10);
    if (counter->depth != FINGERPRINT_CONTENT)
        return;
    sum = rows_cell(rows, row, column + 1);
    out->has_content = digest_query_sum(sum, &out->digest);
    if (!out->has_content)
        out->why_not = mem_printf("its digest came as \"%s\"", sum);
}

MUST_USE struct err *counter_table(const struct counter *counter,
                                   const struct table_item *table,
                                   struct fingerprint_table *out, bool *locked)
{
    AUTO(rows_clear) struct rows columns = {0};
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(mem_freep) char *sql = NULL;
    bool content = counter->depth == FINGERPRINT_CONTENT;

    *locked = false;
    out->rows = -1;
    PASS(read_columns(counter, table, &columns, out));
    if (out->why_not)
        return NULL;
    if (is_sooner_sent(counter, table, &columns)) {
        PASS(copy(counter, table, &rows, out, locked));
    } else if (digest_query_is_planned(table, &columns) ||
               (content && table->with_generated && digest_query_generates(&columns))) {
        sql = digest_query(table, content ? &columns : NULL);
        out->without_generated =
            content && table->without_generated && digest_query_generates(&columns);
        PASS(query(counter, table, sql, &rows, out, locked));
    } else {
        PASS(copy(counter, table, &rows, out, locked));
    }
    if (!out->why_not)
        counter_take_row(counter, table, &rows, 0, 0, out);
    return NULL;
}
