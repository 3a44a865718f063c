/* tests/e2e/tools/session_probe.c: sessions without a command around them, for
 * tests/e2e/36-session.bats, which compiles it against build/libpgkeep.a.
 *
 *   session_probe CONTAINER WAY VERB [ARGUMENT...]
 *
 * WAY is "any" or what session_way_find_only takes. PROBE_USER, PROBE_PASSWORD and
 * PROBE_DATABASE say who. Errors go to stderr as "KIND: text", exit status 99.
 */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/copy_count.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/session/session_private.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
    "FAILED",    "USAGE",       "NOT_FOUND",   "EXISTS",   "DENIED",     "UNREACHABLE",
    "CONFLICT",  "UNSUPPORTED", "NO_SPACE",    "IO",       "PROTOCOL",   "CUT",
    "TOO_LARGE", "TOOL",        "AUTH",        "PARTIAL",  "BAD_BACKUP", "UNPROVEN",
    "TIMEOUT",   "BUSY",        "INTERRUPTED", "STRANGER",
};

static int fail(struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);

    fprintf(stderr, "%s: %s\n", kind_names[e->kind], text);
    err_free(e);
    return 99;
}

static void print_rows(const struct rows *rows)
{
    for (size_t row = 0; row < rows->count; row++)
        for (size_t column = 0; column < rows->columns; column++)
            printf("%s%c", rows_cell(rows, row, column),
                   column + 1 < rows->columns ? '|' : '\n');
}

static struct err *query(struct session *session, size_t columns, const char *sql)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(session_query(session, sql, columns, &rows));
    print_rows(&rows);
    return NULL;
}

/* query COLUMNS SQL */
static struct err *do_query(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;

    PASS(session_open(way, NULL, &session));
    return query(session, (size_t)atoi(argv[0]), argv[1]);
}

/* steps: lines of stdin, "COLUMNS SQL", 0 to execute; each outcome is a line, and goes on */
static struct err *do_steps(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;
    AUTO(mem_freep) char *line = NULL;
    size_t size = 0;

    PASS(session_open(way, NULL, &session));
    while (getline(&line, &size, stdin) > 0) {
        char *sql = NULL;
        size_t columns = strtoul(line, &sql, 10);
        AUTO(err_freep) struct err *e =
            columns ? query(session, columns, sql) : session_execute(session, sql);
        AUTO(mem_freep) char *text = e ? err_text(e) : mem_strdup("ok");

        printf("%s%s%s\n", e ? kind_names[e->kind] : "", e ? ": " : "", text);
        fflush(stdout);
    }
    return NULL;
}

/* hold SQL: says "ready", and holds the session until a signal */
static struct err *do_hold(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;
    struct err *e = NULL;

    PASS(session_open(way, NULL, &session));
    PASS(session_execute(session, argv[0]));
    puts("ready");
    fflush(stdout);
    while (!e) {
        clock_sleep_ms(100);
        e = interrupt_check();
    }
    return e;
}

/* answer BYTES: one cell of that many bytes, and what is in it */
static struct err *do_answer(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;
    AUTO(mem_freep) char *sql =
        mem_printf("SELECT repeat(E'0123456789abcd\\n\\u00e9', %s / 17 + 1)", argv[0]);
    AUTO(rows_clear) struct rows rows = {0};
    size_t len;

    PASS(session_open(way, NULL, &session));
    PASS(session_query(session, sql, 1, &rows));
    len = strlen(rows_cell(&rows, 0, 0));
    for (size_t i = 0; i < len; i++)
        if (rows_cell(&rows, 0, 0)[i] != "0123456789abcd\n\xc3\xa9"[i % 17])
            return err_new(ERR_FAILED, "byte %zu is wrong", i);
    printf("%zu\n", len);
    return NULL;
}

/* statement BYTES: a literal of that many bytes comes back */
static struct err *do_statement(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(mem_freep) char *sql = NULL;
    size_t len = strtoul(argv[0], NULL, 10);
    char *text = mem_new(len + 1, 1);

    for (size_t i = 0; i < len; i++)
        text[i] = i % 61 == 60 ? '\n' : (char)(' ' + (i * 7 + i / 61) % 94);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\'')
            text[i] = 'q';
    sql = mem_printf("SELECT '%s'", text);
    PASS(session_open(way, NULL, &session));
    PASS(session_query(session, sql, 1, &rows));
    if (strcmp(rows_cell(&rows, 0, 0), text) != 0)
        return err_new(ERR_FAILED, "it came back changed");
    printf("%zu\n", len);
    free(text);
    return NULL;
}

/* latency COUNT: microseconds of a round trip, on the average */
static struct err *do_latency(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;
    int count = atoi(argv[0]);
    int64_t start_ms;

    PASS(session_open(way, NULL, &session));
    start_ms = clock_mono_ms();
    for (int i = 0; i < count; i++)
        PASS(session_execute(session, "SELECT 1"));
    printf("%lld\n", (long long)(clock_mono_ms() - start_ms) * 1000 / count);
    return NULL;
}

struct copy {
    uint64_t bytes, hash, most;
};

/* FNV-1a; an error past `most` bytes */
static struct err *add_copy(void *ctx, const uint8_t *data, size_t len)
{
    struct copy *copy = ctx;

    copy->bytes += len;
    for (size_t i = 0; i < len; i++)
        copy->hash = (copy->hash ^ data[i]) * 0x100000001b3;
    if (copy->bytes > copy->most)
        return err_new(ERR_TOO_LARGE, "enough");
    return NULL;
}

/* copy SQL [MOST]: the bytes of a COPY, hashed; then whether the session still answers */
static struct err *do_copy(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;
    struct copy copy = {.hash = 0xcbf29ce484222325, .most = UINT64_MAX};
    struct err *e;

    if (argv[1])
        copy.most = strtoull(argv[1], NULL, 10);
    PASS(session_open(way, NULL, &session));
    e = session_copy_out(session, argv[0], add_copy, &copy);
    if (!e) {
        printf("%llu %016llx\n", (unsigned long long)copy.bytes, (unsigned long long)copy.hash);
        return query(session, 1, "SELECT 'and on'");
    }
    AUTO(mem_freep) char *text = err_text(e);
    printf("%s: %s\n", kind_names[e->kind], text);
    err_free(e);
    return query(session, 1, "SELECT 'and on'");
}

static struct err *count(struct session *session, int version, char *name)
{
    char schema[] = "public", empty[] = "";
    struct table_item table = {.schema = schema, .name = name, .condition = empty};
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(mem_freep) char *sql =
        mem_printf("SELECT 'public.%s'::pg_catalog.regclass::pg_catalog.oid", name);
    struct copy_counted counted, lines;

    PASS(session_query(session, sql, 1, &rows));
    table.oid = rows.cells[0];
    PASS(copy_count(session, &table, version, true, &counted));
    PASS(copy_count(session, &table, version, false, &lines));
    if (lines.rows != counted.rows)
        return err_new(ERR_FAILED, "%llu lines", (unsigned long long)lines.rows);
    printf("%s %llu %016llx\n", name, (unsigned long long)counted.rows,
           (unsigned long long)counted.digest);
    return NULL;
}

/* count TABLE...: of the schema public, rows and digest by COPY */
static struct err *do_count(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;

    PASS(session_open(way, NULL, &session));
    PASS(pins_set(session, way->server->version_num));
    for (; *argv; argv++)
        PASS(count(session, way->server->version_num, *argv));
    return NULL;
}

struct worker {
    struct session_way *way;
    pthread_t thread;
    int number;
    int times;
    struct err *e;
};

static struct err *work(const struct worker *worker)
{
    AUTO(session_closep) struct session *session = NULL;

    PASS(session_open(worker->way, NULL, &session));
    for (int i = 0; i < worker->times; i++) {
        AUTO(rows_clear) struct rows rows = {0};
        AUTO(mem_freep) char *sql = mem_printf(
            "SELECT %d, n, repeat('x', n) FROM generate_series(1, 500) n", worker->number);

        PASS(session_query(session, sql, 3, &rows));
        if (rows.count != 500 || atoi(rows_cell(&rows, 499, 0)) != worker->number ||
            strlen(rows_cell(&rows, 499, 2)) != 500)
            return err_new(ERR_FAILED, "worker %d got what is not its own", worker->number);
    }
    return NULL;
}

static void *run_worker(void *ctx)
{
    struct worker *worker = ctx;

    worker->e = work(worker);
    return NULL;
}

/* threads COUNT TIMES */
static struct err *do_threads(struct session_way *way, char **argv)
{
    struct worker workers[16];
    int count = atoi(argv[0]);
    struct err *e = NULL;

    for (int i = 0; i < count; i++) {
        workers[i] = (struct worker){.way = way, .number = i, .times = atoi(argv[1])};
        pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
        e = err_first(e, workers[i].e);
    }
    if (!e)
        printf("%d done\n", count);
    return e;
}

static void *cancel_later(void *ctx)
{
    clock_sleep_ms(700);
    session_cancel(ctx);
    return NULL;
}

/* cancel SQL: from another thread, after 700 ms */
static struct err *do_cancel(struct session_way *way, char **argv)
{
    AUTO(session_closep) struct session *session = NULL;
    pthread_t thread;
    struct err *e;

    PASS(session_open(way, NULL, &session));
    pthread_create(&thread, NULL, cancel_later, session);
    e = session_execute(session, argv[0]);
    pthread_join(thread, NULL);
    return e;
}

static struct err *do_way(struct session_way *way, char **argv)
{
    puts(session_way_text(way));
    return NULL;
}

static const struct {
    const char *name;
    struct err *(*body)(struct session_way *way, char **argv);
} VERBS[] = {
    {"way", do_way},         {"query", do_query},     {"steps", do_steps},
    {"hold", do_hold},       {"answer", do_answer},   {"statement", do_statement},
    {"threads", do_threads}, {"latency", do_latency}, {"cancel", do_cancel},
    {"copy", do_copy},       {"count", do_count},
};

static struct err *dispatch(struct session_way *way, char **argv)
{
    for (size_t i = 0; i < ARRAY_LEN(VERBS); i++)
        if (strcmp(argv[0], VERBS[i].name) == 0)
            return VERBS[i].body(way, argv + 1);
    return err_new(ERR_USAGE, "unknown verb %s", argv[0]);
}

static struct err *run(char **argv)
{
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(server_freep) struct server *server = NULL;
    AUTO(session_way_freep) struct session_way *way = NULL;
    const char *user = getenv("PROBE_USER");
    const char *wanted = strcmp(argv[1], "any") == 0 ? NULL : argv[1];
    struct engine_spec spec;
    struct server_spec server_spec = {.container = argv[0],
                                      .user = user ? user : "postgres",
                                      .password = getenv("PROBE_PASSWORD"),
                                      .database = getenv("PROBE_DATABASE")};

    engine_spec_from_env(&spec);
    PASS(engine_open(&spec, &engine));
    PASS(server_connect(engine, &server_spec, &server));
    if (getenv("PROBE_IDENTITY"))
        mem_replace(&server->identity, getenv("PROBE_IDENTITY"));
    PASS(session_way_find_only(server, NULL, wanted, &way));
    return dispatch(way, argv + 2);
}

int main(int argc, char **argv)
{
    struct err *e;

    if (argc < 4)
        return 2;
    interrupt_install();
    session_forget_environment();
    if (getenv("PROBE_DEBUG"))
        log_set_level(LOG_DEBUG);
    e = run(argv + 1);
    return e ? fail(e) : 0;
}
