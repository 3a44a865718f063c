#include "orchestrator/proof/sabotage.h"

#ifdef PGKEEP_TEST_HOOKS
#include "base/fs.h"
#include <stdlib.h>

MUST_USE struct err *sabotage_copy(const struct server *server, const char *database)
{
    AUTO(buf_clear) struct buf sql = BUF_INIT((size_t)1 << 20);
    const char *file = getenv("SABOTAGE_SQL");

    if (!file)
        return NULL;
    PASS(fs_read_file(file, &sql));
    TRY(server_execute(server, database, buf_text(&sql)), "sabotage");
    return NULL;
}
#endif
