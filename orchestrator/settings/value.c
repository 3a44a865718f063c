#include "orchestrator/settings/value.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/units.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECRET_MAX_BYTES ((size_t)64 << 10)

static struct err *bad(const char *source, const char *text, const char *what)
{
    return err_new(ERR_USAGE, "%s: \"%s\" is not %s", source, text, what);
}

static bool parse_bool(const char *text, int64_t *out)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = i % 2;
            return true;
        }
    return false;
}

/* The bounds stand in the table as "least..most". */
static struct err *set_int(struct value *value, const struct setting *setting,
                           const char *source, const char *text)
{
    int64_t least = strtoll(setting->choices, NULL, 10);
    int64_t most = strtoll(strstr(setting->choices, "..") + 2, NULL, 10);
    uint64_t number;

    if (!units_parse_uint(text, &number) || number > (uint64_t)most ||
        number < (uint64_t)least) {
        AUTO(mem_freep) char *what =
            mem_printf("a number from %lld to %lld", (long long)least, (long long)most);
        return bad(source, text, what);
    }
    value->number = (int64_t)number;
    return NULL;
}

static bool is_decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;

    if (whole == 0 || whole > 9)
        return false;
    if (*rest == '.') {
        size_t fraction = strspn(rest + 1, "0123456789");
        if (fraction == 0 || fraction > 9)
            return false;
        rest += 1 + fraction;
    }
    return !*rest && strpbrk(text, "123456789");
}

/* Never 100: nothing loses more than all. */
static bool parse_percent(const char *text, int64_t *out)
{
    size_t len = strlen(text);
    AUTO(mem_freep) char *digits =
        mem_strndup(text, len && text[len - 1] == '%' ? len - 1 : len);
    uint64_t number;

    if (!units_parse_uint(digits, &number) || number > 99)
        return false;
    *out = (int64_t)number;
    return true;
}

static struct err *set_choice(struct value *value, const struct setting *setting,
                              const char *source, const char *text)
{
    AUTO(strv_clear) struct strv choices = STRV_INIT;

    strv_split(&choices, setting->choices, '|');
    if (!strv_contains(&choices, text)) {
        AUTO(mem_freep) char *all = strv_join(&choices, ", ");
        AUTO(mem_freep) char *what = mem_printf("one of %s", all);
        return bad(source, text, what);
    }
    mem_replace(&value->text, text);
    return NULL;
}

static struct err *set_size(struct value *value, const char *source, const char *text)
{
    uint64_t bytes;

    if (!units_parse_size(text, &bytes) || bytes > INT64_MAX)
        return bad(source, text, "a size (512K, 64M, 2G)");
    value->number = (int64_t)bytes;
    return NULL;
}

static struct err *set_by_type(struct value *value, const struct setting *setting,
                               const char *source, const char *text)
{
    switch (setting->type) {
    case TYPE_BOOL:
        return parse_bool(text, &value->number) ? NULL : bad(source, text, "yes or no");
    case TYPE_INT:
        return set_int(value, setting, source, text);
    case TYPE_DURATION:
        return units_parse_duration(text, &value->number)
                   ? NULL
                   : bad(source, text, "a duration (30s, 5m, 2h, 7d)");
    case TYPE_SIZE:
        return set_size(value, source, text);
    case TYPE_DECIMAL:
        if (!is_decimal(text))
            return bad(source, text, "a number above 0 (2, 0.5)");
        mem_replace(&value->text, text);
        return NULL;
    case TYPE_PERCENT:
        return parse_percent(text, &value->number)
                   ? NULL
                   : bad(source, text, "a percentage from 0 to 99 (50, 50%)");
    case TYPE_CHOICE:
        return set_choice(value, setting, source, text);
    case TYPE_LIST:
        strv_push(&value->list, text);
        return NULL;
    case TYPE_TEXT:
    case TYPE_SECRET:
    case TYPE_PATH:
        secret_replace(&value->text, text);
        return NULL;
    }
    abort();
}

struct err *value_set(struct value *value, const struct setting *setting, const char *source,
                      const char *text)
{
    if (!*text)
        return err_hint(err_new(ERR_USAGE, "%s: the value is empty", source),
                        "give a value, or leave it out");
    PASS(set_by_type(value, setting, source, text));
    mem_replace(&value->source, source);
    value->is_set = true;
    return NULL;
}

void value_split_list(struct strv *list, const char *text)
{
    AUTO(buf_clear) struct buf item = BUF_OWN_TEXT;

    for (const char *p = text;; p++) {
        if (*p == '\\' && p[1] == ',') {
            buf_printf(&item, ",");
            p++;
        } else if (*p && *p != ',' && *p != '\n') {
            buf_printf(&item, "%c", *p);
        } else {
            const char *start = buf_text(&item);
            size_t len = item.len;

            while (len && isspace((unsigned char)start[len - 1]))
                len--;
            while (len && isspace((unsigned char)*start))
                start++, len--;
            if (len)
                strv_push_owned(list, mem_strndup(start, len));
            buf_reset(&item);
            if (!*p)
                return;
        }
    }
}

struct err *value_set_whole(struct value *value, const struct setting *setting,
                            const char *source, const char *text)
{
    AUTO(strv_clear) struct strv items = STRV_INIT;

    if (setting->type != TYPE_LIST)
        return value_set(value, setting, source, text);
    value_split_list(&items, text);
    for (size_t i = 0; i < items.len; i++)
        PASS(value_set(value, setting, source, items.items[i]));
    return NULL;
}

struct err *value_set_from_file(struct value *value, const struct setting *setting,
                                const char *source, const char *path)
{
    AUTO(secret_buf_clear) struct buf text = BUF_INIT(SECRET_MAX_BYTES);
    struct err *e;

    if (!*path)
        return value_set(value, setting, source, path);
    e = fs_read_file(path, &text);
    if (e)
        return err_hint(err_as(err_wrap(e, "%s", source), ERR_USAGE),
                        "name a file that holds the %s and that pgkeep may read",
                        setting->name);
    if (text.len && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    if (text.len == 0)
        return err_new(ERR_USAGE, "%s: %s is empty, but should hold the %s", source, path,
                       setting->name);
    if (strlen(text.data) != text.len)
        return err_new(ERR_USAGE, "%s: %s holds a NUL byte, but should hold the %s as text",
                       source, path, setting->name);
    return value_set(value, setting, source, text.data);
}

void value_copy(struct value *to, const struct value *from)
{
    value_clear(to);
    to->is_set = from->is_set;
    to->number = from->number;
    to->source = mem_strdup(from->source);
    to->text = mem_strdup(from->text);
    strv_extend(&to->list, &from->list);
}

void value_clear(struct value *value)
{
    free(value->source);
    secret_free(value->text); /* of a SECRET; the others cost nothing */
    strv_clear(&value->list);
    *value = (struct value){0};
}
