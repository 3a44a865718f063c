/* orchestrator/postgres/psql.h: how psql is called, and what it says.
 *
 * Layer: orchestrator/postgres. Pure. SQL goes in by standard input; cells come back with a
 * zero byte after each, which no text of PostgreSQL holds.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_PSQL_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_PSQL_H

#include "base/buf.h"
#include "base/strv.h"
#include <stdbool.h>

struct rows;

struct psql_call {
    bool cells;   /* zero bytes between cells and rows, else lines */
    bool goes_on; /* after an error, else it ends with status 3 */
    bool verbose; /* errors with their SQLSTATE */
};

/* Appends psql's command line. It reads no psqlrc and asks for no password. */
void psql_argv(const struct psql_call *call, struct strv *out);

/* psql takes a cut stream for the end of its script and exits with 0. So each script ends with
 * PSQL_LAST_WORDS_SCRIPT, after which psql says PSQL_LAST_WORDS: they show that all of the
 * script arrived, and all of the answer. */
#define PSQL_LAST_WORDS "pgkeep-end-of-answer\n"
#define PSQL_LAST_WORDS_SCRIPT "\n\\echo " PSQL_LAST_WORDS

/* Takes the last words off the answer. False: they are not there. */
MUST_USE bool psql_cut_last_words(struct buf *answer);

/* The cells from `at` to `end`, `columns` of them a row; *out is the caller's, for rows_clear
 * (server.h). ERR_PROTOCOL: there are no whole rows. */
MUST_USE struct err *psql_cells(const char *at, const char *end, size_t columns,
                                struct rows *out);

#endif
