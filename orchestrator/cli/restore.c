/* pgkeep restore: a backup back into a database. */
#include "orchestrator/restore/restore.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/shown.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/progress_line.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/stored.h"
#include "orchestrator/postgres/quote.h"
#include "orchestrator/repository/name.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAMES_SHOWN 5
#define TABLES_SHOWN 20

/* --verbose and --json show all. */
static void print_names(const char *what, const struct strv *names)
{
    bool all = log_get_level() >= LOG_DEBUG;
    AUTO(mem_freep) char *text = strv_join_some(names, ", ", all ? names->len : NAMES_SHOWN);

    if (names->len > 0)
        report_line("%s: %s", what, text);
}

static json_t *tables_json(const struct restored_list *tables)
{
    json_t *list = json_array();

    for (size_t i = 0; i < tables->count; i++) {
        const struct restored_table *table = &tables->items[i];
        json_t *item = json_object();

        jsonx_set_string(item, "schema", table->schema);
        jsonx_set_string(item, "name", table->name);
        jsonx_set(item, "rows", table->rows < 0 ? json_null() : json_integer(table->rows));
        jsonx_set_string(item, "insert", table->insert);
        jsonx_set_string(item, "advice", table->advice);
        json_array_append_new(list, item);
    }
    return list;
}

/* "  shop.note: 120 rows", and with --beside where they are and how to take them over. */
static void print_table(const struct restored_table *table, const char *beside)
{
    char rows[UNITS_TEXT_SIZE] = "rows not counted";
    AUTO(mem_freep) char *schema = beside ? quote_ident(beside) : NULL;
    AUTO(mem_freep) char *name = quote_ident(table->name);
    AUTO(mem_freep) char *place =
        beside ? mem_printf(", as %s.%s", schema, name) : mem_strdup("");

    if (table->rows >= 0)
        units_of((uint64_t)table->rows, "row", rows);
    report_line("  %s.%s: %s%s", table->schema, table->name, rows, place);
    if (table->advice)
        report_line("  note: %s", table->advice);
    if (table->insert)
        report_line("  %s", table->insert);
}

static void print_tables(const struct restore_result *result)
{
    bool all = log_get_level() >= LOG_DEBUG || result->beside;

    for (size_t i = 0; i < result->tables.count && (all || i < TABLES_SHOWN); i++)
        print_table(&result->tables.items[i], result->beside);
    if (!all && result->tables.count > TABLES_SHOWN)
        report_line("  and %zu more; --verbose and --json show all",
                    result->tables.count - TABLES_SHOWN);
    if (result->beside)
        report_line("when you have what you need: DROP SCHEMA \"%s\" CASCADE;", result->beside);
}

static void show(const struct restore_spec *spec, const struct restore_result *result)
{
    int64_t elapsed_ms = report_lap_ms();
    char tables[UNITS_TEXT_SIZE], rows[UNITS_TEXT_SIZE], elapsed[UNITS_TEXT_SIZE];
    char objects[UNITS_TEXT_SIZE];
    AUTO(mem_freep) char *what = NULL;

    if (settings_bool(spec->settings, SETTING_JSON)) {
        json_t *object = json_object();
        jsonx_set_string(object, "backup", spec->backup->id);
        jsonx_set_string(object, "target", spec->target->name);
        jsonx_set_string(object, "database", spec->database);
        jsonx_set_int(object, "tables", (int64_t)result->tables.count);
        jsonx_set_int(object, "rows", (int64_t)result->rows);
        jsonx_set_int(object, "large_objects", (int64_t)result->large_objects);
        jsonx_set_int(object, "elapsed_ms", elapsed_ms);
        jsonx_set_string(object, "kept_as", result->kept_as);
        jsonx_set_string(object, "beside", result->beside);
        jsonx_set(object, "restored", tables_json(&result->tables));
        jsonx_set(object, "roles_made", jsonx_texts(&result->roles_made));
        jsonx_set(object, "schemas_made", jsonx_texts(&result->schemas_made));
        jsonx_set(object, "disabled_subscriptions",
                  jsonx_texts(&result->disabled_subscriptions));
        jsonx_set(object, "warnings", jsonx_texts(&result->warnings));
        cli_print_json(object);
        return;
    }
    print_names("roles made", &result->roles_made);
    print_names("schemas made, which the backup does not hold", &result->schemas_made);
    what = mem_printf("%s, %s%s%s", units_of(result->tables.count, "table", tables),
                      units_of(result->rows, "row", rows),
                      result->whole && result->large_objects ? ", " : "",
                      result->whole && result->large_objects
                          ? units_of(result->large_objects, "large object", objects)
                          : "");
    report_line("%s  restored into %s/%s in %s: %s", spec->backup->id, spec->target->name,
                spec->database, units_elapsed(elapsed_ms, elapsed), what);
    if (!result->whole)
        print_tables(result);
    for (size_t i = 0; i < result->warnings.len; i++)
        report_line("%s", result->warnings.items[i]);
    print_names("subscriptions come back disabled, until ALTER SUBSCRIPTION ... ENABLE",
                &result->disabled_subscriptions);
    if (result->kept_as)
        report_line("the old database is kept as %s/%s", spec->target->name, result->kept_as);
}

static struct err *check_backup(const struct backup *backup)
{
    if (backup->error) {
        AUTO(mem_freep) char *text = err_text(backup->error);
        return err_new(ERR_BAD_BACKUP, "%s: %s", backup->id, text);
    }
    return NULL;
}

/* "14m old, proven", "3d old, never tested". */
static char *describe(const struct backup *backup)
{
    char age[UNITS_TEXT_SIZE];
    enum proof_verdict verdict = backup_verdict(backup);

    units_age(clock_unix_s() - backup->at_unix_s, age);
    if (backup_is_proven(backup))
        return mem_printf("%s old, proven", age);
    if (verdict == PROOF_NONE)
        return mem_printf("%s old, never tested", age);
    return mem_printf("%s old, its test says: %s", age, proof_verdict_name(verdict));
}

static bool says_yes(const char *question)
{
    AUTO(mem_freep) char *shown = shown_line(question);
    char answer[16] = "";

    fprintf(stderr, "%s; go on? [y/N] ", shown);
    fflush(stderr);
    return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

/* A selector at its end, or the path of the very folder. */
static bool names_one(const char *typed, const struct backup *backup)
{
    const char *last = strrchr(typed, '/');
    const char *folder = strrchr(backup->path, '/');

    return backup_ref_selects(typed) || (last && folder && strcmp(last, folder) == 0);
}

/* Whoever names no backup learns which one it is before a database gives way to it. */
static struct err *confirm(const struct restore_spec *spec, const char *typed)
{
    AUTO(mem_freep) char *what = describe(spec->backup);
    AUTO(mem_freep) char *line = NULL;

    if (!settings_bool(spec->settings, SETTING_REPLACE) || names_one(typed, spec->backup))
        return NULL;
    line = mem_printf("%s/%s gives way to %s (%s)", spec->target->name, spec->database,
                      spec->backup->id, what);
    if (settings_bool(spec->settings, SETTING_YES) || !isatty(STDIN_FILENO) ||
        !isatty(STDERR_FILENO)) {
        log_info("%s", line);
        return NULL;
    }
    if (says_yes(line))
        return interrupt_check();
    PASS(interrupt_check());
    return err_hint(err_new(ERR_USAGE, "not confirmed: nothing was changed"),
                    "name the backup that you want (pgkeep list %s/%s), or --yes",
                    spec->backup->target, spec->backup->database_folder);
}

MUST_USE struct err *cli_restore(const struct invocation *invocation)
{
    const struct settings *settings = invocation->settings;
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(backup_freep) struct backup *backup = NULL;
    AUTO(target_freep) struct target *target = NULL;
    AUTO(mem_freep) char *database = NULL;
    AUTO(restore_result_clear) struct restore_result result = {0};
    struct restore_spec spec = {.settings = settings, .progress = progress_line()};
    struct err *e;

    if (!settings_text(settings, SETTING_INTO))
        return err_hint(err_new(ERR_USAGE, "--into is missing"),
                        "say where to: --into TARGET/DATABASE");
    PASS(stored_named(settings, invocation->arguments.items[0],
                      "and a killed run leaves what it made for you to remove", &repository,
                      &backup));
    PASS(check_backup(backup));
    PASS(connect_engine(settings, &engine));
    PASS(argument_error(target_find(engine, settings, settings_text(settings, SETTING_INTO),
                                    &target, &database)));
    if (!database)
        database = mem_strdup(backup->manifest->database);
    if (!database)
        return err_new(ERR_USAGE, "%s holds only globals", backup->id);
    spec.engine = engine;
    spec.repository = repository;
    spec.backup = backup;
    spec.target = target;
    spec.database = database;
    spec.wait_ms = settings_duration_ms(settings, SETTING_TIMEOUT);
    PASS(confirm(&spec, invocation->arguments.items[0]));
    e = restore_run(&spec, &result);
    progress_line_wipe();
    PASS(argument_error(e));
    show(&spec, &result);
    return NULL;
}
