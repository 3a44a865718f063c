/* orchestrator/proof/checks.h: the user's own SQL checks of a restored copy.
 *
 * Layer: orchestrator/proof. A check is a file of SQL queries. Each query must return at least
 * one row; where it returns a single column of booleans, every one of them must be true.
 *
 * In a throwaway container a check runs with the search_path of its database, as its author is
 * used to. In a real server search_path is empty, so that a function that somebody else put
 * in the place of another one does not run with our rights.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_CHECKS_H
#define PGKEEP_ORCHESTRATOR_PROOF_CHECKS_H

#include "base/jsonx.h"
#include "base/strv.h"
#include "orchestrator/postgres/server.h"

struct checks_spec {
    const struct server *server;
    const char *database;
    const struct strv *files; /* or NULL */
    bool throwaway;           /* the server is one: nobody else has rights to lose there */
};

/* Runs the queries of all files; *results (an array, the caller's) gets {file, query, ok, said}
 * for each, *failed those that did not hold as sentences. ERR_USAGE: a file that cannot be read
 * or holds no query. ERR_UNPROVEN: the place let no query run to its end (restore/blame.h). */
MUST_USE struct err *checks_run(const struct checks_spec *spec, json_t *results,
                                struct strv *failed);

/* Reads the files without running them, so that a bad path is found before the restore. */
MUST_USE struct err *checks_validate(const struct strv *files);

#endif
