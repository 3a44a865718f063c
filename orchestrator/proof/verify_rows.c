#include "orchestrator/proof/verify_rows.h"
#include "base/mem.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_rows(const struct toc_entry *entry)
{
    return entry->rows_known && strcmp(entry->desc, "TABLE DATA") == 0;
}

static int compare_entries(const void *a, const void *b)
{
    const struct toc_entry *left = *(const struct toc_entry *const *)a;
    const struct toc_entry *right = *(const struct toc_entry *const *)b;
    int order = strcmp(left->schema, right->schema);

    return order ? order : strcmp(left->tag, right->tag);
}

static int compare_table(const void *wanted, const void *item)
{
    const struct manifest_table *table = wanted;
    const struct toc_entry *entry = *(const struct toc_entry *const *)item;
    int order = strcmp(table->schema, entry->schema);

    return order ? order : strcmp(table->name, entry->tag);
}

void verify_rows_compare(const struct toc *toc, const struct manifest *manifest,
                         struct strv *differences)
{
    AUTO(mem_freep) const struct toc_entry **known = mem_new(toc->count + 1, sizeof(*known));
    size_t count = 0;

    for (size_t i = 0; i < toc->count; i++)
        if (has_rows(&toc->entries[i]))
            known[count++] = &toc->entries[i];
    qsort(known, count, sizeof(*known), compare_entries);
    for (size_t i = 0; i < manifest->table_count; i++) {
        const struct manifest_table *table = &manifest->tables[i];
        const struct toc_entry **found =
            bsearch(table, known, count, sizeof(*known), compare_table);

        if (found && table->rows >= 0 && (*found)->rows != (uint64_t)table->rows)
            strv_pushf(differences,
                       "table %s.%s holds %" PRIu64 " rows, the manifest says %" PRId64,
                       table->schema, table->name, (*found)->rows, table->rows);
    }
}

void verify_rows_count(const struct toc *toc, uint64_t *out_tables, uint64_t *out_rows)
{
    uint64_t tables = toc_count(toc, "TABLE");
    uint64_t data = toc_count(toc, "TABLE DATA"); /* all there is with --data-only */

    *out_tables = data > 0 ? data : tables; /* a schema alone has no data */
    *out_rows = 0;
    for (size_t i = 0; i < toc->count; i++)
        if (has_rows(&toc->entries[i]))
            *out_rows += toc->entries[i].rows;
}
