#include "base/clock.h"
#include "base/mem.h"
#include "orchestrator/repository/name.h"
#include <string.h>

#define STAMP_YEAR_DIGITS 4

bool backup_ref_is_stamp_prefix(const char *text)
{
    static const char form[] = "dddd-dd-ddTddddddZ";
    size_t len = strlen(text);

    if (len < STAMP_YEAR_DIGITS || len > sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';

        if (form[i] == 'd' ? !digit : text[i] != form[i])
            return false;
    }
    return true;
}

struct err *backup_ref_parse(const char *text, struct backup_ref *out)
{
    const char *database = strchr(text, '/');
    const char *last = strrchr(text, '/');
    bool newest;

    *out = (struct backup_ref){0};
    if (!*text || database == text)
        return err_hint(err_new(ERR_USAGE, "backup \"%s\": no target named", text),
                        "write TARGET/DATABASE/STAMP, or TARGET/DATABASE for the newest");
    if (!database) {
        out->target = mem_strdup(text);
        return NULL;
    }
    if (!database[1])
        return err_hint(err_new(ERR_USAGE, "backup \"%s\": nothing follows the slash", text),
                        "write TARGET/DATABASE/STAMP, or TARGET/DATABASE for the newest");
    out->target = mem_strndup(text, (size_t)(database - text));
    database++;
    newest = strcmp(last + 1, "latest") == 0;
    if (last > database && (newest || backup_ref_is_stamp_prefix(last + 1))) {
        out->database = mem_strndup(database, (size_t)(last - database));
        out->stamp = newest ? NULL : mem_strdup(last + 1);
    } else {
        out->database = mem_strdup(database);
    }
    return NULL;
}

bool backup_ref_selects(const char *text)
{
    const char *slash = strrchr(text, '/');
    const char *last = slash ? slash + 1 : text;
    const char *at = strrchr(last, '@');
    int64_t unix_s;

    if (at && clock_parse_local(at + 1, &unix_s))
        return true;
    return backup_ref_is_stamp_prefix(last) ||
           (slash && (strcmp(last, "latest") == 0 || strcmp(last, "proven") == 0));
}

void backup_ref_clear(struct backup_ref *ref)
{
    mem_freep(&ref->target);
    mem_freep(&ref->database);
    mem_freep(&ref->stamp);
}
