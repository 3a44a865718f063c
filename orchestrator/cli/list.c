#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/stored.h"
#include "orchestrator/cli/table.h"
#include <stdio.h>

static void add_row(struct table *table, const struct backup *backup)
{
    const struct manifest *m = backup->manifest;
    char taken[CLOCK_TEXT_SIZE];
    char text[UNITS_TEXT_SIZE];

    clock_local(backup->at_unix_s, taken);
    table_cell(table, backup->id);
    table_cell(table, taken);
    table_cell(table, units_age(clock_unix_s() - backup->at_unix_s, text));
    table_cell(table, m ? units_size(manifest_stored_bytes(m), text) : "?");
    table_cell(table, !m ? "damaged" : m->dump_format ? m->dump_format : "globals");
    table_cell(table, proof_verdict_name(backup_verdict(backup)));
}

/* Manifests are taken one by one, so that memory does not grow with the repository. */
static void tell_each(struct catalogue *names, struct table *table, json_t *list)
{
    for (size_t i = 0; i < names->count; i++) {
        AUTO(backup_freep) struct backup *backup = TAKE(names->items[i]);

        backup_load(backup);
        if (backup->error && backup_is_gone(backup))
            continue;
        if (backup->error)
            log_err(LOG_WARN, backup->id, backup->error);
        add_row(table, backup);
        json_array_append_new(list, stored_json(backup));
    }
}

static void print_list(const struct invocation *invocation, struct catalogue *names)
{
    AUTO(table_clear) struct table table = {0};
    AUTO(jsonx_freep) json_t *list = json_array();
    const char *path = settings_text(invocation->settings, SETTING_REPOSITORY);

    table_head(&table, "BACKUP\tTAKEN\tAGE\tSIZE\tFORMAT\tPROOF");
    tell_each(names, &table, list);
    if (settings_bool(invocation->settings, SETTING_JSON)) {
        json_t *document = json_object();

        jsonx_set_string(document, "repository", path);
        jsonx_set(document, "backups", TAKE(list));
        cli_print_json(document);
    } else if (json_array_size(list) == 0) {
        printf("no backups in %s\n", path);
    } else {
        table_print(&table);
    }
}

struct err *cli_list(const struct invocation *invocation)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(catalogue_clear) struct catalogue names = {0};
    const char *text = invocation->arguments.len > 0 ? invocation->arguments.items[0] : NULL;

    PASS(stored_open(invocation, &repository));
    PASS(stored_names(repository, text, &names));
    print_list(invocation, &names);
    return NULL;
}
