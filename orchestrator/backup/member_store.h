/* orchestrator/backup/member_store.h: a directory-format dump stored from a tar stream.
 *
 * Layer: orchestrator/backup. Each file of the archive becomes a file in one folder, digested
 * and fsynced; names that would leave the folder are ERR_PROTOCOL.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_MEMBER_STORE_H
#define PGKEEP_ORCHESTRATOR_BACKUP_MEMBER_STORE_H

#include "orchestrator/dump/dump.h"
#include "orchestrator/repository/manifest.h"

struct member_store;

/* Makes the folder. Members are fed to `reader` (borrowed) as they pass. */
MUST_USE struct err *member_store_new(const char *folder, struct dump_reader *reader,
                                      struct member_store **out);
MUST_USE struct err *member_store_feed(struct member_store *store, const uint8_t *data,
                                       size_t len);

/* The archive must be whole; adds the files to the manifest as NAME/member. */
MUST_USE struct err *member_store_finish(struct member_store *store, const char *name,
                                         struct manifest *manifest);
void member_store_free(struct member_store *store);

#endif
