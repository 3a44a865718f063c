/* orchestrator/repository/access.h: says why the repository's files may not be touched.
 *
 * Layer: orchestrator/repository.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_ACCESS_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_ACCESS_H

#include "base/err.h"
#include <stdbool.h>

/* True where `path` lies on a file system that takes no writes from anybody (mounted
 * read-only), which is another thing than rights that we lack. */
bool access_is_read_only(const char *path);

/* Where `e` is ERR_DENIED, adds the hint of whom `path` (or the nearest folder above that is
 * there) belongs to and who we are; returns `e` in every case. */
struct err *access_explain(struct err *e, const char *path) MUST_USE;

#endif
