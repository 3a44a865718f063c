/* orchestrator/postgres/properties.h: what a database has that is in no dump of it.
 *
 * Layer: orchestrator/postgres. The settings of ALTER DATABASE and ALTER ROLE IN DATABASE, the
 * rights, the connection limit: pg_dump writes them with --create only, and then under the old
 * name. Here they are statements for psql in which the database is :"database", so that they
 * apply to a copy of any name. Source: dumpDatabase and dumpDatabaseConfig of pg_dump.c.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_PROPERTIES_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_PROPERTIES_H

#include "orchestrator/postgres/server.h"

/* The query that gives them, one a row, for the database whose name is the SQL expression
 * `datname_sql`. The caller frees. */
char *properties_query(const char *datname_sql) MUST_USE;

/* Appends the statements that give a fresh database what this one has; often none. */
MUST_USE struct err *properties_read(const struct server *server, const char *database,
                                     struct strv *out);

/* Runs them, all or none, for a database of any name. ERR_TOOL where a role is missing. */
MUST_USE struct err *properties_apply(const struct server *server, const char *database,
                                      const struct strv *properties);

#endif
