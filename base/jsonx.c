#include "base/jsonx.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

void jsonx_freep(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

MUST_USE struct err *jsonx_parse(const char *text, size_t len, json_t **out)
{
    json_error_t error;

    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!*out)
        return err_new(ERR_PROTOCOL, "not JSON: line %d, column %d: %s", error.line,
                       error.column, error.text);
    return NULL;
}

const char *jsonx_string(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : fallback;
}

int64_t jsonx_int(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_integer(value))
        return json_integer_value(value);
    /* 2^63 is the first real that does not fit; NaN fails both comparisons. */
    if (json_is_real(value) && json_real_value(value) >= -0x1p63 &&
        json_real_value(value) < 0x1p63)
        return (int64_t)json_real_value(value);
    return fallback;
}

bool jsonx_bool(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

json_t *jsonx_at(const json_t *object, const char *path)
{
    AUTO(mem_freep) char *copy = mem_strdup(path);
    char *rest = copy;
    char *key;
    json_t *at = NULL;

    while (object && (key = strsep(&rest, ".")) != NULL) {
        at = json_object_get(object, key);
        object = at;
    }
    return object ? at : NULL;
}

const char *jsonx_string_at(const json_t *object, const char *path, const char *fallback)
{
    const char *text = json_string_value(jsonx_at(object, path));

    return text ? text : fallback;
}

json_t *jsonx_text(const char *text)
{
    AUTO(buf_clear) struct buf escaped = BUF_OWN_TEXT;
    json_t *value;

    if (!text)
        return json_null();
    value = json_string(text);
    if (value)
        return value;
    for (; *text; text++) {
        if ((unsigned char)*text < 0x80)
            buf_printf(&escaped, "%c", *text);
        else
            buf_printf(&escaped, "\\x%02x", (unsigned char)*text);
    }
    return json_string(buf_text(&escaped));
}

void jsonx_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) {
        fputs("pgkeep: cannot build JSON\n", stderr);
        _Exit(1);
    }
}

void jsonx_set_string(json_t *object, const char *key, const char *text)
{
    jsonx_set(object, key, jsonx_text(text));
}

void jsonx_set_int(json_t *object, const char *key, int64_t value)
{
    jsonx_set(object, key, json_integer(value));
}

void jsonx_set_bool(json_t *object, const char *key, bool value)
{
    jsonx_set(object, key, json_boolean(value));
}

static char *dump(const json_t *json, size_t flags)
{
    char *text = json_dumps(json, flags | JSON_ENCODE_ANY);

    if (!text) {
        fputs("pgkeep: cannot write JSON\n", stderr);
        _Exit(1);
    }
    return text;
}

char *jsonx_pretty(const json_t *json)
{
    return dump(json, JSON_INDENT(2));
}

char *jsonx_compact(const json_t *json)
{
    return dump(json, JSON_COMPACT);
}

json_t *jsonx_texts(const struct strv *texts)
{
    json_t *array = json_array();

    for (size_t i = 0; i < texts->len; i++)
        json_array_append_new(array, jsonx_text(texts->items[i]));
    return array;
}
