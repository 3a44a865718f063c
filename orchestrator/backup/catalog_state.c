/* Each row of a catalog has the number of the transaction that wrote it (xmin). VACUUM and
 * ANALYZE update their columns in place and leave it. */
#include "orchestrator/backup/catalog_state.h"
#include "base/mem.h"

MUST_USE struct err *catalog_state_read(const struct server *server, const char *database,
                                        char **out)
{
    AUTO(rows_clear) struct rows rows = {0};

    *out = NULL;
    TRY(server_query(server, database, "SELECT " CATALOG_STATE_SQL, 1, &rows),
        "look whether the database was changed");
    *out = mem_strdup(rows.count > 0 ? rows_cell(&rows, 0, 0) : "");
    return NULL;
}
