#include "orchestrator/repository/mark.h"
#include "base/mem.h"
#include <string.h>

char *mark_text(const struct repository *repository, const struct run_token *token)
{
    return mem_printf("%s.%s", repository_id(repository), run_token_text(token));
}

bool mark_is_stray(struct repository *repository, const char *mark)
{
    const char *id = repository_id(repository);
    size_t len = strlen(id);

    return strncmp(mark, id, len) == 0 && mark[len] == '.' &&
           !run_token_alive(repository, mark + len + 1);
}
