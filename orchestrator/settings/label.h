/* orchestrator/settings/label.h: the labels pgkeep.NAME that are no settings, but marks of
 * ours.
 *
 * Layer: orchestrator/settings. All others are declared in table.def.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_LABEL_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_LABEL_H

/* On a container that was made for a restore test; its value is the run's mark
 * (repository/mark.h). Such a container is nobody's target, and a later run may sweep it. */
#define LABEL_THROWAWAY "pgkeep.throwaway"

#endif
