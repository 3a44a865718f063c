/* pgkeep backup: one, several or all databases of one, several or all targets. */
#include "orchestrator/backup/backup.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/alarms.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/gone.h"
#include "orchestrator/cli/progress_line.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/test_report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What to back up of one target. */
struct job {
    struct target *target;
    struct strv databases; /* as typed; empty: all */
    bool all;
};

struct work {
    const struct settings *settings;
    struct engine *engine;
    struct repository *repository;
    struct job *jobs;
    size_t count;
    json_t *made;
    json_t *failed;
    size_t done;
    size_t failures;
    struct err *only;  /* the error, while there is one alone */
    struct err *alarm; /* of the first backup whose tables lost rows */
    size_t alarmed;    /* how many such there are */
    struct junit *junit;
};

static void work_clear(struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        target_free(work->jobs[i].target);
        strv_clear(&work->jobs[i].databases);
    }
    free(work->jobs);
    json_decref(work->made);
    json_decref(work->failed);
    err_free(work->only);
    err_free(work->alarm);
    junit_free(work->junit);
    repository_free(work->repository);
    engine_close(work->engine);
}

/* -- what failed -- */

/* "app-db: no such thing", where the error does not begin with that name itself. */
static struct err *name_subject(const char *subject, struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);
    size_t len = strlen(subject);

    if (strncmp(text, subject, len) == 0 && (text[len] == ':' || text[len] == ' '))
        return e;
    return err_wrap(e, "%s", subject);
}

static void note_failure(struct work *work, const char *subject, struct err *e)
{
    json_t *object = json_object();
    AUTO(mem_freep) char *text = err_text(e);

    jsonx_set_string(object, "subject", subject);
    jsonx_set_string(object, "kind", report_kind_name(e->kind));
    jsonx_set_string(object, "error", text);
    json_array_append_new(work->failed, object);
    work->failures++;
    (void)report_lap_ms(); /* its time is not the next one's */
    e = name_subject(subject, e);
    if (!work->only) {
        work->only = e;
        return;
    }
    log_err(LOG_ERROR, NULL, e);
    err_free(e);
}

/* The same of what was not even tested. */
static void note_untested(struct work *work, const char *subject, struct err *e)
{
    junit_add_error(work->junit, subject, e);
    note_failure(work, subject, e);
}

/* -- what to do -- */

/* The job of this target; takes the target over. */
static struct job *job_of(struct work *work, struct target *target)
{
    for (size_t i = 0; i < work->count; i++) {
        if (strcmp(work->jobs[i].target->id, target->id) == 0) {
            target_free(target);
            return &work->jobs[i];
        }
    }
    work->jobs = mem_resize(work->jobs, work->count + 1, sizeof(*work->jobs));
    work->jobs[work->count] = (struct job){.target = target};
    return &work->jobs[work->count++];
}

static struct err *add_named(struct work *work, const char *text)
{
    struct target *target = NULL;
    AUTO(mem_freep) char *database = NULL;
    struct job *job;

    PASS(argument_error(target_find(work->engine, work->settings, text, &target, &database)));
    job = job_of(work, target);
    if (database)
        strv_push(&job->databases, database);
    else
        job->all = true;
    return NULL;
}

/* A target that is not there any more fails, as a backup of it would. */
static struct err *note_gone(struct work *work, const struct candidate_list *list)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(gone_targets(work->repository, list, &names));
    for (size_t i = 0; i < names.len; i++)
        note_untested(work, names.items[i], gone_error(work->repository, names.items[i]));
    return NULL;
}

static struct err *add_discovered(struct work *work)
{
    AUTO(candidate_list_clear) struct candidate_list list = {0};

    PASS(target_discover(work->engine, work->settings, &list));
    PASS(note_gone(work, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].error) /* it may be one that somebody relies on */
            note_untested(work, list.items[i].target->name, TAKE(list.items[i].error));
        else if (list.items[i].included)
            job_of(work, TAKE(list.items[i].target))->all = true;
    }
    if (work->count > 0 || work->failures > 0)
        return NULL;
    return err_hint(err_new(ERR_NOT_FOUND, "no target is included"),
                    "name one (pgkeep backup CONTAINER), or label it pgkeep.enable=true; "
                    "`pgkeep targets` says what was found and why");
}

/* Of several names, one that means nothing must not cost the others their backups. */
static struct err *add_each(struct work *work, const struct strv *names)
{
    for (size_t i = 0; i < names->len; i++) {
        struct err *e = add_named(work, names->items[i]);
        bool last = i + 1 == names->len;

        if (!err_is(e, ERR_USAGE) || (last && work->count == 0))
            PASS(e);
        else
            note_untested(work, names->items[i], e);
    }
    return NULL;
}

static struct err *find_jobs(struct work *work, const struct strv *arguments)
{
    if (arguments->len == 0)
        return add_discovered(work);
    PASS(add_each(work, arguments));
    for (size_t i = 0; i < work->count; i++)
        if (work->jobs[i].all)
            strv_clear(&work->jobs[i].databases);
    return NULL;
}

/* -- doing it -- */

static void show(struct work *work, const struct manifest *m)
{
    AUTO(mem_freep) char *id = manifest_id(m);
    char size[UNITS_TEXT_SIZE], elapsed[UNITS_TEXT_SIZE];
    uint64_t bytes = manifest_stored_bytes(m);
    int64_t elapsed_ms = report_lap_ms(); /* finding the target and waiting for it included */
    json_t *object = json_object();

    jsonx_set_string(object, "id", id);
    jsonx_set_int(object, "bytes", (int64_t)bytes);
    jsonx_set_int(object, "raw_bytes", (int64_t)m->raw_bytes);
    jsonx_set_int(object, "elapsed_ms", elapsed_ms);
    jsonx_set(object, "alarms", manifest_alarms_json(m));
    json_array_append_new(work->made, object);
    progress_line_wipe();
    if (settings_bool(work->settings, SETTING_JSON))
        return;
    printf("%s  %s", id, units_size(bytes, size));
    if (bytes > 0 && m->raw_bytes > bytes + bytes / 20) /* of no account below */
        printf(" (%.1fx)", (double)m->raw_bytes / (double)bytes);
    printf(" in %s\n", units_elapsed(elapsed_ms, elapsed));
    alarms_print(m);
    fflush(stdout);
}

/* Not a failure: the backup is there, and its proof is made all the same. */
static void note_alarms(struct work *work, const struct manifest *m)
{
    struct err *e = alarms_error(m);

    if (!e)
        return;
    work->alarmed++;
    if (!work->alarm) {
        work->alarm = e;
        return;
    }
    log_err(LOG_WARN, NULL, e);
    err_free(e);
}

/* A bad or missing proof counts as this backup's failure; the backup itself stays. */
static struct err *test_it(struct work *work, const struct job *job, const struct manifest *m)
{
    AUTO(mem_freep) char *id = manifest_id(m);
    AUTO(backup_freep) struct backup *backup = NULL;
    const struct test_request request = {.engine = work->engine,
                                         .repository = work->repository,
                                         .settings = job->target->settings,
                                         .json = settings_bool(work->settings, SETTING_JSON),
                                         .junit = work->junit};

    struct err *e;

    PASS(catalogue_find(work->repository, id, &backup));
    e = test_report(&request, backup, NULL);
    /* the backup was made: that is more than wrong usage may leave behind */
    return err_is(e, ERR_USAGE) ? err_as(e, ERR_UNPROVEN) : e;
}

static struct err *one_database(struct work *work, struct backup_session *session,
                                const struct job *job, const char *database)
{
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(mem_freep) char *subject =
        mem_printf("%s/%s", job->target->name, database ? database : MANIFEST_GLOBALS_FOLDER);
    struct err *e;

    PASS(interrupt_check());
    e = backup_database(session, database, &m);
    if (e && database && !err_is(e, ERR_INTERRUPTED))
        junit_add_error(work->junit, subject, e);
    if (m) { /* published, be it with a fault */
        show(work, m);
        note_alarms(work, m);
    }
    PASS(e);
    if (database && settings_bool(job->target->settings, SETTING_TEST))
        PASS(test_it(work, job, m));
    return NULL;
}

static struct err *each_database(struct work *work, struct backup_session *session,
                                 const struct job *job, const struct strv *names)
{
    for (size_t i = 0; i < names->len; i++) {
        AUTO(mem_freep) char *subject = mem_printf("%s/%s", job->target->name, names->items[i]);
        struct err *e = one_database(work, session, job, names->items[i]);

        if (err_is(e, ERR_INTERRUPTED))
            return e;
        if (e)
            note_failure(work, subject, e);
        else
            work->done++;
    }
    return NULL;
}

static void find_databases(struct work *work, const struct backup_session *session,
                           const struct job *job, struct strv *out)
{
    if (job->databases.len == 0)
        backup_session_all(session, out);
    for (size_t i = 0; i < job->databases.len; i++) {
        const char *wanted = job->databases.items[i];
        const char *name = NULL;
        struct err *e = argument_error(backup_session_find(session, wanted, &name));

        if (e) {
            AUTO(mem_freep) char *subject = mem_printf("%s/%s", job->target->name, wanted);

            note_untested(work, subject, e);
        } else if (!strv_contains(out, name)) {
            strv_push(out, name);
        }
    }
}

static struct err *in_session(struct work *work, struct backup_session *session,
                              const struct job *job)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    if (settings_bool(work->settings, SETTING_GLOBALS_ONLY)) {
        PASS(one_database(work, session, job, NULL));
        work->done++;
        return NULL;
    }
    find_databases(work, session, job, &names);
    return each_database(work, session, job, &names);
}

static struct err *one_target(struct work *work, const struct job *job)
{
    struct backup_session session = {
        .engine = work->engine,
        .repository = work->repository,
        .target = job->target,
        .progress = progress_line(),
    };
    struct err *e;

    PASS(backup_session_open(&session, settings_duration_ms(work->settings, SETTING_TIMEOUT)));
    e = in_session(work, &session, job);
    backup_session_close(&session);
    return e;
}

static struct err *alarm_verdict(struct work *work)
{
    if (work->alarmed < 2)
        return TAKE(work->alarm);
    log_err(LOG_WARN, NULL, work->alarm);
    return err_new(ERR_PARTIAL,
                   "%zu backups were taken and are kept, but their tables lost rows",
                   work->alarmed);
}

static struct err *verdict(struct work *work)
{
    if (work->failures == 0)
        return alarm_verdict(work);
    if (work->alarm)
        log_err(LOG_WARN, NULL, work->alarm);
    if (work->failures == 1 && work->done == 0)
        return TAKE(work->only);
    log_err(LOG_ERROR, NULL, work->only);
    if (work->done == 0)
        return err_new(ERR_FAILED, "all %zu failed", work->failures);
    return err_new(ERR_PARTIAL, "%zu of %zu failed", work->failures,
                   work->failures + work->done);
}

static struct err *run(struct work *work, const struct strv *arguments)
{
    if (settings_bool(work->settings, SETTING_GLOBALS_ONLY) &&
        settings_bool(work->settings, SETTING_TEST))
        return err_new(ERR_USAGE, "--globals-only leaves nothing for --test to restore");
    PASS(junit_begin(settings_text(work->settings, SETTING_JUNIT), &work->junit));
    PASS(connect_repository(work->settings, true, &work->repository));
    PASS(connect_engine(work->settings, &work->engine));
    PASS(find_jobs(work, arguments));
    for (size_t i = 0; i < work->count; i++) {
        struct err *e = one_target(work, &work->jobs[i]);

        if (err_is(e, ERR_INTERRUPTED))
            return e;
        if (e)
            note_untested(work, work->jobs[i].target->name, e);
    }
    return verdict(work);
}

MUST_USE struct err *cli_backup(const struct invocation *invocation)
{
    AUTO(work_clear) struct work work = {
        .settings = invocation->settings, .made = json_array(), .failed = json_array()};
    struct err *e = run(&work, &invocation->arguments);

    progress_line_wipe();
    if (settings_bool(work.settings, SETTING_JSON) && (work.done > 0 || work.failures > 0))
        cli_print_json(json_pack("{s:O, s:O}", "backups", work.made, "failed", work.failed));
    return junit_end(work.junit, e);
}
