/* orchestrator/repository/layout.h: names inside the repository.
 *
 * Layer: orchestrator/repository. Pure.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_LAYOUT_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_LAYOUT_H

#include "base/own.h"
#include <stdbool.h>

/* What fs_replace_file leaves of proof.json when the process dies in it. */
#define LAYOUT_PROOF_DRAFT ".proof.json.new"

/* REPOSITORY/TARGET[/DATABASE], both escaped here; a NULL database is the globals' folder. The
 * caller frees. */
char *layout_target_path(const char *repository, const char *target) MUST_USE;
char *layout_database_path(const char *repository, const char *target, const char *database)
    MUST_USE;

/* DATABASE/.STAMP.partial and DATABASE/.STAMP.removed; the caller frees. */
char *layout_partial_path(const char *database_path, const char *stamp) MUST_USE;
char *layout_removed_path(const char *database_path, const char *stamp) MUST_USE;

/* True for the last component of such a path, and for nothing else. */
bool layout_is_leftover(const char *name);

/* May this folder name be a target's; may it be a database's? */
bool layout_is_target(const char *name);
bool layout_is_database(const char *name);

#endif
