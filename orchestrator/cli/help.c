#include "base/buf.h"
#include "orchestrator/cli/cli.h"
#include <stdio.h>

struct err *cli_help(const struct invocation *invocation)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    if (settings_bool(invocation->settings, SETTING_MAN)) {
        help_man(&text);
    } else if (invocation->arguments.len == 0) {
        help_overview(&text);
    } else {
        const char *name = invocation->arguments.items[0];
        const struct command *command = command_find(name);
        const char *nearest = command_nearest(name);

        if (!command && nearest)
            return err_new(ERR_USAGE, "unknown command \"%s\"; did you mean %s?", name,
                           nearest);
        if (!command)
            return err_hint(err_new(ERR_USAGE, "unknown command \"%s\"", name),
                            "pgkeep --help lists the commands");
        help_command(command, &text);
    }
    fputs(buf_text(&text), stdout);
    return NULL;
}
