/* pgkeep test: prove that a backup restores. */
#include "orchestrator/proof/test.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/progress_line.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/test_report.h"
#include <stdio.h>

#define DIFFERENCES_SHOWN 50

static void print_list(const char *word, const struct strv *list)
{
    for (size_t i = 0; i < list->len && i < DIFFERENCES_SHOWN; i++) {
        AUTO(mem_freep) char *line = log_one_line(list->items[i]);
        printf("  %s%s\n", word, line);
    }
    if (list->len > DIFFERENCES_SHOWN)
        printf("  and %zu more, in proof.json\n", list->len - DIFFERENCES_SHOWN);
}

static void print_result(const struct test_result *r)
{
    char tables[UNITS_TEXT_SIZE], rows[UNITS_TEXT_SIZE], restore[UNITS_TEXT_SIZE];

    if (r->verdict == VERDICT_UNPROVEN) {
        printf("proof: unproven  %s\n", r->reason);
        return;
    }
    printf("proof: %s", verdict_name(r->verdict));
    printf("  %s tables, %s rows, %zu sequences, %zu objects",
           units_count(r->comparison.tables, tables), units_count(r->comparison.rows, rows),
           r->comparison.sequences, r->comparison.objects);
    if (json_array_size(r->checks) > 0)
        printf(", %zu checks", json_array_size(r->checks));
    printf("; restored in %s\n", units_elapsed(r->restore_ms, restore));
    print_list("different: ", &r->comparison.differences);
    print_list("not compared: ", &r->comparison.not_compared);
    print_list("note: ", &r->notes);
}

static struct err *to_error(const struct backup *backup, const struct test_result *r)
{
    if (r->verdict == VERDICT_EQUAL)
        return NULL;
    if (r->verdict == VERDICT_UNPROVEN)
        return err_new(ERR_UNPROVEN, "%s is not proven: %s", backup->id, r->reason);
    return err_hint(err_new(ERR_BAD_BACKUP,
                            "%s does not restore to what was backed up (%zu "
                            "differences)",
                            backup->id, r->comparison.differences.len),
                    "pgkeep verify %s tells whether its files are damaged", backup->id);
}

MUST_USE struct err *test_report(const struct test_request *request,
                                 const struct backup *backup, json_t **out_json)
{
    AUTO(test_result_clear) struct test_result result = {0};
    const struct test_spec spec = {
        .engine = request->engine,
        .repository = request->repository,
        .backup = backup,
        .settings = request->settings,
        .progress = progress_line(),
        .wait_ms = settings_duration_ms(request->settings, SETTING_TIMEOUT),
    };
    struct err *e;

    if (backup->error) {
        AUTO(mem_freep) char *text = err_text(backup->error);
        return err_new(ERR_BAD_BACKUP, "%s: %s", backup->id, text);
    }
    e = test_run(&spec, &result);
    progress_line_wipe();
    PASS(e);
    if (!request->json)
        print_result(&result);
    if (out_json) {
        *out_json = test_result_to_json(&result);
        jsonx_set_string(*out_json, "backup", backup->id);
    }
    return to_error(backup, &result);
}

MUST_USE struct err *cli_test(const struct invocation *invocation)
{
    const struct settings *settings = invocation->settings;
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(backup_freep) struct backup *backup = NULL;
    struct test_request request = {.settings = settings,
                                   .json = settings_bool(settings, SETTING_JSON)};
    json_t *proof = NULL;
    struct err *e;

    PASS(connect_repository(settings, false, &repository));
    PASS(argument_error(catalogue_find(repository, invocation->arguments.items[0], &backup)));
    PASS(connect_engine(settings, &engine));
    request.engine = engine;
    request.repository = repository;
    e = test_report(&request, backup, &proof);
    if (request.json && proof)
        cli_print_json(proof);
    else
        json_decref(proof);
    return e;
}
