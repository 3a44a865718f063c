/* orchestrator/cli/alarms.h: tells of tables that lost their rows.
 *
 * Layer: orchestrator/cli. The alarms themselves are the manifest's (backup/row_drop.h).
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_ALARMS_H
#define PGKEEP_ORCHESTRATOR_CLI_ALARMS_H

#include "orchestrator/repository/manifest.h"

/* "public.orders: 12 rows, 8,000,100 before"; the caller frees. */
char *alarms_text(const struct manifest_alarm *alarm) MUST_USE;

/* One line for each, below the line of the backup; many are cut short. */
void alarms_print(const struct manifest *m);

/* ERR_PARTIAL, which names the tables and says that the backup is kept; NULL without alarms. */
MUST_USE struct err *alarms_error(const struct manifest *m);

#endif
