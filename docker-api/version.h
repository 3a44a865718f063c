/* docker-api/version.h: API versions and which one to speak.
 *
 * Layer: docker-api. Pure. Source: Engine API, "Versioning": an engine speaks every version
 * from its MinAPIVersion to its ApiVersion.
 */
#ifndef PGKEEP_DOCKER_API_VERSION_H
#define PGKEEP_DOCKER_API_VERSION_H

#include "base/err.h"
#include <stdbool.h>

struct version {
    int major;
    int minor;
};

/* What this code needs (Docker 20.10), and the newest that it was tested with. */
#define VERSION_FLOOR ((struct version){1, 41})
#define VERSION_CEILING ((struct version){1, 51})

/* "1.41"; false where the text is anything else. */
bool version_parse(const char *text, struct version *out);

/* Below, at or above 0 as strcmp. */
int version_compare(struct version a, struct version b);

/* The newest version that both sides speak. `engine_min` may be {0, 0}: not known.
 * ERR_UNSUPPORTED names both sides' versions and says which one is too old. */
MUST_USE struct err *version_negotiate(struct version engine_min, struct version engine_max,
                                       struct version *out);

#endif
