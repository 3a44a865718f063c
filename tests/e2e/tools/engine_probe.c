/* tests/e2e/tools/engine_probe.c: calls docker-api directly, for tests/e2e/10-engine.bats.
 *
 * Compiled by that test against build/libpgkeep.a; not part of the product. The engine comes
 * from DOCKER_HOST. Errors go to stderr as "KIND: text" and "hint: text", exit status 99;
 * `exec` and `exec-input` otherwise exit with the command's own code.
 */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "docker-api/container.h"
#include "docker-api/engine.h"
#include "docker-api/exec.h"
#include "docker-api/image.h"
#include "docker-api/system.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    if (err_hint_of(e))
        fprintf(stderr, "hint: %s\n", err_hint_of(e));
    err_free(e);
    return 99;
}

static struct err *write_fd(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR)
            return err_errno("write");
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return NULL;
}

static struct err *to_stdout(void *ctx, const uint8_t *data, size_t len)
{
    return write_fd(STDOUT_FILENO, data, len);
}

static struct err *to_stderr(void *ctx, const uint8_t *data, size_t len)
{
    return write_fd(STDERR_FILENO, data, len);
}

static struct err *read_stdin(void *ctx, uint8_t *data, size_t size, size_t *len)
{
    ssize_t n = read(STDIN_FILENO, data, size);

    if (n < 0)
        return err_errno("read");
    *len = (size_t)n;
    return NULL;
}

static struct err *input(void *ctx, uint8_t *data, size_t size, size_t *len,
                         enum exec_input_state *state)
{
    PASS(read_stdin(ctx, data, size, len));
    *state = *len > 0 ? EXEC_INPUT_MORE : EXEC_INPUT_END;
    return NULL;
}

static struct err *hold(void *ctx, uint8_t *data, size_t size, size_t *len,
                        enum exec_input_state *state)
{
    PASS(read_stdin(ctx, data, size, len));
    *state = *len > 0 ? EXEC_INPUT_MORE : EXEC_INPUT_HOLD;
    return NULL;
}

static struct err *failing_output(void *ctx, const uint8_t *data, size_t len)
{
    return err_new(ERR_NO_SPACE, "the test's disk is full");
}

static struct err *run_exec(struct engine *engine, char **argv, int *out_status)
{
    const char *timeout = getenv("PROBE_TIMEOUT_MS");
    struct exec_result result = {0};
    struct exec_spec spec = {
        .container = argv[1],
        .argv = (const char *const *)argv + 2,
        .user = getenv("PROBE_USER"),
        .workdir = getenv("PROBE_WORKDIR"),
        .on_stdout = getenv("PROBE_FULL") ? failing_output : to_stdout,
        .on_stderr = to_stderr,
        .timeout_ms = timeout ? atoll(timeout) : 0,
    };

    if (strcmp(argv[0], "exec-input") == 0)
        spec.on_input = input;
    if (strcmp(argv[0], "exec-hold") == 0)
        spec.on_input = hold;
    PASS(exec_run(engine, &spec, &result));
    *out_status = (int)result.exit_code;
    return NULL;
}

static struct err *print(json_t *json)
{
    char *text = jsonx_pretty(json);

    puts(text);
    free(text);
    json_decref(json);
    return NULL;
}

/* Inspects inside the callback too: a call within a call must work. */
static struct err *on_event(void *ctx, const json_t *event, bool *stop)
{
    json_t *container = NULL;

    PASS(container_inspect(ctx, jsonx_string_at(event, "Actor.ID", ""), &container));
    printf("%s %s\n", jsonx_string(event, "Action", "?"), jsonx_string(container, "Name", "?"));
    json_decref(container);
    *stop = strcmp(jsonx_string(event, "Action", ""), "die") == 0;
    return NULL;
}

static struct err *run_events(struct engine *engine, const char *name, int64_t timeout_ms)
{
    AUTO(jsonx_freep) json_t *filters =
        json_pack("{s:[s], s:[s]}", "type", "container", "container", name);
    struct system_events_spec spec = {.filters = filters,
                                      .since_unix_s = clock_unix_s() - 60,
                                      .timeout_ms = timeout_ms,
                                      .on_event = on_event,
                                      .ctx = engine};

    return system_events(engine, &spec);
}

static struct err *run_image(struct engine *engine, char **argv)
{
    json_t *json = NULL;

    if (strcmp(argv[0], "image-pull") == 0)
        return image_pull(engine, argv[1]);
    PASS(image_inspect(engine, argv[1], &json));
    return print(json);
}

static struct err *run_container(struct engine *engine, char **argv)
{
    AUTO(buf_clear) struct buf text = BUF_INIT((size_t)64 << 10);
    json_t *json = NULL;
    int64_t code = 0;

    if (strcmp(argv[0], "inspect") == 0) {
        PASS(container_inspect(engine, argv[1], &json));
        return print(json);
    }
    if (strcmp(argv[0], "start") == 0)
        return container_start(engine, argv[1]);
    if (strcmp(argv[0], "stop") == 0)
        return container_stop(engine, argv[1], 1);
    if (strcmp(argv[0], "remove") == 0)
        return container_remove(engine, argv[1]);
    if (strcmp(argv[0], "logs") == 0) {
        PASS(container_logs(engine, argv[1], atoi(argv[2]), &text));
        return write_fd(STDOUT_FILENO, (const uint8_t *)buf_text(&text), text.len);
    }
    PASS(container_wait(engine, argv[1], &code));
    printf("%lld\n", (long long)code);
    return NULL;
}

static struct err *run_create(struct engine *engine, char **argv)
{
    AUTO(jsonx_freep) json_t *config = NULL;
    AUTO(mem_freep) char *id = NULL;

    PASS(jsonx_parse(argv[2], strlen(argv[2]), &config));
    PASS(container_create(engine, argv[1], config, &id));
    puts(id);
    return NULL;
}

static struct err *run_archive(struct engine *engine, char **argv)
{
    if (strcmp(argv[0], "archive-stat") == 0)
        return container_stat(engine, argv[1], argv[2]);
    if (strcmp(argv[0], "archive-get") == 0)
        return container_archive_get(engine, argv[1], argv[2], to_stdout, NULL);
    return container_archive_put(engine, argv[1], argv[2], read_stdin, NULL);
}

static struct err *run_system(struct engine *engine, char **argv)
{
    json_t *json = NULL;

    if (strcmp(argv[0], "api") == 0) {
        puts(engine_api_version(engine));
        return system_ping(engine);
    }
    if (strcmp(argv[0], "version") == 0)
        PASS(system_version(engine, &json));
    else if (strcmp(argv[0], "info") == 0)
        PASS(system_info(engine, &json));
    else if (strcmp(argv[0], "df") == 0)
        PASS(system_disk_usage(engine, &json));
    else if (strcmp(argv[0], "list") == 0)
        PASS(container_list(engine, NULL, true, &json));
    else
        return err_new(ERR_USAGE, "unknown verb %s", argv[0]);
    return print(json);
}

static struct err *dispatch(struct engine *engine, char **argv, int *out_status)
{
    if (strncmp(argv[0], "exec", 4) == 0)
        return run_exec(engine, argv, out_status);
    if (strncmp(argv[0], "image", 5) == 0)
        return run_image(engine, argv);
    if (strncmp(argv[0], "archive", 7) == 0)
        return run_archive(engine, argv);
    if (strcmp(argv[0], "events") == 0)
        return run_events(engine, argv[1], atoll(argv[2]));
    if (strcmp(argv[0], "create") == 0)
        return run_create(engine, argv);
    if (strstr("inspect start stop remove logs wait", argv[0]))
        return run_container(engine, argv);
    return run_system(engine, argv);
}

int main(int argc, char **argv)
{
    AUTO(engine_closep) struct engine *engine = NULL;
    struct engine_spec spec;
    struct err *e;
    int status = 0;

    if (argc < 2)
        return 2;
    interrupt_install();
    engine_spec_from_env(&spec);
    e = engine_open(&spec, &engine);
    if (!e)
        e = dispatch(engine, argv + 1, &status);
    return e ? fail(e) : status;
}
