/* pgkeep test: prove that a backup restores. */
#include "orchestrator/proof/test.h"
#include "base/brief.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/shown.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/progress_line.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/stored.h"
#include "orchestrator/cli/test_report.h"
#include <stdio.h>
#include <string.h>

#define DIFFERENCES_SHOWN 50
#define REMARKS_SHOWN 10
#define SENTENCE_BYTES ((size_t)300)
#define REASON_BYTES ((size_t)2000)

/* A sentence may hold an extension's condition on its rows, of any length. --verbose shows all,
 * and so does proof.json. */
static void print_list(const char *word, const struct strv *list, size_t most)
{
    bool all = log_get_level() >= LOG_DEBUG;

    most = all ? list->len : most;
    for (size_t i = 0; i < list->len && i < most; i++) {
        AUTO(mem_freep) char *text =
            all ? mem_strdup(list->items[i]) : brief_text(list->items[i], SENTENCE_BYTES);

        report_line("  %s%s", word, text);
    }
    if (list->len > most)
        printf("  %sand %zu more, in proof.json\n", word, list->len - most);
}

/* "87 tables, 8,000,100 rows, 12 sequences, 412 objects; restored in 9.8 s, all in 14.1 s" */
static void print_numbers(const struct test_result *r, int64_t all_ms)
{
    const struct comparison *c = &r->proof.comparison;
    char tables[UNITS_TEXT_SIZE], rows[UNITS_TEXT_SIZE], sequences[UNITS_TEXT_SIZE];
    char objects[UNITS_TEXT_SIZE], checks[UNITS_TEXT_SIZE], restore[UNITS_TEXT_SIZE];
    char large[UNITS_TEXT_SIZE];
    char all[UNITS_TEXT_SIZE];

    printf("  %s, %s, %s, %s", units_of(c->tables, "table", tables),
           units_of(c->rows, "row", rows), units_of(c->sequences, "sequence", sequences),
           units_of(c->objects, "object", objects));
    if (c->large_objects > 0)
        printf(", %s", units_of(c->large_objects, "large object", large));
    if (json_array_size(r->checks) > 0)
        printf(", %s", units_of(json_array_size(r->checks), "check", checks));
    printf("; restored in %s, all in %s\n", units_elapsed(r->restore_ms, restore),
           units_elapsed(all_ms, all));
}

static void print_result(const char *id, int64_t all_ms, const struct test_result *r)
{
    const struct comparison *c = &r->proof.comparison;
    bool counts = r->verdict == VERDICT_EQUAL && r->proof.depth == FINGERPRINT_COUNTS;
    AUTO(mem_freep) char *brief = brief_text(r->reason ? r->reason : "", REASON_BYTES);
    AUTO(mem_freep) char *reason = shown_line(brief);
    AUTO(mem_freep) char *shown = shown_line(id);

    printf("%s  proof: %s%s", shown, verdict_name(r->verdict),
           counts ? " in counts only, contents were not compared" : "");
    if (r->verdict == VERDICT_UNPROVEN && c->not_compared.len == 0)
        printf("  %s\n", reason);
    else if (r->restore_ms > 0) /* else it did not come to a comparison */
        print_numbers(r, all_ms);
    else
        printf("\n");
    print_list("different: ", &c->differences, DIFFERENCES_SHOWN);
    print_list("not compared: ", &c->not_compared, DIFFERENCES_SHOWN);
    print_list("by version: ", &c->by_version, REMARKS_SHOWN);
    print_list("outside: ", &c->outside, REMARKS_SHOWN);
    if (r->proof.depth_reason)
        report_line("  note: fingerprint: %s", r->proof.depth_reason);
    print_list("note: ", &r->notes, REMARKS_SHOWN);
    fflush(stdout); /* an error of it shows at the end */
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
                   units_of(r->proof.comparison.differences.len, "difference", count));
}

/* A test that never got as far as a verdict. */
static struct err *note_error(const struct test_request *request, const struct backup *backup,
                              struct err *e)
{
    AUTO(mem_freep) char *name = stored_database_id(backup);

    if (e && !err_is(e, ERR_USAGE) && !err_is(e, ERR_INTERRUPTED))
        junit_add_error(request->junit, name, e);
    return e;
}

/* The verdict on the backup is told whatever becomes of its file. */
static struct err *keep_proof(const struct test_spec *spec, const struct test_result *result,
                              struct err *verdict)
{
    struct err *e = err_wrap(test_keep(spec, result), "the proof is not kept");

    if (!e || !verdict)
        return err_first(verdict, e);
    log_err(LOG_ERROR, spec->backup->id, e);
    err_free(e);
    return verdict;
}

MUST_USE struct err *test_report(const struct test_request *request,
                                 const struct backup *backup, json_t **out_json)
{
    AUTO(jsonx_freep) json_t *proof = NULL;
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
    int64_t all_ms;

    if (backup->error) {
        AUTO(mem_freep) char *text = err_text(backup->error);
        return note_error(request, backup, err_new(ERR_BAD_BACKUP, "%s: %s", backup->id, text));
    }
    e = test_run(&spec, &result);
    all_ms = report_lap_ms(); /* from the command's start, or the end of the backup */
    progress_line_wipe();
    PASS(note_error(request, backup, e));
    if (!request->json)
        print_result(backup->id, all_ms, &result);
    proof = test_result_to_json(&result);
    jsonx_set_string(proof, "backup", backup->id);
    junit_add_proof(request->junit, backup->id, proof);
    if (out_json)
        *out_json = TAKE(proof);
    return keep_proof(&spec, &result, to_error(backup, &result));
}

/* -- which -- */

static bool holds_dump(const struct backup *backup)
{
    return strcmp(backup->database_folder, MANIFEST_GLOBALS_FOLDER) != 0;
}

/* Backups of roles alone restore into no database. */
static struct err *choose_all(struct repository *repository, struct catalogue *out)
{
    size_t kept = 0;

    PASS(catalogue_names(repository, NULL, NULL, out));
    for (size_t i = 0; i < out->count; i++)
        if (holds_dump(out->items[i]))
            out->items[kept++] = out->items[i];
        else
            backup_free(out->items[i]);
    out->count = kept;
    return NULL;
}

static struct err *choose(const struct invocation *invocation, struct repository **repository,
                          struct catalogue *out)
{
    static const char loss[] = "and the proof is not kept (no " PROOF_NAME ")";
    const struct settings *settings = invocation->settings;
    struct backup *backup = NULL;

    if (settings_bool(settings, SETTING_ALL)) {
        PASS(connect_repository_to_read(settings, loss, repository));
        return choose_all(*repository, out);
    }
    PASS(stored_named(settings, invocation->arguments.items[0], loss, repository, &backup));
    out->items = mem_new(1, sizeof(struct backup *));
    out->items[0] = backup;
    out->count = 1;
    return NULL;
}

/* -- all of them -- */

struct test_tally {
    size_t good, bad, unproven;
    struct err *error; /* of the first that is not good */
};

static void test_tally_clear(struct test_tally *tally)
{
    err_freep(&tally->error);
}

static void test_tally_add(struct test_tally *tally, struct err *e)
{
    if (!e)
        tally->good++;
    else if (e->kind == ERR_BAD_BACKUP)
        tally->bad++;
    else
        tally->unproven++;
    tally->error = err_first(tally->error, e);
}

/* What is bad goes before what could not be told. */
static struct err *test_tally_conclude(struct test_tally *tally)
{
    size_t all = tally->good + tally->bad + tally->unproven;

    if (all <= 1 || !tally->error)
        return TAKE(tally->error);
    if (tally->bad > 0)
        return err_new(ERR_BAD_BACKUP, "%zu of %zu backups %s bad", tally->bad, all,
                       tally->bad == 1 ? "is" : "are");
    return err_wrap(err_as(TAKE(tally->error), ERR_UNPROVEN),
                    "%zu of %zu backups could not be proven", tally->unproven, all);
}

static json_t *failed_json(const struct backup *backup, const struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);
    json_t *json = json_object();

    jsonx_set_string(json, "backup", backup->id);
    jsonx_set_string(json, "error", text);
    return json;
}

/* Only an interrupt comes back. `list` is NULL on screen. */
static struct err *test_one(const struct test_request *request, struct backup *backup,
                            json_t *list, struct test_tally *tally)
{
    json_t *proof = NULL;
    struct err *e;

    backup_load(backup);
    if (backup->error && backup_is_gone(backup)) /* pruned meanwhile */
        return NULL;
    e = test_report(request, backup, list ? &proof : NULL);
    if (err_is(e, ERR_INTERRUPTED))
        return e;
    if (list)
        json_array_append_new(list, proof ? proof : failed_json(backup, e));
    else if (e && e->kind != ERR_BAD_BACKUP && e->kind != ERR_UNPROVEN) {
        AUTO(mem_freep) char *text = err_text(e);

        report_line("%s  proof: %s  %s", backup->id, verdict_name(VERDICT_UNPROVEN), text);
    }
    test_tally_add(tally, e);
    return NULL;
}

static struct err *test_all(const struct test_request *request, struct catalogue *chosen,
                            json_t **out_json)
{
    AUTO(jsonx_freep) json_t *list = request->json ? json_array() : NULL;
    AUTO(test_tally_clear) struct test_tally tally = {0};
    struct err *e = NULL;

    for (size_t i = 0; i < chosen->count && !e; i++)
        e = test_one(request, chosen->items[i], list, &tally);
    if (chosen->count == 0 && !list)
        printf("no backups in %s\n", repository_path(request->repository));
    if (list) {
        *out_json = json_object();
        jsonx_set(*out_json, "backups", TAKE(list));
    }
    return err_first(e, test_tally_conclude(&tally));
}

static struct err *connect_and_test(const struct invocation *invocation, struct junit *junit,
                                    json_t **out_proof)
{
    const struct settings *settings = invocation->settings;
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(catalogue_clear) struct catalogue chosen = {0};
    struct test_request request = {
        .settings = settings, .json = settings_bool(settings, SETTING_JSON), .junit = junit};
    struct err *e;

    PASS(choose(invocation, &repository, &chosen));
    e = connect_engine(settings, &engine);
    if (e)
        return chosen.count == 1 ? note_error(&request, chosen.items[0], e) : e;
    request.engine = engine;
    request.repository = repository;
    if (settings_bool(settings, SETTING_ALL))
        return test_all(&request, &chosen, out_proof);
    return test_report(&request, chosen.items[0], out_proof);
}

MUST_USE struct err *cli_test(const struct invocation *invocation)
{
    const struct settings *settings = invocation->settings;
    AUTO(junit_freep) struct junit *junit = NULL;
    json_t *proof = NULL;
    struct err *e;

    PASS(junit_begin(settings_text(settings, SETTING_JUNIT), &junit));
    e = connect_and_test(invocation, junit, &proof);
    if (settings_bool(settings, SETTING_JSON) && proof)
        cli_print_json(proof);
    else
        json_decref(proof);
    return junit_end(junit, e);
}
