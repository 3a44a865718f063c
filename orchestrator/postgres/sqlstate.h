/* orchestrator/postgres/sqlstate.h: the SQLSTATE in the text of an error.
 *
 * Layer: orchestrator/postgres. Pure. Callers go by it, for a server's words may be in any
 * language (PostgreSQL's documentation, appendix A).
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_SQLSTATE_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_SQLSTATE_H

#include <stdbool.h>

#define SQLSTATE_LEN 5

/* Where it begins: of a session's error ("MESSAGE (SQLSTATE xxxxx)", session.h), else of a
 * tool's verbose one ("ERROR:  xxxxx: MESSAGE"). NULL: the text has none. Five bytes of `text`,
 * without an end of their own. */
const char *sqlstate_find(const char *text);

/* True where the text's SQLSTATE is `state`; of a class, where it begins so ("53"). */
bool sqlstate_is(const char *text, const char *state);

#endif
