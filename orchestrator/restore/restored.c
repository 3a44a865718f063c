#include "orchestrator/restore/restored.h"
#include "base/mem.h"
#include <stdlib.h>

struct restored_table *restored_add(struct restored_list *list, const char *schema,
                                    const char *name)
{
    struct restored_table *table;

    list->items = mem_resize(list->items, list->count + 1, sizeof(*list->items));
    table = &list->items[list->count++];
    *table = (struct restored_table){.schema = mem_strdup(schema), .name = mem_strdup(name)};
    return table;
}

void restored_clear(struct restored_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].schema);
        free(list->items[i].name);
        free(list->items[i].insert);
        free(list->items[i].advice);
    }
    free(list->items);
    *list = (struct restored_list){0};
}
