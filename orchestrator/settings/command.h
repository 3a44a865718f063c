/* orchestrator/settings/command.h: the commands, as users see them.
 *
 * Layer: orchestrator/settings. Shapes and texts only; what a command does stands in
 * orchestrator/cli. Help and the man page are made from this table and table.def.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_COMMAND_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_COMMAND_H

#include "base/buf.h"
#include <stddef.h>

enum command_id {
    COMMAND_TARGETS,
    COMMAND_DOCTOR,
    COMMAND_WAIT,
    COMMAND_BACKUP,
    COMMAND_LIST,
    COMMAND_SHOW,
    COMMAND_VERIFY,
    COMMAND_TEST,
    COMMAND_RESTORE,
    COMMAND_STATS,
    COMMAND_RUN,
    COMMAND_HELP,
    COMMAND_COUNT
};

struct command {
    enum command_id id;
    const char *name;
    const char *synopsis;    /* "[TARGET[/DATABASE]...]" */
    const char *summary;     /* one line */
    const char *description; /* some lines */
    const char *examples;    /* lines "pgkeep ...   what it does" */
    int min_arguments;
    int max_arguments; /* -1: any number */
};

extern const struct command command_table[COMMAND_COUNT];

/* NULL if unknown; command_nearest then suggests (or NULL). */
const struct command *command_find(const char *name);
const char *command_nearest(const char *name);

/* `pgkeep --help`, `pgkeep COMMAND --help`, and the roff man page. */
void help_overview(struct buf *out);
void help_command(const struct command *command, struct buf *out);
void help_man(struct buf *out);

#endif
