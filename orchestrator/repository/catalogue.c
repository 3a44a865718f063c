#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/access.h"
#include "orchestrator/repository/layout.h"
#include "orchestrator/repository/name.h"
#include "orchestrator/repository/repository.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void catalogue_clear(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        backup_free(catalogue->items[i]);
    free(catalogue->items);
    strv_clear(&catalogue->links);
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

        /* Also what is no folder: such a name claims to be a whole backup, so it is a bad one.
         */
        if (clock_parse_stamp(names.items[i], &at))
            add_backup(target, database, names.items[i], path, out);
    }
    return NULL;
}

static bool is_link(const char *path)
{
    struct stat st;
    AUTO(err_freep) struct err *gone = fs_look(path, &st);

    return !gone && S_ISLNK(st.st_mode);
}

/* Sets *out to the folders in `path` that are of this kind and that `wanted` (NULL: all) means:
 * the folder of just that name before the one of its escaped form. Links in the place of one
 * are added to *links, by their paths. */
static struct err *choose(const char *path, bool (*kind)(const char *name), const char *wanted,
                          struct strv *out, struct strv *links)
{
    AUTO(mem_freep) char *escaped = wanted ? name_escape(wanted) : NULL;
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *only = wanted;

    PASS(list_if_there(path, &names));
    if (wanted && !(kind(wanted) && strv_contains(&names, wanted)))
        only = escaped;
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *inner = fs_join(path, names.items[i]);

        if (!kind(names.items[i]) || (only && strcmp(names.items[i], only) != 0))
            continue;
        if (fs_is_dir(inner))
            strv_push(out, names.items[i]);
        else if (is_link(inner))
            strv_push(links, inner);
    }
    return NULL;
}

struct err *catalogue_names(struct repository *repository, const char *target,
                            const char *database, struct catalogue *out)
{
    const char *root = repository_path(repository);
    AUTO(strv_clear) struct strv targets = STRV_INIT;
    AUTO(catalogue_clear) struct catalogue found = {0};

    PASS(choose(root, layout_is_target, target, &targets, &found.links));
    for (size_t i = 0; i < targets.len; i++) {
        AUTO(mem_freep) char *folder = fs_join(root, targets.items[i]);
        AUTO(strv_clear) struct strv databases = STRV_INIT;

        PASS(choose(folder, layout_is_database, database, &databases, &found.links));
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
            (!newest || backup_is_later(backup, newest)))
            newest = backup;
    }
    return newest;
}

struct err *catalogue_of(struct repository *repository, const char *target,
                         const char *database, struct catalogue *out)
{
    AUTO(mem_freep) char *target_folder = name_escape(target);
    AUTO(mem_freep) char *folder =
        database ? name_escape(database) : mem_strdup(MANIFEST_GLOBALS_FOLDER);
    size_t kept = 0;

    PASS(catalogue_names(repository, target_folder, folder, out));
    /* Where that folder is not there, the names may be of one that is spelled likewise. */
    for (size_t i = 0; i < out->count; i++)
        if (is_of(out->items[i], target, folder))
            out->items[kept++] = out->items[i];
        else
            backup_free(out->items[i]);
    out->count = kept;
    return NULL;
}

struct err *catalogue_previous(struct repository *repository, const char *target,
                               const char *database, int64_t order, struct backup **out)
{
    AUTO(catalogue_clear) struct catalogue names = {0};

    *out = NULL;
    PASS(catalogue_of(repository, target, database, &names));
    catalogue_sort(&names);
    for (size_t i = names.count; i > 0 && !*out; i--) {
        struct backup *backup = names.items[i - 1];

        if (backup->order >= order)
            continue;
        backup_load(backup);
        if (backup->manifest)
            *out = TAKE(names.items[i - 1]);
    }
    return NULL;
}
