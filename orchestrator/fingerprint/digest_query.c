#include "orchestrator/fingerprint/digest_query.h"
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

/* Expressions nest as deep as columns are chained, and 1,600 would go past max_stack_depth:
 * so many columns make a chain, and the chains' hashes are hashed together. */
#define CHAIN_MOST 64

/* Of pg_type.dat. */
enum { TYPE_CHAR = 18, TYPE_XML = 142, TYPE_BPCHAR = 1042, FIRST_USER_TYPE = 16384 };

char *digest_query_columns(const struct table_item *table, int server_version_num)
{
    return mem_printf("SELECT a.attname, a.atttypid, t.typtype FROM pg_catalog.pg_attribute a"
                      " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = %s"
                      " AND a.attnum > 0 AND NOT a.attisdropped%s",
                      table->oid,
                      server_version_num >= 180000 ? " AND a.attgenerated <> 'v'" : "");
}

/* The text of a column; the cast of bpchar would cut blanks, that of "char" differs between
 * versions for bytes over 127, and that of xml shows an encoding that its output hides. */
static void add_text(struct buf *sql, const char *column, const char *type, const char *typtype)
{
    unsigned long oid = strtoul(type, NULL, 10);
    bool own = oid < FIRST_USER_TYPE && strchr("brm", *typtype);

    if (own && oid == TYPE_BPCHAR)
        buf_printf(sql, "pg_catalog.textin(pg_catalog.bpcharout(%s))", column);
    else if (own && oid == TYPE_CHAR)
        buf_printf(sql, "%s::pg_catalog.int4::pg_catalog.text", column);
    else if (own && oid != TYPE_XML)
        buf_printf(sql, "%s::pg_catalog.text", column);
    else
        buf_printf(sql, "pg_catalog.concat(%s)", column);
}

static void add_chain(struct buf *sql, const struct rows *columns, const size_t *order,
                      size_t count)
{
    for (size_t i = count; i > 0; i--) {
        const char *name = rows_cell(columns, order[i - 1], 0);
        AUTO(mem_freep) char *column = quote_ident(name);

        buf_printf(sql, "pg_catalog.hashtextextended(coalesce(");
        add_text(sql, column, rows_cell(columns, order[i - 1], 1),
                 rows_cell(columns, order[i - 1], 2));
        buf_printf(sql, ", '') COLLATE pg_catalog.\"C\", ");
    }
    buf_printf(sql, "int8 '0'");
    for (size_t i = 0; i < count; i++) {
        AUTO(mem_freep) char *column = quote_ident(rows_cell(columns, order[i], 0));

        buf_printf(sql, " # CASE WHEN %s IS NULL THEN int8 '1' ELSE int8 '0' END)", column);
    }
}

static int compare_names(const void *a, const void *b, void *columns)
{
    return strcmp(rows_cell(columns, *(const size_t *)a, 0),
                  rows_cell(columns, *(const size_t *)b, 0));
}

static void add_hash(struct buf *sql, struct rows *columns)
{
    size_t count = columns->count;
    AUTO(mem_freep) size_t *order = mem_new(count + 1, sizeof(*order));

    for (size_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof(*order), compare_names, columns);
    if (count <= CHAIN_MOST) {
        add_chain(sql, columns, order, count);
        return;
    }
    buf_printf(sql, "pg_catalog.hashtextextended(ARRAY[");
    for (size_t at = 0; at < count; at += CHAIN_MOST) {
        buf_printf(sql, at ? ", " : "");
        add_chain(sql, columns, order + at, count - at < CHAIN_MOST ? count - at : CHAIN_MOST);
    }
    buf_printf(sql, "]::pg_catalog.text COLLATE pg_catalog.\"C\", 0)");
}

/* Only a scan of the table itself knows tableoid: an index that went wrong has no say in the
 * count. A condition goes without ONLY, because pg_dump has none there. */
char *digest_query(const struct table_item *table, const struct rows *columns)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(mem_freep) char *schema = quote_ident(table->schema);
    AUTO(mem_freep) char *name = quote_ident(table->name);
    struct rows own = columns ? *columns : (struct rows){0};

    buf_printf(&sql, "SELECT pg_catalog.count(tableoid), ");
    if (columns) {
        buf_printf(&sql, "pg_catalog.sum(");
        add_hash(&sql, &own);
        buf_printf(&sql, ")");
    } else {
        buf_printf(&sql, "NULL");
    }
    buf_printf(&sql, ", pg_catalog.pg_relation_filenode(%s) FROM %s%s.%s", table->oid,
               *table->condition ? "" : "ONLY ", schema, name);
    if (*table->condition)
        buf_printf(&sql, " %s", table->condition);
    return buf_take(&sql);
}

bool digest_query_sum(const char *text, uint64_t *out)
{
    bool negative = *text == '-';
    uint64_t sum = 0;

    if (strspn(text + negative, "0123456789") != strlen(text + negative) ||
        (negative && !text[1]))
        return false;
    for (const char *digit = text + negative; *digit; digit++)
        sum = sum * 10 + (uint64_t)(*digit - '0'); /* wraps, as meant */
    *out = negative ? 0 - sum : sum;
    return true;
}
