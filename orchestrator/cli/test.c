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
    char tables[UNITS_TEXT_SIZE], rows[UNITS_TEXT_SIZE], sequences[UNITS_TEXT_SIZE];
    char objects[UNITS_TEXT_SIZE], checks[UNITS_TEXT_SIZE], restore[UNITS_TEXT_SIZE];

    if (r->verdict == VERDICT_UNPROVEN) {
        printf("proof: unproven  %s\n", r->reason);
        return;
    }
    printf("proof: %s", verdict_name(r->verdict));
    if (r->restore_ms > 0) { /* else it did not come to a comparison */
        printf("  %s, %s, %s, %s", units_of(r->comparison.tables, "table", tables),
               units_of(r->comparison.rows, "row", rows),
               units_of(r->comparison.sequences, "sequence", sequences),
               units_of(r->comparison.objects, "object", objects));
        if (json_array_size(r->checks) > 0)
            printf(", %s", units_of(json_array_size(r->checks), "check", checks));
        printf("; restored in %s", units_elapsed(r->restore_ms, restore));
    }
    printf("\n");
    print_list("different: ", &r->comparison.differences);
    print_list("not compared: ", &r->comparison.not_compared);
    print_list("note: ", &r->notes);
}

/* The report on stdout has the details. */
static struct err *to_error(const struct backup *backup, const struct test_result *r)
{
    char count[UNITS_TEXT_SIZE];

    if (r->verdict == VERDICT_EQUAL)
        return NULL;
    if (r->verdict == VERDICT_UNPROVEN)
        return err_new(ERR_UNPROVEN, "%s is not proven", backup->id);
    return err_new(ERR_BAD_BACKUP, "%s does not restore to what it should be: %s", backup->id,
                   units_of(r->comparison.differences.len, "difference", count));
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
