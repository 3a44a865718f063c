/* orchestrator/proof/name_set.h: a set of (kind, schema, name).
 *
 * Layer: orchestrator/proof. Pure. Built once, sorted, then asked.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_NAME_SET_H
#define PGKEEP_ORCHESTRATOR_PROOF_NAME_SET_H

#include "base/strv.h"

struct name_set {
    struct strv keys;
    bool sorted;
};

void name_set_add(struct name_set *set, const char *kind, const char *schema, const char *name);
bool name_set_has(struct name_set *set, const char *kind, const char *schema, const char *name);
void name_set_clear(struct name_set *set);

#endif
