/* orchestrator/backup/warnings.h: what a tool that succeeded said all the same.
 *
 * Layer: orchestrator/backup. Pure. pg_dump leaves things out with a warning and exit code 0
 * ("subscriptions not dumped because current user is not a superuser").
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_WARNINGS_H
#define PGKEEP_ORCHESTRATOR_BACKUP_WARNINGS_H

#include "base/buf.h"
#include "base/strv.h"
#include <stdint.h>

#define WARNINGS_MOST 100
#define WARNINGS_LINE_BYTES 500
#define WARNINGS_INIT ((struct buf)BUF_INIT((size_t)64 << 10))

/* Keeps a piece of a tool's stderr; what is past the cap is forgotten. */
void warnings_feed(struct buf *text, const uint8_t *data, size_t len);

/* Appends a text for each line, WARNINGS_MOST at most and then one that counts the others.
 * Lines are cut, and hold no control characters. Of a tool that was asked to be verbose
 * (`argv`) only those lines that have a level: "pg_dump: warning: ...". */
void warnings_add(const struct buf *text, const struct strv *argv, struct strv *out);

#endif
