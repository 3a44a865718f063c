/* A target's name depends on where pgkeep runs: inside of a compose project a service is called
 * SERVICE, from outside PROJECT-SERVICE (orchestrator/target/name.h). Several pgkeeps may share
 * a repository, so whatever could be the container is taken for it: a false alarm with each
 * backup would be worse than a missing one here. */
#include "orchestrator/cli/gone.h"
#include "base/mem.h"
#include <string.h>

static bool is_called(const struct target *target, const char *name)
{
    const char *container = jsonx_string(target->inspect, "Name", "");

    return strcmp(target->name, name) == 0 || strcmp(target->service, name) == 0 ||
           (*container == '/' && strcmp(container + 1, name) == 0);
}

/* The newest backup may be damaged: then the one before it tells. */
static bool was_taken_of(struct backup *backup, const struct candidate_list *containers)
{
    const char *id;

    backup_load(backup);
    id = backup->manifest ? backup->manifest->container_id : NULL;
    for (size_t i = 0; id && *id && i < containers->count; i++)
        if (strncmp(containers->items[i].target->id, id, strlen(id)) == 0)
            return true;
    return false;
}

static bool has_container(struct backup *const *newest, size_t count,
                          const struct candidate_list *containers)
{
    for (size_t i = 0; i < containers->count; i++)
        if (is_called(containers->items[i].target, newest[0]->target))
            return true;
    for (size_t i = 0; i < count; i++)
        if ((i + 1 == count || !backup_same_database(newest[i], newest[i + 1])) &&
            was_taken_of(newest[i], containers))
            return true;
    return false;
}

MUST_USE struct err *gone_targets(struct repository *repository,
                                  const struct candidate_list *containers, struct strv *out)
{
    AUTO(catalogue_clear) struct catalogue all = {0};
    size_t end;

    if (!repository)
        return NULL;
    PASS(catalogue_names(repository, NULL, NULL, &all));
    catalogue_sort(&all);
    for (size_t begin = 0; begin < all.count; begin = end) {
        const char *name = all.items[begin]->target;

        for (end = begin; end < all.count && strcmp(all.items[end]->target, name) == 0; end++)
            ;
        if (!has_container(all.items + begin, end - begin, containers))
            strv_push(out, name);
    }
    return NULL;
}

struct err *gone_error(const struct repository *repository, const char *name)
{
    return err_hint(
        err_new(ERR_FAILED, "%s: it has backups, and no container any more", name),
        "start it again, under that name; if it is gone for good, move %s/%s elsewhere",
        repository_path(repository), name);
}
