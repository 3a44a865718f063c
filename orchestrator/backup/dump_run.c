#include "orchestrator/backup/dump_run.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/backup/member_store.h"
#include "orchestrator/backup/warnings.h"
#include "orchestrator/fingerprint/of_dump.h"
#include "orchestrator/postgres/temp_folder.h"
#include "orchestrator/stream/sink.h"
#include <stdlib.h>
#include <string.h>

struct run {
    const struct dump_job *job;
    struct dump_reader *reader;
    struct sink *sink;            /* a single file's chain, or NULL */
    struct member_store *members; /* a directory's, or NULL */
    struct digest_result digest;
    struct progress_step step;
    char *item;
    struct buf errors; /* what the tool says on stderr */
    json_t *command;   /* for the manifest */
};

/* -- progress -- */

/* A selection's tables are known by the dump itself: at its head, or as they come. */
static void note_table(const struct run *run, const struct toc_entry *entry)
{
    if (!run->job->take || run->job->plan->whole)
        return;
    if (strcmp(entry->desc, "TABLE DATA") == 0)
        take_table(run->job->take, entry->schema, entry->tag);
    if (strcmp(entry->desc, "BLOBS") == 0)
        take_large_objects(run->job->take);
}

/* What it writes comes after its locks. */
static void note_locks(const struct run *run)
{
    if (run->job->take)
        take_dump_locked(run->job->take);
}

static void on_toc(void *ctx, const struct toc *toc)
{
    note_locks(ctx);
    for (size_t i = 0; i < toc->count; i++)
        note_table(ctx, &toc->entries[i]);
}

static void on_entry(void *ctx, const struct toc_entry *entry, size_t number, size_t total)
{
    struct run *run = ctx;

    note_locks(run);
    free(run->item);
    run->item = mem_printf("%s%s%s", entry->schema, *entry->schema ? "." : "", entry->tag);
    run->step.item = run->item;
    run->step.number = number;
    run->step.total = total;
    note_table(run, entry);
}

static void report(struct run *run)
{
    run->step.bytes = dump_reader_raw_bytes(run->reader);
    progress_step(run->job->progress, &run->step);
}

/* -- bytes -- */

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    if (run->members)
        PASS(member_store_feed(run->members, data, len));
    else {
        TRY(dump_reader_feed(run->reader, data, len), "the dump is damaged");
        PASS(sink_write(run->sink, data, len));
    }
    report(run);
    return NULL;
}

static void on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    warnings_feed(&run->errors, data, len);
}

/* Of a tool that succeeded. */
static void tell_warnings(const struct dump_job *job, const struct buf *errors,
                          const struct strv *argv, struct manifest *manifest)
{
    size_t before = manifest->warnings.len;

    warnings_add(errors, argv, &manifest->warnings);
    for (size_t i = before; i < manifest->warnings.len; i++)
        log_warn("%s: %s", job->subject, manifest->warnings.items[i]);
}

static struct err *open_store(struct run *run, const char *path)
{
    const struct dump_plan *plan = run->job->plan;
    struct sink *chain = NULL;

    if (plan->format == DUMP_DIRECTORY)
        return member_store_new(path, run->reader, &run->members);
    PASS(file_sink_new(path, &chain));
    chain = digest_sink_new(&run->digest, chain);
    if (plan->gzip_level > 0) {
        struct err *e = gzip_sink_new(plan->gzip_level, chain, &run->sink);
        if (e)
            sink_drop(chain);
        return e;
    }
    run->sink = chain;
    return NULL;
}

/* The shell that will become pg_dump is there: the snapshot is as young as can be. */
static struct err *take_snapshot_late(void *ctx, char **argument)
{
    const struct run *run = ctx;
    const char *snapshot;

    PASS(take_hold(run->job->take));
    snapshot = take_snapshot(run->job->take);
    *argument = snapshot ? mem_printf("--snapshot=%s", snapshot) : mem_strdup("");
    if (snapshot)
        json_array_append_new(run->command, jsonx_text(*argument));
    return NULL;
}

static struct err *run_tool(struct run *run, struct manifest *manifest)
{
    const struct dump_job *job = run->job;
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(jsonx_freep) json_t *command = jsonx_texts(&job->plan->argv);
    AUTO(mem_freep) char *text = NULL;
    struct tool_access access = server_access(job->server);
    const struct tool_spec spec = {.database = job->database,
                                   .argv = &argv,
                                   .name = "pg_dump",
                                   .application =
                                       job->take ? take_application(job->take) : NULL,
                                   .guarded = true,
                                   /* It pins the path itself, but where it looks up a
                                    * --table without a schema. */
                                   .keeps_path = true,
                                   .on_stdout = on_stdout,
                                   .on_stderr = on_stderr,
                                   .late_argument = job->take ? take_snapshot_late : NULL,
                                   .ctx = run};

    run->command = command;
    if (job->plan->format == DUMP_DIRECTORY)
        temp_folder_dump_argv(job->temp_name, &argv);
    strv_extend(&argv, &job->plan->argv);
    PASS(tool_run(job->server->engine, &access, &spec));
    text = jsonx_compact(command);
    strv_push(&manifest->commands, text);
    if (job->take && take_snapshot(job->take))
        mem_replace(&manifest->snapshot, take_snapshot(job->take));
    tell_warnings(job, &run->errors, &job->plan->argv, manifest);
    return NULL;
}

/* -- the result -- */

static void record_tables(const struct toc *toc, struct manifest *manifest)
{
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];

        if (strcmp(entry->desc, "TABLE DATA") == 0)
            manifest_add_table(manifest, entry->schema, entry->tag,
                               entry->rows_known ? (int64_t)entry->rows : -1, entry->raw_bytes,
                               entry->stored_bytes);
    }
}

static struct err *finish(struct run *run, const char *name, struct manifest *manifest,
                          struct fingerprint **out_dump)
{
    if (run->members)
        PASS(member_store_finish(run->members, name, manifest));
    TRY(dump_reader_finish(run->reader), "the dump is not complete");
    if (run->sink) {
        PASS(sink_finish(run->sink));
        manifest_add_file(manifest, name, run->digest.bytes, run->digest.sha256);
    }
    manifest->raw_bytes = dump_reader_raw_bytes(run->reader);
    record_tables(dump_reader_toc(run->reader), manifest);
    toc_tags(dump_reader_toc(run->reader), "SUBSCRIPTION", &manifest->subscriptions);
    *out_dump = fingerprint_of_dump(dump_reader_toc(run->reader),
                                    fingerprint_has_owners(&run->job->plan->selection));
    return NULL;
}

static struct err *dump_into(struct run *run, const char *name, struct manifest *manifest,
                             struct fingerprint **out_dump)
{
    AUTO(mem_freep) char *path = fs_join(draft_path(run->job->draft), name);
    struct err *e;

    PASS(fs_remove_tree(path)); /* of a first try */
    PASS(open_store(run, path));
    e = run_tool(run, manifest);
    /* A tool that failed says why; a reader that stumbled over the cut-off rest says less. */
    if (!e)
        e = finish(run, name, manifest, out_dump);
    return e;
}

MUST_USE struct err *dump_run(const struct dump_job *job, struct manifest *manifest,
                              struct fingerprint **out_dump)
{
    struct run run = {.job = job, .errors = WARNINGS_INIT};
    const struct dump_listener listener = {.on_toc = on_toc, .on_entry = on_entry, .ctx = &run};
    AUTO(mem_freep) char *name = draft_dump_name(job->draft, job->plan->extension);
    struct err *e;

    run.step = (struct progress_step){
        .subject = job->subject, .phase = "dump", .expected_bytes = job->expected_bytes};
    run.reader = dump_reader_new(job->plan->format, &listener);
    e = dump_into(&run, name, manifest, out_dump);
    sink_drop(run.sink);
    member_store_free(run.members);
    dump_reader_free(run.reader);
    free(run.item);
    buf_clear(&run.errors);
    mem_replace(&manifest->dump, name);
    mem_replace(&manifest->dump_format, dump_format_name(job->plan->format));
    mem_replace(&manifest->compression, job->plan->compression);
    return e;
}

/* -- globals -- */

static const char TRAILER[] = "-- PostgreSQL database cluster dump complete";

struct capture {
    struct buf *text;
    struct buf errors;
};

static struct err *on_globals(void *ctx, const uint8_t *data, size_t len)
{
    struct capture *capture = ctx;

    return buf_append(capture->text, data, len);
}

static void on_globals_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct capture *capture = ctx;

    warnings_feed(&capture->errors, data, len);
}

static struct err *run_globals(const struct dump_job *job, const struct strv *argv,
                               struct buf *out, struct manifest *manifest)
{
    struct tool_access access = server_access(job->server);
    struct capture capture = {.text = out, .errors = WARNINGS_INIT};
    /* not guarded: to end it in the middle of its `sh -c "pg_dump -V"` would orphan that shell
     */
    const struct tool_spec spec = {.database = job->server->database,
                                   .argv = argv,
                                   .on_stdout = on_globals,
                                   .on_stderr = on_globals_stderr,
                                   .ctx = &capture};
    struct err *e = tool_run(job->server->engine, &access, &spec);

    if (!e)
        tell_warnings(job, &capture.errors, argv, manifest);
    buf_clear(&capture.errors);
    return e;
}

static struct err *globals_text(const struct dump_job *job, bool passwords, struct buf *out,
                                struct manifest *manifest)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(mem_freep) char *database = mem_printf("--database=%s", job->server->database);
    const char *text = passwords ? "[\"pg_dumpall\",\"--globals-only\",\"--no-password\"]"
                                 : "[\"pg_dumpall\",\"--globals-only\",\"--no-password\","
                                   "\"--no-role-passwords\"]";

    strv_push(&argv, "pg_dumpall");
    strv_push(&argv, "--globals-only");
    strv_push(&argv, "--no-password");
    strv_push(&argv, database);
    if (!passwords)
        strv_push(&argv, "--no-role-passwords");
    buf_reset(out);
    PASS(run_globals(job, &argv, out, manifest));
    if (!strstr(buf_text(out), TRAILER))
        return err_new(ERR_CUT, "pg_dumpall's output is not complete");
    strv_push(&manifest->commands, text);
    return NULL;
}

MUST_USE struct err *dump_globals(const struct dump_job *job, struct manifest *manifest)
{
    AUTO(buf_clear) struct buf text = BUF_INIT((size_t)64 << 20);
    AUTO(mem_freep) char *path = fs_join(draft_path(job->draft), "globals.sql");
    struct digest_result digest = {0};
    AUTO(sink_dropp) struct sink *sink = NULL;
    struct err *e = globals_text(job, true, &text, manifest);

    manifest->globals_have_passwords = e == NULL;
    if (err_is(e, ERR_TOOL) && !job->server->superuser) { /* pg_authid is for superusers */
        err_free(e);
        e = globals_text(job, false, &text, manifest);
        strv_push(&manifest->notes, "globals.sql has no passwords: the user is no superuser");
    }
    if (e)
        return err_wrap(e, "dump roles and tablespaces");
    PASS(file_sink_new(path, &sink));
    sink = digest_sink_new(&digest, sink);
    PASS(sink_write(sink, buf_text(&text), text.len));
    PASS(sink_finish(sink));
    manifest_add_file(manifest, "globals.sql", digest.bytes, digest.sha256);
    mem_replace(&manifest->globals, "globals.sql");
    return NULL;
}
