#include "orchestrator/dump/object_list.h"
#include "base/mem.h"
#include "orchestrator/dump/member_name.h"
#include <stdlib.h>
#include <string.h>

static void push(struct object_list *list, uint32_t oid)
{
    if (list->count == list->size) {
        list->size = list->size ? list->size * 2 : 16;
        list->oids = mem_resize(list->oids, list->size, sizeof(*list->oids));
    }
    list->oids[list->count++] = oid;
}

static struct err *take_line(struct object_list *list)
{
    struct member_name name;
    char *end;
    unsigned long long oid;

    list->line[list->line_len] = '\0';
    list->line_len = 0;
    oid = strtoull(list->line, &end, 10);
    if (*end != ' ' || !member_name_parse(end + 1, &name) || name.kind != MEMBER_OBJECT ||
        name.number != oid)
        return err_new(ERR_PROTOCOL, "line %zu does not name a large object", list->count + 1);
    push(list, name.number);
    return NULL;
}

struct err *object_list_feed(struct object_list *list, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const uint8_t *newline = memchr(data, '\n', len);
        size_t take = newline ? (size_t)(newline - data) : len;

        if (take >= sizeof(list->line) - list->line_len)
            return err_new(ERR_PROTOCOL, "line %zu is too long", list->count + 1);
        memcpy(list->line + list->line_len, data, take);
        list->line_len += take;
        if (newline) {
            PASS(take_line(list));
            take++;
        }
        data += take;
        len -= take;
    }
    return NULL;
}

struct err *object_list_finish(const struct object_list *list)
{
    if (list->line_len > 0)
        return err_new(ERR_CUT, "line %zu has no end", list->count + 1);
    return NULL;
}

void object_list_clear(struct object_list *list)
{
    free(list->oids);
    list->oids = NULL;
    list->count = 0;
    list->size = 0;
}
