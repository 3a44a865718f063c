#include "orchestrator/repository/mark.h"
#include "base/fs.h"
#include "base/mem.h"
#include <string.h>

/* Without the file, which an open repository has, 0 stands for its inode. Of a repository that
 * takes no files nobody can tell whose runs live, so each reader is an owner of its own. */
static char *owner(const struct repository *repository)
{
    AUTO(mem_freep) char *path = fs_join(repository_path(repository), "pgkeep.json");
    const char *reader = repository_reader(repository);
    struct stat st = {0};
    AUTO(err_freep) struct err *missing = fs_look(path, &st);

    if (reader)
        return mem_printf("reader-%s-%s", repository_id(repository), reader);
    if (missing)
        st.st_ino = 0;
    return mem_printf("%s-%llx", repository_id(repository), (unsigned long long)st.st_ino);
}

char *mark_text(const struct repository *repository, const struct run_token *token)
{
    AUTO(mem_freep) char *of = owner(repository);

    return mem_printf("%s.%s", of, run_token_text(token));
}

bool mark_is_stray(struct repository *repository, const char *mark)
{
    AUTO(mem_freep) char *of = owner(repository);
    size_t len = strlen(of);

    return !repository_reader(repository) && strncmp(mark, of, len) == 0 && mark[len] == '.' &&
           !run_token_alive(repository, mark + len + 1);
}

char *mark_temp_name(const struct repository *repository)
{
    AUTO(mem_freep) char *of = owner(repository);

    return mem_printf("pgkeep-%s", of);
}
