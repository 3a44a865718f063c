#include "base/mem.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/fingerprint/take_private.h"
#include "orchestrator/postgres/quote.h"

static void *run(void *arg)
{
    struct take_schema *schema = arg;
    struct take *take = schema->take;

    schema->failed = schema_read(&schema->spec, take->f);
    take_queue_lock(&take->queue);
    schema->ended = true;
    pthread_cond_broadcast(&take->queue.changed);
    take_queue_unlock(&take->queue);
    return NULL;
}

/* Waits until the holder has its snapshot. */
static struct err *schema_snapshot(void *ctx, char **argument)
{
    struct take *take = ctx;
    bool held;

    take_queue_lock(&take->queue);
    while (!take->held && !take->opened && !take->queue.stopped)
        take_queue_wait(&take->queue, TAKE_POLL_MS);
    held = take->held;
    take_queue_unlock(&take->queue);
    if (!held)
        return err_new(ERR_CONFLICT, "there is no snapshot");
    *argument = mem_printf("--snapshot=%s", take->hold.snapshot);
    return NULL;
}

void take_schema_start(struct take *take)
{
    struct take_schema *schema = &take->schema;
    struct err *e;

    schema->take = take;
    schema->spec = (struct schema_spec){
        .engine = engine_dup(take->spec.server->engine),
        .server = take->spec.server,
        .database = take->database,
        .snapshot = schema_snapshot,
        .ctx = take,
        .args = &schema->args,
        .mark = take->mark,
        .encoding = take->encoding,
        .no_owner = take->spec.no_owner,
    };
    e = thread_start(&schema->thread, run, schema);
    if (e) { /* else both are the thread's by now */
        schema->failed = e;
        schema->ended = true;
    }
}

bool take_schema_ended(struct take *take)
{
    return !take->schema.thread.started || take->schema.ended;
}

void take_schema_cancel(struct take *take)
{
    AUTO(mem_freep) char *mark = quote_literal(take->mark);
    AUTO(mem_freep) char *sql = mem_printf("SELECT pg_catalog.pg_terminate_backend(pid)"
                                           " FROM pg_catalog.pg_stat_activity"
                                           " WHERE application_name OPERATOR(pg_catalog.=)"
                                           " %s::pg_catalog.text",
                                           mark);
    AUTO(session_closep) struct session *own = NULL;
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(err_freep) struct err *failed = NULL;
    AUTO(err_freep) struct err *e = pins_query(take->holder, sql, 1, &rows, &failed);

    if (!e)
        return;
    err_freep(&e);
    e = session_open(take->way, take->database, &own);
    if (!e)
        e = session_query(own, sql, 1, &rows);
}

void take_schema_join(struct take *take)
{
    thread_join(&take->schema.thread);
    engine_closep(&take->schema.spec.engine);
}
