#include "orchestrator/repository/name.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* PostgreSQL has no database without a name, but the mapping must stay total: a lone "%" is
 * what no other name becomes. */
#define EMPTY_NAME "%"

static bool plain(unsigned char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || (byte && strchr("._-+", byte) != NULL);
}

char *name_escape(const char *name)
{
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;

    if (!*name)
        return mem_strdup(EMPTY_NAME);
    for (const char *p = name; *p; p++) {
        bool reserved = p == name && (*p == '.' || *p == '_');

        if (plain((unsigned char)*p) && !reserved)
            buf_printf(&out, "%c", *p);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*p);
    }
    return buf_take(&out);
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

char *name_unescape(const char *escaped)
{
    AUTO(mem_freep) char *name = mem_new(strlen(escaped) + 1, 1);
    AUTO(mem_freep) char *again = NULL;
    size_t len = 0;

    if (strcmp(escaped, EMPTY_NAME) == 0)
        return TAKE(name);
    for (const char *p = escaped; *p; p++) {
        if (*p != '%') {
            name[len++] = *p;
            continue;
        }
        int high = hex_value(p[1]);
        int low = high < 0 ? -1 : hex_value(p[2]);
        if (low < 0)
            return NULL;
        name[len++] = (char)(high * 16 + low);
        p += 2;
    }
    /* One name, one folder: what name_escape would write otherwise is not its work. A %00 ends
     * the copy early and so fails here too. */
    again = name_escape(name);
    return strcmp(again, escaped) == 0 ? TAKE(name) : NULL;
}
