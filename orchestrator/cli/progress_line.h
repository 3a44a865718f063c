/* orchestrator/cli/progress_line.h: progress on stderr.
 *
 * Layer: orchestrator/cli. On a terminal one line that is drawn over, ten times a second at the
 * most; elsewhere one plain line every half minute. Events are always lines of their own.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_PROGRESS_LINE_H
#define PGKEEP_ORCHESTRATOR_CLI_PROGRESS_LINE_H

#include "orchestrator/stream/progress.h"

/* The process's one progress line; borrowed. */
const struct progress *progress_line(void);

/* Wipes the line, if it is drawn. */
void progress_line_wipe(void);

#endif
