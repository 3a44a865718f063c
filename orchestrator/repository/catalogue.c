#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/access.h"
#include "orchestrator/repository/layout.h"
#include "orchestrator/repository/name.h"
#include "orchestrator/repository/repository.h"
#include <stdlib.h>
#include <string.h>

void catalogue_clear(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        backup_free(catalogue->items[i]);
    free(catalogue->items);
    *catalogue = (struct catalogue){0};
}

static void add_backup(const char *target_folder, const char *database_folder,
                       const char *stamp, const char *path, struct catalogue *out)
{
    struct backup *backup = mem_new(1, sizeof(*backup));

    clock_parse_stamp(stamp, &backup->at_unix_s);
    backup->id = mem_printf("%s/%s/%s", target_folder, database_folder, stamp);
    backup->path = mem_strdup(path);
    backup->target = name_unescape(target_folder);
    if (!backup->target) /* somebody renamed the folder: still a backup */
        backup->target = mem_strdup(target_folder);
    backup->database_folder = mem_strdup(database_folder);
    backup->stamp = mem_strdup(stamp);
    out->items = mem_resize(out->items, out->count + 1, sizeof(struct backup *));
    out->items[out->count++] = backup;
}

/* Readers take no lock, so a folder may be pruned away while it is looked at. */
static struct err *list_if_there(const char *folder, struct strv *out)
{
    struct err *e = access_explain(fs_list_dir(folder, out), folder);

    if (err_is(e, ERR_NOT_FOUND))
        err_freep(&e);
    return e;
}

static struct err *scan_database(const char *root, const char *target, const char *database,
                                 struct catalogue *out)
{
    AUTO(mem_freep) char *folder = mem_printf("%s/%s/%s", root, target, database);
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(list_if_there(folder, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *path = fs_join(folder, names.items[i]);
        int64_t at;

        if (clock_parse_stamp(names.items[i], &at) && fs_is_dir(path))
            add_backup(target, database, names.items[i], path, out);
    }
    return NULL;
}

/* Sets *out to the folders in `path` that are of this kind and that `wanted` (NULL: all) means:
 * the folder of just that name before the one of its escaped form. */
static struct err *choose(const char *path, bool (*kind)(const char *name), const char *wanted,
                          struct strv *out)
{
    AUTO(mem_freep) char *escaped = wanted ? name_escape(wanted) : NULL;
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *only = wanted;

    PASS(list_if_there(path, &names));
    if (wanted && !(kind(wanted) && strv_contains(&names, wanted)))
        only = escaped;
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *inner = fs_join(path, names.items[i]);

        if (kind(names.items[i]) && (!only || strcmp(names.items[i], only) == 0) &&
            fs_is_dir(inner))
            strv_push(out, names.items[i]);
    }
    return NULL;
}

struct err *catalogue_names(struct repository *repository, const char *target,
                            const char *database, struct catalogue *out)
{
    const char *root = repository_path(repository);
    AUTO(strv_clear) struct strv targets = STRV_INIT;
    AUTO(catalogue_clear) struct catalogue found = {0};

    PASS(choose(root, layout_is_target, target, &targets));
    for (size_t i = 0; i < targets.len; i++) {
        AUTO(mem_freep) char *folder = fs_join(root, targets.items[i]);
        AUTO(strv_clear) struct strv databases = STRV_INIT;

        PASS(choose(folder, layout_is_database, database, &databases));
        for (size_t j = 0; j < databases.len; j++)
            PASS(scan_database(root, targets.items[i], databases.items[j], &found));
    }
    *out = found;
    found = (struct catalogue){0};
    return NULL;
}

struct err *catalogue_load(struct repository *repository, const char *target,
                           const char *database, struct catalogue *out)
{
    size_t kept = 0;

    PASS(catalogue_names(repository, target, database, out));
    for (size_t i = 0; i < out->count; i++) {
        backup_load(out->items[i]);
        if (out->items[i]->error && backup_is_gone(out->items[i]))
            backup_free(out->items[i]);
        else
            out->items[kept++] = out->items[i];
    }
    out->count = kept;
    return NULL;
}

static bool is_of(const struct backup *backup, const char *target, const char *database_folder)
{
    return strcmp(backup->target, target) == 0 &&
           strcmp(backup->database_folder, database_folder) == 0;
}

const struct backup *catalogue_newest_proven(const struct catalogue *catalogue,
                                             const char *target, const char *database_folder)
{
    const struct backup *newest = NULL;

    for (size_t i = 0; i < catalogue->count; i++) {
        const struct backup *backup = catalogue->items[i];

        if (is_of(backup, target, database_folder) && backup_is_proven(backup) &&
            (!newest || backup->at_unix_s > newest->at_unix_s))
            newest = backup;
    }
    return newest;
}

struct err *catalogue_previous(struct repository *repository, const char *target,
                               const char *database, const char *stamp, struct backup **out)
{
    AUTO(mem_freep) char *target_folder = name_escape(target);
    AUTO(mem_freep) char *folder =
        database ? name_escape(database) : mem_strdup(MANIFEST_GLOBALS_FOLDER);
    AUTO(catalogue_clear) struct catalogue names = {0};

    *out = NULL;
    PASS(catalogue_names(repository, target_folder, folder, &names));
    for (size_t i = names.count; i > 0 && !*out; i--) {
        struct backup *backup = names.items[i - 1];

        /* Where that folder is not there, the names may be of one that is spelled likewise. */
        if (!is_of(backup, target, folder) || strcmp(backup->stamp, stamp) >= 0)
            continue;
        backup_load(backup);
        if (backup->manifest)
            *out = TAKE(names.items[i - 1]);
    }
    return NULL;
}
