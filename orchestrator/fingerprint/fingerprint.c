#include "orchestrator/fingerprint/fingerprint.h"
#include "base/mem.h"
#include "base/sha256.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const depth_names[] = {
    [FINGERPRINT_NONE] = "none",
    [FINGERPRINT_COUNTS] = "counts",
    [FINGERPRINT_CONTENT] = "content",
};

const char *fingerprint_depth_name(enum fingerprint_depth depth)
{
    return depth_names[depth];
}

bool fingerprint_depth_parse(const char *text, enum fingerprint_depth *out)
{
    for (size_t i = 0; i < ARRAY_LEN(depth_names); i++)
        if (strcmp(text, depth_names[i]) == 0) {
            *out = (enum fingerprint_depth)i;
            return true;
        }
    return false;
}

struct fingerprint *fingerprint_new(void)
{
    return mem_new(1, sizeof(struct fingerprint));
}

static void free_tables(struct fingerprint *f)
{
    for (size_t i = 0; i < f->table_count; i++) {
        free(f->tables[i].schema);
        free(f->tables[i].name);
        free(f->tables[i].why_not);
    }
    free(f->tables);
}

static void free_sequences(struct fingerprint *f)
{
    for (size_t i = 0; i < f->sequence_count; i++) {
        free(f->sequences[i].schema);
        free(f->sequences[i].name);
        free(f->sequences[i].why_not);
    }
    free(f->sequences);
}

static void free_entries(struct fingerprint *f)
{
    for (size_t i = 0; i < f->entry_count; i++) {
        free(f->entries[i].desc);
        free(f->entries[i].schema);
        free(f->entries[i].tag);
    }
    free(f->entries);
}

static void free_extensions(struct fingerprint *f)
{
    for (size_t i = 0; i < f->extension_count; i++) {
        free(f->extensions[i].name);
        free(f->extensions[i].version);
        free(f->extensions[i].schema);
    }
    free(f->extensions);
}

void fingerprint_free(struct fingerprint *f)
{
    if (!f)
        return;
    free(f->depth_reason);
    free_tables(f);
    free_sequences(f);
    free(f->large_objects.why_not);
    free_entries(f);
    free(f->schema_why_not);
    free_extensions(f);
    strv_clear(&f->properties);
    strv_clear(&f->hidden);
    strv_clear(&f->outside);
    free(f);
}

void fingerprint_freep(struct fingerprint **fingerprint)
{
    fingerprint_free(*fingerprint);
    *fingerprint = NULL;
}

/* A zeroed item at the end of a list; room grows at powers of two, so no size is kept. */
static void *add_item(void *list, size_t *count, size_t item_bytes)
{
    void **items = list;
    size_t n = *count;
    char *item;

    if ((n & (n - 1)) == 0)
        *items = mem_resize(*items, n ? 2 * n : 1, item_bytes);
    item = (char *)*items + n * item_bytes;
    memset(item, 0, item_bytes);
    *count = n + 1;
    return item;
}

struct fingerprint_table *fingerprint_add_table(struct fingerprint *f, const char *schema,
                                                const char *name)
{
    struct fingerprint_table *table = add_item(&f->tables, &f->table_count, sizeof(*f->tables));

    table->schema = mem_strdup(schema);
    table->name = mem_strdup(name);
    table->rows = -1;
    return table;
}

struct fingerprint_sequence *fingerprint_add_sequence(struct fingerprint *f, const char *schema,
                                                      const char *name)
{
    struct fingerprint_sequence *sequence =
        add_item(&f->sequences, &f->sequence_count, sizeof(*f->sequences));

    sequence->schema = mem_strdup(schema);
    sequence->name = mem_strdup(name);
    return sequence;
}

void fingerprint_add_entry(struct fingerprint *f, const char *desc, const char *schema,
                           const char *tag, uint64_t digest)
{
    struct fingerprint_entry *entry =
        add_item(&f->entries, &f->entry_count, sizeof(*f->entries));

    entry->desc = mem_strdup(desc);
    entry->schema = mem_strdup(schema);
    entry->tag = mem_strdup(tag);
    entry->digest = digest;
}

void fingerprint_add_extension(struct fingerprint *f, const char *name, const char *version,
                               const char *schema)
{
    struct fingerprint_extension *extension =
        add_item(&f->extensions, &f->extension_count, sizeof(*f->extensions));

    extension->name = mem_strdup(name);
    extension->version = mem_strdup(version);
    extension->schema = mem_strdup(schema);
}

static int compare_names(const char *schema_a, const char *name_a, const char *schema_b,
                         const char *name_b)
{
    int order = strcmp(schema_a, schema_b);

    return order ? order : strcmp(name_a, name_b);
}

static int compare_tables(const void *a, const void *b)
{
    const struct fingerprint_table *left = a;
    const struct fingerprint_table *right = b;

    return compare_names(left->schema, left->name, right->schema, right->name);
}

static int compare_sequences(const void *a, const void *b)
{
    const struct fingerprint_sequence *left = a;
    const struct fingerprint_sequence *right = b;

    return compare_names(left->schema, left->name, right->schema, right->name);
}

static int compare_entries(const void *a, const void *b)
{
    const struct fingerprint_entry *left = a;
    const struct fingerprint_entry *right = b;
    int order = strcmp(left->desc, right->desc);

    if (order == 0)
        order = compare_names(left->schema, left->tag, right->schema, right->tag);
    return order ? order : (left->digest > right->digest) - (left->digest < right->digest);
}

static int compare_extensions(const void *a, const void *b)
{
    const struct fingerprint_extension *left = a;
    const struct fingerprint_extension *right = b;

    return strcmp(left->name, right->name);
}

static void sort(void *items, size_t count, size_t item_bytes,
                 int (*compare)(const void *a, const void *b))
{
    if (count > 1)
        qsort(items, count, item_bytes, compare);
}

void fingerprint_sort(struct fingerprint *f)
{
    sort(f->tables, f->table_count, sizeof(*f->tables), compare_tables);
    sort(f->sequences, f->sequence_count, sizeof(*f->sequences), compare_sequences);
    sort(f->entries, f->entry_count, sizeof(*f->entries), compare_entries);
    sort(f->extensions, f->extension_count, sizeof(*f->extensions), compare_extensions);
    strv_sort(&f->properties);
    strv_sort(&f->hidden);
    strv_sort(&f->outside);
}

void fingerprint_schema_digest(const struct fingerprint *f, char out_hex[SHA256_HEX_SIZE])
{
    AUTO(sha256_freep) struct sha256 *sha = sha256_new();
    AUTO(mem_freep) struct fingerprint_entry *sorted =
        mem_new(f->entry_count + 1, sizeof(*sorted));
    char digest[17];

    if (f->entry_count > 0)
        memcpy(sorted, f->entries, f->entry_count * sizeof(*sorted));
    sort(sorted, f->entry_count, sizeof(*sorted), compare_entries);
    for (size_t i = 0; i < f->entry_count; i++) {
        const struct fingerprint_entry *entry = &sorted[i];

        /* with their zero bytes, which no name holds */
        sha256_add(sha, entry->desc, strlen(entry->desc) + 1);
        sha256_add(sha, entry->schema, strlen(entry->schema) + 1);
        sha256_add(sha, entry->tag, strlen(entry->tag) + 1);
        snprintf(digest, sizeof(digest), "%016" PRIx64, entry->digest);
        sha256_add(sha, digest, sizeof(digest));
    }
    sha256_hex(sha, out_hex);
}

size_t fingerprint_gaps(const struct fingerprint *f)
{
    size_t count = (f->schema_why_not != NULL) + (f->large_objects.why_not != NULL);

    count += f->hidden.len;
    for (size_t i = 0; i < f->table_count; i++)
        count += f->tables[i].why_not != NULL;
    for (size_t i = 0; i < f->sequence_count; i++)
        count += f->sequences[i].why_not != NULL;
    return count;
}
