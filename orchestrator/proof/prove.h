/* orchestrator/proof/prove.h: is a restored copy what the source was at the backup's snapshot?
 *
 * Layer: orchestrator/proof. Gives the copy the database's settings and rights, fingerprints it
 * as the source was, and compares: the source with the dump as it was just read, and the source
 * with the copy. docs/proof.md says what that proves.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_PROVE_H
#define PGKEEP_ORCHESTRATOR_PROOF_PROVE_H

#include "orchestrator/dump/toc.h"
#include "orchestrator/fingerprint/compare.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/manifest.h"

struct prove_spec {
    const struct server *server; /* of the copy */
    const char *database;
    const char *owner; /* who shall own it; NULL: the connecting user */
    bool closed;       /* a scratch that nobody else may connect to: the rights that it would
                        * have are read in a transaction that is rolled back */
    const struct manifest *manifest;
    const struct toc *toc; /* of the dump, read to its end while restoring */
    bool throwaway;        /* the server is one that was made for this */
    int jobs;
    int64_t most_ms; /* 0: no limit */
};

struct prove_result {
    enum fingerprint_depth depth; /* of the source's fingerprint */
    char *depth_reason;           /* or NULL */
    struct comparison comparison;
    struct strv subscriptions; /* of the dump: a restore leaves them disabled */
    struct strv refused;       /* settings that the copy's server refused, with its words */
};
void prove_result_clear(struct prove_result *result);

/* ERR_UNPROVEN: the copy could not be looked at. A gap is no error: see
 * result->comparison.not_compared. */
MUST_USE struct err *prove_copy(const struct prove_spec *spec, struct prove_result *out);

#endif
