/* orchestrator/fingerprint/planning.h: on which tables a query of ours may be planned.
 *
 * Layer: orchestrator/fingerprint. To plan a query on a table is to run code of its owner with
 * our rights: the planner computes what is constant in its indexes' expressions and predicates
 * and in its statistics' expressions (get_relation_info), and an IMMUTABLE function may do
 * there whatever it likes. COPY of a table is not planned, so a table of a stranger is counted
 * by it (copy_count.h). Strangers are all roles but superusers, who can do anything already,
 * and we ourselves.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_PLANNING_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_PLANNING_H

#include "orchestrator/fingerprint/table_list.h"

/* A boolean over pg_attribute's row `a`, true where the present owners of its table, and of
 * what the table's name hangs on, are no strangers. False where one of them may have changed
 * since the snapshot. */
extern const char PLANNING_OWNERS_SQL[];

/* Sets `suspect` of each table that is planned with a stranger's function, whoever owns it. */
MUST_USE struct err *planning_mark_suspects(struct session *session, struct table_list *list);

#endif
