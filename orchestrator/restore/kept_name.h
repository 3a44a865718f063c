/* orchestrator/restore/kept_name.h: what `restore --replace` calls the database that it
 * replaced.
 *
 * Layer: orchestrator/restore. Pure but for the clock.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_KEPT_NAME_H
#define PGKEEP_ORCHESTRATOR_RESTORE_KEPT_NAME_H

#include "base/own.h"
#include <stdbool.h>

/* "app_before_2026-11-21T013000Z", with the time of now; the database's own name is cut, at a
 * character's edge, where PostgreSQL has no room for all of it. The caller frees. */
char *kept_name_make(const char *database) MUST_USE;

/* True for a name of that form, whoever gave it. */
bool kept_name_is(const char *database);

#endif
