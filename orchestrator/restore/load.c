#include "orchestrator/restore/load.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "orchestrator/dump/plain_guard.h"
#include "orchestrator/postgres/psql.h"
#include "orchestrator/postgres/quote.h"
#include "orchestrator/postgres/temp_folder.h"
#include "orchestrator/restore/complaints.h"
#include "orchestrator/restore/dump_feed.h"
#include "orchestrator/restore/dump_files.h"
#include "orchestrator/restore/selection.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_NAME_SIZE 32

/* More than any head of a statement that pg_dump writes. */
#define HELD_MAX_BYTES ((size_t)4 << 20)

struct load {
    const struct load_spec *spec;
    enum dump_format format;
    struct dump_feed *contents; /* read ahead, where they are needed */
    char *list_text;
    struct dump_files *files;
    struct dump_reader *reader;
    struct progress_step step;
    char *item;
    bool finished; /* every byte was read, checked and handed over */
    /* A plain dump's bytes that psql does not get yet, for they are not judged. */
    struct plain_guard *guard;
    struct buf held;
    uint64_t given;
    struct buf said; /* psql's last words */
    struct complaints complaints;
    char name[LOAD_NAME_SIZE]; /* of its connections, and of no others */
};

/* -- the table of contents, before anything is loaded -- */

static struct err *read_contents(struct load *load)
{
    const struct backup *backup = load->spec->backup;

    return load->contents ? NULL
                          : dump_feed_read_toc(backup->path, backup->manifest, &load->contents);
}

static struct err *make_list(struct load *load)
{
    const struct load_spec *spec = load->spec;
    AUTO(buf_clear) struct buf list = BUF_OWN_TEXT;

    PASS(read_contents(load));
    PASS(selection_list(dump_feed_toc(load->contents), spec->tables, spec->schemas, &list));
    if (spec->data_only)
        PASS(selection_check_rows(dump_feed_toc(load->contents), spec->tables));
    load->list_text = buf_take(&list);
    return NULL;
}

static bool selects(const struct load_spec *spec)
{
    return (spec->tables && spec->tables->len > 0) || (spec->schemas && spec->schemas->len > 0);
}

static struct err *prepare_list(struct load *load)
{
    const struct load_spec *spec = load->spec;

    if (load->format == DUMP_PLAIN &&
        (selects(spec) || spec->list_text || spec->schema_only || spec->data_only))
        return err_hint(err_new(ERR_USAGE, "a plain dump can only be restored whole"),
                        "restore it into a new database and copy from there what you need; "
                        "backups with --format custom, tar or directory can be selected from");
    if (spec->list_text && selects(spec))
        return err_new(ERR_USAGE, "--list cannot be combined with --table and --schema");
    if (spec->list_text) {
        load->list_text = mem_strdup(spec->list_text);
        return NULL;
    }
    return selects(spec) ? make_list(load) : NULL;
}

/* `pg_dump --table` leaves out the schema that the table is in; a new database lacks it. */
static struct err *make_schemas(struct load *load, struct strv *made)
{
    const struct load_spec *spec = load->spec;

    if (spec->backup->manifest->selection.len == 0 || spec->data_only)
        return NULL;
    PASS(read_contents(load));
    selection_lacks(dump_feed_toc(load->contents), spec->tables, spec->schemas, made);
    for (size_t i = 0; i < made->len; i++) {
        AUTO(mem_freep) char *name = quote_ident(made->items[i]);
        AUTO(mem_freep) char *sql = mem_printf("CREATE SCHEMA IF NOT EXISTS %s", name);

        TRY(server_execute(spec->server, spec->database, sql), "make schema %s", name);
    }
    return NULL;
}

/* -- the tool -- */

static void pg_restore_argv(const struct load *load, struct strv *argv)
{
    const struct load_spec *spec = load->spec;
    AUTO(mem_freep) char *dbname = quote_conninfo_dbname(spec->database);
    const struct {
        bool wanted;
        const char *flag;
    } flags[] = {
        {!spec->all_errors, "--exit-on-error"},
        {spec->no_owner, "--no-owner"},
        {spec->no_tablespaces, "--no-tablespaces"},
        {spec->no_privileges, "--no-privileges"},
        {spec->schema_only, "--schema-only"},
        {spec->definitions_alone, "--section=pre-data"},
        {spec->data_only, "--data-only"},
        {spec->single_transaction, "--single-transaction"},
    };

    strv_push(argv, "pg_restore");
    strv_push(argv, "--no-password");
    strv_pushf(argv, "--format=%s", dump_format_name(load->format));
    strv_pushf(argv, "--dbname=%s application_name=%s", dbname, load->name);
    if (spec->jobs > 1 && load->format != DUMP_TAR && !spec->single_transaction)
        strv_pushf(argv, "--jobs=%d", spec->jobs);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].wanted)
            strv_push(argv, flags[i].flag);
}

static bool must_stage(const struct load *load)
{
    if (load->format == DUMP_PLAIN)
        return false;
    return load->format == DUMP_DIRECTORY || load->list_text ||
           (load->spec->jobs > 1 && load->format == DUMP_CUSTOM);
}

static void on_entry(void *ctx, const struct toc_entry *entry, size_t number, size_t total)
{
    struct load *load = ctx;

    free(load->item);
    load->item = mem_printf("%s%s%s", entry->schema, *entry->schema ? "." : "", entry->tag);
    load->step.item = load->item;
    load->step.number = number;
    load->step.total = total;
}

static struct err *read_script_end(struct load *load, uint8_t *data, size_t *len)
{
    PASS(plain_guard_finish(load->guard));
    load->finished = true;
    *len = strlen(PSQL_LAST_WORDS_SCRIPT);
    memcpy(data, PSQL_LAST_WORDS_SCRIPT, *len);
    return NULL;
}

/* The file may have changed since judge.h read it, so psql gets only what is judged again. */
static struct err *read_script(struct load *load, uint8_t *data, size_t size, size_t *len)
{
    uint64_t may = plain_guard_judged(load->guard) - load->given;

    while (may == 0) {
        PASS(dump_files_read(load->files, data, size, len));
        if (*len == 0)
            return read_script_end(load, data, len);
        PASS(plain_guard_feed(load->guard, data, *len));
        TRY(err_as(buf_append(&load->held, data, *len), ERR_BAD_BACKUP), "plain dump refused");
        may = plain_guard_judged(load->guard) - load->given;
    }
    *len = may < size ? (size_t)may : size;
    memcpy(data, load->held.data, *len);
    buf_consume(&load->held, *len);
    load->given += *len;
    return NULL;
}

static struct err *read_archive(struct load *load, uint8_t *data, size_t size, size_t *len)
{
    PASS(dump_files_read(load->files, data, size, len));
    load->finished = *len == 0;
    return NULL;
}

/* What is staged is written to another place first, and then at the tool's own pace. */
static struct err *feed_room(const struct load *load, size_t len)
{
    const struct manifest *m = load->spec->backup->manifest;
    uint64_t stored = dump_files_total(load->files);
    uint64_t times = stored > 0 && load->format != DUMP_PLAIN ? m->raw_bytes / stored : 0;

    if (!load->spec->room || must_stage(load))
        return NULL;
    return room_feed(load->spec->room, len * (times + 1));
}

static struct err *read_input(void *ctx, uint8_t *data, size_t size, size_t *len)
{
    struct load *load = ctx;

    *len = 0;
    if (load->finished)
        return NULL;
    if (load->format == DUMP_PLAIN)
        PASS(read_script(load, data, size, len));
    else
        PASS(read_archive(load, data, size, len));
    load->step.bytes = dump_files_done(load->files);
    load->step.expected_bytes = dump_files_total(load->files);
    progress_step(load->spec->progress, &load->step);
    return feed_room(load, *len);
}

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct load *load = ctx;

    buf_append_tail(&load->said, data, len);
    return NULL;
}

static struct err *check_last_words(struct load *load)
{
    if (psql_cut_last_words(&load->said))
        return NULL;
    return err_new(ERR_CUT, "the engine cut the stream: psql did not get all of the dump");
}

static struct err *on_tick(void *ctx)
{
    const struct load *load = ctx;

    return room_watch(load->spec->room);
}

static const char *tool_name(const struct load *load)
{
    return load->format == DUMP_PLAIN ? "psql" : "pg_restore";
}

static void on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct load *load = ctx;

    complaints_add(&load->complaints, data, len);
}

/* A pg_restore that reads its dump in the container has no input whose end could stop it: what
 * its connections do is ended in the server. The scratch's go with the scratch. */
static void end_tool(const struct load *load)
{
    AUTO(mem_freep) char *name = quote_literal(load->name);
    AUTO(mem_freep) char *sql = mem_printf("SELECT pg_catalog.pg_terminate_backend(pid)"
                                           " FROM pg_catalog.pg_stat_activity"
                                           " WHERE application_name OPERATOR(pg_catalog.=) %s",
                                           name);
    AUTO(err_freep) struct err *e = NULL;

    interrupt_hold();
    e = server_execute(load->spec->server, NULL, sql);
    if (e)
        log_err(LOG_WARN, "pg_restore may go on", e);
    interrupt_release();
}

static struct err *run_tool(struct load *load)
{
    const struct load_spec *spec = load->spec;
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    static const struct psql_call script = {.verbose = true}; /* blame.h goes by SQLSTATE */
    struct tool_access access = server_access(spec->server);
    const struct tool_spec tool = {.database = spec->database,
                                   .argv = &argv,
                                   .name = tool_name(load),
                                   .on_stdout = on_stdout,
                                   .on_stderr = on_stderr,
                                   .read_input = read_input,
                                   .on_tick = spec->room ? on_tick : NULL,
                                   .ctx = load,
                                   .timeout_ms = spec->timeout_ms};
    struct err *e;

    if (must_stage(load))
        temp_folder_stage_argv(spec->temp_name, &argv);
    if (load->format == DUMP_PLAIN)
        psql_argv(&script, &argv);
    else
        pg_restore_argv(load, &argv);
    e = tool_run(spec->server->engine, &access, &tool);
    if (e && e->kind != ERR_TOOL && spec->data_only && must_stage(load))
        end_tool(load);
    return e;
}

/* With all_errors, statements that failed are no error of the load. */
static struct err *take_complaints(const struct load *load, struct strv *out, struct err *e)
{
    if (!load->spec->all_errors || !err_is(e, ERR_TOOL) ||
        !complaints_went_on(&load->complaints))
        return e;
    complaints_read(&load->complaints, out);
    if (out->len == 0)
        return e;
    err_free(e);
    return NULL;
}

/* pg_restore stops reading a custom dump at its last block and psql at its last statement: what
 * is left is read here, so that the whole dump is checked in every case. */
static struct err *read_rest(struct load *load)
{
    AUTO(mem_freep) uint8_t *block = mem_new((size_t)64 << 10, 1);
    size_t len = 1;

    while (!load->finished && len > 0)
        PASS(dump_files_read(load->files, block, (size_t)64 << 10, &len));
    return NULL;
}

static struct err *run(struct load *load, struct load_result *out)
{
    PASS(prepare_list(load));
    PASS(make_schemas(load, &out->schemas_made));
    PASS(dump_files_open(load->spec->backup, must_stage(load) ? DUMP_FILES_TAR : DUMP_FILES_RAW,
                         load->list_text, load->reader, &load->files));
    out->started = true;
    PASS(take_complaints(load, &out->errors, run_tool(load)));
    PASS(read_rest(load));
    return load->format == DUMP_PLAIN ? check_last_words(load) : NULL;
}

void load_result_clear(struct load_result *result)
{
    dump_reader_free(result->reader);
    strv_clear(&result->schemas_made);
    strv_clear(&result->errors);
    restored_clear(&result->loaded);
}

/* Which they are is known when the dump has passed: their rows were counted then. */
static void note_loaded(const struct load *load, struct restored_list *out)
{
    const struct toc *toc = dump_reader_toc(load->reader);
    struct selection_ids *ids;

    if (!toc || load->spec->schema_only || load->spec->definitions_alone)
        return;
    ids = load->list_text ? selection_ids_read(load->list_text) : NULL;
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];

        if (strcmp(entry->desc, "TABLE DATA") != 0 ||
            (ids && !selection_ids_have(ids, entry->dump_id)))
            continue;
        restored_add(out, entry->schema, entry->tag)->rows =
            entry->rows_known ? (int64_t)entry->rows : -1;
    }
    selection_ids_free(ids);
}

MUST_USE struct err *load_dump(const struct load_spec *spec, struct load_result *out)
{
    struct load state = {.spec = spec};
    const struct dump_listener listener = {.on_entry = on_entry, .ctx = &state};
    const char *format = spec->backup->manifest->dump_format;
    int64_t started_ms = clock_mono_ms();
    struct err *e;

    *out = (struct load_result){0};
    if (!format || !dump_format_parse(format, &state.format))
        return err_new(ERR_USAGE, "backup %s holds no dump that can be restored",
                       spec->backup->id);
    state.step = (struct progress_step){.subject = spec->subject, .phase = "restore"};
    state.said = (struct buf)BUF_INIT(256);
    complaints_init(&state.complaints);
    state.held = (struct buf)BUF_INIT(HELD_MAX_BYTES);
    state.guard = state.format == DUMP_PLAIN ? plain_guard_new() : NULL;
    state.reader = dump_reader_new(state.format, &listener);
    snprintf(state.name, sizeof(state.name), "pgkeep-%016" PRIx64, random_number());
    e = run(&state, out);
    if (!e)
        note_loaded(&state, &out->loaded);
    dump_feed_free(state.contents);
    dump_files_free(state.files);
    buf_clear(&state.said);
    buf_clear(&state.held);
    plain_guard_free(state.guard);
    complaints_clear(&state.complaints);
    free(state.list_text);
    free(state.item);
    out->elapsed_ms = clock_mono_ms() - started_ms;
    if (e)
        dump_reader_free(state.reader);
    else
        out->reader = state.reader;
    return e;
}
