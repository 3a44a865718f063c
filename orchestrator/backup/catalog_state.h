/* orchestrator/backup/catalog_state.h: has somebody changed a database's definitions?
 *
 * Layer: orchestrator/backup.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_CATALOG_STATE_H
#define PGKEEP_ORCHESTRATOR_BACKUP_CATALOG_STATE_H

#include "orchestrator/postgres/server.h"

/* One text; any CREATE, ALTER, DROP or TRUNCATE that was committed makes it another. */
#define CATALOG_STATE_SQL                                                                      \
    "(SELECT pg_catalog.concat(pg_catalog.count(*), ' ',"                                      \
    "  pg_catalog.sum(pg_catalog.hashtextextended("                                            \
    "   pg_catalog.concat(s.catalog, ' ', s.oid, ' ', s.xmin), 0::pg_catalog.int8)))"          \
    " FROM (SELECT 1, oid, xmin FROM pg_catalog.pg_class"                                      \
    "  UNION ALL SELECT 2, attrelid, xmin FROM pg_catalog.pg_attribute"                        \
    "  UNION ALL SELECT 3, oid, xmin FROM pg_catalog.pg_type"                                  \
    "  UNION ALL SELECT 4, oid, xmin FROM pg_catalog.pg_proc"                                  \
    "  UNION ALL SELECT 5, oid, xmin FROM pg_catalog.pg_namespace"                             \
    "  UNION ALL SELECT 6, oid, xmin FROM pg_catalog.pg_constraint"                            \
    "  UNION ALL SELECT 7, oid, xmin FROM pg_catalog.pg_rewrite"                               \
    "  UNION ALL SELECT 8, oid, xmin FROM pg_catalog.pg_trigger"                               \
    "  UNION ALL SELECT 9, indexrelid, xmin FROM pg_catalog.pg_index"                          \
    " ) AS s(catalog, oid, xmin))"

/* The caller frees *out. */
MUST_USE struct err *catalog_state_read(const struct server *server, const char *database,
                                        char **out);

#endif
