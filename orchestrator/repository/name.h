/* orchestrator/repository/name.h: database and target names as folder names, and backup ids.
 *
 * Layer: orchestrator/repository. Pure. A name is escaped reversibly: A-Z a-z 0-9 . _ - + stay,
 * every other byte is %XX (upper-case hex), as is a first "." or "_" (dot names are unfinished
 * work, underscore names are pgkeep's own, such as _cluster). The empty name is "%". The result
 * is never empty, ".", ".." nor longer than 255 bytes for PostgreSQL's names (63 bytes).
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_NAME_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_NAME_H

#include "base/err.h"
#include <stdbool.h>

char *name_escape(const char *name) MUST_USE;

/* The name back, or NULL if the text is not what name_escape makes. */
char *name_unescape(const char *escaped) MUST_USE;

/* What a user typed: TARGET[/DATABASE[/STAMP|/latest]]. DATABASE may be raw or escaped; a raw
 * one may contain slashes (the stamp is recognised by its form). Parts absent are NULL. */
struct backup_ref {
    char *target;
    char *database; /* as typed */
    char *stamp;    /* a stamp, or a prefix of one as typed, or NULL for the newest */
};

/* ERR_USAGE where no target or nothing after its slash is named. */
MUST_USE struct err *backup_ref_parse(const char *text, struct backup_ref *out);
void backup_ref_clear(struct backup_ref *ref);

/* True where the text says which of a database's backups it means: a stamp or its beginning,
 * latest, proven or @TIME at its end. False: it means the newest by saying nothing. */
bool backup_ref_selects(const char *text);

/* True for a stamp or the beginning of one, from its whole year on: "2026", "2026-11-21T01". */
bool backup_ref_is_stamp_prefix(const char *text);

#endif
