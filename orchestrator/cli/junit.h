/* orchestrator/cli/junit.h: what restore tests found, as a JUnit file for CI systems.
 *
 * Layer: orchestrator/cli. Made from the proofs' JSON (docs/repository-format.md). One suite a
 * backup, named TARGET/DATABASE, so that a CI system knows the same test again in the next run;
 * the backup's id is a property of it. Its cases:
 *   restore              its time is the measured recovery time
 *   rows | rows and contents, sequences, large objects, schema
 *   check FILE, query N  each of the user's own
 *   not compared: ...    skipped, so that nobody takes it for proven
 * A difference is a failure. What could not be told (unproven) is an error. Differences are
 * grouped by the word that they begin with (proof/compare.h).
 *
 * Everywhere a NULL junit does nothing: the file was not asked for. Format: the JUnit schema of
 * Jenkins and GitLab, https://github.com/testmoapp/junitxml.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_JUNIT_H
#define PGKEEP_ORCHESTRATOR_CLI_JUNIT_H

#include "base/err.h"
#include "base/jsonx.h"

struct junit;

/* *out is NULL where `path` is NULL. Removes what an earlier run left there: it must not be
 * taken for this one's. ERR_USAGE: no such folder, or something there that is no file. */
MUST_USE struct err *junit_begin(const char *path, struct junit **out);
void junit_free(struct junit *junit);
void junit_freep(struct junit **junit);

void junit_add_proof(struct junit *junit, const char *backup_id, const json_t *proof);

/* A backup or test that came to no proof; ERR_BAD_BACKUP is a failure, all else an error. */
void junit_add_error(struct junit *junit, const char *name, const struct err *e);

/* The document; the caller frees. */
char *junit_text(const struct junit *junit) MUST_USE;

/* Writes the file, as a whole, whatever the verdicts are; not after an interrupt, or where
 * there is nothing to tell. `e` is how the command ends (taken over); it goes before an error
 * of writing, which is then logged. The file can be read by everybody: a CI runner is another
 * user. */
MUST_USE struct err *junit_end(const struct junit *junit, struct err *e);

#endif
