#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/manifest.h"
#include "orchestrator/repository/manifest_fields.h"
#include "orchestrator/repository/name_json.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static struct err *wrong(const char *key, const char *expected)
{
    return err_new(ERR_PROTOCOL, "key %s: not %s", key, expected);
}

static struct err *get_int(const json_t *object, const char *key, int64_t min, int64_t max,
                           int64_t *out)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return NULL;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return wrong(key, "a number in range");
    *out = json_integer_value(value);
    return NULL;
}

static struct err *get_bytes(const json_t *object, const char *key, uint64_t *out)
{
    int64_t bytes = 0;

    PASS(get_int(object, key, 0, INT64_MAX, &bytes));
    *out = (uint64_t)bytes;
    return NULL;
}

static struct err *get_time(const json_t *object, const char *key, int64_t *out)
{
    AUTO(mem_freep) char *text = NULL;

    PASS(name_json_get(object, key, &text));
    if (text && !clock_parse_rfc3339(text, out))
        return wrong(key, "a time such as 2026-11-21T01:30:00Z");
    return NULL;
}

static struct err *get_bool(const json_t *object, const char *key, bool *out)
{
    const json_t *value = json_object_get(object, key);

    if (value && !json_is_null(value) && !json_is_boolean(value))
        return wrong(key, "true or false");
    *out = json_is_true(value);
    return NULL;
}

static struct err *get_texts(const json_t *object, const char *key, struct strv *out)
{
    const json_t *list = json_object_get(object, key);
    const json_t *item;
    size_t i;

    if (list && !json_is_null(list) && !json_is_array(list))
        return wrong(key, "a list");
    json_array_foreach(list, i, item)
    {
        char *text = NULL;

        if (json_is_array(item)) {
            text = jsonx_compact(item);
        } else if (json_is_object(item) || json_is_string(item)) {
            TRY(name_json_text(item, &text), "key %s, item %zu", key, i + 1);
        } else {
            return wrong(key, "a list of texts");
        }
        strv_push_owned(out, text);
    }
    return NULL;
}

static struct err *get_field(const json_t *root, const struct manifest_field *field,
                             void *value)
{
    int64_t number = 0;

    if (field->required && !json_object_get(root, field->key))
        return err_new(ERR_PROTOCOL, "key %s: missing", field->key);
    switch (field->kind) {
    case MANIFEST_TEXT:
        return name_json_get(root, field->key, value);
    case MANIFEST_TIME:
        return get_time(root, field->key, value);
    case MANIFEST_INT:
        PASS(get_int(root, field->key, INT_MIN, INT_MAX, &number));
        *(int *)value = (int)number;
        return NULL;
    case MANIFEST_INT64:
        return get_int(root, field->key, INT64_MIN, INT64_MAX, value);
    case MANIFEST_BYTES:
        return get_bytes(root, field->key, value);
    case MANIFEST_BOOL:
        return get_bool(root, field->key, value);
    case MANIFEST_TEXTS:
    case MANIFEST_COMMANDS:
        return get_texts(root, field->key, value);
    }
    return NULL;
}

/* A manifest may come from anywhere; what it names is opened, so it must stay inside. */
static bool stays_inside(const char *name)
{
    AUTO(strv_clear) struct strv parts = STRV_INIT;

    strv_split(&parts, name, '/');
    for (size_t i = 0; i < parts.len; i++)
        if (strcmp(parts.items[i], "") == 0 || strcmp(parts.items[i], ".") == 0 ||
            strcmp(parts.items[i], "..") == 0)
            return false;
    return parts.len > 0;
}

static struct err *read_file(const json_t *item, struct manifest *m)
{
    AUTO(mem_freep) char *name = NULL;
    AUTO(mem_freep) char *sha256 = NULL;
    uint64_t bytes = 0;

    PASS(name_json_need(item, "name", &name));
    if (!stays_inside(name))
        return wrong("name", "a file inside the backup");
    if (!json_object_get(item, "bytes"))
        return err_new(ERR_PROTOCOL, "key bytes: missing");
    PASS(get_bytes(item, "bytes", &bytes));
    PASS(name_json_need(item, "sha256", &sha256));
    if (strlen(sha256) != SHA256_HEX_SIZE - 1 ||
        strspn(sha256, "0123456789abcdef") != SHA256_HEX_SIZE - 1)
        return wrong("sha256", "64 hexadecimal digits");
    manifest_add_file(m, name, bytes, sha256);
    return NULL;
}

static struct err *read_table(const json_t *item, struct manifest *m)
{
    AUTO(mem_freep) char *schema = NULL;
    AUTO(mem_freep) char *name = NULL;
    int64_t rows = -1;
    uint64_t raw_bytes = 0, stored_bytes = 0;

    PASS(name_json_need(item, "schema", &schema));
    PASS(name_json_need(item, "name", &name));
    PASS(get_int(item, "rows", 0, INT64_MAX, &rows));
    PASS(get_bytes(item, "raw_bytes", &raw_bytes));
    PASS(get_bytes(item, "stored_bytes", &stored_bytes));
    manifest_add_table(m, schema, name, rows, raw_bytes, stored_bytes);
    return NULL;
}

static struct err *read_extension(const json_t *item, struct manifest *m)
{
    AUTO(mem_freep) char *name = NULL;
    AUTO(mem_freep) char *version = NULL;
    AUTO(mem_freep) char *schema = NULL;

    PASS(name_json_need(item, "name", &name));
    PASS(name_json_get(item, "version", &version));
    PASS(name_json_get(item, "schema", &schema));
    manifest_add_extension(m, name, version, schema);
    return NULL;
}

static struct err *read_alarm(const json_t *item, struct manifest *m)
{
    AUTO(mem_freep) char *schema = NULL;
    AUTO(mem_freep) char *name = NULL;
    int64_t rows_before = 0, rows = -1;

    PASS(name_json_need(item, "schema", &schema));
    PASS(name_json_need(item, "name", &name));
    PASS(get_int(item, "rows_before", 0, INT64_MAX, &rows_before));
    PASS(get_int(item, "rows", 0, INT64_MAX, &rows));
    manifest_add_alarm(m, schema, name, rows_before, rows);
    return NULL;
}

static struct err *read_list(const json_t *root, const char *key, struct manifest *m,
                             struct err *(*read)(const json_t *item, struct manifest *m))
{
    const json_t *list = json_object_get(root, key);
    const json_t *item;
    size_t i;

    if (list && !json_is_null(list) && !json_is_array(list))
        return wrong(key, "a list");
    json_array_foreach(list, i, item)
    {
        if (!json_is_object(item))
            return err_new(ERR_PROTOCOL, "key %s, item %zu: not an object", key, i + 1);
        TRY(read(item, m), "key %s, item %zu", key, i + 1);
    }
    return NULL;
}

static struct err *check_format(const json_t *root)
{
    const json_t *format = json_object_get(root, "format");

    if (!json_is_object(root))
        return err_new(ERR_PROTOCOL, "not a JSON object");
    if (!format)
        return err_new(ERR_PROTOCOL, "key format: missing");
    if (!json_is_integer(format) || json_integer_value(format) < 1)
        return wrong("format", "a number from 1 on");
    if (json_integer_value(format) > MANIFEST_FORMAT)
        return err_hint(err_new(ERR_UNSUPPORTED,
                                "format %lld is newer than this pgkeep, which knows %d",
                                (long long)json_integer_value(format), MANIFEST_FORMAT),
                        "use the pgkeep that made it, or a newer one");
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_name(const struct strv *sorted, const char *name)
{
    return bsearch(&name, sorted->items, sorted->len, sizeof(*sorted->items), compare_names);
}

/* True where one of the names is a folder of this one. */
static bool has_folder_of(const struct strv *sorted, const char *name)
{
    AUTO(mem_freep) char *copy = mem_strdup(name);

    for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (has_name(sorted, copy))
            return true;
        *slash = '/';
    }
    return false;
}

/* No folder holds both a file "x" and a file "x/y", or two files "x". */
static struct err *check_names(const struct manifest *m)
{
    AUTO(strv_clear) struct strv sorted = STRV_INIT;

    for (size_t i = 0; i < m->file_count; i++)
        strv_push(&sorted, m->files[i].name);
    strv_sort(&sorted);
    for (size_t i = 0; i < sorted.len; i++) {
        if (i > 0 && strcmp(sorted.items[i - 1], sorted.items[i]) == 0)
            return err_new(ERR_PROTOCOL, "key files: %s stands there twice", sorted.items[i]);
        if (has_folder_of(&sorted, sorted.items[i]))
            return err_new(ERR_PROTOCOL, "key files: %s lies in what is a file itself",
                           sorted.items[i]);
    }
    return NULL;
}

/* It stands in CREATE DATABASE as a word, which cannot be quoted. */
static bool is_provider(const char *name)
{
    static const char *const known[] = {"", "libc", "icu", "builtin"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return false;
}

static struct err *check_sense(const struct manifest *m)
{
    int64_t at = 0;

    if (!m->target || !m->stamp)
        return err_new(ERR_PROTOCOL, "key %s: missing", m->target ? "stamp" : "target");
    if (!clock_parse_stamp(m->stamp, &at))
        return wrong("stamp", "a stamp such as 2026-11-21T013000Z");
    if (m->dump && !stays_inside(m->dump))
        return wrong("dump", "a file inside the backup");
    if (m->globals && !stays_inside(m->globals))
        return wrong("globals", "a file inside the backup");
    if (m->locale_provider && !is_provider(m->locale_provider))
        return wrong("locale_provider", "libc, icu or builtin");
    if (!m->dump != !m->dump_format)
        return err_new(ERR_PROTOCOL, "key %s: missing, though %s is there",
                       m->dump ? "dump_format" : "dump", m->dump ? "dump" : "dump_format");
    return check_names(m);
}

struct err *manifest_from_json(const json_t *root, struct manifest **out)
{
    AUTO(manifest_freep) struct manifest *m = manifest_new();

    PASS(check_format(root));
    for (size_t i = 0; i < manifest_field_count; i++)
        PASS(get_field(root, &manifest_fields[i], (char *)m + manifest_fields[i].offset));
    if (!json_object_get(root, "files"))
        return err_new(ERR_PROTOCOL, "key files: missing");
    PASS(read_list(root, "files", m, read_file));
    PASS(read_list(root, "tables", m, read_table));
    PASS(read_list(root, "extensions", m, read_extension));
    PASS(read_list(root, "alarms", m, read_alarm));
    PASS(check_sense(m));
    m->fingerprint = json_incref(json_object_get(root, "fingerprint"));
    *out = TAKE(m);
    return NULL;
}

struct err *manifest_load(const char *path, struct manifest **out)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(MANIFEST_MAX_BYTES);
    AUTO(jsonx_freep) json_t *root = NULL;

    TRY(fs_read_file(path, &text), "read manifest %s", path);
    TRY(jsonx_parse(buf_text(&text), text.len, &root), "parse manifest %s", path);
    TRY(manifest_from_json(root, out), "manifest %s", path);
    return NULL;
}
