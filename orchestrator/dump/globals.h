/* orchestrator/dump/globals.h: what to apply of a globals.sql.
 *
 * Layer: orchestrator/dump. Pure. Source: pg_dumpall --globals-only.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_GLOBALS_H
#define PGKEEP_ORCHESTRATOR_DUMP_GLOBALS_H

#include "base/buf.h"
#include "base/strv.h"
#include <stdbool.h>

struct globals_plan {
    /* Roles that exist already in the server (unquoted names); their CREATE ROLE and ALTER ROLE
     * statements are left out, and memberships are kept only where one of the two is new. */
    const struct strv *existing_roles;
    bool tablespaces; /* keep CREATE TABLESPACE and what belongs to it */
};

/* Splits `sql` (whole file) into statements and appends those that the plan keeps to *out, each
 * ending in ";\n". SET lines are kept,
 * psql commands between statements left out. *roles_made gets the names of the roles that will
 * be made, *skipped one short text for each statement left out ("tablespace fast").
 *
 * ERR_BAD_BACKUP, ERR_PROTOCOL or ERR_CUT, with nothing to apply, where pg_dumpall did not
 * write the text: a backslash outside of quotes, a statement of another kind. */
MUST_USE struct err *globals_filter(const char *sql, size_t len,
                                    const struct globals_plan *plan, struct buf *out,
                                    struct strv *roles_made, struct strv *skipped);

/* That judgement alone; psql commands but \restrict TOKEN and \unrestrict TOKEN are refused as
 * well. */
MUST_USE struct err *globals_check(const char *sql, size_t len);

#endif
