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

/* Creates it like the manifest's database: encoding and locale. Nobody but us and superusers
 * can connect to it. `owner` (NULL: the connecting user) gets it in the end. */
MUST_USE struct err *scratch_new(const struct server *server, const char *mark,
                                 const struct manifest *like, const char *owner,
                                 struct scratch **out);
const char *scratch_name(const struct scratch *scratch);

/* To be called once the dump is loaded: takes back what its owner was lent meanwhile. */
MUST_USE struct err *scratch_loaded(const struct scratch *scratch);

/* Who gets it in the end, or NULL. */
const char *scratch_owner(const struct scratch *scratch);

/* Whether the rights of `properties` (postgres/properties.h) can be given: asked before anybody
 * is disturbed. ERR_TOOL where a role is missing. */
MUST_USE struct err *scratch_check_rights(const struct scratch *scratch,
                                          const struct strv *properties);

struct scratch_place {
    const char *name;
    const char *kept_as;           /* what a database of that name is called from now on, after
                                    * its connections were ended; NULL: there is none */
    const struct strv *properties; /* rights and limit come from there */
};

/* Gives it its owner, rights, limit, comment and final name, and the old one its new name, in
 * one transaction. */
MUST_USE struct err *scratch_adopt(struct scratch *scratch, const struct scratch_place *place);

/* Drops it unless it was adopted; works after an interrupt too. */
void scratch_free(struct scratch *scratch);
void scratch_freep(struct scratch **scratch);

/* True for a database that is one of these, whosever it is. */
bool scratch_is(const struct database *database);

/* Drops those whose run is gone. */
MUST_USE struct err *scratch_sweep(const struct server *server, struct repository *repository);

/* The same where the databases are known; *dropped: one of them is gone now. */
MUST_USE struct err *scratch_sweep_listed(const struct server *server,
                                          struct repository *repository,
                                          const struct database_list *list, bool *dropped);

#endif
