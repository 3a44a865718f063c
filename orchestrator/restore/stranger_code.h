/* orchestrator/restore/stranger_code.h: refuses to run a stranger's code while loading.
 *
 * Layer: orchestrator/restore. A server that others use is not handed to whoever owns a table:
 * what loading a dump into it would run as our role (dump/load_code.h) must belong to a
 * superuser of that server or to our role itself. A throwaway container needs no such care.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_STRANGER_CODE_H
#define PGKEEP_ORCHESTRATOR_RESTORE_STRANGER_CODE_H

#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/repository.h"

struct stranger_code_spec {
    const struct server *server;
    const struct backup *backup;
    const char *existing; /* rows alone go into this database, whose tables have triggers,
                           * constraints and defaults of their own; NULL: a new database */
    const char *hint;
};

/* ERR_USAGE with the hint: there is such code; ERR_BAD_BACKUP: the dump is damaged. Nothing is
 * made. */
MUST_USE struct err *stranger_code_refuse(const struct stranger_code_spec *spec);

#endif
