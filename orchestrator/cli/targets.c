/* pgkeep targets: what was found, what is included, and why. */
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/target/target.h"
#include <stdio.h>
#include <string.h>

#define NAMES_SHOWN 10 /* all in --json */

/* The databases of a running target; a target that cannot be asked says so in its place. */
static void find_databases(struct engine *engine, const struct target *target,
                           struct strv *names, char **problem)
{
    AUTO(server_freep) struct server *server = NULL;
    AUTO(database_list_clear) struct database_list list = {0};
    AUTO(err_freep) struct err *e = NULL;

    *problem = NULL;
    if (strcmp(target->state, "running") != 0)
        return;
    e = target_connect(engine, target, &server);
    if (!e)
        e = database_list(server, false, &list);
    if (e) {
        *problem = err_text(e);
        return;
    }
    for (size_t i = 0; i < list.count; i++)
        strv_push(names, list.items[i].name);
}

static json_t *to_json(const struct candidate *c, const struct strv *names, const char *problem)
{
    json_t *object = json_object();

    jsonx_set_string(object, "target", c->target->name);
    jsonx_set_string(object, "id", c->target->id);
    jsonx_set_string(object, "image", c->target->image);
    jsonx_set_string(object, "state", target_state_text(c->target));
    jsonx_set_string(object, "project", c->target->project);
    jsonx_set_string(object, "service", c->target->service);
    jsonx_set_bool(object, "included", c->included);
    jsonx_set_string(object, "reason", c->reason);
    jsonx_set_string(object, "recognised", c->target->recognised);
    jsonx_set(object, "databases", jsonx_texts(names));
    if (problem)
        jsonx_set_string(object, "problem", problem);
    return object;
}

static void add_row(struct table *table, const struct candidate *c, const struct strv *names,
                    const char *problem)
{
    AUTO(mem_freep) char *databases = strv_join_some(names, ", ", NAMES_SHOWN);

    table_cell(table, c->target->name);
    table_cell(table, c->target->image);
    table_cell(table, target_state_text(c->target));
    table_cell(table, problem ? "?" : names->len ? databases : "-");
    table_cellf(table, "%s: %s", c->included ? "yes" : "no", c->reason);
}

static void show(struct engine *engine, const struct candidate_list *list, bool json)
{
    AUTO(table_clear) struct table table = {0};
    json_t *array = json_array();

    table_head(&table, "TARGET\tIMAGE\tSTATE\tDATABASES\tINCLUDED");
    for (size_t i = 0; i < list->count; i++) {
        AUTO(strv_clear) struct strv names = STRV_INIT;
        AUTO(mem_freep) char *problem = NULL;

        find_databases(engine, list->items[i].target, &names, &problem);
        add_row(&table, &list->items[i], &names, problem);
        json_array_append_new(array, to_json(&list->items[i], &names, problem));
        if (problem && list->items[i].included)
            log_warn("%s", problem);
    }
    if (json) {
        cli_print_json(json_pack("{s:o}", "targets", array));
        return;
    }
    json_decref(array);
    if (list->count > 0)
        table_print(&table);
    else
        printf("no PostgreSQL container was found; label one pgkeep.enable=true\n");
}

MUST_USE struct err *cli_targets(const struct invocation *invocation)
{
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(candidate_list_clear) struct candidate_list list = {0};

    PASS(connect_engine(invocation->settings, &engine));
    PASS(target_discover(engine, invocation->settings, &list));
    show(engine, &list, settings_bool(invocation->settings, SETTING_JSON));
    return NULL;
}
