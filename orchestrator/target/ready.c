#include "orchestrator/target/ready.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "docker-api/container.h"
#include "docker-api/container_event.h"
#include "docker-api/system.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 2000
/* A look that has begun may take so long, whatever is left of the time. */
#define LOOK_LEAST_MS 2000
/* keploy/samples-java#152 measured 1.25 s of false health and 2.7 s of shutdown. */
#define RESTART_WINDOW_MS 4000
/* How long a refused login may last while the image still sets up its roles. */
#define AUTH_PATIENCE_MS 10000
#define STARTED_LATELY_S 120

struct wait {
    struct engine *engine;
    struct target *target;
    int64_t deadline_ms;
    int64_t pause_ms;
    char *missing;    /* what is not there yet, for the message */
    char *hint;       /* what could be done about it, or NULL */
    char *postmaster; /* start time of the postmaster without TCP seen first */
    int64_t postmaster_at_ms;
    int64_t refused_at_ms; /* first refused login in a row, or 0 */
    char *toolless_run;    /* start time of the container in whose run a tool was missing */
};

/* -- the container -- */

static struct err *with_logs(const struct wait *wait, struct err *e)
{
    AUTO(buf_clear) struct buf log = BUF_INIT((size_t)64 << 10);
    AUTO(err_freep) struct err *lost = container_logs(wait->engine, wait->target->id, 8, &log);
    AUTO(mem_freep) char *last = NULL;

    if (lost || log.len == 0)
        return e;
    last = tool_last_lines(buf_text(&log), 8);
    return err_hint(e, "its last log lines: %s", last);
}

static void miss(struct wait *wait, const char *what)
{
    if (!wait->missing || strcmp(wait->missing, what) != 0)
        log_debug("%s: %s", wait->target->name, what);
    mem_replace(&wait->missing, what);
    mem_replace(&wait->hint, NULL);
}

/* The error is taken over. */
static void miss_for(struct wait *wait, struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);

    miss(wait, text);
    mem_replace(&wait->hint, err_hint_of(e));
    err_free(e);
}

static struct err *check_container(struct wait *wait, bool *runs)
{
    const struct target *target = wait->target;
    const char *state = target->state;

    *runs = strcmp(state, "running") == 0;
    if (strcmp(state, "exited") == 0 || strcmp(state, "dead") == 0 ||
        strcmp(state, "removing") == 0)
        return with_logs(
            wait,
            err_new(ERR_CONFLICT, "container %s is not running: %s with status %d",
                    target->name, state,
                    (int)json_integer_value(jsonx_at(target->inspect, "State.ExitCode"))));
    if (strcmp(state, "paused") == 0)
        return err_hint(err_new(ERR_CONFLICT, "container %s is paused", target->name),
                        "docker unpause %s", target->name);
    if (strcmp(target->health, "unhealthy") == 0)
        return with_logs(wait,
                         err_new(ERR_CONFLICT, "container %s is unhealthy", target->name));
    if (!*runs)
        miss(wait, "the container does not run yet");
    else if (*target->health && strcmp(target->health, "healthy") != 0) {
        miss(wait, "its health check has not passed yet");
        *runs = false;
    }
    return NULL;
}

/* -- the server -- */

static bool listens_on_loopback(const struct server *server)
{
    static const char *const words[] = {"*", "localhost", "127.0.0.1", "0.0.0.0", "::"};
    AUTO(strv_clear) struct strv parts = STRV_INIT;

    strv_split(&parts, server->listen_addresses, ',');
    for (size_t i = 0; i < parts.len; i++) {
        const char *part = parts.items[i] + strspn(parts.items[i], " ");
        size_t len = strcspn(part, " ");

        for (size_t w = 0; w < ARRAY_LEN(words); w++)
            if (strlen(words[w]) == len && strncmp(part, words[w], len) == 0)
                return true;
    }
    return false;
}

/* Does the container's own command line set listen_addresses? Then the final server has it from
 * there too, and its source tells nothing. */
static bool command_sets_listen(const struct target *target)
{
    const json_t *argv = jsonx_at(target->inspect, "Args");
    size_t i;
    const json_t *word;

    json_array_foreach(argv, i, word)
    {
        const char *text = json_string_value(word);

        if (text && (strstr(text, "listen_addresses") || strncmp(text, "-h", 2) == 0))
            return true;
    }
    return false;
}

static bool postmaster_is_process_1(struct wait *wait)
{
    const char *const argv[] = {"cat", "/proc/1/comm", NULL};
    const struct exec_spec spec = {
        .container = wait->target->id, .argv = argv, .timeout_ms = LOOK_LEAST_MS};
    AUTO(buf_clear) struct buf out = BUF_INIT(256);
    AUTO(buf_clear) struct buf errors = BUF_INIT(4096);
    struct exec_result result = {0};
    AUTO(err_freep) struct err *e = exec_capture(wait->engine, &spec, &out, &errors, &result);

    return !e && result.exit_code == 0 && strncmp(buf_text(&out), "postgres", 8) == 0;
}

/* Between the facts and the look at process 1 the temporary server may have made way for the
 * final one: then the facts are the temporary one's. Once process 1 is the postmaster, who
 * answers is the final one. */
static bool answers_still(const struct server *server)
{
    AUTO(mem_freep) char *identity = NULL;
    AUTO(err_freep) struct err *e = server_identity(server, &identity);

    return !e && strcmp(identity, server->identity) == 0;
}

/* Without TCP: is this the final server, or the image's temporary one? */
static bool final_without_tcp(struct wait *wait, const struct server *server)
{
    if (postmaster_is_process_1(wait))
        return answers_still(server);
    if (strcmp(server->listen_source, "command line") == 0 &&
        !command_sets_listen(wait->target))
        return false;
    if (!wait->postmaster || strcmp(wait->postmaster, server->started_at) != 0) {
        mem_replace(&wait->postmaster, server->started_at);
        wait->postmaster_at_ms = clock_mono_ms();
        return false;
    }
    return clock_mono_ms() - wait->postmaster_at_ms >= RESTART_WINDOW_MS;
}

static struct err *check_final(struct wait *wait, const struct server *server, bool *ready)
{
    if (!listens_on_loopback(server)) {
        *ready = final_without_tcp(wait, server);
        if (!*ready)
            miss(wait, "the server answers on its socket only, and may be the temporary one "
                       "that initialises the data");
        return NULL;
    }
    *ready = server->look.has_loopback;
    if (!*ready)
        PASS(server_accepts(server, "127.0.0.1", ready));
    if (!*ready)
        miss(wait, "the server does not answer on 127.0.0.1 yet");
    return NULL;
}

/* Where the engine's clock cannot be read, as if it had just started. */
static bool started_lately(const struct target *target)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t at_unix_s;

    snprintf(text, sizeof(text), "%.19sZ",
             jsonx_string_at(target->inspect, "State.StartedAt", ""));
    return !clock_parse_rfc3339(text, &at_unix_s) ||
           clock_unix_s() - at_unix_s < STARTED_LATELY_S;
}

/* A login that is refused may heal while the image still makes its roles; not for ever, and not
 * in a container that has run for long. */
static struct err *refused(struct wait *wait, struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);

    if (!wait->refused_at_ms)
        wait->refused_at_ms = clock_mono_ms();
    if (!started_lately(wait->target) ||
        clock_mono_ms() - wait->refused_at_ms >= AUTH_PATIENCE_MS)
        return e;
    miss(wait, text);
    err_free(e);
    return NULL;
}

/* Its own server may still be on its way up, but not in a container that has run for long. */
static struct err *another_answers(struct wait *wait, struct err *e)
{
    AUTO(mem_freep) char *text = NULL;

    if (!started_lately(wait->target))
        return e;
    text = err_text(e);
    miss(wait, text);
    err_free(e);
    return NULL;
}

/* A container that ends under an exec makes it fail as one without the tool does: that it is
 * missing holds once it was missing twice in the same run of the container. */
static struct err *toolless(struct wait *wait, struct err *e)
{
    const char *run = json_string_value(jsonx_at(wait->target->inspect, "State.StartedAt"));
    AUTO(mem_freep) char *text = NULL;

    if (!run || (wait->toolless_run && strcmp(wait->toolless_run, run) == 0))
        return e;
    mem_replace(&wait->toolless_run, run);
    text = err_text(e);
    miss(wait, text);
    err_free(e);
    return NULL;
}

/* One look at everything: *out is set once it is ready. */
static struct err *look(struct wait *wait, struct server **out)
{
    AUTO(server_freep) struct server *server = NULL;
    bool runs = false;
    bool ready = false;
    struct err *e;

    PASS(target_refresh(wait->engine, wait->target));
    PASS(check_container(wait, &runs));
    if (!runs)
        return NULL;
    e = target_connect(wait->engine, wait->target, &server);
    if (err_is(e, ERR_AUTH))
        return refused(wait, e);
    wait->refused_at_ms = 0;
    if (err_is(e, ERR_UNSUPPORTED))
        return toolless(wait, e);
    if (err_is(e, ERR_STRANGER))
        return another_answers(wait, e);
    /* the container may stop or restart under the question: the next look says so */
    if (err_is(e, ERR_CONFLICT) || err_is(e, ERR_CUT) || err_is(e, ERR_TOOL)) {
        miss_for(wait, e);
        return NULL;
    }
    if (!e)
        e = check_final(wait, server, &ready);
    if (!e && ready)
        *out = TAKE(server);
    return e;
}

/* -- pauses -- */

static struct err *wake(void *ctx, const json_t *event, bool *stop)
{
    *stop = container_event_is_change(event);
    return NULL;
}

static struct err *pause_until_event(struct wait *wait, int64_t ms)
{
    AUTO(jsonx_freep) json_t *filters = json_pack("{s:[s]}", "container", wait->target->id);
    const struct system_events_spec spec = {
        .filters = filters, .timeout_ms = ms, .on_event = wake};
    int64_t before = clock_mono_ms();
    AUTO(err_freep) struct err *e = system_events(wait->engine, &spec);

    if (err_is(e, ERR_INTERRUPTED))
        return TAKE(e);
    if (e) /* a proxy may forbid /events: then the back-off alone serves */
        clock_sleep_ms(ms);
    else if (clock_mono_ms() - before < PAUSE_FIRST_MS / 2)
        clock_sleep_ms(PAUSE_FIRST_MS / 2);
    return NULL;
}

/* `e` is why the last look did not end in time, or NULL; taken over. Where it says what to do,
 * or nothing else is known, it counts. */
static struct err *timed_out(struct wait *wait, int64_t timeout_ms, struct err *e)
{
    char elapsed[UNITS_TEXT_SIZE];

    if (e && (err_hint_of(e) || !wait->missing))
        miss_for(wait, e);
    else
        err_free(e);
    e = err_new(ERR_TIMEOUT, "%s is not ready after %s: %s", wait->target->name,
                units_elapsed(timeout_ms, elapsed),
                wait->missing ? wait->missing : "no answer");
    return wait->hint ? err_hint(e, "%s", wait->hint) : with_logs(wait, e);
}

/* One look, which ends in time. */
static struct err *look_in_time(struct wait *wait, struct server **out)
{
    int64_t least_ms = clock_mono_ms() + LOOK_LEAST_MS;
    int64_t by_ms = wait->deadline_ms > least_ms ? wait->deadline_ms : least_ms;
    int64_t before_ms = engine_end_by(wait->engine, by_ms);
    struct err *e = look(wait, out);

    engine_end_by(wait->engine, before_ms);
    return e;
}

static struct err *wait_loop(struct wait *wait, int64_t timeout_ms, struct server **out)
{
    for (;;) {
        struct err *e = look_in_time(wait, out);
        int64_t left = wait->deadline_ms - clock_mono_ms();

        if (err_is(e, ERR_TIMEOUT) && left <= 0)
            return timed_out(wait, timeout_ms, e);
        PASS(e);
        if (*out)
            return NULL;
        if (left <= 0)
            return timed_out(wait, timeout_ms, NULL);
        PASS(pause_until_event(wait, wait->pause_ms < left ? wait->pause_ms : left));
        wait->pause_ms =
            wait->pause_ms * 2 < PAUSE_MOST_MS ? wait->pause_ms * 2 : PAUSE_MOST_MS;
    }
}

MUST_USE struct err *target_wait(struct engine *engine, struct target *target,
                                 int64_t timeout_ms, struct server **out)
{
    struct wait wait = {
        .engine = engine,
        .target = target,
        .deadline_ms = clock_mono_ms() + timeout_ms,
        .pause_ms = PAUSE_FIRST_MS,
    };
    struct err *e;

    *out = NULL;
    e = wait_loop(&wait, timeout_ms, out);
    free(wait.missing);
    free(wait.hint);
    free(wait.postmaster);
    free(wait.toolless_run);
    return e;
}
