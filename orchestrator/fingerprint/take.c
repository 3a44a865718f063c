#include "orchestrator/fingerprint/take.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/units.h"
#include "orchestrator/fingerprint/counter.h"
#include "orchestrator/fingerprint/hidden.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/fingerprint/sequences.h"
#include "orchestrator/fingerprint/stall.h"
#include "orchestrator/fingerprint/take_private.h"
#include "orchestrator/postgres/properties.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_MOST 64
#define SELECTION_LOCK_MS 1000

/* -- begin -- */

static struct err *read_encoding(struct take *take)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(session_query(take->holder, "SELECT pg_catalog.getdatabaseencoding()", 1, &rows));
    if (rows.count == 1)
        take->encoding = mem_strdup(rows_cell(&rows, 0, 0));
    return NULL;
}

/* What a narrowed dump takes is known best by pg_dump: it is asked for its table of contents.
 * It may fail, as the dump then may: nothing is locked in advance then. */
static bool ask_for_selection(struct take *take)
{
    const struct schema_spec spec = {.engine = take->spec.server->engine,
                                     .server = take->spec.server,
                                     .database = take->database,
                                     .args = &take->schema.args,
                                     .mark = take->mark,
                                     .encoding = take->encoding,
                                     .lock_wait_ms = SELECTION_LOCK_MS};
    AUTO(err_freep) struct err *e = NULL;

    fingerprint_free(take->selected);
    take->selected = fingerprint_new();
    e = schema_read(&spec, take->selected);
    if (e)
        log_debug("%s: what the selection takes: %s", take->database, e->message);
    return !e;
}

/* It waits for locks too, but cannot say for whose. */
static struct err *read_selection(struct take *take)
{
    int64_t began_ms = clock_mono_ms();
    bool found = true;

    while (found && !ask_for_selection(take)) {
        PASS(interrupt_check());
        PASS(hold_tell_late(&take->hold, NULL, began_ms, &found));
    }
    return NULL;
}

static struct err *connect_holder(struct take *take)
{
    if (take->holder)
        return NULL;
    if (take->way)
        return session_open(take->way, take->database, &take->holder);
    PASS(session_way_open(take->spec.server, take->database, &take->own_way, &take->holder));
    take->way = take->own_way;
    return NULL;
}

static struct err *open_holder(struct take *take)
{
    PASS(connect_holder(take));
    PASS(pins_set(take->holder, take->spec.server->version_num));
    PASS(read_encoding(take));
    return NULL;
}

static struct err *hold_snapshot(struct take *take)
{
    hold_clear(&take->hold);
    take->hold = (struct hold){.session = take->holder,
                               .subject = take->database,
                               .locks = take->spec.beside_dump,
                               .avoid = take->spec.avoid,
                               .timeout_ms = take->spec.lock_timeout_ms};
    if (take->spec.beside_dump && !take->spec.whole && !take->selected)
        PASS(read_selection(take));
    take->hold.selected = take->selected;
    PASS(hold_begin(&take->hold));
    take_queue_lock(&take->queue);
    take->held = true;
    pthread_cond_broadcast(&take->queue.changed);
    take_queue_unlock(&take->queue);
    return NULL;
}

bool take_holds(const struct take *take)
{
    return lock_list_count(&take->hold.locked) > 0;
}

static void make_mark(struct take *take)
{
    uint64_t number = random_number();

    take->mark = mem_printf("pgkeep_schema_%016" PRIx64, number);
    take->application = mem_printf("pgkeep_dump_%016" PRIx64, number);
}

static struct err *read_extensions(struct take *take)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(take->holder,
                      "SELECT e.extname, e.extversion, n.nspname FROM pg_catalog.pg_extension e"
                      " JOIN pg_catalog.pg_namespace n"
                      " ON n.oid OPERATOR(pg_catalog.=) e.extnamespace",
                      3, &rows),
        "list the extensions");
    for (size_t i = 0; i < rows.count; i++)
        fingerprint_add_extension(take->f, rows_cell(&rows, i, 0), rows_cell(&rows, i, 1),
                                  rows_cell(&rows, i, 2));
    return NULL;
}

/* As statements, like the other properties. No dump of one database holds them, so a copy has
 * them only where the restore gives them too. */
static struct err *read_properties(struct take *take)
{
    AUTO(mem_freep) char *sql = properties_query("pg_catalog.current_database()");
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(take->holder, sql, 1, &rows), "read the database's properties");
    for (size_t i = 0; i < rows.count; i++)
        strv_push(&take->f->properties, rows_cell(&rows, i, 0));
    return NULL;
}

static struct err *read_lists(struct take *take)
{
    struct strv *sequences = &take->list.sequences;

    PASS(table_list_read(take->holder, &take->list, &take->f->outside));
    for (size_t i = 0; i < sequences->len; i += TABLE_LIST_CELLS)
        fingerprint_add_sequence(take->f, sequences->items[i], sequences->items[i + 1]);
    PASS(sequences_read(take->holder, SEQUENCES_BEFORE, sequences, take->f));
    if (take->early)
        sequences_take_early(sequences, take->f, &take->early_sequences, take->early);
    PASS(read_extensions(take));
    PASS(hidden_read(take->holder, &take->schema.args, take->f));
    return read_properties(take);
}

static void be_like(struct take *take)
{
    const struct fingerprint *like = take->spec.like;

    for (size_t i = 0; like && i < like->table_count; i++) {
        const struct fingerprint_table *other = &like->tables[i];
        struct table_item *table = table_list_find(&take->list, other->schema, other->name);

        if (!table || !other->has_content)
            continue;
        table->without_generated = other->without_generated;
        table->with_generated = !other->without_generated && take->spec.throwaway;
    }
    take->spec.like = NULL;
}

static void queue_table(struct take *take, struct table_item *table)
{
    uint64_t most = take->spec.content_most_bytes;

    table->queued = true;
    take->queued_bytes += table->bytes;
    take_queue_lock(&take->queue);
    if (most && take->queued_bytes > most && take->f->depth == FINGERPRINT_CONTENT) {
        char text[UNITS_TEXT_SIZE];

        take->f->depth = FINGERPRINT_COUNTS;
        take->f->depth_reason =
            mem_printf("the tables are larger than %s", units_size(most, text));
    }
    take_queue_unlock(&take->queue);
    take_queue_push(&take->queue, table);
}

static int compare_bytes(const void *a, const void *b)
{
    const struct table_item *left = *(struct table_item *const *)a;
    const struct table_item *right = *(struct table_item *const *)b;

    return (left->bytes < right->bytes) - (left->bytes > right->bytes);
}

/* The biggest first, so that none of them is left for the end. */
static void queue_all(struct take *take)
{
    size_t count = take->list.table_count;
    AUTO(mem_freep) struct table_item **order = mem_new(count + 1, sizeof(struct table_item *));

    for (size_t i = 0; i < count; i++)
        order[i] = &take->list.tables[i];
    qsort(order, count, sizeof(struct table_item *), compare_bytes);
    for (size_t i = 0; i < count; i++)
        if (order[i]->in_dump)
            queue_table(take, order[i]);
}

/* A session of its own costs an exec, which is more than a batch of small tables. */
static size_t pieces_of_work(const struct take *take)
{
    size_t large = 0, small = 0;

    for (size_t i = 0; i < take->queue.count; i++) {
        const struct table_item *table = take->queue.tasks[i].table;

        large += table && !take_is_small(table);
        small += table && take_is_small(table);
    }
    return large + small / COUNTER_BATCH_MOST + 1;
}

static size_t worker_count(const struct take *take)
{
    size_t jobs = take->spec.jobs < 1           ? 1
                  : take->spec.jobs > JOBS_MOST ? JOBS_MOST
                                                : (size_t)take->spec.jobs;

    if (!take->spec.whole || pieces_of_work(take) >= jobs)
        return jobs;
    return pieces_of_work(take);
}

MUST_USE struct err *take_count_start(struct take *take)
{
    if (take->spec.depth == FINGERPRINT_NONE)
        return NULL;
    PASS(read_lists(take));
    be_like(take);
    if (take->spec.whole) {
        take_large_objects(take);
        queue_all(take);
        take_queue_close(&take->queue);
    }
    take_workers_start(take, worker_count(take));
    return NULL;
}

static struct err *start_at_once(struct take *take)
{
    PASS(hold_snapshot(take));
    PASS(pins_savepoint(take->holder));
    PASS(take_count_start(take));
    take_schema_start(take);
    return NULL;
}

/* The schema's pg_dump waits in the container too. */
static struct err *start_beside_dump(struct take *take)
{
    take->opened = false;
    if (take->spec.depth == FINGERPRINT_NONE)
        return NULL;
    fingerprint_free(take->early);
    take->early = fingerprint_new();
    PASS(sequences_read_early(take->holder, &take->early_sequences, take->early));
    take_schema_start(take);
    return NULL;
}

static void give_up_opening(struct take *take, struct err *e)
{
    take_queue_lock(&take->queue);
    take->open_failed = e;
    take->opened = true;
    pthread_cond_broadcast(&take->queue.changed);
    take_queue_unlock(&take->queue);
}

MUST_USE struct err *take_hold(struct take *take)
{
    struct err *e = hold_snapshot(take);

    if (!e)
        e = take_open_start(take);
    if (!e)
        return NULL;
    mem_freep(&take->hold.snapshot);
    if (e->kind == ERR_INTERRUPTED || e->kind == ERR_TIMEOUT) {
        give_up_opening(take, NULL);
        return e;
    }
    give_up_opening(take, e);
    return NULL;
}

static void new_fingerprint(struct take *take)
{
    fingerprint_free(take->f);
    take->f = fingerprint_new();
    take->f->depth = take->spec.depth;
    take->f->server_version_num = take->spec.server->version_num;
}

/* Its pg_dump may connect after it was to be ended. */
static struct err *end_schema(struct take *take)
{
    struct err *e = NULL;

    take_queue_lock(&take->queue);
    while (!e && !take_schema_ended(take)) {
        take_queue_unlock(&take->queue);
        e = stall_end(take->holder, take->mark);
        take_queue_lock(&take->queue);
        take_queue_wait(&take->queue, TAKE_POLL_MS);
    }
    take_queue_unlock(&take->queue);
    return e;
}

MUST_USE struct err *take_again(struct take *take)
{
    take_open_join(take);
    PASS(end_schema(take));
    take_schema_join(take);
    err_freep(&take->schema.failed);
    err_freep(&take->open_failed);
    take->schema.ended = false;
    new_fingerprint(take);
    take->held = take->dump_locked = take->dump_ended = take->stalled = false;
    mem_freep(&take->stuck_at);
    return start_beside_dump(take);
}

static struct take *take_new(const struct take_spec *spec)
{
    struct take *take = mem_new(1, sizeof(*take));

    take->spec = *spec;
    take->database = mem_strdup(spec->database);
    take->began_ms = clock_mono_ms();
    new_fingerprint(take);
    if (spec->schema_args)
        strv_extend(&take->schema.args, spec->schema_args);
    take->way = spec->way;
    take->opened = true;
    take_queue_init(&take->queue);
    make_mark(take);
    return take;
}

MUST_USE struct err *take_begin(const struct take_spec *spec, struct take **out)
{
    struct session *none = NULL;

    return take_begin_by(spec, &none, out);
}

MUST_USE struct err *take_begin_by(const struct take_spec *spec, struct session **session,
                                   struct take **out)
{
    AUTO(take_freep) struct take *take = take_new(spec);

    take->holder = TAKE(*session);
    PASS(open_holder(take));
    PASS(spec->beside_dump ? start_beside_dump(take) : start_at_once(take));
    *out = TAKE(take);
    return NULL;
}

const char *take_snapshot(const struct take *take)
{
    return take->hold.snapshot;
}

const char *take_application(const struct take *take)
{
    return take->application;
}

static void note_unknown(struct take *take, const char *schema, const char *name)
{
    bool noted = false;

    take_queue_lock(&take->queue);
    for (size_t i = 0; i < take->f->table_count && !noted; i++)
        noted = strcmp(take->f->tables[i].name, name) == 0 &&
                strcmp(take->f->tables[i].schema, schema) == 0;
    if (!noted)
        fingerprint_add_table(take->f, schema, name)->why_not =
            mem_strdup("there is no such table in the snapshot");
    take_queue_unlock(&take->queue);
}

static bool is_open(struct take *take)
{
    bool open;

    take_queue_lock(&take->queue);
    while (!take->opened)
        take_queue_wait(&take->queue, TAKE_POLL_MS);
    open = !take->open_failed && !take->stalled && take->spec.depth != FINGERPRINT_NONE;
    take_queue_unlock(&take->queue);
    return open;
}

void take_table(struct take *take, const char *schema, const char *name)
{
    struct table_item *table =
        is_open(take) ? table_list_find(&take->list, schema, name) : NULL;

    if (!is_open(take))
        return;
    if (take->spec.whole || (table && table->queued))
        return;
    if (table) {
        queue_table(take, table);
        return;
    }
    note_unknown(take, schema, name);
}

void take_large_objects(struct take *take)
{
    if (!take->large_objects_queued)
        take_queue_push(&take->queue, NULL);
    take->large_objects_queued = true;
}

/* -- end -- */

static bool all_ended(struct take *take)
{
    return take->opened && take_workers_ended(take) && take_schema_ended(take);
}

/* Cancels until all threads have ended: one cancel may come before its statement. */
static void stop(struct take *take)
{
    bool workers_ended = false;

    interrupt_hold();
    take_queue_close(&take->queue);
    take_queue_stop(&take->queue);
    take_queue_lock(&take->queue);
    while (!all_ended(take)) {
        if (take->opened)
            take_workers_cancel(take);
        else if (take->opener.started)
            session_cancel(take->holder);
        else
            take->opened = true; /* pg_dump never came so far */
        take_queue_wait(&take->queue, TAKE_POLL_MS);
        workers_ended = take->opened && take_workers_ended(take);
        if (workers_ended && !take_schema_ended(take)) {
            take_queue_unlock(&take->queue);
            take_schema_cancel(take);
            take_queue_lock(&take->queue);
        }
    }
    take_queue_unlock(&take->queue);
    interrupt_release();
}

static struct err *wait_for_all(struct take *take, int64_t most_ms, bool *in_time)
{
    int64_t until_ms = clock_mono_ms() + most_ms;
    struct err *e = NULL;

    *in_time = true;
    take_queue_lock(&take->queue);
    while (!all_ended(take) && *in_time && !e) {
        take_queue_wait(&take->queue, TAKE_POLL_MS);
        e = interrupt_check();
        *in_time = clock_mono_ms() < until_ms;
    }
    *in_time = *in_time || all_ended(take);
    take_queue_unlock(&take->queue);
    return e;
}

static void join_threads(struct take *take)
{
    take_open_join(take);
    take_workers_join(take);
    take_schema_join(take);
}

/* From here on there are no threads, and no lock is needed. */

static void explain_what_is_left(struct take *take, bool in_time)
{
    struct fingerprint *f = take->f;
    const char *reason = !in_time     ? "it was not counted in time"
                         : take->lost ? take->lost
                                      : "it was not counted";
    struct take_queue *queue = &take->queue;

    for (size_t i = queue->next; i < queue->count; i++) {
        const struct table_item *table = queue->tasks[i].table;

        if (table)
            fingerprint_add_table(f, table->schema, table->name)->why_not = mem_strdup(reason);
    }
    if (!take->large_objects_done)
        f->large_objects.why_not =
            mem_strdup(take->large_objects_queued ? reason : "they were not asked for");
    if (!take->schema.failed)
        return;
    f->schema_why_not =
        in_time ? err_text(take->schema.failed) : mem_strdup("it was not read in time");
}

static void name_what_was_left_out(struct fingerprint *f)
{
    for (size_t i = 0; i < f->table_count; i++)
        if (f->tables[i].has_content && f->tables[i].without_generated)
            strv_pushf(&f->outside,
                       "stored generated columns of %s.%s: a restore computes them anew",
                       f->tables[i].schema, f->tables[i].name);
}

/* A limit that was passed on the way holds for all. */
static void keep_to_depth(struct fingerprint *f)
{
    if (f->depth == FINGERPRINT_CONTENT)
        return;
    for (size_t i = 0; i < f->table_count; i++)
        f->tables[i].has_content = false;
    f->large_objects.has_content = false;
}

/* Where the holder is lost, the values before are not enough. */
static void read_sequences_again(struct take *take)
{
    AUTO(err_freep) struct err *failed = NULL;
    AUTO(rows_clear) struct rows rows = {0};
    /* a cancel that comes late meets this, and not what is read */
    AUTO(err_freep) struct err *e = pins_query(take->holder, "SELECT 1", 1, &rows, &failed);

    if (!e)
        e = sequences_read(take->holder, SEQUENCES_AFTER, &take->list.sequences, take->f);
    for (size_t i = 0; e && i < take->f->sequence_count; i++)
        if (!take->f->sequences[i].why_not)
            take->f->sequences[i].why_not = err_text(e);
}

MUST_USE struct err *take_end(struct take *take, int64_t most_ms, struct fingerprint **out)
{
    bool in_time = false;
    struct err *e;

    take_queue_close(&take->queue);
    e = wait_for_all(take, most_ms, &in_time);
    if (e || !in_time)
        stop(take);
    join_threads(take);
    if (!e)
        e = interrupt_check();
    if (!e)
        e = TAKE(take->open_failed);
    if (!e && take->spec.depth != FINGERPRINT_NONE) {
        explain_what_is_left(take, in_time);
        keep_to_depth(take->f);
        name_what_was_left_out(take->f);
        read_sequences_again(take);
        e = interrupt_check();
    }
    session_closep(&take->holder);
    if (e || take->spec.depth == FINGERPRINT_NONE)
        return e;
    take->f->elapsed_ms = clock_mono_ms() - take->began_ms;
    fingerprint_sort(take->f);
    *out = TAKE(take->f);
    return NULL;
}

void take_free(struct take *take)
{
    if (!take)
        return;
    if (take->worker_count > 0 || take->opener.started || take->schema.thread.started) {
        stop(take);
        join_threads(take);
    }
    session_close(take->holder);
    session_way_free(take->own_way);
    hold_clear(&take->hold);
    fingerprint_free(take->selected);
    fingerprint_free(take->early);
    strv_clear(&take->early_sequences);
    err_free(take->open_failed);
    fingerprint_free(take->f);
    table_list_clear(&take->list);
    take_queue_clear(&take->queue);
    strv_clear(&take->schema.args);
    err_free(take->schema.failed);
    free(take->workers);
    free(take->lost);
    free(take->mark);
    free(take->application);
    free(take->stuck_at);
    free(take->encoding);
    free(take->database);
    free(take);
}

void take_freep(struct take **take)
{
    take_free(*take);
    *take = NULL;
}
