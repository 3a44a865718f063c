/* pgkeep doctor: what works here, and what does not. */
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "docker-api/system.h"
#include "orchestrator/backup/dump_command.h"
#include "orchestrator/backup/space.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/gone.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/postgres/rights.h"
#include "orchestrator/session/session.h"
#include "orchestrator/target/target.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL_TIMEOUT_MS 30000

struct doctor {
    const struct settings *settings;
    struct table table;
    json_t *findings;
    size_t problems;
};

/* Nothing that backups need, but something that another command does. */
static void limit(struct doctor *d, const char *what, const char *text)
{
    json_t *object = json_object();

    jsonx_set_string(object, "check", what);
    jsonx_set_bool(object, "ok", true);
    jsonx_set_bool(object, "limited", true);
    jsonx_set_string(object, "detail", text);
    json_array_append_new(d->findings, object);
    table_cell(&d->table, what);
    table_cell(&d->table, "limited");
    table_cell(&d->table, text);
}

static void finding(struct doctor *d, const char *what, bool ok, const char *text)
{
    json_t *object = json_object();

    jsonx_set_string(object, "check", what);
    jsonx_set_bool(object, "ok", ok);
    jsonx_set_string(object, "detail", text);
    json_array_append_new(d->findings, object);
    d->problems += !ok;
    if (ok && settings_bool(d->settings, SETTING_QUIET))
        return;
    table_cell(&d->table, what);
    table_cell(&d->table, ok ? "ok" : "PROBLEM");
    table_cell(&d->table, text);
}

/* Takes the error over. */
static void problem(struct doctor *d, const char *what, struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);
    const char *hint = err_hint_of(e);
    AUTO(mem_freep) char *full =
        hint ? mem_printf("%s (%s)", text, hint) : mem_printf("%s", text);

    finding(d, what, false, full);
    err_free(e);
}

/* -- the repository -- */

static struct err *try_repository(const struct settings *settings, char **text)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    const char *path = settings_text(settings, SETTING_REPOSITORY);
    uint64_t free_bytes = 0;
    char size[UNITS_TEXT_SIZE];

    PASS(connect_repository(settings, true, &repository));
    if (access(path, W_OK | X_OK) != 0)
        return err_errno("write to %s", path);
    PASS(fs_free_bytes(path, &free_bytes));
    *text = mem_printf("%s, %s free", path, units_size(free_bytes, size));
    return NULL;
}

/* As far as the repository can be read; that it cannot be is told already. */
static void check_next_round(struct doctor *d)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(mem_freep) char *text = NULL;
    uint64_t needed = 0, free_bytes = 0;
    char need_text[UNITS_TEXT_SIZE], free_text[UNITS_TEXT_SIZE];
    AUTO(err_freep) struct err *e = connect_repository(d->settings, false, &repository);

    if (!e)
        e = space_of_next_round(repository, &needed);
    if (!e)
        e = fs_free_bytes(repository_path(repository), &free_bytes);
    if (e || needed <= free_bytes)
        return;
    text = mem_printf("the next backups need %s, by the last ones, and %s is free",
                      units_size(needed, need_text), units_size(free_bytes, free_text));
    finding(d, "space", false, text);
}

static void check_repository(struct doctor *d)
{
    AUTO(mem_freep) char *text = NULL;
    struct err *e = try_repository(d->settings, &text);

    if (e) {
        problem(d, "repository", e);
        return;
    }
    finding(d, "repository", true, text);
    check_next_round(d);
}

/* -- the engine -- */

static const char *engine_name(const json_t *version)
{
    const char *name = jsonx_string_at(version, "Platform.Name", "");

    return *name ? name : "Docker Engine";
}

static void check_engine(struct doctor *d, struct engine *engine)
{
    AUTO(jsonx_freep) json_t *version = NULL;
    AUTO(mem_freep) char *text = NULL;
    struct err *e = system_version(engine, &version);

    if (e) {
        problem(d, "engine", e);
        return;
    }
    text = mem_printf("%s %s, API %s, at %s", engine_name(version),
                      jsonx_string(version, "Version", "?"), engine_api_version(engine),
                      engine_host(engine));
    finding(d, "engine", true, text);
}

/* Two calls that a socket proxy may forbid while backups work. They ask for nothing that is
 * there: no image of that name, no event of that second. */
static void check_calls(struct doctor *d, struct engine *engine)
{
    static const struct {
        const char *path;
        const char *needed_by;
    } calls[] = {
        {"/images/json?filters=%7B%22reference%22%3A%5B%22pgkeep-doctor%22%5D%7D",
         "`test` in a container"},
        {"/events?since=1&until=1", "`run`"},
    };

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        const struct engine_request request = {
            .method = "GET", .path = calls[i].path, .timeout_ms = CALL_TIMEOUT_MS};
        AUTO(err_freep) struct err *e = engine_call(engine, &request, NULL);
        AUTO(mem_freep) char *text = NULL;

        if (!err_is(e, ERR_DENIED))
            continue;
        text = mem_printf("GET %.*s is forbidden, and %s needs it (%s)",
                          (int)strcspn(calls[i].path, "?"), calls[i].path, calls[i].needed_by,
                          err_hint_of(e));
        limit(d, "engine", text);
    }
}

/* -- targets -- */

/* What is left out on purpose may be what cannot be read. */
static bool leaves_out(const struct settings *settings)
{
    static const enum setting_id ids[] = {SETTING_EXCLUDE_TABLE, SETTING_EXCLUDE_TABLE_DATA,
                                          SETTING_EXCLUDE_SCHEMA, SETTING_EXTRA_ARGS};

    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        if (settings_list(settings, ids[i])->len > 0)
            return true;
    return false;
}

static void check_rights(struct doctor *d, const struct target *target,
                         const struct server *server, const struct database_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct database *database = &list->items[i];
        AUTO(mem_freep) char *what = mem_printf("rights %s/%s", target->name, database->name);
        AUTO(strv_clear) struct strv missing = STRV_INIT;
        struct err *e;

        if (!database->allows_connections)
            continue;
        e = rights_missing(server, database->name, &missing);
        if (e)
            problem(d, what, e);
        for (size_t m = 0; m < missing.len; m++) {
            if (leaves_out(target->settings))
                limit(d, what, missing.items[m]);
            else
                finding(d, what, false, missing.items[m]);
        }
    }
}

/* How sessions will get there, and by what they could if that went away. Without one, backups
 * are still made. */
static struct err *describe_session(const struct server *server, char **text)
{
    AUTO(session_way_freep) struct session_way *way = NULL;
    AUTO(strv_clear) struct strv relays = STRV_INIT;
    AUTO(mem_freep) char *list = NULL;
    AUTO(mem_freep) char *why = NULL;
    struct err *e = session_way_find(server, NULL, &way);

    if (err_is(e, ERR_INTERRUPTED))
        return e;
    if (e)
        why = err_text(e);
    err_free(e);
    PASS(session_relays(server, &relays));
    list = strv_join(&relays, ", ");
    *text = mem_printf("%s%s; relays of the image: %s", why ? "" : "SQL by ",
                       why ? why : session_way_text(way), *list ? list : "none");
    return NULL;
}

/* What a look at a target found. */
struct found {
    struct server *server;
    struct database_list list;
    char *text;
    char *sql;
};

static void found_clear(struct found *found)
{
    server_free(found->server);
    database_list_clear(&found->list);
    free(found->text);
    free(found->sql);
}

static struct err *try_target(struct engine *engine, const struct target *target,
                              struct found *found)
{
    const struct server *server;
    struct dump_tool tool = {0};

    PASS(target_require_postgres(target));
    PASS(target_connect(engine, target, &found->server));
    server = found->server;
    PASS(dump_tool_probe(server, "", &tool));
    PASS(database_list(server, false, &found->list));
    PASS(describe_session(server, &found->sql));
    found->text = mem_printf("PostgreSQL %.*s, %s%s, user %s%s by %s%s, %zu databases",
                             (int)strcspn(server->version, " "), server->version, tool.version,
                             tool.zstd ? " with zstd" : "", server->user,
                             server->superuser ? " (superuser)" : "",
                             server->host ? server->host : "the socket",
                             server->password ? " with password" : "", found->list.count);
    return NULL;
}

static void check_target(struct doctor *d, struct engine *engine, const struct target *target)
{
    AUTO(mem_freep) char *what = mem_printf("target %s", target->name);
    AUTO(mem_freep) char *sql_what = mem_printf("sql %s", target->name);
    AUTO(found_clear) struct found found = {0};
    struct err *e = try_target(engine, target, &found);

    if (e) {
        problem(d, what, e);
        return;
    }
    finding(d, what, true, found.text);
    finding(d, sql_what, true, found.sql);
    check_rights(d, target, found.server, &found.list);
}

static struct err *check_named(struct doctor *d, struct engine *engine,
                               const struct strv *names)
{
    for (size_t i = 0; i < names->len; i++) {
        AUTO(target_freep) struct target *target = NULL;
        AUTO(mem_freep) char *database = NULL;

        PASS(argument_error(
            target_find(engine, d->settings, names->items[i], &target, &database)));
        if (database)
            return err_new(ERR_USAGE, "doctor takes a target, not a database: pgkeep doctor %s",
                           target->name);
        check_target(d, engine, target);
    }
    return NULL;
}

/* Without a repository nothing is gone: that it cannot be read is told already. */
static void check_gone(struct doctor *d, const struct candidate_list *containers)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(strv_clear) struct strv names = STRV_INIT;
    AUTO(err_freep) struct err *e = connect_repository(d->settings, false, &repository);

    if (!e)
        e = gone_targets(repository, containers, &names);
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *what = mem_printf("target %s", names.items[i]);

        problem(d, what, gone_error(repository, names.items[i]));
    }
}

static void check_included(struct doctor *d, struct engine *engine)
{
    AUTO(candidate_list_clear) struct candidate_list list = {0};
    size_t included = 0;
    struct err *e = target_discover(engine, d->settings, &list);

    if (e) {
        problem(d, "targets", e);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].error)
            problem(d, "labels", TAKE(list.items[i].error));
        if (!list.items[i].included)
            continue;
        included++;
        check_target(d, engine, list.items[i].target);
    }
    check_gone(d, &list);
    if (included == 0)
        finding(d, "targets", true, "none is included; `pgkeep targets` says why");
}

static struct err *finish(struct doctor *d)
{
    if (settings_bool(d->settings, SETTING_JSON))
        cli_print_json(
            json_pack("{s:b, s:O}", "ok", d->problems == 0, "findings", d->findings));
    else if (d->table.cells.len > 3)
        table_print(&d->table);
    if (d->problems == 0)
        return NULL;
    return err_new(ERR_FAILED, "%zu problem%s", d->problems, d->problems == 1 ? "" : "s");
}

static struct err *examine(struct doctor *d, const struct strv *names)
{
    AUTO(engine_closep) struct engine *engine = NULL;
    struct err *e = connect_engine(d->settings, &engine);

    if (e)
        problem(d, "engine", e);
    else {
        check_engine(d, engine);
        check_calls(d, engine);
    }
    check_repository(d);
    if (!engine)
        return NULL;
    if (names->len > 0)
        return check_named(d, engine, names);
    check_included(d, engine);
    return NULL;
}

MUST_USE struct err *cli_doctor(const struct invocation *invocation)
{
    struct doctor d = {.settings = invocation->settings, .findings = json_array()};
    struct err *e;

    table_head(&d.table, "CHECK\tRESULT\tDETAIL");
    e = examine(&d, &invocation->arguments);
    if (!e)
        e = finish(&d);
    json_decref(d.findings);
    table_clear(&d.table);
    return e;
}
