/* Names and types come from the snapshot's catalog, and the statement is parsed later, when the
 * owner may have put anything in their place. Nothing of his may run then, so what he can
 * change is refused by the parser itself, in the very statement that reads:
 *   - TABLESAMPLE is for stored rows only: a view or a foreign table under the table's name is
 *     an error before anything is rewritten, planned or run. From parsing on, the statement has
 *     the relation by its oid, and a lock on it.
 *   - A cast to text is the user's function where the column has the user's type by now, and so
 *     is an implicit cast to a function's argument. Where a column is not read by concat(),
 *     which takes any type as it is, a guard compares its type: arrayoverlap() takes two arrays
 *     of exactly one type, and no cast is tried for it. The guard stands behind `false AND`,
 *     so the planner drops it.
 * Neither costs a round trip, or time for each row. */
#include "orchestrator/fingerprint/digest_query.h"
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/planning.h"
#include "orchestrator/fingerprint/row_digest.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

#define CHAIN_MOST ROW_DIGEST_CHAIN

/* Of pg_type.dat. */
enum { TYPE_CHAR = 18, TYPE_XML = 142, TYPE_BPCHAR = 1042 };

enum { NAME, TYPE, CAST_TYPE, GENERATED, OWNERS, RELATION };

static char *oid_array(const struct table_item *const *tables, size_t count)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%s", i ? "," : "", tables[i]->oid);
    return buf_take(&text);
}

/* Whose a table is, is asked once for each, not for each column: OFFSET keeps it so. */
char *digest_query_columns(const struct table_item *const *tables, size_t count,
                           int server_version_num)
{
    AUTO(mem_freep) char *oids = oid_array(tables, count);

    return mem_printf(
        "SELECT a.attname, a.atttypid, CASE WHEN"
        " t.oid OPERATOR(pg_catalog.<) 16384::pg_catalog.oid"
        " AND t.typtype OPERATOR(pg_catalog.=) ANY (ARRAY['b', 'r', "
        "'m']::pg_catalog.\"char\"[])"
        " AND t.typelem OPERATOR(pg_catalog.=) 0::pg_catalog.oid"
        " AND t.typarray OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN t.typname END,"
        " %s, r.owners, r.id FROM (SELECT a.attrelid, %s, a.number FROM"
        "  pg_catalog.unnest('{%s}'::pg_catalog.oid[]) WITH ORDINALITY AS a(attrelid, number)"
        "  OFFSET 0) AS r(id, owners, number)"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) r.id"
        " JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid"
        " WHERE a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped%s"
        " ORDER BY r.number",
        server_version_num >= 120000 ? "a.attgenerated" : "''", PLANNING_OWNERS_SQL, oids,
        server_version_num >= 180000
            ? " AND a.attgenerated OPERATOR(pg_catalog.<>) 'v'::pg_catalog.\"char\""
            : "");
}

struct rows digest_query_columns_of(const struct rows *answer, const struct table_item *table,
                                    size_t *at)
{
    size_t from = *at;

    while (*at < answer->count && strcmp(rows_cell(answer, *at, RELATION), table->oid) == 0)
        ++*at;
    return (struct rows){.cells = answer->cells + from * answer->columns,
                         .columns = answer->columns,
                         .count = *at - from};
}

/* Of a scalar type of PostgreSQL's own. */
static bool is_cast(const struct rows *columns, size_t column)
{
    return *rows_cell(columns, column, CAST_TYPE) &&
           strtoul(rows_cell(columns, column, TYPE), NULL, 10) != TYPE_XML;
}

bool digest_query_is_planned(const struct table_item *table, const struct rows *columns)
{
    if (*table->condition)
        return true;
    return !table->suspect && columns->count > 0 && *rows_cell(columns, 0, OWNERS) == 't';
}

bool digest_query_generates(const struct rows *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        if (*rows_cell(columns, i, GENERATED) == 's')
            return true;
    return false;
}

/* The text of a column; the cast of bpchar would cut blanks, that of "char" differs between
 * versions for bytes over 127, and that of xml shows an encoding that its output hides. */
static void add_text(struct buf *sql, const struct rows *columns, size_t column)
{
    unsigned long type = strtoul(rows_cell(columns, column, TYPE), NULL, 10);
    AUTO(mem_freep) char *name = quote_ident(rows_cell(columns, column, NAME));

    if (!is_cast(columns, column))
        buf_printf(sql, "pg_catalog.concat(%s)", name);
    else if (type == TYPE_BPCHAR)
        buf_printf(sql, "pg_catalog.textin(pg_catalog.bpcharout(%s))", name);
    else if (type == TYPE_CHAR)
        buf_printf(sql, "%s::pg_catalog.int4::pg_catalog.text", name);
    else
        buf_printf(sql, "%s::pg_catalog.text", name);
}

#define ZERO "'0'::pg_catalog.int8"
#define ONE "'1'::pg_catalog.int8"

static void add_chain(struct buf *sql, const struct rows *columns, const size_t *order,
                      size_t count)
{
    for (size_t i = count; i > 0; i--) {
        buf_printf(sql, "pg_catalog.hashtextextended(coalesce(");
        add_text(sql, columns, order[i - 1]);
        buf_printf(sql, ", '') COLLATE pg_catalog.\"C\", ");
    }
    buf_printf(sql, ZERO);
    for (size_t i = 0; i < count; i++) {
        AUTO(mem_freep) char *column = quote_ident(rows_cell(columns, order[i], NAME));

        buf_printf(sql,
                   " OPERATOR(pg_catalog.#) CASE WHEN %s IS NULL"
                   " THEN " ONE " ELSE " ZERO " END)",
                   column);
    }
}

static int compare_names(const void *a, const void *b, void *columns)
{
    return strcmp(rows_cell(columns, *(const size_t *)a, NAME),
                  rows_cell(columns, *(const size_t *)b, NAME));
}

static void add_hash(struct buf *sql, const struct table_item *table, struct rows *columns)
{
    size_t count = 0;
    AUTO(mem_freep) size_t *order = mem_new(columns->count + 1, sizeof(*order));

    for (size_t i = 0; i < columns->count; i++)
        if (!table->without_generated || *rows_cell(columns, i, GENERATED) != 's')
            order[count++] = i;
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

static size_t add_guards(struct buf *sql, const struct rows *columns)
{
    size_t count = 0;

    for (size_t i = 0; columns && i < columns->count; i++) {
        AUTO(mem_freep) char *column = quote_ident(rows_cell(columns, i, NAME));
        AUTO(mem_freep) char *type = quote_ident(rows_cell(columns, i, CAST_TYPE));

        if (is_cast(columns, i))
            buf_printf(sql, "%spg_catalog.arrayoverlap(ARRAY[%s], NULL::pg_catalog.%s[])",
                       count++ ? " OR " : "", column, type);
    }
    return count;
}

/* Only a scan of the table itself knows tableoid: an index that went wrong has no say in the
 * count. */
static void add_count(struct buf *sql, const struct rows *columns)
{
    AUTO(buf_clear) struct buf guards = BUF_OWN_TEXT;

    if (add_guards(&guards, columns) > 0)
        buf_printf(sql,
                   "pg_catalog.count(CASE WHEN false AND (%s) THEN NULL ELSE tableoid END)",
                   buf_text(&guards));
    else
        buf_printf(sql, "pg_catalog.count(tableoid)");
}

/* A condition goes without ONLY, because pg_dump has none there. */
char *digest_query(const struct table_item *table, const struct rows *columns)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(mem_freep) char *schema = quote_ident(table->schema);
    AUTO(mem_freep) char *name = quote_ident(table->name);
    AUTO(mem_freep) char *both = mem_printf("%s.%s", schema, name);
    AUTO(mem_freep) char *literal = quote_literal(both);
    struct rows own = columns ? *columns : (struct rows){0};

    buf_printf(&sql, "SELECT ");
    add_count(&sql, columns);
    if (columns) {
        buf_printf(&sql, ", pg_catalog.sum(");
        add_hash(&sql, table, &own);
        buf_printf(&sql, ")");
    } else {
        buf_printf(&sql, ", NULL");
    }
    buf_printf(&sql,
               ", pg_catalog.pg_relation_filenode(%s::pg_catalog.oid),"
               " pg_catalog.to_regclass(%s)::pg_catalog.oid FROM %s%s%s",
               table->oid, literal, *table->condition ? "" : "ONLY ", both,
               table->is_heap ? " TABLESAMPLE pg_catalog.system (100::pg_catalog.float4)" : "");
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
