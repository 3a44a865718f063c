#include "orchestrator/service/service.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "docker-api/container_event.h"
#include "docker-api/system.h"
#include "orchestrator/proof/throwaway.h"
#include "orchestrator/restore/stopped.h"
#include "orchestrator/target/target.h"
#include <stdlib.h>
#include <string.h>

#define LOOK_AGAIN_MS 60000 /* whatever the events said or lost */
#define ENGINE_PAUSE_MS 5000

/* What was logged of each candidate: "name\tstate\tverdict". */
struct view {
    struct strv lines;
};

static void describe(const struct candidate_list *list, struct strv *out)
{
    for (size_t i = 0; i < list->count; i++)
        strv_pushf(out, "%s\t%s\t%s: %s", list->items[i].target->name,
                   target_state_text(list->items[i].target),
                   list->items[i].included ? "included" : "left alone", list->items[i].reason);
}

static void log_line(const char *line)
{
    AUTO(strv_clear) struct strv parts = STRV_INIT;

    strv_split(&parts, line, '\t');
    log_info("%s  %s  %s", parts.items[0], parts.items[1], parts.items[2]);
}

static bool has_name(const struct strv *lines, const char *line)
{
    size_t len = strcspn(line, "\t") + 1;

    for (size_t i = 0; i < lines->len; i++)
        if (strncmp(lines->items[i], line, len) == 0)
            return true;
    return false;
}

static struct err *look(const struct service_spec *spec, struct view *view)
{
    AUTO(candidate_list_clear) struct candidate_list list = {0};
    struct strv now = STRV_INIT;

    PASS(target_discover(spec->engine, spec->settings, &list));
    describe(&list, &now);
    for (size_t i = 0; i < now.len; i++)
        if (!strv_contains(&view->lines, now.items[i]))
            log_line(now.items[i]);
    for (size_t i = 0; i < view->lines.len; i++)
        if (!has_name(&now, view->lines.items[i]))
            log_info("%.*s  gone", (int)strcspn(view->lines.items[i], "\t"),
                     view->lines.items[i]);
    strv_clear(&view->lines);
    view->lines = now;
    return NULL;
}

static struct err *sweep(const struct service_spec *spec)
{
    PASS(throwaway_sweep(spec->engine, spec->repository));
    return stopped_sweep(spec->engine, spec->repository);
}

static struct err *wake(void *ctx, const json_t *event, bool *stop)
{
    *stop = container_event_is_change(event);
    return NULL;
}

static struct err *until_something_happens(const struct service_spec *spec)
{
    AUTO(jsonx_freep) json_t *filters = json_pack("{s:[s]}", "type", "container");
    const struct system_events_spec events = {
        .filters = filters, .timeout_ms = LOOK_AGAIN_MS, .on_event = wake};

    return system_events(spec->engine, &events);
}

static struct err *one_round(const struct service_spec *spec, struct view *view)
{
    PASS(sweep(spec));
    PASS(look(spec, view));
    return until_something_happens(spec);
}

MUST_USE struct err *service_run(const struct service_spec *spec)
{
    struct view view = {.lines = STRV_INIT};
    struct err *e = NULL;

    log_info("pgkeep %s: watching; repository %s", PGKEEP_VERSION,
             repository_path(spec->repository));
    while (!interrupt_signal()) {
        e = one_round(spec, &view);
        if (e &&
            !interrupt_signal()) { /* the engine restarts, or a label is wrong: say, retry */
            log_err(LOG_WARN, NULL, e);
            clock_sleep_ms(ENGINE_PAUSE_MS);
        }
        err_free(e);
    }
    log_info("pgkeep: stopped by %s", interrupt_signal() == 2 ? "SIGINT" : "SIGTERM");
    strv_clear(&view.lines);
    return NULL;
}
