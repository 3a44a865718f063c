#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/recovery.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/stored.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/repository/rehearsal.h"
#include <stdio.h>

#define NAMES_SHOWN 10 /* all in --json */

/* What is told: backups, and below them what each database can be brought back to. */
struct listing {
    struct table backups;
    struct table databases;
    struct strv remarks; /* on databases */
    json_t *backup_list;
    json_t *database_list;
};

static void listing_clear(struct listing *listing)
{
    table_clear(&listing->backups);
    table_clear(&listing->databases);
    strv_clear(&listing->remarks);
    json_decref(listing->backup_list);
    json_decref(listing->database_list);
}

/* "equal", or with rehearsals "equal; 18: different". */
static void add_verdicts(struct table *table, const struct backup *backup)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    size_t i;
    const json_t *rehearsal;

    buf_printf(&text, "%s", proof_verdict_name(backup_verdict(backup)));
    json_array_foreach(rehearsal_list(backup->proof), i, rehearsal)
    {
        const char *verdict = jsonx_string(rehearsal, "verdict", "?");

        buf_printf(&text, "; %d: %s", rehearsal_major(rehearsal), verdict);
    }
    table_cell(table, buf_text(&text));
}

static void add_backup(struct listing *listing, const struct backup *backup)
{
    const struct manifest *m = backup->manifest;
    struct table *table = &listing->backups;
    char taken[CLOCK_TEXT_SIZE];
    char text[UNITS_TEXT_SIZE];

    clock_local(backup->at_unix_s, taken);
    table_cell(table, backup->id);
    table_cell(table, taken);
    table_cell(table, units_age(clock_unix_s() - backup->at_unix_s, text));
    table_cell(table, m ? units_size(manifest_stored_bytes(m), text) : "?");
    table_cell(table, !m ? "damaged" : m->dump_format ? m->dump_format : "globals");
    add_verdicts(table, backup);
    table_cell(table, m && m->alarm_count > 0 ? units_of(m->alarm_count, "table", text) : "-");
    json_array_append_new(listing->backup_list, stored_json(backup));
}

/* Of its newest backup. */
static void add_subscriptions(struct listing *listing, const char *id,
                              const struct backup *last)
{
    const struct strv *names = last->manifest ? &last->manifest->subscriptions : NULL;
    AUTO(mem_freep) char *text = NULL;

    if (!names || names->len == 0)
        return;
    text = strv_join_some(names, ", ", NAMES_SHOWN);
    strv_pushf(&listing->remarks, "%s: a restore leaves subscriptions disabled: %s", id, text);
}

/* Globals alone cannot be tested, so there is nothing to tell. */
static void add_database(struct listing *listing, const struct backup *last,
                         const struct recovery *recovery)
{
    AUTO(mem_freep) char *database = stored_database(last);
    AUTO(mem_freep) char *id = stored_database_id(last);
    json_t *json;

    if (!database)
        return;
    table_cell(&listing->databases, id);
    recovery_cells(&listing->databases, recovery);
    add_subscriptions(listing, id, last);
    json = json_object();
    jsonx_set_string(json, "target", last->target);
    jsonx_set_string(json, "database", database);
    recovery_set_json(json, recovery);
    json_array_append_new(listing->database_list, json);
}

/* Manifests are taken one by one, so that memory does not grow with the repository. The
 * catalogue is sorted: a database's backups stand together, the newest last. */
static void tell_each(struct catalogue *names, struct listing *listing)
{
    AUTO(backup_freep) struct backup *last = NULL;
    AUTO(recovery_clear) struct recovery recovery = {0};

    for (size_t i = 0; i < names->count; i++) {
        AUTO(backup_freep) struct backup *backup = TAKE(names->items[i]);

        backup_load(backup);
        if (backup->error && backup_is_gone(backup))
            continue;
        if (backup->error)
            log_err(LOG_WARN, backup->id, backup->error);
        if (last && !backup_same_database(last, backup)) {
            add_database(listing, last, &recovery);
            recovery_clear(&recovery);
        }
        add_backup(listing, backup);
        recovery_see(&recovery, backup);
        backup_free(last);
        last = TAKE(backup);
    }
    if (last)
        add_database(listing, last, &recovery);
}

static void print_json(const char *path, struct listing *listing)
{
    json_t *document = json_object();

    jsonx_set_string(document, "repository", path);
    jsonx_set(document, "backups", TAKE(listing->backup_list));
    jsonx_set(document, "databases", TAKE(listing->database_list));
    cli_print_json(document);
}

static void print_list(const struct invocation *invocation, struct catalogue *names)
{
    AUTO(listing_clear) struct listing listing = {.backup_list = json_array(),
                                                  .database_list = json_array()};
    const char *path = settings_text(invocation->settings, SETTING_REPOSITORY);

    table_head(&listing.backups, "BACKUP\tTAKEN\tAGE\tSIZE\tFORMAT\tPROOF\tROWS LOST");
    table_head(&listing.databases, "DATABASE\tPROVEN\tRESTORED IN");
    tell_each(names, &listing);
    if (settings_bool(invocation->settings, SETTING_JSON)) {
        print_json(path, &listing);
        return;
    }
    if (json_array_size(listing.backup_list) == 0) {
        printf("no backups in %s\n", path);
        return;
    }
    table_print(&listing.backups);
    if (json_array_size(listing.database_list) > 0) {
        printf("\n");
        table_print(&listing.databases);
    }
    if (listing.remarks.len > 0)
        printf("\n");
    for (size_t i = 0; i < listing.remarks.len; i++)
        report_line("%s", listing.remarks.items[i]);
}

struct err *cli_list(const struct invocation *invocation)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(catalogue_clear) struct catalogue names = {0};
    const char *text = invocation->arguments.len > 0 ? invocation->arguments.items[0] : NULL;

    PASS(stored_open(invocation, &repository));
    PASS(stored_names(repository, text, &names));
    stored_warn_of_clocks(&names);
    print_list(invocation, &names);
    return NULL;
}
