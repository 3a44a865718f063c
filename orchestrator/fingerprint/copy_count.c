/* The columns stand in the COPY in the order of the digest's chain, so that row_digest hashes
 * them as they come. Only to count, one column is enough, the narrowest; of a table without any
 * that can be copied, COPY gives an empty line for each row.
 *
 * row_digest hashes as a little-endian server does, and so that no other way of any server
 * passes for it, each is asked for one hash and compared. */
#include "orchestrator/fingerprint/copy_count.h"
#include "base/mem.h"
#include "orchestrator/dump/copy_text.h"
#include "orchestrator/fingerprint/row_digest.h"
#include "orchestrator/postgres/quote.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASHED "pgkeep counts by COPY"
#define HASHED_SEED 7

enum { NAME, TYPE, SIZE, IS_ROW, GENERATED, HASH, CELLS };

/* Of pg_type.dat. */
enum { TYPE_BOOL = 16, TYPE_CHAR = 18, TYPE_INET = 869 };

/* Sorted as strcmp does. A domain is a row if what it is made of is one. */
static char *columns_sql(const struct table_item *table, int server_version_num)
{
    return mem_printf(
        "SELECT a.attname, a.atttypid, a.attlen,"
        " CASE WHEN y.typtype OPERATOR(pg_catalog.=) 'd'::pg_catalog.\"char\" THEN"
        " (WITH RECURSIVE b(id) AS (SELECT y.typbasetype UNION ALL SELECT t.typbasetype FROM b"
        " JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) b.id"
        " WHERE t.typtype OPERATOR(pg_catalog.=) 'd'::pg_catalog.\"char\")"
        " SELECT pg_catalog.bool_or(t.typtype OPERATOR(pg_catalog.=) 'c'::pg_catalog.\"char\""
        " ) FROM b JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) b.id)"
        " ELSE y.typtype OPERATOR(pg_catalog.=) 'c'::pg_catalog.\"char\" END,"
        " %s, pg_catalog.hashtextextended('" HASHED "' COLLATE pg_catalog.\"C\", %d)"
        " FROM pg_catalog.pg_attribute a"
        " JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) a.atttypid"
        " WHERE a.attrelid OPERATOR(pg_catalog.=) %s::pg_catalog.oid"
        " AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped"
        " ORDER BY a.attname COLLATE pg_catalog.\"C\"",
        server_version_num >= 120000 ? "a.attgenerated" : "''", HASHED_SEED, table->oid);
}

static bool is_generated(const struct rows *columns, size_t column)
{
    return *rows_cell(columns, column, GENERATED) != '\0';
}

static enum row_digest_text text_of(const struct rows *columns, size_t column)
{
    unsigned long type = strtoul(rows_cell(columns, column, TYPE), NULL, 10);

    return type == TYPE_BOOL                                 ? ROW_DIGEST_BOOL
           : type == TYPE_CHAR                               ? ROW_DIGEST_CHAR
           : type == TYPE_INET                               ? ROW_DIGEST_INET
           : strcmp(rows_cell(columns, column, IS_ROW), "t") ? ROW_DIGEST_AS_IT_IS
                                                             : ROW_DIGEST_ROW;
}

static struct err *check_hash(const struct rows *columns)
{
    char ours[32];

    snprintf(ours, sizeof(ours), "%" PRId64,
             (int64_t)row_digest_hash(HASHED, strlen(HASHED), HASHED_SEED));
    if (columns->count == 0 || strcmp(rows_cell(columns, 0, HASH), ours) == 0)
        return NULL;
    return err_new(ERR_UNSUPPORTED, "its server hashes text in another way than pgkeep does "
                                    "(it is no little-endian machine)");
}

/* -- the statement -- */

/* A fixed size, the smaller the better; else any. */
static bool is_narrower(const struct rows *columns, size_t one, size_t other)
{
    long left = strtol(rows_cell(columns, one, SIZE), NULL, 10);
    long right = strtol(rows_cell(columns, other, SIZE), NULL, 10);

    return left > 0 && (right <= 0 || left < right);
}

/* `wanted`: the columns' numbers, none of them generated. */
static char *copy_sql(const struct table_item *table, const struct rows *columns,
                      const size_t *wanted, size_t count)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(mem_freep) char *schema = quote_ident(table->schema);
    AUTO(mem_freep) char *name = quote_ident(table->name);

    buf_printf(&sql, "COPY %s.%s", schema, name);
    for (size_t i = 0; i < count; i++) {
        AUTO(mem_freep) char *column = quote_ident(rows_cell(columns, wanted[i], NAME));

        buf_printf(&sql, "%s%s", i ? ", " : " (", column);
    }
    buf_printf(&sql, "%s TO STDOUT", count ? ")" : "");
    return buf_take(&sql);
}

/* -- with content -- */

static struct err *on_rows(void *ctx, const uint8_t *data, size_t len)
{
    return row_digest_feed(ctx, data, len);
}

static struct err *copy_digest(struct session *session, const struct table_item *table,
                               const struct rows *columns, struct copy_counted *out)
{
    AUTO(mem_freep) size_t *wanted = mem_new(columns->count + 1, sizeof(*wanted));
    AUTO(mem_freep)
    enum row_digest_text *texts = mem_new(columns->count + 1, sizeof(*texts));
    AUTO(row_digest_freep) struct row_digest *digest = NULL;
    AUTO(mem_freep) char *sql = NULL;
    size_t count = 0;

    for (size_t i = 0; i < columns->count; i++) {
        if (*rows_cell(columns, i, GENERATED) == 's')
            out->without_generated = true;
        if (is_generated(columns, i))
            continue;
        texts[count] = text_of(columns, i);
        wanted[count++] = i;
    }
    sql = copy_sql(table, columns, wanted, count);
    digest = row_digest_new(texts, count);
    PASS(session_copy_out(session, sql, on_rows, digest));
    return row_digest_finish(digest, &out->rows, &out->digest);
}

/* -- rows alone -- */

static struct err *on_lines(void *ctx, const uint8_t *data, size_t len)
{
    copy_text_feed(ctx, data, len);
    return NULL;
}

static struct err *copy_lines(struct session *session, const struct table_item *table,
                              const struct rows *columns, struct copy_counted *out)
{
    size_t narrowest = columns->count;
    struct copy_text lines = {0};
    AUTO(mem_freep) char *sql = NULL;

    for (size_t i = 0; i < columns->count; i++)
        if (!is_generated(columns, i) &&
            (narrowest == columns->count || is_narrower(columns, i, narrowest)))
            narrowest = i;
    sql = copy_sql(table, columns, &narrowest, narrowest < columns->count);
    PASS(session_copy_out(session, sql, on_lines, &lines));
    out->rows = lines.rows;
    return NULL;
}

MUST_USE struct err *copy_count(struct session *session, const struct table_item *table,
                                int server_version_num, bool content, struct copy_counted *out)
{
    AUTO(mem_freep) char *sql = columns_sql(table, server_version_num);
    AUTO(rows_clear) struct rows columns = {0};

    *out = (struct copy_counted){0};
    PASS(session_query(session, sql, CELLS, &columns));
    if (!content)
        return copy_lines(session, table, &columns, out);
    PASS(check_hash(&columns));
    return copy_digest(session, table, &columns, out);
}
