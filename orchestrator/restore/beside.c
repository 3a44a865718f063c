/* Two steps. In the scratch the backup's definitions are made, without owners and rights, and
 * what other parts of them fail is no matter. Then tables of text take the place of those that
 * are wanted, and pg_restore fills these alone: no CHECK, no generated column and no type of
 * the backup computes anything. A plain dump can only be loaded whole, as a restore does.
 *
 * From there the rows go through a pipe to one psql in the living database: BEGIN, the schema,
 * its tables, COPY, COMMIT. The text that a value has is the same on both sides (pins.h). The
 * COMMIT is given only when psql has said that all rows are in: where we are gone or have given
 * up by then, it never comes. Event triggers are switched
 * off where our role may; what would still run as us and belongs to others is refused. */
#include "orchestrator/restore/beside.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/postgres/psql.h"
#include "orchestrator/postgres/quote.h"
#include "orchestrator/restore/beside_shape.h"
#include "orchestrator/restore/dump_feed.h"
#include "orchestrator/restore/load.h"
#include "orchestrator/restore/row_stream.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_PREFIX "restored_"
#define SCHEMA_TRIES 99

#define END_OF_ROWS "\\.\n"
#define ROWS_ARE_IN "pgkeep-rows-are-in\n"
#define LAST_WORDS "pgkeep-end-of-script\n"
#define LISTEN_MS 20

struct beside {
    const struct beside_spec *spec;
    struct beside_shapes shapes;
    struct restored_list *out;
    char *schema;
    char *encoding; /* of the scratch */
    bool is_plain;

    /* the input of psql: texts, and after each but the last the rows of a table */
    struct session_way *way;
    struct buf text;
    size_t given; /* of text */
    size_t next;  /* table, whose rows come when the text was given */
    bool is_committing;
    struct strv statements;
    struct row_stream *stream;
    struct buf said;
};

/* -- the scratch -- */

static struct err *read_contents(const struct beside *b, struct dump_feed **out)
{
    return dump_feed_read_toc(b->spec->backup->path, b->spec->backup->manifest, out);
}

static struct load_spec load_base(const struct beside *b)
{
    return (struct load_spec){.server = b->spec->server,
                              .backup = b->spec->backup,
                              .database = b->spec->scratch,
                              .temp_name = b->spec->temp_name,
                              .subject = b->spec->subject,
                              .progress = b->spec->progress,
                              .jobs = 1,
                              .room = b->spec->room};
}

/* What of the definitions cannot be made here may be what a table needs. */
static struct err *explain_missing(struct err *e, const struct strv *errors)
{
    if (!err_is(e, ERR_NOT_FOUND) || errors->len == 0)
        return e;
    return err_wrap(e, "of the backup's definitions %zu could not be made, the first: %s",
                    errors->len, errors->items[0]);
}

static struct err *make_definitions(struct beside *b)
{
    struct load_spec load = load_base(b);
    AUTO(load_result_clear) struct load_result result = {0};

    if (!b->is_plain) {
        load.no_owner = true;
        load.no_privileges = true;
        load.no_tablespaces = true;
        load.definitions_alone = true;
        load.all_errors = true;
    }
    PASS(load_dump(&load, &result));
    return explain_missing(
        beside_shapes_read(b->spec->server, b->spec->scratch, b->spec->tables, &b->shapes),
        &result.errors);
}

static bool holds_leaf(const struct beside_table *table, const struct toc_entry *entry)
{
    for (size_t i = 0; i < table->leaf_count; i++)
        if (strcmp(table->leaves[i].schema, entry->schema) == 0 &&
            strcmp(table->leaves[i].name, entry->tag) == 0)
            return true;
    return false;
}

static struct err *no_rows_in(const struct beside *b, const struct beside_table *table)
{
    return err_hint(err_new(ERR_NOT_FOUND, "%s was made without the rows of %s.%s",
                            b->spec->backup->id, table->schema, table->name),
                    "pgkeep show %s names the options it was made with; take another backup",
                    b->spec->backup->id);
}

static bool has_rows(const struct toc *toc, const struct beside_table *table)
{
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, "TABLE DATA") == 0 &&
            holds_leaf(table, &toc->entries[i]))
            return true;
    return false;
}

/* The entries of the rows that are wanted, as a list for pg_restore: in the dump's own order,
 * as a tar can be read only once. A partitioned table may have no partition, and so no rows. */
static struct err *list_rows(const struct beside *b, struct buf *list)
{
    AUTO(dump_feed_freep) struct dump_feed *contents = NULL;
    const struct toc *toc;

    PASS(read_contents(b, &contents));
    toc = dump_feed_toc(contents);
    for (size_t t = 0; t < b->shapes.count; t++) {
        const struct beside_table *table = &b->shapes.items[t];

        if (!has_rows(toc, table) && !(table->is_partitioned && table->leaf_count == 1))
            return no_rows_in(b, table);
    }
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];
        bool wanted = false;

        for (size_t t = 0; t < b->shapes.count && !wanted; t++)
            wanted = holds_leaf(&b->shapes.items[t], entry);
        if (wanted && strcmp(entry->desc, "TABLE DATA") == 0)
            buf_printf(list, "%d; %u %u %s\n", entry->dump_id, entry->table_oid, entry->oid,
                       entry->desc);
    }
    return NULL;
}

static struct err *load_rows(struct beside *b)
{
    AUTO(buf_clear) struct buf list = BUF_OWN_TEXT;
    AUTO(load_result_clear) struct load_result result = {0};
    AUTO(mem_freep) char *hollow = beside_sql_hollow(&b->shapes);
    struct load_spec load = load_base(b);

    if (b->is_plain)
        return NULL;
    PASS(list_rows(b, &list));
    TRY(server_execute(b->spec->server, b->spec->scratch, hollow), "prepare the tables");
    if (list.len == 0)
        return NULL;
    load.data_only = true;
    load.list_text = buf_text(&list);
    return load_dump(&load, &result);
}

static struct err *read_encoding(struct beside *b)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(b->spec->server, b->spec->scratch,
                      "SELECT pg_catalog.getdatabaseencoding()", 1, &rows));
    b->encoding = mem_strdup(rows.count == 1 ? rows_cell(&rows, 0, 0) : "UTF8");
    return NULL;
}

/* -- the living database, looked at -- */

/* Switched off are: from 17 on all of them, before that those that are not ALWAYS or REPLICA; a
 * role without superuser can switch none off. */
static const char EVENT_TRIGGERS_SQL[] =
    "SELECT e.evtname FROM pg_catalog.pg_event_trigger e"
    " JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) e.evtfoid"
    " WHERE e.evtenabled::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[%s])"
    " AND p.proowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT oid FROM pg_catalog.pg_roles"
    "  WHERE rolsuper OR rolname OPERATOR(pg_catalog.=) current_user))";

static struct err *refuse_event_triggers(const struct beside *b)
{
    const struct server *server = b->spec->server;
    AUTO(mem_freep) char *sql =
        mem_printf(EVENT_TRIGGERS_SQL, server->superuser ? "'A', 'R'" : "'O', 'A'");
    AUTO(rows_clear) struct rows rows = {0};

    if (b->spec->trust_owners || (server->superuser && server->version_num >= 170000))
        return NULL;
    PASS(server_query(server, b->spec->database, sql, 1, &rows));
    if (rows.count == 0)
        return NULL;
    return err_hint(err_new(ERR_USAGE,
                            "event trigger \"%s\" of database \"%s\" would run code of another "
                            "role with the rights of \"%s\"",
                            rows_cell(&rows, 0, 0), b->spec->database, server->user),
                    "if you trust that role as you trust yourself: --trust-owners");
}

static struct err *choose_schema(struct beside *b)
{
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(server_query(b->spec->server, b->spec->database,
                      "SELECT nspname FROM pg_catalog.pg_namespace", 1, &rows));
    for (size_t i = 0; i < rows.count; i++)
        strv_push(&names, rows_cell(&rows, i, 0));
    b->schema = mem_printf(SCHEMA_PREFIX "%s", b->spec->backup->stamp);
    for (int i = 2; strv_contains(&names, b->schema); i++) {
        if (i > SCHEMA_TRIES)
            return err_hint(err_new(ERR_EXISTS, "database \"%s\" has %d schemas %s%s already",
                                    b->spec->database, SCHEMA_TRIES, SCHEMA_PREFIX,
                                    b->spec->backup->stamp),
                            "drop those that you no longer need: DROP SCHEMA \"...\" CASCADE");
        free(b->schema);
        b->schema = mem_printf(SCHEMA_PREFIX "%s_%d", b->spec->backup->stamp, i);
    }
    return NULL;
}

/* Whom ALTER DEFAULT PRIVILEGES gives what our role makes. */
static struct err *default_grantees(const struct beside *b, struct buf *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(
        b->spec->server, b->spec->database,
        "SELECT DISTINCT CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN "
        "'PUBLIC'"
        " ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text)"
        " END FROM pg_catalog.pg_default_acl d,"
        " LATERAL pg_catalog.aclexplode(d.defaclacl) a"
        " JOIN pg_catalog.pg_roles r ON r.rolname OPERATOR(pg_catalog.=) current_user"
        " WHERE d.defaclrole OPERATOR(pg_catalog.=) r.oid"
        " AND a.grantee OPERATOR(pg_catalog.<>) r.oid",
        1, &rows));
    for (size_t i = 0; i < rows.count; i++)
        buf_printf(out, ", %s", rows_cell(&rows, i, 0));
    return NULL;
}

/* -- the script -- */

static void add_settings(const struct beside *b, struct buf *sql)
{
    const struct server *server = b->spec->server;

    buf_printf(
        sql, "SET statement_timeout = 0;\nSET lock_timeout = 0;\n"
             "SET idle_in_transaction_session_timeout = 0;\n"
             "SET DateStyle = 'ISO, YMD';\nSET IntervalStyle = 'postgres';\n"
             "SET TimeZone = 'UTC';\nSET xmloption = 'content';\nSET default_tablespace = '';\n"
             "SET default_table_access_method = 'heap';\n"
             "SET client_min_messages = 'warning';\n");
    if (server->version_num >= 170000)
        buf_printf(sql, "SET transaction_timeout = 0;\n");
    /* money as pins.h prints it, or as the dump has it, which is the database's own way */
    if (b->is_plain)
        buf_printf(sql, "SET lc_monetary = 'C';\n");
    if (server->superuser)
        buf_printf(sql, server->version_num >= 170000
                            ? "SET event_triggers = off;\n"
                            : "SET session_replication_role = 'replica';\n");
}

static struct err *write_head(struct beside *b)
{
    AUTO(mem_freep) char *schema = quote_ident(b->schema);
    AUTO(mem_freep) char *check = beside_sql_check(b->schema);
    AUTO(buf_clear) struct buf grantees = BUF_OWN_TEXT;

    PASS(default_grantees(b, &grantees));
    add_settings(b, &b->text);
    buf_printf(&b->text,
               "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n"
               "CREATE SCHEMA %s;\nREVOKE ALL ON SCHEMA %s FROM PUBLIC%s;\n",
               schema, schema, buf_text(&grantees));
    for (size_t i = 0; i < b->shapes.count; i++) {
        AUTO(mem_freep) char *create = beside_sql_create(&b->shapes.items[i], b->schema);

        buf_printf(&b->text, "%s", create);
    }
    buf_printf(&b->text, "REVOKE ALL ON ALL TABLES IN SCHEMA %s FROM PUBLIC%s;\n%s", schema,
               buf_text(&grantees), check);
    return NULL;
}

/* -1: not known. */
static int64_t promised_rows(const struct beside *b, const struct beside_table *table)
{
    const struct manifest *m = b->spec->backup->manifest;
    int64_t rows = 0;

    for (size_t i = 0; i < table->leaf_count; i++)
        for (size_t k = 0; k < m->table_count; k++) {
            if (strcmp(m->tables[k].schema, table->leaves[i].schema) != 0 ||
                strcmp(m->tables[k].name, table->leaves[i].name) != 0)
                continue;
            if (m->tables[k].rows < 0)
                return -1;
            rows += m->tables[k].rows;
        }
    return rows;
}

static struct err *begin_rows(struct beside *b)
{
    const struct beside_table *table = &b->shapes.items[b->next];
    const struct row_stream_spec spec = {.way = b->way,
                                         .database = b->spec->scratch,
                                         .server_version_num = b->spec->server->version_num,
                                         .statements = &b->statements};

    strv_clear(&b->statements);
    b->statements = (struct strv)STRV_INIT;
    beside_sql_copy_out(table, !b->is_plain, &b->statements);
    return row_stream_open(&spec, &b->stream);
}

static void write_copy(struct beside *b)
{
    AUTO(mem_freep) char *copy =
        beside_sql_copy_in(&b->shapes.items[b->next], b->schema, b->encoding);

    buf_printf(&b->text, "%s", copy);
}

static struct err *end_rows(struct beside *b)
{
    const struct beside_table *table = &b->shapes.items[b->next];
    int64_t rows = (int64_t)row_stream_rows(b->stream);
    int64_t promised = promised_rows(b, table);

    row_stream_freep(&b->stream);
    if (promised >= 0 && promised != rows)
        return err_new(ERR_BAD_BACKUP,
                       "%s.%s came back with %" PRId64 " rows, the manifest says %" PRId64,
                       table->schema, table->name, rows, promised);
    restored_add(b->out, table->schema, table->name)->rows = rows;
    b->next++;
    b->given = 0;
    buf_clear(&b->text);
    b->text = (struct buf)BUF_OWN_TEXT;
    buf_printf(&b->text, END_OF_ROWS);
    if (b->next < b->shapes.count)
        write_copy(b);
    else
        buf_printf(&b->text, "\\echo " ROWS_ARE_IN);
    return NULL;
}

static bool has_said(const struct beside *b, const char *words)
{
    return strstr(buf_text(&b->said), words) != NULL;
}

/* From here on the schema may be there: whoever interrupts waits for the end. */
static void write_commit(struct beside *b)
{
    interrupt_hold();
    b->is_committing = true;
    buf_printf(&b->text, "COMMIT;\n\\echo " LAST_WORDS);
}

/* psql says so while it is given blank lines, for input that is not there yet is not known
 * here.
 */
static void listen(struct beside *b)
{
    if (has_said(b, ROWS_ARE_IN)) {
        write_commit(b);
        return;
    }
    clock_sleep_ms(LISTEN_MS);
    buf_printf(&b->text, "\n");
}

static void give_text(struct beside *b, uint8_t *data, size_t size, size_t *len)
{
    *len = b->text.len - b->given < size ? b->text.len - b->given : size;
    memcpy(data, buf_text(&b->text) + b->given, *len);
    b->given += *len;
}

static struct err *read_input(void *ctx, uint8_t *data, size_t size, size_t *len)
{
    struct beside *b = ctx;

    for (*len = 0; *len == 0;) {
        PASS(interrupt_check());
        give_text(b, data, size, len);
        if (*len > 0 || b->is_committing)
            return NULL;
        if (b->next == b->shapes.count) {
            listen(b);
            continue;
        }
        if (!b->stream)
            PASS(begin_rows(b));
        PASS(row_stream_read(b->stream, data, size, len));
        if (*len == 0)
            PASS(end_rows(b));
    }
    return b->spec->room ? room_feed(b->spec->room, *len) : NULL;
}

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct beside *b = ctx;

    buf_append_tail(&b->said, data, len);
    return NULL;
}

static struct err *on_tick(void *ctx)
{
    const struct beside *b = ctx;

    return room_watch(b->spec->room);
}

static struct err *run_psql(struct beside *b)
{
    const struct psql_call call = {0};
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    struct tool_access access = server_access(b->spec->server);
    const struct tool_spec tool = {.database = b->spec->database,
                                   .argv = &argv,
                                   .client_encoding = "UTF8",
                                   .on_stdout = on_stdout,
                                   .read_input = read_input,
                                   .on_tick = b->spec->room ? on_tick : NULL,
                                   .ctx = b};

    psql_argv(&call, &argv);
    PASS(tool_run(b->spec->server->engine, &access, &tool));
    if (!has_said(b, LAST_WORDS))
        return err_new(ERR_CUT, "the engine cut the stream: psql did not get all of the rows");
    return NULL;
}

/* Its COMMIT may have been the last that was heard. */
static void undo(const struct beside *b)
{
    AUTO(mem_freep) char *schema = quote_ident(b->schema);
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(err_freep) struct err *e = NULL;

    add_settings(b, &sql);
    buf_printf(&sql, "DROP SCHEMA IF EXISTS %s CASCADE;\n", schema);
    interrupt_hold();
    e = server_execute(b->spec->server, b->spec->database, buf_text(&sql));
    if (e)
        log_err(LOG_WARN, "left behind", e);
    interrupt_release();
}

static struct err *copy_over(struct beside *b)
{
    struct err *e;

    PASS(session_way_find(b->spec->server, b->spec->scratch, &b->way));
    PASS(write_head(b));
    write_copy(b);
    e = run_psql(b);
    if (b->is_committing)
        interrupt_release();
    return err_wrap(e, "copy into schema \"%s\"", b->schema);
}

static struct err *advise(const struct beside *b)
{
    for (size_t i = 0; i < b->shapes.count; i++) {
        AUTO(beside_living_clear) struct beside_living living = {0};

        PASS(beside_living_read(b->spec->server, b->spec->database, &b->shapes.items[i],
                                &living));
        beside_advise(&b->shapes.items[i], b->schema, &living, &b->out->items[i]);
    }
    return NULL;
}

static struct err *work(struct beside *b)
{
    struct err *e;

    PASS(refuse_event_triggers(b));
    PASS(choose_schema(b));
    PASS(make_definitions(b));
    PASS(beside_shapes_settle(b->spec->server, b->spec->database, &b->shapes));
    PASS(load_rows(b));
    PASS(read_encoding(b));
    e = copy_over(b);
    if (!e)
        e = advise(b);
    if (e && b->is_committing)
        undo(b);
    return e;
}

MUST_USE struct err *beside_run(const struct beside_spec *spec, char **schema,
                                struct restored_list *out)
{
    const char *format = spec->backup->manifest->dump_format;
    struct beside b = {.spec = spec,
                       .out = out,
                       .is_plain = format && strcmp(format, "plain") == 0,
                       .text = BUF_OWN_TEXT,
                       .statements = STRV_INIT,
                       .said = BUF_INIT(256)};
    struct err *e = work(&b);

    row_stream_free(b.stream);
    session_way_free(b.way);
    strv_clear(&b.statements);
    buf_clear(&b.text);
    buf_clear(&b.said);
    beside_shapes_clear(&b.shapes);
    free(b.encoding);
    *schema = b.schema;
    return e;
}
