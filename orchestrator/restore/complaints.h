/* orchestrator/restore/complaints.h: what pg_restore says went wrong, statement by statement.
 *
 * Layer: orchestrator/restore. Pure. Source: warn_or_exit_horribly and ahprintf in
 * pg_backup_archiver.c, ExecuteSqlCommand in pg_backup_db.c: "pg_restore: error: could not
 * execute query: ERROR:  ...", the server's further lines, "Command was: ..."; and at the end
 * of a restore that went on after errors "pg_restore: warning: errors ignored on restore: N".
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_COMPLAINTS_H
#define PGKEEP_ORCHESTRATOR_RESTORE_COMPLAINTS_H

#include "base/buf.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stdint.h>

/* Of the tool's stderr: the first complaints, which the later ones often come from, and the
 * end.
 */
struct complaints {
    struct buf head;
    struct buf tail;
};

void complaints_init(struct complaints *complaints);
void complaints_clear(struct complaints *complaints);
void complaints_add(struct complaints *complaints, const uint8_t *data, size_t len);

/* True if the tool came to the end of the dump in spite of them. */
bool complaints_went_on(const struct complaints *complaints);

/* Appends one line of text for each: the server's words, and how the command begins. */
void complaints_read(const struct complaints *complaints, struct strv *out);

#endif
