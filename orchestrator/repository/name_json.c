#include "orchestrator/repository/name_json.h"
#include "base/mem.h"
#include "orchestrator/repository/name.h"
#include <string.h>

static bool is_utf8(const char *text)
{
    AUTO(jsonx_freep) json_t *value = json_string(text);

    return value != NULL;
}

void name_json_set(json_t *object, const char *key, const char *text)
{
    jsonx_set_string(object, key, text);
    if (text && !is_utf8(text)) {
        AUTO(mem_freep) char *exact_key = mem_printf("%s_escaped", key);
        AUTO(mem_freep) char *exact = name_escape(text);

        jsonx_set_string(object, exact_key, exact);
    }
}

json_t *name_json_item(const char *text)
{
    json_t *item;

    if (is_utf8(text))
        return jsonx_text(text);
    item = json_object();
    name_json_set(item, "text", text);
    return item;
}

json_t *name_json_items(const struct strv *texts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < texts->len; i++)
        json_array_append_new(list, name_json_item(texts->items[i]));
    return list;
}

static struct err *wrong(const char *key, const char *expected)
{
    return err_new(ERR_PROTOCOL, "key %s: not %s", key, expected);
}

static bool is_text(const json_t *value)
{
    return json_is_string(value) &&
           strlen(json_string_value(value)) == json_string_length(value);
}

MUST_USE struct err *name_json_get(const json_t *object, const char *key, char **out)
{
    AUTO(mem_freep) char *exact_key = mem_printf("%s_escaped", key);
    const json_t *value = json_object_get(object, key);
    const json_t *exact = json_object_get(object, exact_key);

    if (exact) {
        *out = json_is_string(exact) ? name_unescape(json_string_value(exact)) : NULL;
        return *out ? NULL : wrong(exact_key, "an escaped name");
    }
    if (!value || json_is_null(value))
        return NULL;
    if (!is_text(value))
        return wrong(key, "a text");
    *out = mem_strdup(json_string_value(value));
    return NULL;
}

MUST_USE struct err *name_json_need(const json_t *object, const char *key, char **out)
{
    PASS(name_json_get(object, key, out));
    return *out ? NULL : err_new(ERR_PROTOCOL, "key %s: missing", key);
}

MUST_USE struct err *name_json_text(const json_t *item, char **out)
{
    if (json_is_object(item))
        return name_json_need(item, "text", out);
    if (!is_text(item))
        return err_new(ERR_PROTOCOL, "not a text");
    *out = mem_strdup(json_string_value(item));
    return NULL;
}
