/* orchestrator/dump/plain_guard.h: keeps from psql what no plain dump may hold.
 *
 * Layer: orchestrator/dump. Pure. A plain dump is a script, and whoever may write the
 * repository may have written it: psql obeys a backslash anywhere outside of quotes, as the
 * user that it runs as in the container, and the server obeys DROP DATABASE. So a dump passes
 * only where
 *   - psql reads it as we do: see sql_lexer.h, on_odd;
 *   - its only psql commands are \restrict TOKEN and \unrestrict TOKEN, a line each;
 *   - each statement is one that pg_dump writes and that stays in its database
 *     (statement_rule.h).
 * What SQL does inside of its database is not judged: whoever writes the dump decides on that.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_PLAIN_GUARD_H
#define PGKEEP_ORCHESTRATOR_DUMP_PLAIN_GUARD_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct plain_guard;

struct plain_guard *plain_guard_new(void) MUST_USE;

/* ERR_BAD_BACKUP, with the place and the reason. */
MUST_USE struct err *plain_guard_feed(struct plain_guard *guard, const void *data, size_t len);

/* ERR_BAD_BACKUP where the dump ends inside of something. */
MUST_USE struct err *plain_guard_finish(struct plain_guard *guard);

/* So many bytes from the dump's start may go to psql; the rest has no judgement yet. Never
 * less than before. After an error nothing that was fed since the last call may go. */
uint64_t plain_guard_judged(const struct plain_guard *guard);

void plain_guard_free(struct plain_guard *guard);
void plain_guard_freep(struct plain_guard **guard);

#endif
