#include "orchestrator/backup/dump_command.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/backup/extra_args.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- the tool -- */

/* A pg_dump that was built without a method says so before it connects anywhere. */
static const char PROBE_SCRIPT[] =
    "pg_dump --version || exit\n"
    "for method in zstd lz4; do\n"
    "  case $(pg_dump --format=custom --compress=$method --schema-only --no-password"
    " --host=/pgkeep-no-such-folder 2>&1) in\n"
    "  *ompression*) ;;\n"
    "  *) echo \"+$method\" ;;\n"
    "  esac\n"
    "done\n";

/* Nobody looked for lz4, which is seldom asked for. */
static bool is_known(const struct server *server, const char *compress)
{
    return server->look.dump_version && strncmp(compress, "lz4", strlen("lz4")) != 0;
}

static struct err *run_probe(const struct server *server, struct buf *out)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    struct tool_access access = server_access(server);
    const struct tool_spec spec = {.argv = &argv, .name = "pg_dump"};

    strv_push(&argv, "sh");
    strv_push(&argv, "-c");
    strv_push(&argv, PROBE_SCRIPT);
    return tool_capture(server->engine, &access, &spec, out);
}

MUST_USE struct err *dump_tool_probe(const struct server *server, const char *compress,
                                     struct dump_tool *out)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(4096);
    const char *number;

    *out = (struct dump_tool){0};
    if (is_known(server, compress))
        buf_printf(&text, "%s\n%s", server->look.dump_version,
                   server->look.dump_zstd ? "+zstd" : "");
    else
        PASS(run_probe(server, &text));
    snprintf(out->version, sizeof(out->version), "%.*s", (int)strcspn(buf_text(&text), "\r\n"),
             buf_text(&text));
    /* "pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)" */
    number = strstr(out->version, "(PostgreSQL) ");
    out->major = number ? (int)strtol(number + 13, NULL, 10) : 0;
    out->zstd = out->major >= 16 && strstr(buf_text(&text), "\n+zstd");
    out->lz4 = out->major >= 16 && strstr(buf_text(&text), "\n+lz4");
    if (out->major >= server->version_num / 10000)
        return NULL;
    return err_hint(err_new(ERR_UNSUPPORTED, "%s is older than the server, %s", out->version,
                            server->version),
                    "pg_dump refuses a newer server: put the matching postgresql-client into "
                    "the image");
}

/* -- compression -- */

enum method { METHOD_AUTO, METHOD_NONE, METHOD_GZIP, METHOD_ZSTD, METHOD_LZ4 };

struct compression {
    enum method method;
    int level; /* -1: the method's default */
};

static const struct {
    const char *name;
    enum method method;
    int most;
} METHODS[] = {
    {"auto", METHOD_AUTO, -1}, {"none", METHOD_NONE, -1}, {"gzip", METHOD_GZIP, 9},
    {"zstd", METHOD_ZSTD, 22}, {"lz4", METHOD_LZ4, 12},
};

static struct err *bad_method(const char *text)
{
    return err_hint(err_new(ERR_USAGE, "--compress: \"%s\" is no compression", text),
                    "use none, gzip[:1-9], zstd[:1-22], lz4[:1-12] or auto");
}

static struct err *parse_compression(const char *text, struct compression *out)
{
    size_t len = strcspn(text, ":");
    uint64_t level = 0;

    for (size_t i = 0; i < ARRAY_LEN(METHODS); i++) {
        if (strlen(METHODS[i].name) != len || strncmp(METHODS[i].name, text, len) != 0)
            continue;
        *out = (struct compression){.method = METHODS[i].method, .level = -1};
        if (text[len] == '\0')
            return NULL;
        if (!units_parse_uint(text + len + 1, &level) || level < 1 ||
            (int64_t)level > METHODS[i].most)
            return bad_method(text);
        out->level = (int)level;
        return NULL;
    }
    return bad_method(text);
}

static struct err *too_old(const struct dump_tool *tool, const char *method)
{
    return err_hint(err_new(ERR_USAGE,
                            "--compress: the target's pg_dump %d does not support %s",
                            tool->major, method),
                    "use gzip, none or auto");
}

/* The tool compresses by itself in custom and directory format. */
static struct err *compress_in_tool(const struct dump_tool *tool, struct compression c,
                                    struct dump_plan *plan)
{
    const char *name;

    /* On rows, zstd's own default (3) takes a third more time and saves nothing. */
    if (c.method == METHOD_AUTO)
        c = (struct compression){tool->zstd ? METHOD_ZSTD : METHOD_GZIP, 1};
    if (c.method == METHOD_ZSTD && !tool->zstd)
        return too_old(tool, "zstd");
    if (c.method == METHOD_LZ4 && !tool->lz4)
        return too_old(tool, "lz4");
    if (c.method == METHOD_NONE) {
        strv_push(&plan->argv, "--compress=0");
        snprintf(plan->compression, sizeof(plan->compression), "none");
        return NULL;
    }
    if (tool->major < 16) { /* only gzip, as a bare level */
        c.level = c.level < 0 ? 6 : c.level;
        strv_pushf(&plan->argv, "--compress=%d", c.level);
        snprintf(plan->compression, sizeof(plan->compression), "gzip:%d", c.level);
        return NULL;
    }
    name = c.method == METHOD_ZSTD ? "zstd" : c.method == METHOD_LZ4 ? "lz4" : "gzip";
    if (c.level < 0)
        snprintf(plan->compression, sizeof(plan->compression), "%s", name);
    else
        snprintf(plan->compression, sizeof(plan->compression), "%s:%d", name, c.level);
    strv_pushf(&plan->argv, "--compress=%s", plan->compression);
    return NULL;
}

static struct err *compress_plain(struct compression c, struct dump_plan *plan)
{
    plan->extension = "sql.gz";
    if (c.method == METHOD_NONE) {
        plan->extension = "sql";
        snprintf(plan->compression, sizeof(plan->compression), "none");
        return NULL;
    }
    if (c.method != METHOD_AUTO && c.method != METHOD_GZIP)
        return err_hint(err_new(ERR_USAGE, "--compress: a plain dump is gzip or none"),
                        "for zstd and lz4 use --format custom or directory");
    plan->gzip_level = c.level > 0 ? c.level : c.method == METHOD_AUTO ? 1 : 6;
    snprintf(plan->compression, sizeof(plan->compression), "gzip:%d", plan->gzip_level);
    return NULL;
}

static struct err *compress_tar(struct compression c, struct dump_plan *plan)
{
    if (c.method != METHOD_AUTO && c.method != METHOD_NONE)
        return err_hint(err_new(ERR_USAGE, "--compress: pg_dump does not compress a tar dump"),
                        "use --format custom or directory");
    snprintf(plan->compression, sizeof(plan->compression), "none");
    return NULL;
}

/* -- selection -- */

struct option {
    enum setting_id id;
    const char *flag;
};

static void add_list(const struct settings *settings, const struct option *option,
                     struct dump_plan *plan)
{
    const struct strv *values = settings_list(settings, option->id);

    for (size_t i = 0; values && i < values->len; i++) {
        strv_pushf(&plan->argv, "%s=%s", option->flag, values->items[i]);
        strv_pushf(&plan->selection, "%s=%s", option->flag, values->items[i]);
    }
}

static void add_selection(const struct settings *settings, struct dump_plan *plan)
{
    static const struct option lists[] = {
        {SETTING_TABLE, "--table"},
        {SETTING_EXCLUDE_TABLE, "--exclude-table"},
        {SETTING_EXCLUDE_TABLE_DATA, "--exclude-table-data"},
        {SETTING_SCHEMA, "--schema"},
        {SETTING_EXCLUDE_SCHEMA, "--exclude-schema"},
    };
    static const struct option flags[] = {
        {SETTING_SCHEMA_ONLY, "--schema-only"},
        {SETTING_DATA_ONLY, "--data-only"},
    };

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        add_list(settings, &lists[i], plan);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (!settings_bool(settings, flags[i].id))
            continue;
        strv_push(&plan->argv, flags[i].flag);
        strv_push(&plan->selection, flags[i].flag);
    }
    plan->whole = plan->selection.len == 0;
}

static void add_extra(const struct settings *settings, struct dump_plan *plan)
{
    const struct strv *extra = settings_list(settings, SETTING_EXTRA_ARGS);

    if (settings_bool(settings, SETTING_NO_OWNER)) {
        strv_push(&plan->argv, "--no-owner");
        strv_push(&plan->selection, "--no-owner");
    }
    for (size_t i = 0; extra && i < extra->len; i++) {
        strv_push(&plan->argv, extra->items[i]);
        strv_push(&plan->selection, extra->items[i]);
        plan->whole = false;
    }
}

static struct err *check_selection(const struct settings *settings)
{
    if (settings_bool(settings, SETTING_SCHEMA_ONLY) &&
        settings_bool(settings, SETTING_DATA_ONLY))
        return err_new(ERR_USAGE, "--schema-only and --data-only leave nothing to dump");
    return NULL;
}

MUST_USE struct err *dump_plan_make(const struct settings *settings,
                                    const struct dump_tool *tool, struct dump_plan *out)
{
    static const char *const extensions[] = {[DUMP_CUSTOM] = "dump",
                                             [DUMP_PLAIN] = "sql.gz",
                                             [DUMP_TAR] = "tar",
                                             [DUMP_DIRECTORY] = "dir"};
    struct compression c = {.method = METHOD_AUTO, .level = -1};

    *out = (struct dump_plan){0};
    if (!dump_format_parse(settings_text(settings, SETTING_FORMAT), &out->format))
        return err_new(ERR_USAGE, "--format: \"%s\" is no format",
                       settings_text(settings, SETTING_FORMAT));
    PASS(parse_compression(settings_text(settings, SETTING_COMPRESS), &c));
    PASS(check_selection(settings));
    PASS(extra_args_check(settings_list(settings, SETTING_EXTRA_ARGS), tool->major));
    out->extension = extensions[out->format];
    strv_push(&out->argv, "pg_dump");
    strv_pushf(&out->argv, "--format=%s", dump_format_name(out->format));
    strv_push(&out->argv, "--no-password");
    if (out->format == DUMP_PLAIN)
        PASS(compress_plain(c, out));
    else if (out->format == DUMP_TAR)
        PASS(compress_tar(c, out));
    else
        PASS(compress_in_tool(tool, c, out));
    if (out->format == DUMP_DIRECTORY && settings_int(settings, SETTING_JOBS) > 1)
        strv_pushf(&out->argv, "--jobs=%d", (int)settings_int(settings, SETTING_JOBS));
    if (settings_duration_ms(settings, SETTING_LOCK_TIMEOUT) > 0)
        strv_pushf(&out->argv, "--lock-wait-timeout=%" PRId64,
                   settings_duration_ms(settings, SETTING_LOCK_TIMEOUT));
    add_selection(settings, out);
    add_extra(settings, out);
    return NULL;
}

void dump_plan_clear(struct dump_plan *plan)
{
    strv_clear(&plan->argv);
    strv_clear(&plan->selection);
}
