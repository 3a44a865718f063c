/* orchestrator/fingerprint/large_objects.h: count and digest of the large objects.
 *
 * Layer: orchestrator/fingerprint. The digest is of their bytes, however these lie in pages: a
 * restore writes a sparse object's gaps as zero pages, and fills up a page that is short.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_LARGE_OBJECTS_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_LARGE_OBJECTS_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/session/session.h"

/* In the session's transaction (pins_begin); `args` are those of the schema's pg_dump. What
 * cannot be read is in why_not, which the caller frees; an error means that the session is of
 * no use any more. */
MUST_USE struct err *large_objects_read(struct session *session, enum fingerprint_depth depth,
                                        bool no_owner, const struct strv *args,
                                        struct fingerprint_large_objects *out);

#endif
