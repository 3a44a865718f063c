#include "base/clock.h"
#include "base/mem.h"
#include "orchestrator/repository/manifest.h"
#include "orchestrator/repository/manifest_fields.h"
#include "orchestrator/repository/name_json.h"
#include "orchestrator/repository/sealed.h"
#include <string.h>

/* A command is an array in the file, where its text is the array's compact form: then it comes
 * back byte for byte. Any other text stays text. */
static json_t *command_item(const char *text)
{
    AUTO(jsonx_freep) json_t *array = NULL;
    AUTO(err_freep) struct err *e = jsonx_parse(text, strlen(text), &array);
    AUTO(mem_freep) char *again = NULL;

    if (e || !json_is_array(array))
        return name_json_item(text);
    again = jsonx_compact(array);
    return strcmp(again, text) == 0 ? TAKE(array) : name_json_item(text);
}

static json_t *commands_json(const struct strv *texts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < texts->len; i++)
        json_array_append_new(list, command_item(texts->items[i]));
    return list;
}

static void set_time(json_t *object, const char *key, int64_t at_unix_s)
{
    char text[CLOCK_TEXT_SIZE];

    if (at_unix_s)
        clock_rfc3339(at_unix_s, text);
    jsonx_set_string(object, key, at_unix_s ? text : NULL);
}

static void set_field(json_t *root, const struct manifest_field *field, const void *value)
{
    switch (field->kind) {
    case MANIFEST_TEXT:
        name_json_set(root, field->key, *(char *const *)value);
        break;
    case MANIFEST_TIME:
        set_time(root, field->key, *(const int64_t *)value);
        break;
    case MANIFEST_INT:
        jsonx_set_int(root, field->key, *(const int *)value);
        break;
    case MANIFEST_INT64:
        jsonx_set_int(root, field->key, *(const int64_t *)value);
        break;
    case MANIFEST_BYTES:
        jsonx_set_int(root, field->key, (int64_t) * (const uint64_t *)value);
        break;
    case MANIFEST_BOOL:
        jsonx_set_bool(root, field->key, *(const bool *)value);
        break;
    case MANIFEST_TEXTS:
        jsonx_set(root, field->key, name_json_items(value));
        break;
    case MANIFEST_COMMANDS:
        jsonx_set(root, field->key, commands_json(value));
        break;
    }
}

static json_t *files_json(const struct manifest *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->file_count; i++) {
        json_t *item = json_object();

        name_json_set(item, "name", m->files[i].name);
        jsonx_set_int(item, "bytes", (int64_t)m->files[i].bytes);
        jsonx_set_string(item, "sha256", m->files[i].sha256);
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *tables_json(const struct manifest *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->table_count; i++) {
        const struct manifest_table *table = &m->tables[i];
        json_t *item = json_object();

        name_json_set(item, "schema", table->schema);
        name_json_set(item, "name", table->name);
        jsonx_set(item, "rows", table->rows < 0 ? json_null() : json_integer(table->rows));
        jsonx_set_int(item, "raw_bytes", (int64_t)table->raw_bytes);
        jsonx_set_int(item, "stored_bytes", (int64_t)table->stored_bytes);
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *extensions_json(const struct manifest *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->extension_count; i++) {
        json_t *item = json_object();

        name_json_set(item, "name", m->extensions[i].name);
        name_json_set(item, "version", m->extensions[i].version);
        name_json_set(item, "schema", m->extensions[i].schema);
        json_array_append_new(list, item);
    }
    return list;
}

json_t *manifest_alarms_json(const struct manifest *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->alarm_count; i++) {
        const struct manifest_alarm *alarm = &m->alarms[i];
        json_t *item = json_object();

        name_json_set(item, "schema", alarm->schema);
        name_json_set(item, "name", alarm->name);
        jsonx_set_int(item, "rows_before", alarm->rows_before);
        jsonx_set(item, "rows", alarm->rows < 0 ? json_null() : json_integer(alarm->rows));
        json_array_append_new(list, item);
    }
    return list;
}

json_t *manifest_to_json(const struct manifest *m)
{
    json_t *root = json_object();

    jsonx_set_int(root, "format", MANIFEST_FORMAT);
    for (size_t i = 0; i < manifest_field_count; i++)
        set_field(root, &manifest_fields[i], (const char *)m + manifest_fields[i].offset);
    jsonx_set(root, "files", files_json(m));
    jsonx_set(root, "tables", tables_json(m));
    jsonx_set(root, "extensions", extensions_json(m));
    jsonx_set(root, "alarms", manifest_alarms_json(m));
    if (m->fingerprint)
        jsonx_set(root, "fingerprint", json_incref(m->fingerprint));
    return root;
}

char *manifest_to_text(const struct manifest *m)
{
    AUTO(jsonx_freep) json_t *root = manifest_to_json(m);

    return sealed_text(root, SEALED_MANIFEST_KEY);
}
