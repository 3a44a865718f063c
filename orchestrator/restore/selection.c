#include "orchestrator/restore/selection.h"
#include "base/mem.h"
#include "base/nearest.h"
#include <stdlib.h>
#include <string.h>

static const struct strv nothing = STRV_INIT;

static bool is_table_like(const struct toc_entry *entry)
{
    static const char *const kinds[] = {"TABLE",
                                        "TABLE DATA",
                                        "VIEW",
                                        "MATERIALIZED VIEW",
                                        "MATERIALIZED VIEW DATA",
                                        "SEQUENCE",
                                        "SEQUENCE SET",
                                        "FOREIGN TABLE",
                                        "TABLE ATTACH"};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(entry->desc, kinds[i]) == 0)
            return true;
    return false;
}

/* NAME alone wins, so that a table whose own name has a dot can be named. */
static bool table_matches(const struct toc_entry *entry, const char *pattern)
{
    size_t len = strlen(entry->schema);

    if (strcmp(entry->tag, pattern) == 0)
        return true;
    return len > 0 && strncmp(pattern, entry->schema, len) == 0 && pattern[len] == '.' &&
           strcmp(pattern + len + 1, entry->tag) == 0;
}

static bool in_schema(const struct toc_entry *entry, const char *schema)
{
    return strcmp(entry->schema, schema) == 0 ||
           (strcmp(entry->desc, "SCHEMA") == 0 && strcmp(entry->tag, schema) == 0);
}

static bool any_table(const struct toc_entry *entry, const struct strv *tables)
{
    for (size_t i = 0; i < tables->len; i++)
        if (table_matches(entry, tables->items[i]))
            return true;
    return false;
}

static bool any_schema(const struct toc_entry *entry, const struct strv *schemas)
{
    for (size_t i = 0; i < schemas->len; i++)
        if (in_schema(entry, schemas->items[i]))
            return true;
    return false;
}

static bool selected(const struct toc_entry *entry, const struct strv *tables,
                     const struct strv *schemas)
{
    if (tables->len > 0 && !(is_table_like(entry) && any_table(entry, tables)))
        return false;
    return schemas->len == 0 || any_schema(entry, schemas);
}

/* pg_restore -t leaves the schema out; into a new database the table could not go without. */
static bool holds_selected(const struct toc *toc, const struct toc_entry *schema,
                           const struct strv *tables, const struct strv *schemas)
{
    if (tables->len == 0 || strcmp(schema->desc, "SCHEMA") != 0)
        return false;
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].schema, schema->tag) == 0 &&
            selected(&toc->entries[i], tables, schemas))
            return true;
    return false;
}

static struct err *no_table(const struct toc *toc, const char *name)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *near;

    for (size_t i = 0; i < toc->count; i++) {
        if (!is_table_like(&toc->entries[i]))
            continue;
        strv_push(&names, toc->entries[i].tag);
        strv_pushf(&names, "%s.%s", toc->entries[i].schema, toc->entries[i].tag);
    }
    near = nearest_of(name, (const char *const *)names.items, names.len);
    return err_hint(err_new(ERR_NOT_FOUND, "the backup has no table \"%s\"", name),
                    near ? "did you mean %s?"
                         : "`pgkeep show --contents` lists what is in it%s",
                    near ? near : "");
}

static struct err *check_names(const struct toc *toc, const struct strv *tables,
                               const struct strv *schemas)
{
    for (size_t i = 0; i < tables->len; i++) {
        bool found = false;

        for (size_t e = 0; e < toc->count && !found; e++)
            found = is_table_like(&toc->entries[e]) &&
                    table_matches(&toc->entries[e], tables->items[i]);
        if (!found)
            return no_table(toc, tables->items[i]);
    }
    for (size_t i = 0; i < schemas->len; i++) {
        bool found = false;

        for (size_t e = 0; e < toc->count && !found; e++)
            found = in_schema(&toc->entries[e], schemas->items[i]);
        if (!found)
            return err_new(ERR_NOT_FOUND, "the backup has nothing in schema \"%s\"",
                           schemas->items[i]);
    }
    return NULL;
}

MUST_USE struct err *selection_list(const struct toc *toc, const struct strv *tables,
                                    const struct strv *schemas, struct buf *out)
{
    tables = tables ? tables : &nothing;
    schemas = schemas ? schemas : &nothing;
    PASS(check_names(toc, tables, schemas));
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];

        if (!selected(entry, tables, schemas) && !holds_selected(toc, entry, tables, schemas))
            continue;
        buf_printf(out, "%d; %u %u %s\n", entry->dump_id, entry->table_oid, entry->oid,
                   entry->desc);
    }
    if (out->len == 0)
        return err_new(ERR_NOT_FOUND, "the selection holds nothing of the backup");
    return NULL;
}

static bool is_rows(const struct toc_entry *entry)
{
    return strcmp(entry->desc, "TABLE DATA") == 0 || strcmp(entry->desc, "SEQUENCE SET") == 0 ||
           strcmp(entry->desc, "MATERIALIZED VIEW DATA") == 0;
}

MUST_USE struct err *selection_check_rows(const struct toc *toc, const struct strv *tables)
{
    for (size_t i = 0; tables && i < tables->len; i++) {
        bool found = false;

        for (size_t e = 0; e < toc->count && !found; e++)
            found =
                is_rows(&toc->entries[e]) && table_matches(&toc->entries[e], tables->items[i]);
        if (!found)
            return err_hint(
                err_new(ERR_USAGE, "the backup has no rows of \"%s\" itself", tables->items[i]),
                "of a partitioned table, --beside --table %s takes the rows of all "
                "partitions; --data-only takes each partition by its name",
                tables->items[i]);
    }
    return NULL;
}

/* database_create makes it from template0. */
static bool in_every_database(const char *schema)
{
    return *schema == '\0' || strcmp(schema, "public") == 0 ||
           strcmp(schema, "information_schema") == 0 || strncmp(schema, "pg_", 3) == 0;
}

static bool holds_schema(const struct toc *toc, const char *schema)
{
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, "SCHEMA") == 0 &&
            strcmp(toc->entries[i].tag, schema) == 0)
            return true;
    return false;
}

void selection_lacks(const struct toc *toc, const struct strv *tables,
                     const struct strv *schemas, struct strv *out)
{
    tables = tables ? tables : &nothing;
    schemas = schemas ? schemas : &nothing;
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];

        if (!in_every_database(entry->schema) && selected(entry, tables, schemas) &&
            !strv_contains(out, entry->schema) && !holds_schema(toc, entry->schema))
            strv_push(out, entry->schema);
    }
}

/* -- a list, read again -- */

struct selection_ids {
    long *items; /* sorted */
    size_t count;
};

static int compare_ids(const void *a, const void *b)
{
    long left = *(const long *)a;
    long right = *(const long *)b;

    return (left > right) - (left < right);
}

/* A line is "ID; ..."; what begins with a semicolon is a comment. */
struct selection_ids *selection_ids_read(const char *list_text)
{
    struct selection_ids *ids = mem_new(1, sizeof(*ids));
    size_t room = 0;

    for (const char *line = list_text; *line;) {
        size_t len = strcspn(line, "\n");
        char *end;
        long id = strtol(line, &end, 10);

        if (end > line && end <= line + len && id > 0) {
            if (ids->count == room) {
                room = room ? room * 2 : 64;
                ids->items = mem_resize(ids->items, room, sizeof(*ids->items));
            }
            ids->items[ids->count++] = id;
        }
        line += len;
        line += *line == '\n';
    }
    if (ids->count > 0)
        qsort(ids->items, ids->count, sizeof(*ids->items), compare_ids);
    return ids;
}

bool selection_ids_have(const struct selection_ids *ids, int dump_id)
{
    long id = dump_id;

    return ids->count > 0 &&
           bsearch(&id, ids->items, ids->count, sizeof(*ids->items), compare_ids) != NULL;
}

void selection_ids_free(struct selection_ids *ids)
{
    if (!ids)
        return;
    free(ids->items);
    free(ids);
}
