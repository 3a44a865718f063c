#include "orchestrator/proof/test.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/proof/checks.h"
#include "orchestrator/proof/excuse.h"
#include "orchestrator/proof/tablespaces.h"
#include "orchestrator/proof/throwaway.h"
#include "orchestrator/repository/mark.h"
#include "orchestrator/repository/rehearsal.h"
#include "orchestrator/restore/judge.h"
#include "orchestrator/restore/load.h"
#include "orchestrator/restore/roles.h"
#include "orchestrator/restore/room.h"
#include "orchestrator/restore/scratch.h"
#include "orchestrator/restore/stranger_code.h"
#include "orchestrator/target/ready.h"
#include <stdlib.h>
#include <string.h>

#define PROOF_FORMAT 1
/* Sessions that count in the copy, at once. */
#define COUNTING_JOBS 2

struct test {
    const struct test_spec *spec;
    struct test_result *out;
    struct target *source; /* NULL: gone */
    struct run_token *token;
    char *mark;
    char *user;
    char *subject;
};

void test_result_clear(struct test_result *result)
{
    free(result->reason);
    prove_result_clear(&result->proof);
    strv_clear(&result->notes);
    json_decref(result->checks);
    free(result->image);
    free(result->image_id);
    free(result->server_version);
    free(result->source_version);
    free(result->source_image);
    free(result->source_image_id);
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"equal", "different", "unproven"};

    return names[verdict];
}

/* -- the source: where image, command line and user come from -- */

/* The very container that was backed up, or the one that has its name today. */
static struct err *find_source(struct test *t)
{
    const struct manifest *m = t->spec->backup->manifest;
    const char *const names[] = {m->container_id, m->target};

    for (size_t i = 0; i < ARRAY_LEN(names) && !t->source; i++) {
        struct err *e;

        if (!names[i] || !*names[i])
            continue;
        e = target_load(t->spec->engine, t->spec->settings, names[i], &t->source);
        if (e && e->kind != ERR_NOT_FOUND)
            return e;
        err_free(e);
    }
    if (!t->source)
        strv_pushf(&t->out->notes, "container %s is gone: its command line is not known",
                   m->target);
    return NULL;
}

/* A stopped source cannot be asked for a secret file, so its own user falls back. */
static struct err *find_user(struct test *t)
{
    const char *set = settings_text(t->spec->settings, SETTING_USER);
    AUTO(err_freep) struct err *e = NULL;

    if (t->source)
        e = target_user(t->spec->engine, t->source, &t->user);
    if (err_is(e, ERR_INTERRUPTED))
        return TAKE(e);
    if (!t->user)
        t->user = mem_strdup(set ? set : "postgres");
    return NULL;
}

static const struct settings *test_settings(const struct test *t)
{
    return t->source ? t->source->settings : t->spec->settings;
}

/* -- one copy -- */

/* Every statement that failed is a difference of its own. */
static struct err *name_errors(struct test *t, const struct server *server,
                               const struct strv *errors)
{
    PASS(excuse_errors(t->spec->backup->manifest, server, errors));
    for (size_t i = 0; i < errors->len; i++)
        strv_pushf(&t->out->proof.comparison.differences, "the restore failed: %s",
                   errors->items[i]);
    return NULL;
}

/* A tool that could not restore the dump into a place that has all it needs makes the backup a
 * bad one; before the tool was started nothing of the backup was tried. */
static struct err *judge_load(const struct test *t, const struct server *server,
                              const struct load_result *result, struct err *e)
{
    AUTO(strv_clear) struct strv errors = STRV_INIT;
    AUTO(mem_freep) char *text = NULL;
    struct err *excuse;

    if (!err_is(e, ERR_TOOL))
        return e;
    if (!result->started)
        return err_as(e, ERR_UNPROVEN);
    text = err_text(e);
    strv_push(&errors, text);
    excuse = excuse_errors(t->spec->backup->manifest, server, &errors);
    if (!excuse)
        return err_as(e, ERR_BAD_BACKUP);
    err_free(e);
    return excuse;
}

static bool is_in_container(const struct test *t)
{
    return strcmp(settings_text(test_settings(t), SETTING_IN), "container") == 0;
}

/* Asked before anything is made; a throwaway's data lies on the engine's disk, beside others'.
 */
static struct err *check_room(const struct test *t, const struct server *server,
                              struct room **out)
{
    const struct room_wish wish = {.manifest = t->spec->backup->manifest};

    PASS(room_open(server, out));
    return room_check(*out, &wish, t->subject, settings_bool(t->spec->settings, SETTING_FORCE));
}

/* The database that a copy is made in. */
struct copy {
    const struct server *server;
    struct room *room;
    const char *database;
    const char *owner; /* who shall own it, or NULL */
    const struct scratch
        *scratch; /* closed, as in proof/prove.h; or NULL: nobody else is there */
};

static struct err *look_at(struct test *t, const struct copy *copy, const struct toc *toc)
{
    const struct settings *settings = test_settings(t);
    const struct prove_spec spec = {
        .server = copy->server,
        .database = copy->database,
        .owner = copy->owner,
        .closed = copy->scratch != NULL,
        .manifest = t->spec->backup->manifest,
        .toc = toc,
        .throwaway = t->out->in_container,
        .jobs = COUNTING_JOBS,
        .most_ms = settings_duration_ms(settings, SETTING_TEST_TIMEOUT),
    };
    const struct checks_spec checks = {
        .server = copy->server,
        .database = copy->database,
        .files = settings_list(settings, SETTING_CHECK),
        .throwaway = is_in_container(t),
    };

    progress_event(t->spec->progress, t->subject, "test", "restored; comparing");
    PASS(prove_copy(&spec, &t->out->proof));
    strv_extend(&t->out->notes, &t->out->proof.refused);
    return checks_run(&checks, t->out->checks, &t->out->proof.comparison.differences);
}

static struct err *load_and_compare(struct test *t, const struct copy *copy)
{
    AUTO(mem_freep) char *temp_name = mark_temp_name(t->spec->repository);
    const struct settings *settings = test_settings(t);
    const struct load_spec load = {
        .server = copy->server,
        .backup = t->spec->backup,
        .database = copy->database,
        .temp_name = temp_name,
        .subject = t->subject,
        .progress = t->spec->progress,
        .jobs = (int)settings_int(settings, SETTING_JOBS),
        .no_tablespaces = true,
        .timeout_ms = settings_duration_ms(settings, SETTING_TEST_TIMEOUT),
        .all_errors = true,
        .room = copy->room,
    };
    AUTO(load_result_clear) struct load_result result = {0};

    mem_replace(&t->out->server_version, copy->server->version);
    PASS(judge_load(t, copy->server, &result, load_dump(&load, &result)));
    t->out->restore_ms = result.elapsed_ms;
    for (size_t i = 0; i < result.schemas_made.len; i++)
        strv_pushf(&t->out->notes, "schema %s is not in the backup: it was made for the test",
                   result.schemas_made.items[i]);
    PASS(name_errors(t, copy->server, &result.errors));
    if (copy->scratch)
        PASS(scratch_loaded(copy->scratch));
    return look_at(t, copy, dump_reader_toc(result.reader));
}

/* The copy carries the source's own name: extensions such as pg_cron insist on it. */
static struct err *in_container_copy(struct test *t, struct server *server)
{
    const struct manifest *m = t->spec->backup->manifest;
    struct database_spec spec = {
        .name = m->database,
        .encoding = m->encoding,
        .locale_provider = m->locale_provider,
        .collate = m->collate,
        .ctype = m->ctype,
        .icu_locale = m->icu_locale,
        .icu_rules = m->icu_rules,
    };
    AUTO(room_freep) struct room *room = NULL;
    struct err *none = NULL;

    PASS(check_room(t, server, &room));
    PASS(roles_create_missing(server, t->spec->backup, NULL));
    if (m->dump_format && strcmp(m->dump_format, "plain") == 0)
        PASS(tablespaces_stand_in(server, t->spec->backup));
    if (strcmp(server->database, m->database) == 0)
        mem_replace(&server->database, "template1");
    PASS(database_drop(server, m->database));
    if (m->owner && roles_has(server, m->owner, &none))
        spec.owner = m->owner;
    PASS(none);
    PASS(database_create(server, &spec));
    const struct copy copy = {
        .server = server, .room = room, .database = m->database, .owner = spec.owner};

    return load_and_compare(t, &copy);
}

static struct err *in_container(struct test *t)
{
    const char *image = settings_text(t->spec->settings, SETTING_IMAGE);
    AUTO(throwaway_freep) struct throwaway *throwaway = NULL;
    struct throwaway_spec spec = {
        .engine = t->spec->engine,
        .settings = test_settings(t),
        .source = t->source,
        .user = t->user,
        .mark = t->mark,
        .wait_ms = t->spec->wait_ms,
    };

    spec.image = image ? image : t->spec->backup->manifest->image_id;
    mem_replace(&t->out->image, spec.image);
    t->out->in_container = true;
    progress_event(t->spec->progress, t->subject, "test", "starting a throwaway container");
    PASS(throwaway_start(&spec, &t->out->notes, &throwaway));
    mem_replace(&t->out->image_id, throwaway_image_id(throwaway));
    return in_container_copy(t, throwaway_server(throwaway));
}

/* A plain dump is a script: in the source's own server it would fill the source's tablespaces.
 */
static struct err *check_tablespaces(const struct test *t)
{
    size_t count = 0;

    if (strcmp(t->spec->backup->manifest->dump_format, "plain") != 0)
        return NULL;
    PASS(tablespaces_count(t->spec->backup, &count));
    if (count == 0)
        return NULL;
    return err_hint(err_new(ERR_UNPROVEN, "a plain dump may name the source's own tablespaces"),
                    "test it with --in container, which maps them away");
}

static struct err *check_owners(const struct test *t, const struct server *server)
{
    const struct stranger_code_spec spec = {
        .server = server,
        .backup = t->spec->backup,
        .hint = "test it with --in container, where no code does harm; or if you trust these "
                "roles as you trust yourself: --trust-owners",
    };

    if (settings_bool(t->spec->settings, SETTING_TRUST_OWNERS))
        return NULL;
    return stranger_code_refuse(&spec);
}

static struct err *in_database(struct test *t)
{
    AUTO(server_freep) struct server *server = NULL;
    AUTO(lock_freep) struct lock *lock = NULL;
    AUTO(room_freep) struct room *room = NULL;
    AUTO(scratch_freep) struct scratch *scratch = NULL;
    struct err *none = NULL;
    const char *owner = t->spec->backup->manifest->owner;

    if (!t->source)
        return err_new(ERR_UNPROVEN, "container %s is gone: there is no server to restore into",
                       t->spec->backup->manifest->target);
    PASS(check_tablespaces(t));
    PASS(target_require_postgres(t->source));
    PASS(target_wait(t->spec->engine, t->source, t->spec->wait_ms, &server));
    mem_replace(&t->out->image_id, t->source->image_id);
    PASS(lock_target(t->spec->repository, t->source->name, "test", &lock));
    PASS(scratch_sweep(server, t->spec->repository));
    PASS(check_owners(t, server));
    PASS(check_room(t, server, &room));
    if (!owner || !roles_has(server, owner, &none))
        owner = NULL;
    PASS(none);
    PASS(scratch_new(server, t->mark, t->spec->backup->manifest, owner, &scratch));
    const struct copy copy = {.server = server,
                              .room = room,
                              .database = scratch_name(scratch),
                              .owner = scratch_owner(scratch),
                              .scratch = scratch};

    return load_and_compare(t, &copy);
}

/* -- the verdict -- */

static struct err *check_usage(const struct test_spec *spec)
{
    const struct backup *backup = spec->backup;
    bool container = strcmp(settings_text(spec->settings, SETTING_IN), "container") == 0;

    if (!backup->manifest->dump)
        return err_new(ERR_USAGE, "%s holds only globals: there is nothing to restore",
                       backup->id);
    if (!container && settings_text(spec->settings, SETTING_IMAGE))
        return err_new(ERR_USAGE, "--image needs --in container");
    return checks_validate(settings_list(spec->settings, SETTING_CHECK));
}

static struct err *make_copy(struct test *t)
{
    bool container = is_in_container(t);

    if (strv_contains(&t->spec->backup->manifest->selection, "--data-only"))
        return err_new(ERR_UNPROVEN, "the backup holds data only, which needs its tables to be "
                                     "there");
    PASS(judge_backup(t->spec->backup, container));
    return container ? in_container(t) : in_database(t);
}

/* A gap is never "equal": what was not compared is not proven. */
static void decide(struct test_result *out)
{
    const struct comparison *comparison = &out->proof.comparison;

    out->verdict = VERDICT_EQUAL;
    if (comparison->differences.len > 0)
        out->verdict = VERDICT_DIFFERENT;
    else if (comparison->not_compared.len > 0) {
        size_t others = comparison->not_compared.len - 1;

        out->verdict = VERDICT_UNPROVEN;
        mem_freep(&out->reason);
        out->reason = others
                          ? mem_printf("not compared: %s; and %zu more",
                                       comparison->not_compared.items[0], others)
                          : mem_printf("not compared: %s", comparison->not_compared.items[0]);
    }
}

/* Only what the backup itself is guilty of (ERR_BAD_BACKUP, judge_load) makes it different. A
 * right that is missing, a lock, a lost engine, a timeout say nothing about it. */
static struct err *judge(struct test *t, struct err *e)
{
    AUTO(mem_freep) char *text = e ? err_text(e) : NULL;
    struct test_result *out = t->out;

    if (err_is(e, ERR_INTERRUPTED) || err_is(e, ERR_USAGE))
        return e;
    if (!e) {
        decide(out);
        return NULL;
    }
    if (err_is(e, ERR_BAD_BACKUP)) {
        out->verdict = VERDICT_DIFFERENT;
        strv_pushf(&out->proof.comparison.differences, "the restore failed: %s", text);
    } else if (out->proof.comparison.differences.len > 0) {
        out->verdict = VERDICT_DIFFERENT;
        strv_pushf(&out->proof.comparison.not_compared, "the rest: %s", text);
    } else {
        const char *hint = err_hint_of(e);

        out->verdict = VERDICT_UNPROVEN;
        free(out->reason);
        out->reason =
            mem_printf("%s%s%s%s", text, hint ? " (" : "", hint ? hint : "", hint ? ")" : "");
    }
    err_free(e);
    return NULL;
}

static void numbers_to_json(json_t *proof, const struct comparison *comparison)
{
    jsonx_set_int(proof, "tables", (int64_t)comparison->tables);
    jsonx_set_int(proof, "tables_by_content", (int64_t)comparison->contents);
    jsonx_set_int(proof, "rows", (int64_t)comparison->rows);
    jsonx_set_int(proof, "sequences", (int64_t)comparison->sequences);
    jsonx_set_int(proof, "objects", (int64_t)comparison->objects);
    jsonx_set_int(proof, "large_objects", (int64_t)comparison->large_objects);
}

static void lists_to_json(json_t *proof, const struct comparison *comparison)
{
    jsonx_set(proof, "differences", jsonx_texts(&comparison->differences));
    jsonx_set(proof, "not_compared", jsonx_texts(&comparison->not_compared));
    jsonx_set(proof, "by_version", jsonx_texts(&comparison->by_version));
    jsonx_set(proof, "outside", jsonx_texts(&comparison->outside));
}

json_t *test_result_to_json(const struct test_result *result)
{
    json_t *proof = json_object();
    char at[CLOCK_TEXT_SIZE];

    clock_rfc3339(result->at_unix_s, at);
    jsonx_set_int(proof, "format", PROOF_FORMAT);
    jsonx_set_string(proof, "verdict", verdict_name(result->verdict));
    jsonx_set_string(proof, "depth", fingerprint_depth_name(result->proof.depth));
    jsonx_set_string(proof, "depth_reason", result->proof.depth_reason);
    jsonx_set_string(proof, "reason", result->reason);
    lists_to_json(proof, &result->proof.comparison);
    jsonx_set(proof, "disabled_subscriptions", jsonx_texts(&result->proof.subscriptions));
    jsonx_set(proof, "notes", jsonx_texts(&result->notes));
    jsonx_set(proof, "checks", json_incref(result->checks));
    jsonx_set_string(proof, "tested_at", at);
    jsonx_set_string(proof, "in", result->in_container ? "container" : "database");
    jsonx_set_string(proof, "image", result->image);
    jsonx_set_string(proof, "image_id", result->image_id);
    jsonx_set_string(proof, "server_version", result->server_version);
    jsonx_set_string(proof, "source_image", result->source_image);
    jsonx_set_string(proof, "source_image_id", result->source_image_id);
    jsonx_set_string(proof, "source_server_version", result->source_version);
    jsonx_set_string(proof, "pgkeep_version", PGKEEP_VERSION);
    jsonx_set_int(proof, "restore_ms", result->restore_ms);
    jsonx_set_int(proof, "elapsed_ms", result->elapsed_ms);
    numbers_to_json(proof, &result->proof.comparison);
    return proof;
}

static struct err *run(struct test *t)
{
    PASS(throwaway_sweep(t->spec->engine, t->spec->repository));
    PASS(find_source(t));
    PASS(find_user(t));
    PASS(run_token_new(t->spec->repository, &t->token));
    t->mark = mark_text(t->spec->repository, t->token);
    return make_copy(t);
}

MUST_USE struct err *test_run(const struct test_spec *spec, struct test_result *out)
{
    struct test t = {.spec = spec, .out = out};
    AUTO(jsonx_freep) json_t *proof = NULL;
    int64_t started_ms = clock_mono_ms();
    struct err *e;

    *out = (struct test_result){
        .checks = json_array(),
        .at_unix_s = clock_unix_s(),
        .source_version = mem_strdup(spec->backup->manifest->server_version),
        .source_image = mem_strdup(spec->backup->manifest->image),
        .source_image_id = mem_strdup(spec->backup->manifest->image_id),
    };
    PASS(check_usage(spec));
    t.subject = mem_printf("%s/%s", spec->backup->target, spec->backup->database_folder);
    e = judge(&t, run(&t));
    out->elapsed_ms = clock_mono_ms() - started_ms;
    run_token_free(t.token);
    target_free(t.source);
    free(t.mark);
    free(t.user);
    free(t.subject);
    PASS(e);
    proof = test_result_to_json(out);
    if (rehearsal_is(proof) && !repository_is_read_only(spec->repository))
        strv_pushf(&out->notes,
                   "a rehearsal with PostgreSQL %d: it is kept beside the proof with the "
                   "backup's own version, and replaces none",
                   rehearsal_major(proof));
    return NULL;
}

MUST_USE struct err *test_keep(const struct test_spec *spec, const struct test_result *result)
{
    AUTO(jsonx_freep) json_t *proof = test_result_to_json(result);

    if (repository_is_read_only(spec->repository)) /* who opened it has said so */
        return NULL;
    return backup_write_proof(spec->backup, proof);
}
