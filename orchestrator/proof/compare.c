#include "orchestrator/proof/compare.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include "orchestrator/proof/name_set.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row for each object, named as pg_dump's table of contents names it: a constraint or
 * trigger as "table name", a function by its signature (format_function_signature in
 * pg_dump.c). */
static const char INVENTORY[] =
    "SET search_path = '';\n"
    "SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'"
    " WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'i' THEN 'INDEX'"
    " WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END, n.nspname, c.relname::text,"
    " CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid"
    "  AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e')"
    " THEN 'e' ELSE '' END"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r','p','v','m','S','f','i','I') AND n.nspname !~ '^pg_toast'"
    " UNION ALL SELECT CASE k.contype WHEN 'f' THEN 'FK CONSTRAINT' WHEN 'c' THEN"
    " 'CHECK CONSTRAINT' ELSE 'CONSTRAINT' END, n.nspname,"
    " coalesce(c.relname, t.typname)::text || ' ' || k.conname::text, ''"
    " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace"
    " LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
    " LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid"
    " UNION ALL SELECT 'TRIGGER', n.nspname, c.relname::text || ' ' || t.tgname::text, ''"
    " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal"
    " UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, n.nspname,"
    " p.proname::text || '(' || coalesce((SELECT string_agg(pg_catalog.format_type(a.t, NULL),"
    "  ', ' ORDER BY a.i) FROM unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY"
    "  AS a(t, i)), '') || ')', ''"
    " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
    " UNION ALL SELECT 'EXTENSION', '', e.extname::text, '' FROM pg_catalog.pg_extension e"
    " UNION ALL SELECT 'SCHEMA', '', n.nspname::text, '' FROM pg_catalog.pg_namespace n"
    " UNION ALL SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname,"
    " t.typname::text, '' FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n"
    " ON n.oid = t.typnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')";

#define COUNTS_PER_QUERY 100

struct compare {
    const struct server *server;
    const char *database;
    const struct toc *toc;
    const struct manifest *manifest;
    struct comparison *out;
    struct name_set copy;
    struct name_set of_extensions; /* relations that belong to an extension */
    bool plain;                    /* names in the contents have newlines as blanks */
};

void comparison_clear(struct comparison *comparison)
{
    strv_clear(&comparison->differences);
    strv_clear(&comparison->not_compared);
}

/* -- objects -- */

static char *flat(const char *name)
{
    char *copy = mem_strdup(name);

    for (char *p = copy; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
    return copy;
}

static struct err *read_inventory(struct compare *c)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(server_query(c->server, c->database, INVENTORY, 4, &rows), "list the copy's objects");
    for (size_t i = 0; i < rows.count; i++) {
        AUTO(mem_freep) char *schema = c->plain ? flat(rows_cell(&rows, i, 1)) : NULL;
        AUTO(mem_freep) char *name = c->plain ? flat(rows_cell(&rows, i, 2)) : NULL;
        const char *at_schema = schema ? schema : rows_cell(&rows, i, 1);
        const char *at_name = name ? name : rows_cell(&rows, i, 2);

        name_set_add(&c->copy, rows_cell(&rows, i, 0), at_schema, at_name);
        if (rows_cell(&rows, i, 3)[0] == 'e')
            name_set_add(&c->of_extensions, "TABLE", at_schema, at_name);
    }
    return NULL;
}

static bool is_compared(const char *desc)
{
    static const char *const kinds[] = {
        "TABLE",    "VIEW",       "MATERIALIZED VIEW", "SEQUENCE",         "FOREIGN TABLE",
        "INDEX",    "CONSTRAINT", "FK CONSTRAINT",     "CHECK CONSTRAINT", "TRIGGER",
        "FUNCTION", "PROCEDURE",  "EXTENSION",         "SCHEMA",           "TYPE",
        "DOMAIN"};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(desc, kinds[i]) == 0)
            return true;
    return false;
}

static void compare_objects(struct compare *c)
{
    for (size_t i = 0; i < c->toc->count; i++) {
        const struct toc_entry *entry = &c->toc->entries[i];

        if (!is_compared(entry->desc))
            continue;
        c->out->objects++;
        if (!name_set_has(&c->copy, entry->desc, entry->schema, entry->tag))
            strv_pushf(&c->out->differences, "%s %s%s%s is missing in the copy", entry->desc,
                       entry->schema, *entry->schema ? "." : "", entry->tag);
    }
}

/* -- rows -- */

static char *relation(const struct toc_entry *entry)
{
    AUTO(mem_freep) char *schema = quote_ident(entry->schema);
    AUTO(mem_freep) char *name = quote_ident(entry->tag);

    return mem_printf("%s.%s", schema, name);
}

/* Entries whose rows can be compared; the others are named. */
static bool can_count(struct compare *c, const struct toc_entry *entry)
{
    if (strcmp(entry->desc, "TABLE DATA") != 0)
        return false;
    if (!entry->rows_known) {
        strv_pushf(&c->out->not_compared, "rows of %s.%s: the dump does not hold them as COPY",
                   entry->schema, entry->tag);
        return false;
    }
    if (name_set_has(&c->of_extensions, "TABLE", entry->schema, entry->tag)) {
        strv_pushf(&c->out->not_compared,
                   "rows of %s.%s: the extension that owns it brings rows of its own",
                   entry->schema, entry->tag);
        return false;
    }
    if (name_set_has(&c->copy, "TABLE", entry->schema, entry->tag))
        return true;
    strv_pushf(&c->out->differences, "table %s.%s is missing in the copy", entry->schema,
               entry->tag);
    return false;
}

static struct err *run_counts(struct compare *c, const struct buf *sql,
                              const struct toc_entry *const *entries, size_t count)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(server_query(c->server, c->database, buf_text(sql), 2, &rows), "count the copy's rows");
    if (rows.count != count)
        return err_new(ERR_PROTOCOL, "%zu counts for %zu tables", rows.count, count);
    for (size_t i = 0; i < count; i++) {
        size_t at = strtoul(rows_cell(&rows, i, 0), NULL, 10);
        uint64_t found = strtoull(rows_cell(&rows, i, 1), NULL, 10);

        if (at >= count)
            return err_new(ERR_PROTOCOL, "a count for no table");
        c->out->tables++;
        c->out->rows += found;
        if (found != entries[at]->rows)
            strv_pushf(&c->out->differences,
                       "table %s.%s: %llu rows in the backup, %llu in the copy",
                       entries[at]->schema, entries[at]->tag,
                       (unsigned long long)entries[at]->rows, (unsigned long long)found);
    }
    return NULL;
}

static struct err *compare_rows(struct compare *c)
{
    const struct toc_entry *batch[COUNTS_PER_QUERY];
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    size_t count = 0;

    for (size_t i = 0; i < c->toc->count; i++) {
        const struct toc_entry *entry = &c->toc->entries[i];
        AUTO(mem_freep) char *name = NULL;

        if (!can_count(c, entry))
            continue;
        name = relation(entry);
        buf_printf(&sql, "%sSELECT %zu, count(*) FROM ONLY %s", count ? " UNION ALL " : "",
                   count, name);
        batch[count++] = entry;
        if (count < COUNTS_PER_QUERY)
            continue;
        PASS(run_counts(c, &sql, batch, count));
        buf_reset(&sql);
        count = 0;
    }
    return count > 0 ? run_counts(c, &sql, batch, count) : NULL;
}

/* What the manifest promised at the time of the backup against what was read now. */
static void compare_manifest(struct compare *c)
{
    for (size_t i = 0; i < c->manifest->table_count; i++) {
        const struct manifest_table *table = &c->manifest->tables[i];
        bool found = false;

        for (size_t e = 0; e < c->toc->count && !found; e++) {
            const struct toc_entry *entry = &c->toc->entries[e];

            if (strcmp(entry->desc, "TABLE DATA") || strcmp(entry->schema, table->schema) ||
                strcmp(entry->tag, table->name))
                continue;
            found =
                !entry->rows_known || table->rows < 0 || (int64_t)entry->rows == table->rows;
        }
        if (!found)
            strv_pushf(&c->out->differences,
                       "table %s.%s: the manifest says %lld rows, the dump holds others",
                       table->schema, table->name, (long long)table->rows);
    }
}

/* -- sequences -- */

/* "SELECT pg_catalog.setval('public.s', 42, true);": what comes after the quoted name. */
static bool parse_setval(const char *definition, long long *value, bool *is_called)
{
    const char *end = strrchr(definition, '\'');
    char word[8] = "";

    if (!end || sscanf(end + 1, " , %lld , %7[a-z]", value, word) != 2)
        return false;
    *is_called = strcmp(word, "true") == 0;
    return true;
}

static struct err *compare_sequence(struct compare *c, const struct toc_entry *entry)
{
    AUTO(mem_freep) char *name = relation(entry);
    AUTO(mem_freep) char *sql = mem_printf("SELECT last_value, is_called FROM %s", name);
    AUTO(rows_clear) struct rows rows = {0};
    long long expected, found;
    bool called;

    if (!entry->definition || !parse_setval(entry->definition, &expected, &called)) {
        strv_pushf(&c->out->not_compared, "sequence %s.%s: its value could not be read",
                   entry->schema, entry->tag);
        return NULL;
    }
    if (!name_set_has(&c->copy, "SEQUENCE", entry->schema, entry->tag))
        return NULL; /* missing: named among the objects */
    TRY(server_query(c->server, c->database, sql, 2, &rows), "read sequence %s", name);
    if (rows.count != 1)
        return err_new(ERR_PROTOCOL, "sequence %s has no row", name);
    found = strtoll(rows_cell(&rows, 0, 0), NULL, 10);
    c->out->sequences++;
    if (found != expected || (rows_cell(&rows, 0, 1)[0] == 't') != called)
        strv_pushf(&c->out->differences,
                   "sequence %s.%s: %lld (is_called %s) in the backup, %lld (%s) in the copy",
                   entry->schema, entry->tag, expected, called ? "t" : "f", found,
                   rows_cell(&rows, 0, 1));
    return NULL;
}

static struct err *compare_sequences(struct compare *c)
{
    for (size_t i = 0; i < c->toc->count; i++)
        if (strcmp(c->toc->entries[i].desc, "SEQUENCE SET") == 0)
            PASS(compare_sequence(c, &c->toc->entries[i]));
    return NULL;
}

/* -- large objects -- */

static struct err *compare_large_objects(struct compare *c)
{
    AUTO(rows_clear) struct rows rows = {0};
    uint64_t expected = 0, found;

    if (c->plain) {
        if (toc_count(c->toc, "BLOBS") > 0)
            strv_push(&c->out->not_compared, "large objects: a plain dump names none");
        return NULL;
    }
    for (size_t i = 0; i < c->toc->count; i++)
        if (strcmp(c->toc->entries[i].desc, "BLOBS") == 0)
            expected += c->toc->entries[i].rows;
    TRY(server_query(c->server, c->database,
                     "SELECT count(*) FROM pg_catalog.pg_largeobject_metadata", 1, &rows),
        "count large objects");
    found = rows.count == 1 ? strtoull(rows_cell(&rows, 0, 0), NULL, 10) : 0;
    if (found != expected)
        strv_pushf(&c->out->differences, "large objects: %llu in the backup, %llu in the copy",
                   (unsigned long long)expected, (unsigned long long)found);
    return NULL;
}

static struct err *compare_all(struct compare *c)
{
    PASS(read_inventory(c));
    compare_objects(c);
    compare_manifest(c);
    PASS(compare_rows(c));
    PASS(compare_sequences(c));
    return compare_large_objects(c);
}

MUST_USE struct err *compare_copy(const struct server *server, const char *database,
                                  const struct toc *toc, const struct manifest *manifest,
                                  struct comparison *out)
{
    struct compare c = {
        .server = server,
        .database = database,
        .toc = toc,
        .manifest = manifest,
        .out = out,
        .plain = strcmp(toc->format, "PLAIN") == 0,
    };
    struct err *e = compare_all(&c);

    name_set_clear(&c.copy);
    name_set_clear(&c.of_extensions);
    return e;
}
