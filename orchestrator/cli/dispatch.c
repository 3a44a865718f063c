#include "base/interrupt.h"
#include "base/log.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/session/session.h"
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct err *(*const bodies[COMMAND_COUNT])(const struct invocation *) = {
    [COMMAND_TARGETS] = cli_targets, [COMMAND_DOCTOR] = cli_doctor,
    [COMMAND_WAIT] = cli_wait,       [COMMAND_BACKUP] = cli_backup,
    [COMMAND_LIST] = cli_list,       [COMMAND_SHOW] = cli_show,
    [COMMAND_VERIFY] = cli_verify,   [COMMAND_TEST] = cli_test,
    [COMMAND_RESTORE] = cli_restore, [COMMAND_STATS] = cli_stats,
    [COMMAND_RUN] = cli_run,         [COMMAND_HELP] = cli_help,
};

static int exit_status(const struct err *e)
{
    if (!e)
        return 0;
    switch (e->kind) {
    case ERR_USAGE:
        return 2;
    case ERR_PARTIAL:
        return 3;
    case ERR_BAD_BACKUP:
        return 4;
    case ERR_UNPROVEN:
        return 5;
    case ERR_TIMEOUT:
        return 6;
    case ERR_BUSY:
        return 7;
    case ERR_INTERRUPTED:
        return 128 + (interrupt_signal() ? interrupt_signal() : SIGINT);
    default:
        return 1;
    }
}

/* Names and texts are UTF-8 whatever the locale says: a cron job has none. */
static void set_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_log_level(const struct settings *settings)
{
    bool verbose = settings_bool(settings, SETTING_VERBOSE);
    bool quiet = settings_bool(settings, SETTING_QUIET);
    /* One may come from the environment and the other from a flag, which then wins. */
    bool quiet_wins = quiet && strncmp(settings_source(settings, SETTING_QUIET), "--", 2) == 0;

    if (verbose && !quiet_wins)
        log_set_level(LOG_DEBUG);
    else if (quiet)
        log_set_level(LOG_WARN);
}

static struct err *show_help(const struct invocation *invocation)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    if (invocation->version)
        buf_printf(&text, "pgkeep %s\n", PGKEEP_VERSION);
    else if (invocation->command)
        help_command(invocation->command, &text);
    else
        help_overview(&text);
    fputs(buf_text(&text), stdout);
    return NULL;
}

static struct err *run(const struct invocation *invocation)
{
    if (invocation->help || invocation->version)
        return show_help(invocation);
    set_log_level(invocation->settings);
    return bodies[invocation->command->id](invocation);
}

/* Where the command line itself is wrong, --json may stand behind the mistake. */
static bool wants_json(const struct invocation *invocation, char **argv)
{
    if (settings_bool(invocation->settings, SETTING_JSON))
        return true;
    for (; *argv && strcmp(*argv, "--") != 0; argv++)
        if (strcmp(*argv, "--json") == 0)
            return true;
    return false;
}

int cli_main(int argc, char **argv, char **environment)
{
    AUTO(invocation_clear) struct invocation invocation = {0};
    AUTO(err_freep) struct err *e = NULL;

    report_begin();
    set_locale();
    interrupt_install();
    session_forget_environment();
    e = invocation_parse(argc, argv, environment, &invocation);
    if (!e)
        e = run(&invocation);
    if (e && wants_json(&invocation, argv))
        report_json_error(e);
    e = err_first(e, report_flush());
    if (e)
        report_error(invocation.command ? invocation.command->name : NULL, e);
    return exit_status(e);
}
