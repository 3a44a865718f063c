#include "base/mem.h"
#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/repository/name_json.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_DIGITS 16
#define DIGEST_OTHER "digest_without_generated"

/* -- writing -- */

static void set_digest(json_t *object, const char *key, bool known, uint64_t digest)
{
    char text[DIGEST_DIGITS + 1];

    snprintf(text, sizeof(text), "%016" PRIx64, digest);
    jsonx_set_string(object, key, known ? text : NULL);
}

/* A digest without the stored generated columns has a key of its own, and to a reader that does
 * not know it the digest is a gap, not a difference. */
static void set_content(json_t *item, const struct fingerprint_table *table)
{
    bool other = table->has_content && table->without_generated;

    set_digest(item, "digest", table->has_content && !other, table->digest);
    if (!other)
        return;
    set_digest(item, DIGEST_OTHER, true, table->digest);
    name_json_set(item, "why_not", "its stored generated columns were not read");
}

/* Absent where all is known. */
static void set_why_not(json_t *object, const char *why_not)
{
    if (why_not)
        name_json_set(object, "why_not", why_not);
}

static json_t *tables_json(const struct fingerprint *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->table_count; i++) {
        const struct fingerprint_table *table = &f->tables[i];
        json_t *item = json_object();

        name_json_set(item, "schema", table->schema);
        name_json_set(item, "name", table->name);
        jsonx_set(item, "rows", table->rows < 0 ? json_null() : json_integer(table->rows));
        set_content(item, table);
        set_why_not(item, table->why_not);
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *sequences_json(const struct fingerprint *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->sequence_count; i++) {
        const struct fingerprint_sequence *sequence = &f->sequences[i];
        json_t *item = json_object();

        name_json_set(item, "schema", sequence->schema);
        name_json_set(item, "name", sequence->name);
        if (sequence->why_not) {
            set_why_not(item, sequence->why_not);
        } else {
            jsonx_set_int(item, "before", sequence->before);
            jsonx_set_bool(item, "before_called", sequence->before_called);
            jsonx_set_int(item, "after", sequence->after);
            jsonx_set_bool(item, "after_called", sequence->after_called);
        }
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *large_objects_json(const struct fingerprint_large_objects *large_objects)
{
    json_t *item = json_object();

    jsonx_set_int(item, "count", (int64_t)large_objects->count);
    set_digest(item, "digest", large_objects->has_content, large_objects->digest);
    set_digest(item, "rights_digest", true, large_objects->rights_digest);
    set_digest(item, "comments_digest", large_objects->has_comments,
               large_objects->comments_digest);
    set_digest(item, "labels_digest", large_objects->has_labels, large_objects->labels_digest);
    set_why_not(item, large_objects->why_not);
    return item;
}

/* A database may have 50,000 of them: a line each, "DIGEST TAG", under their kind and schema.
 * Works on sorted entries; others come back as well, only longer. */
static json_t *entries_json(const struct fingerprint *f)
{
    json_t *groups = json_array();
    json_t *items = NULL;

    for (size_t i = 0; i < f->entry_count; i++) {
        const struct fingerprint_entry *entry = &f->entries[i];
        AUTO(mem_freep) char *text = mem_printf("%016" PRIx64 " %s", entry->digest, entry->tag);

        if (i == 0 || strcmp(entry[-1].desc, entry->desc) != 0 ||
            strcmp(entry[-1].schema, entry->schema) != 0) {
            json_t *group = json_object();

            name_json_set(group, "desc", entry->desc);
            name_json_set(group, "schema", entry->schema);
            items = json_array();
            jsonx_set(group, "items", items);
            json_array_append_new(groups, group);
        }
        json_array_append_new(items, name_json_item(text));
    }
    return groups;
}

static json_t *extensions_json(const struct fingerprint *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->extension_count; i++) {
        json_t *item = json_object();

        name_json_set(item, "name", f->extensions[i].name);
        name_json_set(item, "version", f->extensions[i].version);
        name_json_set(item, "schema", f->extensions[i].schema);
        json_array_append_new(list, item);
    }
    return list;
}

static void set_schema_digest(json_t *root, const struct fingerprint *f)
{
    char hex[SHA256_HEX_SIZE];

    fingerprint_schema_digest(f, hex);
    jsonx_set_string(root, "schema_digest", f->schema_why_not ? NULL : hex);
}

json_t *fingerprint_to_json(const struct fingerprint *f)
{
    json_t *root = json_object();

    jsonx_set_int(root, "digests", FINGERPRINT_DIGESTS);
    jsonx_set_string(root, "depth", fingerprint_depth_name(f->depth));
    name_json_set(root, "depth_reason", f->depth_reason);
    jsonx_set_int(root, "server_version_num", f->server_version_num);
    jsonx_set_int(root, "elapsed_ms", f->elapsed_ms);
    jsonx_set(root, "tables", tables_json(f));
    jsonx_set(root, "sequences", sequences_json(f));
    jsonx_set(root, "large_objects", large_objects_json(&f->large_objects));
    jsonx_set(root, "entries", entries_json(f));
    name_json_set(root, "schema_why_not", f->schema_why_not);
    set_schema_digest(root, f);
    jsonx_set(root, "extensions", extensions_json(f));
    jsonx_set(root, "properties", name_json_items(&f->properties));
    jsonx_set(root, "hidden", name_json_items(&f->hidden));
    jsonx_set(root, "outside", name_json_items(&f->outside));
    return root;
}

/* -- reading -- */

static struct err *wrong(const char *key, const char *expected)
{
    return err_new(ERR_PROTOCOL, "key %s: not %s", key, expected);
}

static struct err *need(const json_t *object, const char *key, const json_t **out)
{
    *out = json_object_get(object, key);
    return *out ? NULL : err_new(ERR_PROTOCOL, "key %s: missing", key);
}

/* null is allowed, absence is not */
static struct err *need_nullable(const json_t *object, const char *key, char **out)
{
    const json_t *value;

    PASS(need(object, key, &value));
    return name_json_get(object, key, out);
}

static struct err *need_int(const json_t *object, const char *key, int64_t min, int64_t max,
                            int64_t *out)
{
    const json_t *value;

    PASS(need(object, key, &value));
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return wrong(key, "a number in range");
    *out = json_integer_value(value);
    return NULL;
}

static struct err *need_bool(const json_t *object, const char *key, bool *out)
{
    const json_t *value;

    PASS(need(object, key, &value));
    if (!json_is_boolean(value))
        return wrong(key, "true or false");
    *out = json_is_true(value);
    return NULL;
}

static bool parse_digest(const char *text, uint64_t *out)
{
    if (strspn(text, "0123456789abcdef") < DIGEST_DIGITS)
        return false;
    *out = 0;
    for (size_t i = 0; i < DIGEST_DIGITS; i++)
        *out = *out << 4 | (uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
    return true;
}

static struct err *need_digest(const json_t *object, const char *key, bool *known,
                               uint64_t *out)
{
    const json_t *value;

    PASS(need(object, key, &value));
    *known = !json_is_null(value);
    if (!*known)
        return NULL;
    if (!json_is_string(value) || json_string_length(value) != DIGEST_DIGITS ||
        !parse_digest(json_string_value(value), out))
        return wrong(key, "16 hexadecimal digits");
    return NULL;
}

/* What is not known must say why: a key that got lost is not to pass for that. */
static struct err *check_reason(const char *why_not, bool known)
{
    if (known || why_not)
        return NULL;
    return err_new(ERR_PROTOCOL, "key why_not: missing, though something is not known");
}

static struct err *read_content(const json_t *item, struct fingerprint_table *table)
{
    PASS(need_digest(item, "digest", &table->has_content, &table->digest));
    if (table->has_content || !json_object_get(item, DIGEST_OTHER))
        return name_json_get(item, "why_not", &table->why_not);
    PASS(need_digest(item, DIGEST_OTHER, &table->has_content, &table->digest));
    table->without_generated = table->has_content;
    return table->has_content ? NULL : wrong(DIGEST_OTHER, "16 hexadecimal digits");
}

static struct err *read_table(const json_t *item, struct fingerprint *f)
{
    AUTO(mem_freep) char *schema = NULL;
    AUTO(mem_freep) char *name = NULL;
    struct fingerprint_table *table;
    const json_t *rows;

    PASS(name_json_need(item, "schema", &schema));
    PASS(name_json_need(item, "name", &name));
    table = fingerprint_add_table(f, schema, name);
    PASS(need(item, "rows", &rows));
    if (!json_is_null(rows))
        PASS(need_int(item, "rows", 0, INT64_MAX, &table->rows));
    PASS(read_content(item, table));
    return check_reason(table->why_not, table->rows >= 0 && (table->has_content ||
                                                             f->depth != FINGERPRINT_CONTENT));
}

static struct err *read_sequence(const json_t *item, struct fingerprint *f)
{
    AUTO(mem_freep) char *schema = NULL;
    AUTO(mem_freep) char *name = NULL;
    struct fingerprint_sequence *sequence;

    PASS(name_json_need(item, "schema", &schema));
    PASS(name_json_need(item, "name", &name));
    sequence = fingerprint_add_sequence(f, schema, name);
    PASS(name_json_get(item, "why_not", &sequence->why_not));
    if (sequence->why_not)
        return NULL;
    PASS(need_int(item, "before", INT64_MIN, INT64_MAX, &sequence->before));
    PASS(need_bool(item, "before_called", &sequence->before_called));
    PASS(need_int(item, "after", INT64_MIN, INT64_MAX, &sequence->after));
    return need_bool(item, "after_called", &sequence->after_called);
}

static struct err *read_large_objects(const json_t *root, struct fingerprint *f)
{
    struct fingerprint_large_objects *out = &f->large_objects;
    const json_t *item;
    bool known = true;
    int64_t count = 0;

    PASS(need(root, "large_objects", &item));
    if (!json_is_object(item))
        return wrong("large_objects", "an object");
    PASS(need_int(item, "count", 0, INT64_MAX, &count));
    out->count = (uint64_t)count;
    PASS(need_digest(item, "digest", &out->has_content, &out->digest));
    PASS(need_digest(item, "rights_digest", &known, &out->rights_digest));
    PASS(name_json_get(item, "why_not", &out->why_not));
    return check_reason(out->why_not,
                        known && (out->has_content || f->depth != FINGERPRINT_CONTENT));
}

static struct err *read_entry(const json_t *item, const char *desc, const char *schema,
                              struct fingerprint *f)
{
    AUTO(mem_freep) char *text = NULL;
    uint64_t digest = 0;

    PASS(name_json_text(item, &text));
    if (!parse_digest(text, &digest) || text[DIGEST_DIGITS] != ' ')
        return err_new(ERR_PROTOCOL, "not a digest and a name");
    fingerprint_add_entry(f, desc, schema, text + DIGEST_DIGITS + 1, digest);
    return NULL;
}

static struct err *read_entries(const json_t *group, struct fingerprint *f)
{
    AUTO(mem_freep) char *desc = NULL;
    AUTO(mem_freep) char *schema = NULL;
    const json_t *items;
    const json_t *item;
    size_t i;

    PASS(name_json_need(group, "desc", &desc));
    PASS(name_json_need(group, "schema", &schema));
    PASS(need(group, "items", &items));
    if (!json_is_array(items))
        return wrong("items", "a list");
    json_array_foreach(items, i, item)
    {
        TRY(read_entry(item, desc, schema, f), "key items, item %zu", i + 1);
    }
    return NULL;
}

static struct err *read_extension(const json_t *item, struct fingerprint *f)
{
    AUTO(mem_freep) char *name = NULL;
    AUTO(mem_freep) char *version = NULL;
    AUTO(mem_freep) char *schema = NULL;

    PASS(name_json_need(item, "name", &name));
    PASS(name_json_need(item, "version", &version));
    PASS(name_json_need(item, "schema", &schema));
    fingerprint_add_extension(f, name, version, schema);
    return NULL;
}

static struct err *read_list(const json_t *root, const char *key, struct fingerprint *f,
                             struct err *(*read)(const json_t *item, struct fingerprint *f))
{
    const json_t *list;
    const json_t *item;
    size_t i;

    PASS(need(root, key, &list));
    if (!json_is_array(list))
        return wrong(key, "a list");
    json_array_foreach(list, i, item)
    {
        if (!json_is_object(item))
            return err_new(ERR_PROTOCOL, "key %s, item %zu: not an object", key, i + 1);
        TRY(read(item, f), "key %s, item %zu", key, i + 1);
    }
    return NULL;
}

static struct err *read_texts(const json_t *root, const char *key, struct strv *out)
{
    const json_t *list;
    const json_t *item;
    size_t i;

    PASS(need(root, key, &list));
    if (!json_is_array(list))
        return wrong(key, "a list");
    json_array_foreach(list, i, item)
    {
        char *text = NULL;

        TRY(name_json_text(item, &text), "key %s, item %zu", key, i + 1);
        strv_push_owned(out, text);
    }
    return NULL;
}

/* Keys that the first backups do not have: all three or none, so that no lost one passes for
 * that. */
static struct err *read_later_keys(const json_t *root, struct fingerprint *f)
{
    struct fingerprint_large_objects *out = &f->large_objects;
    const json_t *item = json_object_get(root, "large_objects");

    if (!json_object_get(root, "hidden") && !json_object_get(item, "comments_digest") &&
        !json_object_get(item, "labels_digest"))
        return NULL;
    PASS(read_texts(root, "hidden", &f->hidden));
    PASS(need_digest(item, "comments_digest", &out->has_comments, &out->comments_digest));
    return need_digest(item, "labels_digest", &out->has_labels, &out->labels_digest);
}

static struct err *read_head(const json_t *root, struct fingerprint *f)
{
    const json_t *depth;
    int64_t version = 0, digests = 0;

    if (!json_is_object(root))
        return err_new(ERR_PROTOCOL, "not a JSON object");
    PASS(need_int(root, "digests", 0, INT_MAX, &digests));
    if (digests != FINGERPRINT_DIGESTS)
        return err_new(ERR_UNSUPPORTED, "its digests are made in way %d, known is %d",
                       (int)digests, FINGERPRINT_DIGESTS);
    PASS(need(root, "depth", &depth));
    if (!json_is_string(depth) || !fingerprint_depth_parse(json_string_value(depth), &f->depth))
        return wrong("depth", "none, counts or content");
    PASS(need_nullable(root, "depth_reason", &f->depth_reason));
    PASS(need_int(root, "server_version_num", 0, INT_MAX, &version));
    f->server_version_num = (int)version;
    return need_int(root, "elapsed_ms", 0, INT64_MAX, &f->elapsed_ms);
}

/* It follows from the entries. */
static struct err *check_schema_digest(const json_t *root, const struct fingerprint *f)
{
    AUTO(mem_freep) char *stored = NULL;
    char hex[SHA256_HEX_SIZE];

    fingerprint_schema_digest(f, hex);
    PASS(need_nullable(root, "schema_digest", &stored));
    if (f->schema_why_not ? stored != NULL : !stored || strcmp(stored, hex) != 0)
        return wrong("schema_digest", "that of the entries");
    return NULL;
}

MUST_USE struct err *fingerprint_from_json(const json_t *json, struct fingerprint **out)
{
    AUTO(fingerprint_freep) struct fingerprint *f = fingerprint_new();

    PASS(read_head(json, f));
    PASS(read_list(json, "tables", f, read_table));
    PASS(read_list(json, "sequences", f, read_sequence));
    PASS(read_large_objects(json, f));
    PASS(read_list(json, "entries", f, read_entries));
    PASS(need_nullable(json, "schema_why_not", &f->schema_why_not));
    PASS(read_list(json, "extensions", f, read_extension));
    PASS(read_texts(json, "properties", &f->properties));
    PASS(read_texts(json, "outside", &f->outside));
    PASS(read_later_keys(json, f));
    fingerprint_sort(f);
    PASS(check_schema_digest(json, f));
    *out = TAKE(f);
    return NULL;
}
