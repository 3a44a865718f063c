/* pgkeep wait: until the database really answers. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/target/ready.h"
#include <stdio.h>
#include <string.h>

static void show(const struct target *target, const struct server *server, int64_t waited_ms,
                 bool json)
{
    char elapsed[UNITS_TEXT_SIZE];

    if (json) {
        json_t *object = json_object();

        jsonx_set_string(object, "target", target->name);
        jsonx_set_bool(object, "ready", true);
        jsonx_set_string(object, "server_version", server->version);
        jsonx_set_int(object, "waited_ms", waited_ms);
        cli_print_json(object);
        return;
    }
    printf("%s is ready: PostgreSQL %.*s, after %s\n", target->name,
           (int)strcspn(server->version, " "), server->version,
           units_elapsed(waited_ms, elapsed));
}

MUST_USE struct err *cli_wait(const struct invocation *invocation)
{
    const struct settings *settings = invocation->settings;
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(target_freep) struct target *target = NULL;
    AUTO(server_freep) struct server *server = NULL;
    AUTO(mem_freep) char *database = NULL;
    int64_t started_ms = clock_mono_ms();

    PASS(connect_engine(settings, &engine));
    PASS(argument_error(
        target_find(engine, settings, invocation->arguments.items[0], &target, &database)));
    if (database)
        return err_new(ERR_USAGE, "wait takes a target, not a database: pgkeep wait %s",
                       target->name);
    PASS(target_wait(engine, target, settings_duration_ms(settings, SETTING_TIMEOUT), &server));
    show(target, server, clock_mono_ms() - started_ms, settings_bool(settings, SETTING_JSON));
    return NULL;
}
