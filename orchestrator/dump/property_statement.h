/* orchestrator/dump/property_statement.h: one of a manifest's database_properties, judged.
 *
 * Layer: orchestrator/dump. Pure. psql gets these statements as text, with the database as
 * :"database" (postgres/properties.h, which writes them), and whoever may write the repository
 * may have written them. So each must be, from its first byte to its last, one of
 *   REVOKE right [, ...] ON DATABASE :"database" FROM role [, ...]
 *   GRANT right [, ...] ON DATABASE :"database" TO role [, ...] [WITH GRANT OPTION]
 *   ALTER DATABASE :"database" SET name TO 'text' [, ...]
 *   ALTER ROLE role IN DATABASE :"database" SET name TO 'text' [, ...]
 *   ALTER DATABASE :"database" CONNECTION LIMIT number
 *   COMMENT ON DATABASE :"database" IS 'text'
 *   SECURITY LABEL [FOR provider] ON DATABASE :"database" IS 'text'
 * A list of texts may be empty, as an older pgkeep wrote it for an empty search_path.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_PROPERTY_STATEMENT_H
#define PGKEEP_ORCHESTRATOR_DUMP_PROPERTY_STATEMENT_H

#include "base/err.h"
#include "base/strv.h"

/* ERR_BAD_BACKUP, with the statement. */
MUST_USE struct err *property_statement_check(const char *statement);

/* The first that is none: "manifest.json: database_properties, item 2: ...". */
MUST_USE struct err *property_statements_check(const struct strv *statements);

#endif
