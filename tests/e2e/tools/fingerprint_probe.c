/* tests/e2e/tools/fingerprint_probe.c: prints the fingerprint of a database, for
 * tests/e2e/37-fingerprint.bats and 54-swapped.bats.
 *
 * With `toc` the fingerprint of an archive has its entries only. Compiled by that test against
 * build/libpgkeep.a; not part of the product. The engine comes from DOCKER_HOST.
 *
 *   fingerprint_probe CONTAINER DATABASE [NAME=VALUE...]
 *   fingerprint_probe toc FORMAT FILE
 *
 * user, password, depth, jobs, most_bytes, most_ms, no_owner=1; table=SCHEMA.NAME (then only
 * those), late_table: the same, named after `hold`; large_objects=1; arg=PG_DUMP_ARGUMENT;
 * hold=COMMAND: a shell command that runs while the snapshot is held and before take_end, with
 * the snapshot in $SNAPSHOT; free=1: gives up instead of ending. Errors: "error KIND: text" on
 * stderr, status 1.
 *
 * With -DOLD_SERVER and -Wl,--wrap=pins_set every server is one without
 * restrict_nonsystem_relation_kind, which all images of the tests have.
 */
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "orchestrator/dump/dump.h"
#include "orchestrator/fingerprint/schema.h"
#include "orchestrator/fingerprint/take.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef OLD_SERVER
#include "orchestrator/fingerprint/pins.h"

struct err *__real_pins_set(struct session *session, int server_version_num);
struct err *__wrap_pins_set(struct session *session, int server_version_num);

struct err *__wrap_pins_set(struct session *session, int server_version_num)
{
    PASS(__real_pins_set(session, server_version_num));
    return session_execute(session, "RESET restrict_nonsystem_relation_kind");
}
#endif

struct options {
    struct server_spec server;
    struct take_spec take;
    struct strv tables, late_tables;
    struct strv args;
    const char *hold;
    int64_t most_ms;
    bool large_objects, free;
};

static bool option(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "user") == 0)
        o->server.user = value;
    else if (strcmp(name, "password") == 0)
        o->server.password = value;
    else if (strcmp(name, "depth") == 0)
        return fingerprint_depth_parse(value, &o->take.depth);
    else if (strcmp(name, "jobs") == 0)
        o->take.jobs = (int)strtol(value, NULL, 10);
    else if (strcmp(name, "most_bytes") == 0)
        o->take.content_most_bytes = strtoull(value, NULL, 10);
    else if (strcmp(name, "most_ms") == 0)
        o->most_ms = strtoll(value, NULL, 10);
    else if (strcmp(name, "no_owner") == 0)
        o->take.no_owner = true;
    else if (strcmp(name, "table") == 0)
        strv_push(&o->tables, value);
    else if (strcmp(name, "late_table") == 0)
        strv_push(&o->late_tables, value);
    else if (strcmp(name, "large_objects") == 0)
        o->large_objects = true;
    else if (strcmp(name, "arg") == 0)
        strv_push(&o->args, value);
    else if (strcmp(name, "hold") == 0)
        o->hold = value;
    else if (strcmp(name, "free") == 0)
        o->free = true;
    else
        return false;
    return true;
}

static void add_tables(struct take *take, const struct strv *tables)
{
    for (size_t i = 0; i < tables->len; i++) {
        const char *dot = strchr(tables->items[i], '.');
        AUTO(mem_freep) char *schema =
            mem_strndup(tables->items[i], (size_t)(dot - tables->items[i]));

        take_table(take, schema, dot + 1);
        take_table(take, schema, dot + 1);
    }
}

static struct err *run(const struct options *o, struct fingerprint **out)
{
    AUTO(take_freep) struct take *take = NULL;

    PASS(take_begin(&o->take, &take));
    add_tables(take, &o->tables);
    if (o->large_objects)
        take_large_objects(take);
    setenv("SNAPSHOT", take_snapshot(take), 1);
    if (o->hold && system(o->hold) != 0)
        return err_new(ERR_FAILED, "%s", o->hold);
    if (o->free)
        return NULL;
    add_tables(take, &o->late_tables);
    return take_end(take, o->most_ms, out);
}

static struct err *connect_and_run(struct options *o, struct fingerprint **out)
{
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(server_freep) struct server *server = NULL;
    struct engine_spec spec;

    engine_spec_from_env(&spec);
    PASS(engine_open(&spec, &engine));
    PASS(server_connect(engine, &o->server, &server));
    o->take.server = server;
    o->take.schema_args = &o->args;
    o->take.whole = o->tables.len == 0 && o->late_tables.len == 0 && !o->large_objects;
    return run(o, out);
}

static struct err *read_archive(const char *format_name, const char *path,
                                struct fingerprint *out)
{
    AUTO(buf_clear) struct buf bytes = BUF_INIT((size_t)64 << 20);
    enum dump_format format = DUMP_CUSTOM;
    AUTO(dump_reader_freep) struct dump_reader *reader = NULL;

    dump_format_parse(format_name, &format);
    PASS(fs_read_file(path, &bytes));
    reader = dump_reader_new(format, NULL);
    if (format == DUMP_DIRECTORY)
        PASS(dump_reader_member_begin(reader, "toc.dat"));
    PASS(dump_reader_feed(reader, bytes.data, bytes.len));
    if (format == DUMP_DIRECTORY)
        PASS(dump_reader_member_end(reader));
    schema_add_toc(dump_reader_toc(reader), false, out);
    return NULL;
}

int main(int argc, char **argv)
{
    AUTO(fingerprint_freep) struct fingerprint *f = NULL;
    struct options o = {
        .server = {.container = argc > 1 ? argv[1] : "", .user = "postgres"},
        .take = {.database = argc > 2 ? argv[2] : "", .depth = FINGERPRINT_CONTENT, .jobs = 2},
        .most_ms = 60000};
    struct err *e;

    bool toc = argc == 4 && strcmp(argv[1], "toc") == 0;

    for (int i = 3; i < argc && !toc; i++) {
        char *value = strchr(argv[i], '=');

        if (value)
            *value++ = '\0';
        if (!value || !option(&o, argv[i], value)) {
            fprintf(stderr, "%s: what is that?\n", argv[i]);
            return 2;
        }
    }
    interrupt_install();
    session_forget_environment();
    if (toc)
        e = read_archive(argv[2], argv[3], f = fingerprint_new());
    else
        e = connect_and_run(&o, &f);
    strv_clear(&o.tables);
    strv_clear(&o.late_tables);
    strv_clear(&o.args);
    if (e) {
        AUTO(mem_freep) char *text = err_text(e);

        fprintf(stderr, "error %d: %s\n", e->kind, text);
        err_free(e);
        return 1;
    }
    if (f) {
        fingerprint_sort(f);
        AUTO(jsonx_freep) json_t *json = fingerprint_to_json(f);
        AUTO(mem_freep) char *text = jsonx_pretty(json);

        puts(text);
    }
    return 0;
}
