/* orchestrator/backup/extra_args.h: which of pg_dump's arguments --extra-args may pass on.
 *
 * Layer: orchestrator/backup. Pure. Refused, in every spelling that getopt_long takes (--clean,
 * --cle, -c, -vc): what changes where pg_dump connects or writes, what pgkeep sets itself or
 * needs to be otherwise to read the dump, and what makes a restore reach outside of the one
 * database that it fills. Source: pg_dump's getopt tables, 13 to 18.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_EXTRA_ARGS_H
#define PGKEEP_ORCHESTRATOR_BACKUP_EXTRA_ARGS_H

#include "base/err.h"
#include "base/strv.h"

/* ERR_USAGE with the reason. `major` is pg_dump's: an option that is in no table passes where
 * the tables are complete, for pg_dump to refuse, and is refused where it may be a new one. */
MUST_USE struct err *extra_args_check(const struct strv *args, int major);

#endif
