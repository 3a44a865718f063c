#include "orchestrator/proof/verify.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/stored.h"
#include <stdio.h>
#include <stdlib.h>

struct verify_tally {
    size_t good, bad, unchecked;
    struct err *error; /* of the first that is not good */
    bool forget_gone;  /* nobody named them one by one: what is pruned meanwhile is no loss */
};

static void tally_clear(struct verify_tally *tally)
{
    err_freep(&tally->error);
}

static void print_result(const struct backup *backup, const struct verify_result *result,
                         const struct err *e)
{
    char size[UNITS_TEXT_SIZE], tables[UNITS_TEXT_SIZE], rows[UNITS_TEXT_SIZE];
    char objects[UNITS_TEXT_SIZE], elapsed[UNITS_TEXT_SIZE];
    AUTO(mem_freep) char *text = e ? err_text(e) : NULL;

    units_elapsed(result->elapsed_ms, elapsed);
    if (!e)
        report_line("%s  ok  %s, %s, %s%s%s in %s", backup->id, units_size(result->bytes, size),
                    units_of(result->tables, "table", tables),
                    units_of(result->rows, "row", rows), result->large_objects ? ", " : "",
                    result->large_objects
                        ? units_of(result->large_objects, "large object", objects)
                        : "",
                    elapsed);
    else if (err_is(e, ERR_BAD_BACKUP))
        report_line("%s  BAD  %zu finding%s in %s", backup->id, result->finding_count,
                    result->finding_count == 1 ? "" : "s", elapsed);
    else
        report_line("%s  UNCHECKED  %s", backup->id, text);
    for (size_t i = 0; i < result->finding_count; i++)
        report_line("  %s: %s", result->findings[i].file, result->findings[i].text);
    fflush(stdout); /* an error of it shows at the end */
}

static json_t *result_json(const struct backup *backup, const struct verify_result *result,
                           const struct err *e)
{
    json_t *json = json_object();
    json_t *findings = json_array();
    AUTO(mem_freep) char *text = e ? err_text(e) : NULL;

    jsonx_set_string(json, "id", backup->id);
    jsonx_set_string(json, "result",
                     !e                          ? "ok"
                     : err_is(e, ERR_BAD_BACKUP) ? "bad"
                                                 : "unchecked");
    jsonx_set_int(json, "bytes", (int64_t)result->bytes);
    jsonx_set_int(json, "tables", (int64_t)result->tables);
    jsonx_set_int(json, "rows", (int64_t)result->rows);
    jsonx_set_int(json, "large_objects", (int64_t)result->large_objects);
    jsonx_set_int(json, "elapsed_ms", result->elapsed_ms);
    for (size_t i = 0; i < result->finding_count; i++) {
        json_t *finding = json_object();

        jsonx_set_string(finding, "file", result->findings[i].file);
        jsonx_set_string(finding, "text", result->findings[i].text);
        json_array_append_new(findings, finding);
    }
    jsonx_set(json, "findings", findings);
    jsonx_set_string(json, "error", text);
    return json;
}

static void count(struct verify_tally *tally, struct err *e)
{
    if (!e)
        tally->good++;
    else if (e->kind == ERR_BAD_BACKUP)
        tally->bad++;
    else
        tally->unchecked++;
    tally->error = err_first(tally->error, e);
}

/* Verifies one and tells it; only an interrupt comes back. `list` is NULL on screen. */
static struct err *verify_one(const struct backup *backup, json_t *list,
                              struct verify_tally *tally)
{
    AUTO(verify_result_clear) struct verify_result result = {0};
    struct err *e = verify_backup(backup, NULL, &result);

    if (err_is(e, ERR_INTERRUPTED))
        return e;
    if (tally->forget_gone && err_is(e, ERR_NOT_FOUND) && backup_is_gone(backup)) {
        err_free(e);
        return NULL;
    }
    if (list)
        json_array_append_new(list, result_json(backup, &result, e));
    else
        print_result(backup, &result, e);
    count(tally, e);
    return NULL;
}

/* What is called as a target or a database and is a link. */
static void verify_link(const char *link, json_t *list, struct verify_tally *tally)
{
    struct verify_finding finding = {.file = mem_strdup(link),
                                     .text = mem_strdup("is a symbolic link, not a folder")};
    const struct verify_result result = {.findings = &finding, .finding_count = 1};
    const struct backup stand_in = {.id = finding.file};
    struct err *e = err_new(ERR_BAD_BACKUP, "%s %s", finding.file, finding.text);

    if (list)
        json_array_append_new(list, result_json(&stand_in, &result, e));
    else
        print_result(&stand_in, &result, e);
    count(tally, e);
    free(finding.file);
    free(finding.text);
}

static struct err *conclude(struct verify_tally *tally)
{
    size_t all = tally->good + tally->bad + tally->unchecked;

    if (all <= 1 || !tally->error)
        return TAKE(tally->error);
    if (tally->bad > 0)
        return err_new(ERR_BAD_BACKUP, "%zu of %zu backups %s bad", tally->bad, all,
                       tally->bad == 1 ? "is" : "are");
    return err_wrap(err_as(TAKE(tally->error), ERR_PARTIAL),
                    "%zu of %zu backups could not be checked", tally->unchecked, all);
}

/* An empty folder as repository may be a volume that is not mounted: no reason to say ok. */
static struct err *choose_backups(const struct invocation *invocation,
                                  struct repository **repository, struct catalogue *out)
{
    struct backup *backup = NULL;

    if (settings_bool(invocation->settings, SETTING_ALL)) {
        PASS(connect_repository(invocation->settings, false, repository));
        return catalogue_names(*repository, NULL, NULL, out);
    }
    PASS(stored_named(invocation->settings, invocation->arguments.items[0], NULL, repository,
                      &backup));
    out->items = mem_new(1, sizeof(struct backup *));
    out->items[0] = backup;
    out->count = 1;
    return NULL;
}

struct err *cli_verify(const struct invocation *invocation)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(catalogue_clear) struct catalogue chosen = {0};
    AUTO(tally_clear) struct verify_tally tally = {0};
    bool as_json = settings_bool(invocation->settings, SETTING_JSON);
    AUTO(jsonx_freep) json_t *list = as_json ? json_array() : NULL;

    PASS(choose_backups(invocation, &repository, &chosen));
    tally.forget_gone = settings_bool(invocation->settings, SETTING_ALL);
    for (size_t i = 0; i < chosen.count; i++)
        PASS(verify_one(chosen.items[i], list, &tally));
    for (size_t i = 0; i < chosen.links.len; i++)
        verify_link(chosen.links.items[i], list, &tally);
    if (as_json) {
        json_t *document = json_object();

        jsonx_set(document, "backups", TAKE(list));
        cli_print_json(document);
    } else if (chosen.count == 0 && chosen.links.len == 0) {
        printf("no backups in %s\n", repository_path(repository));
    }
    return conclude(&tally);
}
