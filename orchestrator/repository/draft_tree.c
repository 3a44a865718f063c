#include "orchestrator/repository/draft_tree.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/strv.h"
#include <inttypes.h>

/* Appends the paths, relative to the draft, of all that is not a folder. */
static struct err *list_files(const char *folder, const char *under, struct strv *out)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(fs_list_dir(folder, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *path = fs_join(folder, names.items[i]);
        AUTO(mem_freep) char *inner = mem_printf("%s%s/", under, names.items[i]);
        struct stat st;

        PASS(fs_look(path, &st));
        if (S_ISDIR(st.st_mode))
            PASS(list_files(path, inner, out));
        else
            strv_pushf(out, "%s%s", under, names.items[i]);
    }
    return NULL;
}

static struct err *check_sizes(const char *folder, const struct manifest *m)
{
    for (size_t i = 0; i < m->file_count; i++) {
        AUTO(mem_freep) char *path = fs_join(folder, m->files[i].name);
        uint64_t bytes = 0;

        PASS(fs_file_size(path, &bytes));
        if (bytes != m->files[i].bytes)
            return err_new(ERR_FAILED, "%s holds %" PRIu64 " bytes, its manifest says %" PRIu64,
                           path, bytes, m->files[i].bytes);
    }
    return NULL;
}

struct err *draft_tree_check(const char *folder, const struct manifest *manifest)
{
    AUTO(strv_clear) struct strv files = STRV_INIT;

    PASS(list_files(folder, "", &files));
    for (size_t i = 0; i < files.len; i++)
        if (!manifest_find_file(manifest, files.items[i]))
            return err_new(ERR_FAILED, "%s/%s is not in the manifest", folder, files.items[i]);
    return check_sizes(folder, manifest);
}

struct err *draft_tree_sync(const char *folder)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(fs_list_dir(folder, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *path = fs_join(folder, names.items[i]);
        AUTO(fs_closep) int fd = -1;

        if (fs_is_dir(path)) {
            PASS(draft_tree_sync(path));
            continue;
        }
        PASS(fs_open_read(path, &fd));
        PASS(fs_sync(fd, path));
    }
    return fs_sync_dir(folder);
}
