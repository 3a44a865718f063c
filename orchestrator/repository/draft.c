#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/repository/access.h"
#include "orchestrator/repository/draft_tree.h"
#include "orchestrator/repository/layout.h"
#include "orchestrator/repository/name.h"
#include "orchestrator/repository/repository.h"
#include <stdlib.h>
#include <string.h>

/* More backups of one database than this within as many seconds is a runaway. */
#define STAMP_TRIES 600

struct draft {
    char *repository;      /* path */
    char *target_folder;   /* path */
    char *database_folder; /* path */
    char *name;            /* escaped, for the dump's file */
    char stamp[CLOCK_STAMP_SIZE];
    int64_t order;
    int64_t behind_s;
    char *path; /* DATABASE/.STAMP.partial; NULL until it is made */
    bool published;
};

static bool stamp_taken(const struct draft *draft)
{
    AUTO(mem_freep) char *whole = fs_join(draft->database_folder, draft->stamp);
    AUTO(mem_freep) char *partial = layout_partial_path(draft->database_folder, draft->stamp);
    AUTO(mem_freep) char *removed = layout_removed_path(draft->database_folder, draft->stamp);

    return fs_exists(whole) || fs_exists(partial) || fs_exists(removed);
}

static struct err *choose_stamp(struct draft *draft)
{
    int64_t now = clock_unix_s();

    for (int i = 0; i < STAMP_TRIES; i++) {
        clock_stamp(now + i, draft->stamp);
        if (!stamp_taken(draft))
            return NULL;
    }
    return err_new(ERR_EXISTS, "%s: every stamp of the next %d seconds is taken",
                   draft->database_folder, STAMP_TRIES);
}

/* After all that is there, whatever the clock says; backup_order.c has the reason. */
static struct err *choose_order(struct repository *repository, const char *target,
                                const char *database, struct draft *draft)
{
    AUTO(catalogue_clear) struct catalogue before = {0};
    int64_t now = clock_unix_s();

    clock_parse_stamp(draft->stamp, &draft->order);
    PASS(catalogue_of(repository, target, database, &before));
    for (size_t i = 0; i < before.count; i++) {
        struct backup *backup = before.items[i];

        backup_learn_order(backup);
        if (draft->order <= backup->order)
            draft->order = backup->order + (backup->order < BACKUP_ORDER_MAX);
        if (backup->at_unix_s - now > draft->behind_s)
            draft->behind_s = backup->at_unix_s - now;
    }
    if (draft->behind_s <= CLOCK_SLACK_S)
        draft->behind_s = 0;
    return NULL;
}

struct err *draft_new(struct repository *repository, const char *target, const char *database,
                      struct draft **out)
{
    const char *root = repository_path(repository);
    AUTO(draft_freep) struct draft *draft = mem_new(1, sizeof(*draft));
    AUTO(mem_freep) char *path = NULL;

    draft->repository = mem_strdup(root);
    draft->target_folder = layout_target_path(root, target);
    draft->database_folder = layout_database_path(root, target, database);
    draft->name = name_escape(database ? database : "globals");
    PASS(access_explain(fs_make_dirs(draft->database_folder), draft->database_folder));
    PASS(choose_stamp(draft));
    PASS(choose_order(repository, target, database, draft));
    path = layout_partial_path(draft->database_folder, draft->stamp);
    PASS(access_explain(fs_make_dir(path), draft->database_folder));
    draft->path = TAKE(path);
    *out = TAKE(draft);
    return NULL;
}

const char *draft_stamp(const struct draft *draft)
{
    return draft->stamp;
}

const char *draft_path(const struct draft *draft)
{
    return draft->path;
}

int64_t draft_order(const struct draft *draft)
{
    return draft->order;
}

int64_t draft_clock_behind_s(const struct draft *draft)
{
    return draft->behind_s;
}

char *draft_dump_name(const struct draft *draft, const char *extension)
{
    return mem_printf("%s-%s.%s", draft->name, draft->stamp, extension);
}

/* After the rename only this fsync makes it last. Where that fails, the caller is told that
 * there is no backup, so there must be none: back under the dot name it goes. */
static struct err *make_visible(struct draft *draft)
{
    AUTO(mem_freep) char *final = fs_join(draft->database_folder, draft->stamp);
    struct err *e;

    PASS(fs_rename_new(draft->path, final));
    draft->published = true;
    e = fs_sync_dir(draft->database_folder);
    if (e) {
        AUTO(err_freep) struct err *stays = fs_rename(final, draft->path);

        draft->published = stays != NULL;
    }
    return e;
}

struct err *draft_publish(struct draft *draft, const struct manifest *manifest)
{
    AUTO(mem_freep) char *path = fs_join(draft->path, MANIFEST_NAME);
    AUTO(mem_freep) char *text = manifest_to_text(manifest);

    if (!manifest->stamp || strcmp(manifest->stamp, draft->stamp) != 0)
        return err_new(ERR_FAILED, "draft %s: the manifest has the stamp %s", draft->path,
                       manifest->stamp ? manifest->stamp : "(none)");
    PASS(draft_tree_check(draft->path, manifest));
    PASS(fs_write_file(path, text, strlen(text)));
    PASS(draft_tree_sync(draft->path));
    /* Whether or not this run made them: one that died may have, and not come this far. */
    PASS(fs_sync_dir(draft->target_folder));
    PASS(fs_sync_dir(draft->repository));
    return make_visible(draft);
}

static void remove_unfinished(const struct draft *draft)
{
    AUTO(err_freep) struct err *e = fs_remove_tree(draft->path);

    if (e)
        log_err(LOG_WARN, "unfinished backup stays until the next run", e);
}

void draft_free(struct draft *draft)
{
    if (!draft)
        return;
    if (draft->path && !draft->published)
        remove_unfinished(draft);
    if (!draft->published)
        fs_remove_if_empty(draft->database_folder); /* stays where it holds backups */
    free(draft->repository);
    free(draft->target_folder);
    free(draft->database_folder);
    free(draft->name);
    free(draft->path);
    free(draft);
}

void draft_freep(struct draft **draft)
{
    draft_free(*draft);
    *draft = NULL;
}
