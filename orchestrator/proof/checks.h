/* orchestrator/proof/checks.h: the user's own SQL checks of a restored copy.
 *
 * Layer: orchestrator/proof. A check is a file of SQL queries. Each query must return at least
 * one row; where it returns a single column of booleans, every one of them must be true.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_CHECKS_H
#define PGKEEP_ORCHESTRATOR_PROOF_CHECKS_H

#include "base/jsonx.h"
#include "base/strv.h"
#include "orchestrator/postgres/server.h"

/* Runs the queries of all files; *results (an array, the caller's) gets {file, query, ok, said}
 * for each, *failed those that did not hold as sentences. ERR_USAGE: a file that cannot be read
 * or holds no query. */
MUST_USE struct err *checks_run(const struct server *server, const char *database,
                                const struct strv *files, json_t *results, struct strv *failed);

/* Reads the files without running them, so that a bad path is found before the restore. */
MUST_USE struct err *checks_validate(const struct strv *files);

#endif
