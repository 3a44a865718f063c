/* orchestrator/restore/scratch.h: a database under a name of its own until it is wanted.
 *
 * Layer: orchestrator/restore. Every restore works in a database "pgkeep_RANDOM" whose comment
 * holds the run's mark (repository/mark.h). Success renames it; every failure drops it; what a
 * killed run left, the next run of the same repository drops.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_SCRATCH_H
#define PGKEEP_ORCHESTRATOR_RESTORE_SCRATCH_H

#include "orchestrator/postgres/database.h"
#include "orchestrator/repository/repository.h"

struct scratch;

/* Creates it like the manifest's database: encoding, locale, and `owner` (NULL: the connecting
 * user). */
MUST_USE struct err *scratch_new(const struct server *server, const char *mark,
                                 const struct manifest *like, const char *owner,
                                 struct scratch **out);
const char *scratch_name(const struct scratch *scratch);

/* Gives it its final name; `replace` is an existing database that takes the name `kept_as`
 * instead, in the same transaction, after its connections were ended; NULL: none. */
MUST_USE struct err *scratch_adopt(struct scratch *scratch, const char *name,
                                   const char *kept_as);

/* Drops it unless it was adopted; works after an interrupt too. */
void scratch_free(struct scratch *scratch);
void scratch_freep(struct scratch **scratch);

/* True for a database that is one of these, whosever it is. */
bool scratch_is(const struct database *database);

/* Drops those whose run is gone. */
MUST_USE struct err *scratch_sweep(const struct server *server, struct repository *repository);

#endif
