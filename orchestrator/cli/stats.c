/* How many backups there are of each database, how large, how old, how well proven. */
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/gone.h"
#include "orchestrator/cli/recovery.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/stored.h"
#include "orchestrator/cli/table.h"
#include <stdio.h>
#include <string.h>

/* One database's backups, or all of them. Times are 0 where there is none. */
struct totals {
    char *name; /* TARGET/DATABASE, or NULL for all */
    char *target;
    char *database; /* NULL: globals */
    size_t backups;
    size_t damaged; /* of them, without a readable manifest */
    size_t alarmed; /* of them, taken when tables had lost rows */
    uint64_t bytes;
    int64_t newest_unix_s;       /* of the readable ones */
    int64_t newest_proof_unix_s; /* when one was last proven equal */
    struct recovery recovery;    /* of one database */
};

static void totals_clear(struct totals *totals)
{
    mem_freep(&totals->name);
    mem_freep(&totals->target);
    mem_freep(&totals->database);
    recovery_clear(&totals->recovery);
    *totals = (struct totals){0};
}

static void count_backup(struct totals *totals, const struct backup *backup)
{
    int64_t tested = backup_tested_unix_s(backup);

    totals->backups++;
    if (!backup->manifest) {
        totals->damaged++;
        return;
    }
    totals->alarmed += backup->manifest->alarm_count > 0;
    recovery_see(&totals->recovery, backup);
    totals->bytes = units_add(totals->bytes, manifest_stored_bytes(backup->manifest));
    if (totals->name) /* of one database the newest comes last, whatever its stamp */
        totals->newest_unix_s = backup->at_unix_s;
    if (backup_verdict(backup) == PROOF_EQUAL && tested > totals->newest_proof_unix_s)
        totals->newest_proof_unix_s = tested;
}

static void age_cell(struct table *table, int64_t at_unix_s)
{
    char text[UNITS_TEXT_SIZE];

    table_cell(table, at_unix_s ? units_age(clock_unix_s() - at_unix_s, text) : "-");
}

static void add_row(struct table *table, const struct totals *totals)
{
    char text[UNITS_TEXT_SIZE];

    table_cell(table, totals->name ? totals->name : "total");
    if (totals->damaged > 0)
        table_cellf(table, "%zu (%zu damaged)", totals->backups, totals->damaged);
    else
        table_cellf(table, "%zu", totals->backups);
    table_cell(table, units_size(totals->bytes, text));
    age_cell(table, totals->newest_unix_s);
    /* The newest of all databases says nothing about the others. */
    if (totals->name) {
        recovery_cells(table, &totals->recovery);
    } else {
        table_cell(table, "");
        table_cell(table, "");
    }
    table_cellf(table, "%zu", totals->alarmed);
}

static void set_age(json_t *json, const char *what, int64_t at_unix_s)
{
    AUTO(mem_freep) char *at_key = mem_printf("%s_at", what);
    AUTO(mem_freep) char *age_key = mem_printf("%s_age_s", what);
    char at[CLOCK_TEXT_SIZE];

    clock_rfc3339(at_unix_s, at);
    jsonx_set_string(json, at_key, at_unix_s ? at : NULL);
    jsonx_set(json, age_key,
              at_unix_s ? json_integer(clock_unix_s() - at_unix_s) : json_null());
}

static void add_json(json_t *json, const struct totals *totals)
{
    jsonx_set_int(json, "backups", (json_int_t)totals->backups);
    jsonx_set_int(json, "damaged", (json_int_t)totals->damaged);
    jsonx_set_int(json, "bytes", (int64_t)totals->bytes);
    set_age(json, "newest_backup", totals->newest_unix_s);
    set_age(json, "newest_proof", totals->newest_proof_unix_s);
    jsonx_set_int(json, "alarmed", (json_int_t)totals->alarmed);
    if (totals->name)
        recovery_set_json(json, &totals->recovery);
}

static void end_database(struct totals *totals, struct totals *all, struct table *table,
                         json_t *list)
{
    json_t *json;

    if (totals->newest_unix_s > all->newest_unix_s)
        all->newest_unix_s = totals->newest_unix_s;
    if (totals->backups > 0) {
        json = json_object();
        jsonx_set_string(json, "target", totals->target);
        jsonx_set_string(json, "database", totals->database);
        add_json(json, totals);
        json_array_append_new(list, json);
        add_row(table, totals);
    }
    totals_clear(totals);
}

static void begin_database(struct totals *totals, const struct backup *backup)
{
    totals->name = stored_database_id(backup);
    totals->target = mem_strdup(backup->target);
    totals->database = stored_database(backup);
}

/* The catalogue is sorted: a database's backups stand together, the newest last. */
static void count_each(struct catalogue *names, struct table *table, json_t *list,
                       struct totals *all)
{
    AUTO(totals_clear) struct totals one = {0};

    for (size_t i = 0; i < names->count; i++) {
        AUTO(backup_freep) struct backup *backup = TAKE(names->items[i]);
        size_t len = strlen(backup->id) - strlen(backup->stamp) - 1;

        if (!one.name || strlen(one.name) != len || strncmp(one.name, backup->id, len) != 0) {
            end_database(&one, all, table, list);
            begin_database(&one, backup);
        }
        backup_load(backup);
        if (backup->error && backup_is_gone(backup))
            continue;
        if (backup->error)
            log_err(LOG_WARN, backup->id, backup->error);
        count_backup(&one, backup);
        count_backup(all, backup);
    }
    end_database(&one, all, table, list);
}

/* Statistics need no engine: where none answers, what is gone is not known. */
static struct err *find_gone(const struct settings *settings, struct repository *repository,
                             struct strv *out, bool *known)
{
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(candidate_list_clear) struct candidate_list containers = {0};
    struct err *e = connect_engine(settings, &engine);

    if (!e)
        e = target_discover(engine, settings, &containers);
    if (!e)
        e = gone_targets(repository, &containers, out);
    *known = !e;
    if (err_is(e, ERR_INTERRUPTED))
        return e;
    if (e)
        log_debug("targets without a container are not looked for: %s", e->message);
    err_free(e);
    return NULL;
}

static void print_json(const char *path, json_t *list, const struct totals *all, json_t *gone)
{
    json_t *document = json_object();
    uint64_t free_bytes = 0;
    AUTO(err_freep) struct err *unknown = fs_free_bytes(path, &free_bytes);

    jsonx_set_string(document, "repository", path);
    jsonx_set(document, "free_bytes",
              unknown ? json_null() : json_integer((json_int_t)free_bytes));
    jsonx_set(document, "databases", list);
    jsonx_set(document, "gone_targets", gone);
    add_json(document, all);
    cli_print_json(document);
}

static void print_table(const char *path, struct table *table, size_t databases,
                        const struct totals *all, const struct strv *gone)
{
    AUTO(mem_freep) char *names = strv_join(gone, ", ");
    char text[UNITS_TEXT_SIZE];
    uint64_t free_bytes = 0;
    AUTO(err_freep) struct err *unknown = fs_free_bytes(path, &free_bytes);

    if (databases > 1)
        add_row(table, all);
    if (databases > 0)
        table_print(table);
    else
        printf("no backups in %s\n", path);
    if (!unknown)
        printf("%s free in %s\n", units_size(free_bytes, text), path);
    if (gone->len > 0)
        report_line("no container any more: %s", names);
}

struct err *cli_stats(const struct invocation *invocation)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(catalogue_clear) struct catalogue names = {0};
    AUTO(table_clear) struct table table = {0};
    AUTO(totals_clear) struct totals all = {0};
    AUTO(jsonx_freep) json_t *list = json_array();
    AUTO(strv_clear) struct strv gone = STRV_INIT;
    bool known;
    const char *path = settings_text(invocation->settings, SETTING_REPOSITORY);

    PASS(stored_open(invocation, &repository));
    PASS(stored_names(repository, NULL, &names));
    stored_warn_of_clocks(&names);
    table_head(&table, "DATABASE\tBACKUPS\tSIZE\tNEWEST\tPROVEN\tRESTORED IN\tROWS LOST");
    count_each(&names, &table, list, &all);
    PASS(find_gone(invocation->settings, repository, &gone, &known));
    if (settings_bool(invocation->settings, SETTING_JSON))
        print_json(path, TAKE(list), &all, known ? jsonx_texts(&gone) : json_null());
    else
        print_table(path, &table, json_array_size(list), &all, &gone);
    return NULL;
}
