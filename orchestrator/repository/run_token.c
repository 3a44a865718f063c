#include "base/fs.h"
#include "base/mem.h"
#include "base/random.h"
#include "orchestrator/repository/access.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/repository/token.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#define RUNS_FOLDER ".runs"

struct run_token {
    char *text;
    char *path;
    int fd;
};

/* The file of a run that ended can be locked, and goes. */
static void remove_if_dead(const char *path)
{
    AUTO(fs_closep) int fd = -1;
    AUTO(err_freep) struct err *ignored = fs_open_read(path, &fd);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        ignored = fs_remove_tree(path);
}

static struct err *remove_dead(const char *folder)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(fs_list_dir(folder, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *path = fs_join(folder, names.items[i]);

        if (token_valid(names.items[i], TOKEN_RUN_BYTES))
            remove_if_dead(path);
    }
    return NULL;
}

/* True once we hold the lock of a file that is still there: nobody removes it then. Between
 * create and lock another run may have taken it for a dead one's. */
static struct err *lock_fresh(const struct run_token *token, bool *out)
{
    struct stat st;

    *out = false;
    if (flock(token->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK || errno == EINTR)
            return NULL;
        return err_hint(err_errno("lock %s", token->path),
                        "the repository's file system must know flock");
    }
    if (fstat(token->fd, &st) != 0)
        return err_errno("look at %s", token->path);
    *out = st.st_nlink > 0;
    return NULL;
}

static struct err *create_locked(const char *folder, struct run_token *token)
{
    bool ours = false;

    while (!ours) {
        fs_closep(&token->fd);
        mem_freep(&token->text);
        mem_freep(&token->path);
        token->text = random_hex(TOKEN_RUN_BYTES);
        token->path = fs_join(folder, token->text);
        PASS(fs_create(token->path, &token->fd));
        PASS(lock_fresh(token, &ours));
    }
    return NULL;
}

static struct err *make_token(const char *folder, struct run_token *token)
{
    PASS(access_explain(fs_make_dirs(folder), folder));
    PASS(access_explain(remove_dead(folder), folder));
    return access_explain(create_locked(folder, token), folder);
}

struct err *run_token_new(struct repository *repository, struct run_token **out)
{
    AUTO(mem_freep) char *folder = fs_join(repository_path(repository), RUNS_FOLDER);
    AUTO(run_token_freep) struct run_token *token = mem_new(1, sizeof(*token));

    token->fd = -1;
    if (!repository_is_read_only(repository))
        PASS(repository_do_without(repository, make_token(folder, token)));
    if (repository_is_read_only(repository)) {
        mem_freep(&token->text);
        token->text = random_hex(TOKEN_RUN_BYTES);
    }
    *out = TAKE(token);
    return NULL;
}

const char *run_token_text(const struct run_token *token)
{
    return token->text;
}

void run_token_free(struct run_token *token)
{
    if (!token)
        return;
    if (token->fd >= 0)
        err_free(fs_remove_tree(token->path));
    fs_closep(&token->fd);
    free(token->text);
    free(token->path);
    free(token);
}

void run_token_freep(struct run_token **token)
{
    run_token_free(*token);
    *token = NULL;
}

bool run_token_alive(struct repository *repository, const char *token)
{
    AUTO(fs_closep) int fd = -1;
    AUTO(err_freep) struct err *e = NULL;
    AUTO(mem_freep) char *path =
        mem_printf("%s/" RUNS_FOLDER "/%s", repository_path(repository), token);

    if (!token_valid(token, TOKEN_RUN_BYTES))
        return false;
    e = fs_open_read(path, &fd);
    if (e)
        return e->kind != ERR_NOT_FOUND;
    return flock(fd, LOCK_SH | LOCK_NB) != 0;
}
