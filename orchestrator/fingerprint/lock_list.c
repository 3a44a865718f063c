/* Which tables pg_dump would lock, as a list that can be locked before it, in the order in
 * which it locks them itself: by oid. Two who lock in the same order do not deadlock. */
#include "orchestrator/fingerprint/lock_list.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

static const char LIST_SQL[] =
    "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::pg_catalog.\"char\"[])"
    "  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog.\"char\""
    "  AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'::pg_catalog.name"
    "  AND n.nspname OPERATOR(pg_catalog.!~) '^pg_'::pg_catalog.text"
    " ORDER BY c.oid";

enum { OID, SCHEMA, NAME };

static const char *cell(const struct lock_list *list, size_t table, size_t column)
{
    return list->cells.items[table * LOCK_LIST_CELLS + column];
}

static void add_table(struct lock_list *list, const char *oid, const char *schema,
                      const char *name)
{
    strv_push(&list->cells, oid);
    strv_push(&list->cells, schema);
    strv_push(&list->cells, name);
}

static void add_same(struct lock_list *list, const struct lock_list *other, size_t table)
{
    add_table(list, cell(other, table, OID), cell(other, table, SCHEMA),
              cell(other, table, NAME));
}

size_t lock_list_count(const struct lock_list *list)
{
    return list->cells.len / LOCK_LIST_CELLS;
}

void lock_list_clear(struct lock_list *list)
{
    strv_clear(&list->cells);
}

MUST_USE struct err *lock_list_read(struct session *session, struct lock_list *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(session, LIST_SQL, LOCK_LIST_CELLS, &rows), "list the tables to lock");
    lock_list_clear(out);
    for (size_t i = 0; i < rows.count; i++)
        add_table(out, rows_cell(&rows, i, OID), rows_cell(&rows, i, SCHEMA),
                  rows_cell(&rows, i, NAME));
    return NULL;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_among(const struct strv *sorted, const char *text)
{
    return sorted->len > 0 &&
           bsearch(&text, sorted->items, sorted->len, sizeof(char *), compare_texts) != NULL;
}

/* Quoted, so that no two tables have the same: a name may hold a full stop. */
static char *full_name(const char *schema, const char *name)
{
    AUTO(mem_freep) char *left = quote_ident(schema);
    AUTO(mem_freep) char *right = quote_ident(name);

    return mem_printf("%s.%s", left, right);
}

void lock_list_narrow(struct lock_list *list, const struct fingerprint *dump)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    struct lock_list kept = {0};

    for (size_t i = 0; i < dump->entry_count; i++)
        if (strcmp(dump->entries[i].desc, "TABLE") == 0)
            strv_push_owned(&names, full_name(dump->entries[i].schema, dump->entries[i].tag));
    strv_sort(&names);
    for (size_t i = 0; i < lock_list_count(list); i++) {
        AUTO(mem_freep) char *name = full_name(cell(list, i, SCHEMA), cell(list, i, NAME));

        if (is_among(&names, name))
            add_same(&kept, list, i);
    }
    lock_list_clear(list);
    *list = kept;
}

void lock_list_leave_out(struct lock_list *list, const struct strv *oids)
{
    struct lock_list kept = {0};

    for (size_t i = 0; i < lock_list_count(list); i++)
        if (!strv_contains(oids, cell(list, i, OID)))
            add_same(&kept, list, i);
    lock_list_clear(list);
    *list = kept;
}

/* "16384 "public"."t"" */
static char *table_key(const struct lock_list *list, size_t table)
{
    AUTO(mem_freep) char *name = full_name(cell(list, table, SCHEMA), cell(list, table, NAME));

    return mem_printf("%s %s", cell(list, table, OID), name);
}

void lock_list_minus(const struct lock_list *list, const struct lock_list *other,
                     struct lock_list *out)
{
    AUTO(strv_clear) struct strv keys = STRV_INIT;

    for (size_t i = 0; i < lock_list_count(other); i++)
        strv_push_owned(&keys, table_key(other, i));
    strv_sort(&keys);
    for (size_t i = 0; i < lock_list_count(list); i++) {
        AUTO(mem_freep) char *key = table_key(list, i);

        if (!is_among(&keys, key))
            add_same(out, list, i);
    }
}

char *lock_list_statement(const struct lock_list *list)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    if (lock_list_count(list) == 0)
        return NULL;
    for (size_t i = 0; i < lock_list_count(list); i++) {
        AUTO(mem_freep) char *name = full_name(cell(list, i, SCHEMA), cell(list, i, NAME));

        buf_printf(&sql, "%s%s", i == 0 ? "LOCK TABLE ONLY " : ", ONLY ", name);
    }
    buf_printf(&sql, " IN ACCESS SHARE MODE");
    return buf_take(&sql);
}

char *lock_list_oids(const struct lock_list *list)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    buf_printf(&text, "{");
    for (size_t i = 0; i < lock_list_count(list); i++)
        buf_printf(&text, "%s%s", i == 0 ? "" : ",", cell(list, i, OID));
    buf_printf(&text, "}");
    return buf_take(&text);
}
