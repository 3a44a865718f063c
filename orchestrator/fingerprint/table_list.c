#include "orchestrator/fingerprint/table_list.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/fingerprint/planning.h"
#include <stdlib.h>
#include <string.h>

/* An extension below 16384 came with the cluster (plpgsql) and is in no dump. */
#define IS_USERS                                                                               \
    "(n.nspname OPERATOR(pg_catalog.<>) 'information_schema'::pg_catalog.name"                 \
    " AND n.nspname OPERATOR(pg_catalog.!~) '^pg_'::pg_catalog.text)"

static const char LIST_SQL[] =
    "SELECT c.relkind, n.nspname, c.relname, c.oid, pg_catalog.pg_relation_filenode(c.oid),"
    "  x.condition, e.extname,"
    "  CASE WHEN e.oid IS NULL THEN " IS_USERS " ELSE"
    "    e.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid AND x.condition IS NOT NULL END,"
    "  c.relpersistence OPERATOR(pg_catalog.=) 'u'::pg_catalog.\"char\""
    "    AND pg_catalog.pg_is_in_recovery(),"
    "  c.relpages::pg_catalog.int8 OPERATOR(pg_catalog.*)"
    "    pg_catalog.current_setting('block_size')::pg_catalog.int8,"
    "  c.relam OPERATOR(pg_catalog.=) 2::pg_catalog.oid"
    " FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " LEFT JOIN pg_catalog.pg_depend d ON"
    "  d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog.\"char\""
    "  AND d.objid OPERATOR(pg_catalog.=) c.oid"
    "  AND d.objsubid OPERATOR(pg_catalog.=) 0::pg_catalog.int4"
    "  AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
    "  AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
    " LEFT JOIN pg_catalog.pg_extension e ON e.oid OPERATOR(pg_catalog.=) d.refobjid"
    " LEFT JOIN LATERAL (SELECT coalesce(e.extcondition[i], '') FROM"
    "  pg_catalog.generate_subscripts(e.extconfig, 1) i"
    "  WHERE e.extconfig[i] OPERATOR(pg_catalog.=) c.oid LIMIT 1) x(condition) ON true"
    " WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'S', 'f', 'm']"
    "   ::pg_catalog.\"char\"[])"
    "  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog.\"char\""
    "  AND (e.oid IS NOT NULL OR " IS_USERS ")"
    " ORDER BY n.nspname COLLATE pg_catalog.\"C\", c.relname COLLATE pg_catalog.\"C\"";

enum {
    KIND,
    SCHEMA,
    NAME,
    OID,
    FILENODE,
    CONDITION,
    EXTENSION,
    IN_DUMP,
    NO_DATA,
    PAGES,
    IS_HEAP,
    COLUMNS
};

/* pg_relation_size waits for a table that somebody has locked. pg_table_size would look at ten
 * files for each. */
static const char SIZES_SQL[] =
    "SELECT c.oid, pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog.+)"
    " CASE WHEN c.reltoastrelid OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN "
    "0::pg_catalog.int8"
    "  ELSE coalesce(pg_catalog.pg_relation_size(c.reltoastrelid), 0::pg_catalog.int8) END"
    " FROM pg_catalog.pg_class c"
    " WHERE c.relkind OPERATOR(pg_catalog.=) 'r'::pg_catalog.\"char\""
    " AND c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l"
    "  WHERE l.relation OPERATOR(pg_catalog.=) c.oid AND l.granted"
    "  AND l.mode OPERATOR(pg_catalog.=) 'AccessExclusiveLock'::pg_catalog.text)";

static bool is_true(const char *cell)
{
    return strcmp(cell, "t") == 0;
}

static void add_table(struct table_list *list, const struct rows *rows, size_t row)
{
    struct table_item *table = &list->tables[list->table_count++];

    table->schema = mem_strdup(rows_cell(rows, row, SCHEMA));
    table->name = mem_strdup(rows_cell(rows, row, NAME));
    table->oid = mem_strdup(rows_cell(rows, row, OID));
    table->filenode = mem_strdup(rows_cell(rows, row, FILENODE));
    table->condition = mem_strdup(rows_cell(rows, row, CONDITION));
    table->is_heap = is_true(rows_cell(rows, row, IS_HEAP));
    table->in_dump = is_true(rows_cell(rows, row, IN_DUMP));
    table->bytes = strtoull(rows_cell(rows, row, PAGES), NULL, 10);
}

static void add_outside(struct strv *outside, const struct rows *rows, size_t row)
{
    const char *schema = rows_cell(rows, row, SCHEMA);
    const char *name = rows_cell(rows, row, NAME);
    const char *extension = rows_cell(rows, row, EXTENSION);
    const char *condition = rows_cell(rows, row, CONDITION);

    switch (*rows_cell(rows, row, KIND)) {
    case 'f':
        strv_pushf(outside, "rows of foreign table %s.%s", schema, name);
        break;
    case 'm':
        strv_pushf(outside, "rows of materialized view %s.%s: it is refreshed", schema, name);
        break;
    case 'r':
        if (is_true(rows_cell(rows, row, NO_DATA)))
            strv_pushf(outside, "rows of unlogged table %s.%s: a standby has none", schema,
                       name);
        else if (!is_true(rows_cell(rows, row, IN_DUMP)))
            strv_pushf(outside, "rows of %s.%s: extension %s makes it", schema, name,
                       extension);
        else if (*condition)
            strv_pushf(outside, "rows of %s.%s that extension %s makes: the others are %s",
                       schema, name, extension, condition);
        break;
    default:
        break;
    }
}

static void add_sequence(struct strv *sequences, const struct rows *rows, size_t row)
{
    if (*rows_cell(rows, row, KIND) != 'S' || !is_true(rows_cell(rows, row, IN_DUMP)))
        return;
    strv_push(sequences, rows_cell(rows, row, SCHEMA));
    strv_push(sequences, rows_cell(rows, row, NAME));
    strv_push(sequences, rows_cell(rows, row, OID));
}

static void add_row(struct table_list *list, struct strv *outside, const struct rows *rows,
                    size_t row)
{
    char kind = *rows_cell(rows, row, KIND);

    add_sequence(&list->sequences, rows, row);
    if (kind == 'r' && !is_true(rows_cell(rows, row, NO_DATA)))
        add_table(list, rows, row);
    add_outside(outside, rows, row);
}

struct size {
    const char *oid;
    const char *bytes;
};

static int compare_sizes(const void *a, const void *b)
{
    return strcmp(((const struct size *)a)->oid, ((const struct size *)b)->oid);
}

static void set_sizes(struct table_list *list, const struct rows *rows)
{
    AUTO(mem_freep) struct size *sizes = mem_new(rows->count + 1, sizeof(*sizes));

    for (size_t i = 0; i < rows->count; i++)
        sizes[i] = (struct size){rows_cell(rows, i, 0), rows_cell(rows, i, 1)};
    qsort(sizes, rows->count, sizeof(*sizes), compare_sizes);
    for (size_t i = 0; i < list->table_count; i++) {
        const struct size key = {.oid = list->tables[i].oid};
        const struct size *found =
            bsearch(&key, sizes, rows->count, sizeof(*sizes), compare_sizes);

        if (found && *found->bytes)
            list->tables[i].bytes = strtoull(found->bytes, NULL, 10);
    }
}

/* Where that is not to be had the catalog's estimates must do. */
static struct err *read_sizes(struct session *session, struct table_list *list)
{
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(err_freep) struct err *failed = NULL;

    PASS(pins_query(session, SIZES_SQL, 2, &rows, &failed));
    if (!failed)
        set_sizes(list, &rows);
    return NULL;
}

MUST_USE struct err *table_list_read(struct session *session, struct table_list *out,
                                     struct strv *outside)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(session, LIST_SQL, COLUMNS, &rows), "list the tables");
    out->tables = mem_new(rows.count + 1, sizeof(*out->tables));
    for (size_t i = 0; i < rows.count; i++)
        add_row(out, outside, &rows, i);
    PASS(planning_mark_suspects(session, out));
    return read_sizes(session, out);
}

MUST_USE struct err *table_list_sequences(struct session *session, struct strv *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(session, LIST_SQL, COLUMNS, &rows), "list the sequences");
    for (size_t i = 0; i < rows.count; i++)
        add_sequence(out, &rows, i);
    return NULL;
}

struct table_item *table_list_find(const struct table_list *list, const char *schema,
                                   const char *name)
{
    size_t low = 0;
    size_t high = list->table_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct table_item *table = &list->tables[middle];
        int order = strcmp(table->schema, schema);

        if (order == 0)
            order = strcmp(table->name, name);
        if (order == 0)
            return table;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void table_list_clear(struct table_list *list)
{
    for (size_t i = 0; i < list->table_count; i++) {
        struct table_item *table = &list->tables[i];

        free(table->schema);
        free(table->name);
        free(table->oid);
        free(table->filenode);
        free(table->condition);
    }
    free(list->tables);
    strv_clear(&list->sequences);
    *list = (struct table_list){0};
}
