/* orchestrator/target/name.h: what a container is called as a target.
 *
 * Layer: orchestrator/target. Pure. It is the name of its folder in the repository, so it must
 * stay the same when the container is made anew. Compose generates container names
 * ("shop_db_1" by compose 1, "shop-db-1" by compose 2); those become SERVICE inside pgkeep's
 * own project and PROJECT-SERVICE elsewhere, with "-N" from the second replica on. A task of a
 * Swarm service becomes SERVICE, with "-SLOT" from the second slot on. A name that somebody
 * chose (docker run --name, container_name:) stays as it is.
 */
#ifndef PGKEEP_ORCHESTRATOR_TARGET_NAME_H
#define PGKEEP_ORCHESTRATOR_TARGET_NAME_H

#include "base/jsonx.h"

/* `container_name` without the slash; labels is an object or NULL; own_project is "" outside of
 * compose. The caller frees. */
char *target_name_make(const char *container_name, const json_t *labels,
                       const char *own_project) MUST_USE;

#endif
