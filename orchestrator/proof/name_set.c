#include "orchestrator/proof/name_set.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

/* No name holds the unit separator unless somebody put it there; then two names may look equal,
 * which hides a difference in a name only. */
static char *key(const char *kind, const char *schema, const char *name)
{
    return mem_printf("%s\x1f%s\x1f%s", kind, schema, name);
}

void name_set_add(struct name_set *set, const char *kind, const char *schema, const char *name)
{
    strv_push_owned(&set->keys, key(kind, schema, name));
    set->sorted = false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool name_set_has(struct name_set *set, const char *kind, const char *schema, const char *name)
{
    AUTO(mem_freep) char *wanted = key(kind, schema, name);

    if (!set->sorted)
        strv_sort(&set->keys);
    set->sorted = true;
    return set->keys.len > 0 && bsearch(&wanted, set->keys.items, set->keys.len,
                                        sizeof(*set->keys.items), compare) != NULL;
}

void name_set_clear(struct name_set *set)
{
    strv_clear(&set->keys);
}
