/* orchestrator/dump/definition.h: the SQL of an entry, in the form that a restore keeps.
 *
 * Layer: orchestrator/dump. Pure. PostgreSQL prints an expression such as
 *     status IN ('new', 'old')        on a column of type varchar
 * as
 *     (ARRAY['new'::character varying, 'old'::character varying])::text[]
 * but reads that text as a cast of each element, and prints the restored one as
 *     ARRAY[('new'::character varying)::text, ('old'::character varying)::text]
 * which from then on stays. The two mean the same; here the first becomes the second. Source:
 * transformTypeCast in parse_expr.c, get_coercion_expr in ruleutils.c.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_DEFINITION_H
#define PGKEEP_ORCHESTRATOR_DUMP_DEFINITION_H

#include "base/buf.h"

/* Appends the text. Anything else than such an array passes as it is, strings and function
 * bodies that are no SQL included. */
void definition_settle(const char *text, struct buf *out);

/* The same for rights, in which pg_dump before 17 doubles a blank here and there ("ON TYPES
 * FROM"). Appends the text with one blank for several, but in quoted names. Source:
 * buildACLCommands in dumputils.c. */
void definition_settle_rights(const char *text, struct buf *out);

#endif
