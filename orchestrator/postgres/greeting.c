/* The text is random, so that its echo proves that this very line arrived, and so that the
 * process which never got it can be found by its command line.
 *
 * That process has to be ended: closing our connection ends its input only where the proxy
 * passes the close on, and HAProxy does not before its own limit, mostly ten minutes. It is an
 * exec's process and nobody's orphan, so a signal does not make the postmaster, which may be
 * process 1, believe in a crash (tool.c says more). */
#include "orchestrator/postgres/greeting.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD_BYTES ((size_t)16 << 10)
#define END_MS 5000

/* $1 the greeting. Builtins only; a command line has zero bytes in it, which read passes over,
 * and may have newlines. */
static const char END_SCRIPT[] =
    "for folder in /proc/[0-9]*; do\n"
    "  if [ \"$folder\" = /proc/$$ ]; then continue; fi\n"
    "  { while IFS= read -r line || [ -n \"$line\" ]; do\n"
    "      case $line in *\"$1\"*) kill \"${folder#/proc/}\" ;; esac\n"
    "    done <\"$folder/cmdline\"; } 2>/dev/null\n"
    "done\n"
    "exit 0\n";

void greeting_init(struct greeting *greeting)
{
    memset(greeting, 0, sizeof(*greeting));
    greeting->held = (struct buf)BUF_INIT(HELD_BYTES);
    snprintf(greeting->text, sizeof(greeting->text), "pgkeep-greets-%016" PRIx64,
             random_number());
}

void greeting_clear(struct greeting *greeting)
{
    buf_clear(&greeting->held);
}

void greeting_feed(struct greeting *greeting, const uint8_t *data, size_t len, struct buf *out)
{
    size_t text_len = strlen(greeting->text);
    const char *at;
    size_t before;

    if (greeting->answered) {
        buf_append_tail(out, data, len);
        return;
    }
    buf_append_tail(&greeting->held, data, len);
    at = memmem(greeting->held.data, greeting->held.len, greeting->text, text_len);
    if (!at)
        return;
    before = (size_t)(at - greeting->held.data);
    if (before + text_len == greeting->held.len) /* its newline is still to come */
        return;
    greeting->answered = true;
    buf_append_tail(out, greeting->held.data, before);
    buf_append_tail(out, at + text_len + 1, greeting->held.len - before - text_len - 1);
    buf_reset(&greeting->held);
}

void greeting_finish(struct greeting *greeting, struct buf *out)
{
    if (greeting->held.len == 0)
        return;
    buf_append_tail(out, greeting->held.data, greeting->held.len);
    buf_reset(&greeting->held);
}

void greeting_end(const struct greeting *greeting, struct engine *engine, const char *container,
                  const char *user)
{
    const char *const argv[] = {"sh", "-c", END_SCRIPT, "pgkeep", greeting->text, NULL};
    const struct exec_spec spec = {
        .container = container, .argv = argv, .user = user, .timeout_ms = END_MS};
    struct exec_result result = {0};
    int64_t end_by_ms = engine_end_by(engine, clock_mono_ms() + END_MS);
    AUTO(err_freep) struct err *e = NULL;

    interrupt_hold();
    e = exec_run(engine, &spec, &result);
    interrupt_release();
    engine_end_by(engine, end_by_ms);
    if (e) {
        AUTO(mem_freep) char *text = err_text(e);

        log_warn("a shell that waits for input may be left in %.12s: %s", container, text);
    }
}
