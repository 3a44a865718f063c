#include "orchestrator/fingerprint/table_rows.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

static int compare_names(const struct table_rows_item *a, const struct table_rows_item *b)
{
    int order = strcmp(a->schema, b->schema);

    return order ? order : strcmp(a->name, b->name);
}

static int compare_items(const void *a, const void *b)
{
    return compare_names(a, b);
}

static struct table_rows_item *of_manifest(const struct manifest *m, size_t *out_count)
{
    struct table_rows_item *items = mem_new(m->table_count + 1, sizeof(*items));

    for (size_t i = 0; i < m->table_count; i++)
        items[i] = (struct table_rows_item){.schema = m->tables[i].schema,
                                            .name = m->tables[i].name,
                                            .rows = m->tables[i].rows};
    qsort(items, m->table_count, sizeof(*items), compare_items);
    *out_count = m->table_count;
    return items;
}

static int64_t rows_in(const struct table_rows_item *dump, size_t count,
                       const struct table_rows_item *item)
{
    const struct table_rows_item *found =
        bsearch(item, dump, count, sizeof(*dump), compare_items);

    return found ? found->rows : -1;
}

static struct table_rows_item *of_fingerprint(const struct fingerprint *f,
                                              const struct manifest *m, size_t *out_count)
{
    struct table_rows_item *items = mem_new(f->table_count + 1, sizeof(*items));
    size_t in_dump;
    AUTO(mem_freep) struct table_rows_item *dump = of_manifest(m, &in_dump);

    for (size_t i = 0; i < f->table_count; i++) {
        const struct fingerprint_table *table = &f->tables[i];

        items[i] = (struct table_rows_item){.schema = table->schema,
                                            .name = table->name,
                                            .rows = table->rows,
                                            .has_content = table->has_content,
                                            .digest = table->digest,
                                            .without_generated = table->without_generated};
        if (table->rows < 0)
            items[i].rows = rows_in(dump, in_dump, &items[i]);
    }
    qsort(items, f->table_count, sizeof(*items), compare_items);
    *out_count = f->table_count;
    return items;
}

/* NULL and *why_not (kept where it is set already) where there is none to use. */
static struct fingerprint *read_fingerprint(const struct manifest *m, char **why_not)
{
    struct fingerprint *f = NULL;
    AUTO(err_freep) struct err *e = NULL;
    AUTO(mem_freep) char *id = manifest_id(m);

    if (m->fingerprint && !json_is_null(m->fingerprint))
        e = fingerprint_from_json(m->fingerprint, &f);
    if (f && f->depth != FINGERPRINT_NONE)
        return f;
    fingerprint_free(f);
    if (e && !*why_not) {
        AUTO(mem_freep) char *text = err_text(e);
        *why_not = mem_printf("%s: its fingerprint cannot be read: %s", id, text);
    } else if (!*why_not) {
        *why_not = mem_printf("%s has no fingerprint", id);
    }
    return NULL;
}

static void add_pair(struct table_rows *rows, const struct table_rows_item *before,
                     const struct table_rows_item *after)
{
    rows->pairs[rows->count++] = (struct table_rows_pair){before, after};
}

static void merge(struct table_rows *rows, size_t before_count, size_t after_count)
{
    size_t b = 0, a = 0;

    rows->pairs = mem_new(before_count + after_count + 1, sizeof(*rows->pairs));
    while (b < before_count || a < after_count) {
        int order = b == before_count  ? 1
                    : a == after_count ? -1
                                       : compare_names(&rows->before[b], &rows->after[a]);

        if (order < 0)
            add_pair(rows, &rows->before[b++], NULL);
        else if (order > 0)
            add_pair(rows, NULL, &rows->after[a++]);
        else
            add_pair(rows, &rows->before[b++], &rows->after[a++]);
    }
}

void table_rows_pair(const struct manifest *before, const struct manifest *after,
                     struct table_rows *out)
{
    size_t before_count, after_count;

    *out = (struct table_rows){0};
    out->fingerprint_before = read_fingerprint(before, &out->why_not);
    out->fingerprint_after = read_fingerprint(after, &out->why_not);
    if (out->fingerprint_before && out->fingerprint_after) {
        out->before = of_fingerprint(out->fingerprint_before, before, &before_count);
        out->after = of_fingerprint(out->fingerprint_after, after, &after_count);
    } else {
        fingerprint_freep(&out->fingerprint_before);
        fingerprint_freep(&out->fingerprint_after);
        out->before = of_manifest(before, &before_count);
        out->after = of_manifest(after, &after_count);
    }
    merge(out, before_count, after_count);
}

void table_rows_clear(struct table_rows *rows)
{
    free(rows->before);
    free(rows->after);
    free(rows->pairs);
    fingerprint_free(rows->fingerprint_before);
    fingerprint_free(rows->fingerprint_after);
    free(rows->why_not);
    *rows = (struct table_rows){0};
}
