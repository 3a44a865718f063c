#include "orchestrator/repository/repository.h"
#include "base/fence.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "orchestrator/repository/access.h"
#include "orchestrator/repository/token.h"
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#define REPOSITORY_FORMAT 1
#define CONFIG_NAME "pgkeep.json"
#define CONFIG_DRAFT_PREFIX ".pgkeep.json."
#define CONFIG_MAX_BYTES ((size_t)64 << 10)

struct repository {
    char *path;
    char *id;
    bool fenced;
    char *reader; /* NULL: it takes files */
    bool to_read; /* by a command that only reads */
    bool lone;
};

void repository_free(struct repository *repository)
{
    if (!repository)
        return;
    if (repository->fenced)
        fence_remove(repository->path);
    free(repository->path);
    free(repository->id);
    free(repository->reader);
    free(repository);
}

void repository_freep(struct repository **repository)
{
    repository_free(*repository);
    *repository = NULL;
}

const char *repository_path(const struct repository *repository)
{
    return repository->path;
}

const char *repository_id(const struct repository *repository)
{
    return repository->id;
}

bool repository_is_lone(const struct repository *repository)
{
    return repository->lone;
}

bool repository_is_read_only(const struct repository *repository)
{
    return repository->reader != NULL;
}

struct err *repository_do_without(struct repository *repository, struct err *e)
{
    if (!err_is(e, ERR_NO_SPACE) || !repository->to_read)
        return e;
    log_warn("repository %s is full: no lock is made there, a proof is not kept, and a killed "
             "run leaves what it made for you to remove",
             repository->path);
    repository->reader = random_hex(TOKEN_RUN_BYTES);
    err_free(e);
    return NULL;
}

const char *repository_reader(const struct repository *repository)
{
    return repository->reader;
}

/* Without the slashes at the end, so that paths made from it read well. */
static char *clean_path(const char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    return mem_strndup(path, len);
}

/* A file system's own folder and our unfinished pgkeep.json do not make a folder used. */
static struct err *is_unused(const char *path, bool *out)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(fs_list_dir(path, &names));
    *out = true;
    for (size_t i = 0; i < names.len; i++)
        if (strcmp(names.items[i], "lost+found") != 0 &&
            strncmp(names.items[i], CONFIG_DRAFT_PREFIX, strlen(CONFIG_DRAFT_PREFIX)) != 0)
            *out = false;
    return NULL;
}

/* What says that the folder itself is there lies in its parent, which may be closed to us. */
static struct err *sync_parent(const char *path)
{
    AUTO(mem_freep) char *copy = mem_strdup(path);
    struct err *e = fs_sync_dir(dirname(copy));

    if (err_is(e, ERR_DENIED))
        err_freep(&e);
    return e;
}

/* Two runs may do this at once: the first pgkeep.json stays, the other run takes it over. */
static struct err *create_config(const char *path, const char *config)
{
    AUTO(mem_freep) char *id = random_hex(TOKEN_ID_BYTES);
    AUTO(mem_freep) char *fresh = mem_printf("%s/%s%s", path, CONFIG_DRAFT_PREFIX, id);
    AUTO(jsonx_freep) json_t *root = json_object();
    AUTO(mem_freep) char *text = NULL;
    struct err *e;

    jsonx_set_int(root, "format", REPOSITORY_FORMAT);
    jsonx_set_string(root, "id", id);
    text = jsonx_pretty(root);
    e = fs_write_file(fresh, text, strlen(text));
    if (!e)
        e = fs_rename_new(fresh, config);
    if (e)
        e = err_first(e, fs_remove_tree(fresh));
    if (err_is(e, ERR_EXISTS))
        err_freep(&e);
    PASS(e);
    PASS(fs_sync_dir(path));
    return sync_parent(path);
}

static struct err *read_config(const char *config, char **out_id)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(CONFIG_MAX_BYTES);
    AUTO(jsonx_freep) json_t *root = NULL;
    int64_t format;

    PASS(fs_read_file(config, &text));
    TRY(jsonx_parse(buf_text(&text), text.len, &root), "parse %s", config);
    format = jsonx_int(root, "format", 0);
    if (format < 1)
        return err_new(ERR_PROTOCOL, "%s: key format: missing or not a number", config);
    if (format > REPOSITORY_FORMAT)
        return err_hint(err_new(ERR_UNSUPPORTED,
                                "%s: repository format %lld is newer than this pgkeep, which "
                                "knows %d",
                                config, (long long)format, REPOSITORY_FORMAT),
                        "use the pgkeep that wrote it, or a newer one");
    *out_id = mem_strdup(jsonx_string(root, "id", ""));
    return NULL;
}

/* The folder may be a volume that is not mounted, or a typing error. */
static struct err *make_folder(const char *path)
{
    struct err *e = access_explain(fs_make_dirs(path), path);
    AUTO(mem_freep) char *text = e ? err_text(e) : NULL;
    AUTO(mem_freep) char *facts = NULL;
    enum err_kind kind = e ? e->kind : ERR_FAILED;

    if (!e)
        return NULL;
    if (err_hint_of(e))
        facts = mem_printf("%s; ", err_hint_of(e));
    err_free(e);
    return err_hint(
        err_new(kind, "no repository can be made at %s: %s", path, text),
        "%smake the folder yourself and give it to the user that pgkeep runs as, or "
        "name another with --repository or PGKEEP_REPOSITORY",
        facts ? facts : "");
}

static struct err *open_folder(const char *path, const char *config, bool create)
{
    bool unused = false;

    if (fs_exists(config))
        return NULL;
    if (!fs_exists(path) && !create)
        return err_hint(err_new(ERR_NOT_FOUND, "no repository at %s: no such folder", path),
                        "name it with --repository or PGKEEP_REPOSITORY; the first backup "
                        "creates it");
    if (fs_exists(path) && !fs_is_dir(path))
        return err_hint(err_new(ERR_USAGE, "repository %s: not a folder", path),
                        "name a folder with --repository or PGKEEP_REPOSITORY");
    if (create)
        PASS(make_folder(path));
    PASS(is_unused(path, &unused));
    if (!unused && fs_exists(config)) /* another pgkeep has just made it one */
        return NULL;
    if (!unused)
        return err_hint(err_new(ERR_USAGE,
                                "%s is not a repository: it holds files but no " CONFIG_NAME,
                                path),
                        "name an empty or new folder with --repository or PGKEEP_REPOSITORY");
    if (!create)
        return err_hint(
            err_new(ERR_NOT_FOUND, "no repository at %s: the folder is empty", path),
            "the first backup makes it");
    return create_config(path, config);
}

struct err *repository_open(const char *path, bool create, struct repository **out)
{
    AUTO(repository_freep) struct repository *repository = mem_new(1, sizeof(*repository));
    AUTO(mem_freep) char *config = NULL;

    if (!*path)
        return err_new(ERR_USAGE, "the repository's path is empty");
    repository->path = clean_path(path);
    fence_add(repository->path);
    repository->fenced = true;
    config = fs_join(repository->path, CONFIG_NAME);
    PASS(access_explain(open_folder(repository->path, config, create), repository->path));
    PASS(access_explain(read_config(config, &repository->id), config));
    repository->to_read = !create;
    if (!create && access_is_read_only(repository->path))
        repository->reader = random_hex(TOKEN_RUN_BYTES);
    *out = TAKE(repository);
    return NULL;
}

struct err *repository_open_lone(const char *folder, struct repository **out)
{
    AUTO(repository_freep) struct repository *repository = mem_new(1, sizeof(*repository));
    AUTO(mem_freep) char *manifest = NULL;

    repository->path = clean_path(folder);
    manifest = fs_join(repository->path, MANIFEST_NAME);
    if (!fs_is_dir(repository->path))
        return err_new(ERR_NOT_FOUND, "no such folder: %s", repository->path);
    fence_add(repository->path);
    repository->fenced = true;
    if (!fs_exists(manifest))
        return err_hint(
            err_new(ERR_USAGE, "%s is no backup: it has no " MANIFEST_NAME, repository->path),
            "name a backup's own folder, or a repository with --repository");
    repository->lone = true;
    repository->id = random_hex(TOKEN_ID_BYTES); /* nothing is marked with it already */
    repository->reader = random_hex(TOKEN_RUN_BYTES);
    *out = TAKE(repository);
    return NULL;
}
