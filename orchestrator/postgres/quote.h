/* orchestrator/postgres/quote.h: names and texts made safe for SQL and conninfo.
 *
 * Layer: orchestrator/postgres. Pure. The caller frees each result.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_QUOTE_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_QUOTE_H

#include "base/own.h"

/* "name", with quotes doubled. */
char *quote_ident(const char *name) MUST_USE;

/* 'text', or E'text' where it holds a backslash, so that the value is the same whatever
 * standard_conforming_strings says. */
char *quote_literal(const char *text) MUST_USE;

/* dbname='...' as a libpq connection string, for tools that take a name or a conninfo in the
 * same place (pg_restore --dbname). */
char *quote_conninfo_dbname(const char *database) MUST_USE;

#endif
