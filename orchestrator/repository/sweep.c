#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/layout.h"
#include "orchestrator/repository/repository.h"

/* Of the names with a dot only our own forms go: a .nfs file or somebody's .snapshot stays. */
static struct err *sweep_database(const char *folder, size_t *removed)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(fs_list_dir(folder, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *path = fs_join(folder, names.items[i]);
        AUTO(mem_freep) char *proof_draft = fs_join(path, LAYOUT_PROOF_DRAFT);

        if (layout_is_leftover(names.items[i])) {
            PASS(fs_remove_tree(path));
            ++*removed;
        } else if (fs_exists(proof_draft)) {
            PASS(fs_remove_tree(proof_draft));
            ++*removed;
        }
    }
    return NULL;
}

struct err *repository_sweep(struct repository *repository, const char *target, size_t *removed)
{
    AUTO(mem_freep) char *folder = layout_target_path(repository_path(repository), target);
    AUTO(strv_clear) struct strv names = STRV_INIT;
    size_t count = 0;

    if (removed)
        *removed = 0;
    if (!fs_is_dir(folder))
        return NULL;
    TRY(fs_list_dir(folder, &names), "clear what a crash left of %s", target);
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *database = fs_join(folder, names.items[i]);

        if (layout_is_database(names.items[i]) && fs_is_dir(database))
            TRY(sweep_database(database, &count), "clear what a crash left of %s", target);
    }
    if (removed)
        *removed = count;
    return NULL;
}
