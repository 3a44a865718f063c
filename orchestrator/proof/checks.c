#include "orchestrator/proof/checks.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_lexer.h"
#include "orchestrator/restore/blame.h"
#include <string.h>

#define FILE_MAX_BYTES ((size_t)1 << 20)

static struct err *collect(void *ctx, const struct sql_statement *statement)
{
    strv_push(ctx, statement->text);
    return NULL;
}

static struct err *split(const char *path, struct strv *queries)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(FILE_MAX_BYTES);
    const struct sql_handler handler = {.on_statement = collect, .ctx = queries};
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, FILE_MAX_BYTES);

    PASS(err_as(fs_read_file(path, &text), ERR_USAGE));
    TRY(err_as(buf_append_text(&text, "\n;\n"), ERR_USAGE), "check %s", path);
    TRY(err_as(sql_lexer_feed(lexer, buf_text(&text), text.len), ERR_USAGE), "check %s", path);
    TRY(err_as(sql_lexer_finish(lexer), ERR_USAGE), "check %s", path);
    for (size_t i = queries->len; i > 0; i--) /* the ";" that was added may stand alone */
        if (strcmp(queries->items[i - 1], ";") == 0) {
            mem_freep(&queries->items[i - 1]);
            memmove(&queries->items[i - 1], &queries->items[i],
                    (queries->len - i + 1) * sizeof(*queries->items));
            queries->len--;
        }
    if (queries->len == 0)
        return err_new(ERR_USAGE, "check %s holds no query", path);
    return NULL;
}

MUST_USE struct err *checks_validate(const struct strv *files)
{
    for (size_t i = 0; files && i < files->len; i++) {
        AUTO(strv_clear) struct strv queries = STRV_INIT;

        TRY(split(files->items[i], &queries), "--check");
    }
    return NULL;
}

/* The query runs inside a counting one, so that any number of columns and rows comes back as
 * two numbers: rows, and rows whose single boolean column is not true. */
static struct err *run_query(const struct checks_spec *spec, const char *query, char **said)
{
    AUTO(mem_freep) char *inner = mem_strdup(query);
    AUTO(mem_freep) char *sql = NULL;
    AUTO(rows_clear) struct rows rows = {0};
    size_t len = strlen(inner);

    while (len > 0 && strchr("; \t\r\n", inner[len - 1]))
        inner[--len] = '\0';
    sql = mem_printf(
        "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE"
        " (SELECT pg_catalog.count(*) OPERATOR(pg_catalog.=) 1 AND pg_catalog.bool_and("
        "value OPERATOR(pg_catalog.=) 'false'::pg_catalog.jsonb OR"
        " value OPERATOR(pg_catalog.=) 'null'::pg_catalog.jsonb)"
        " FROM pg_catalog.jsonb_each(pg_catalog.to_jsonb(pgkeep_check))))"
        " FROM (\n%s\n) AS pgkeep_check",
        inner);
    *said = NULL;
    struct err *e = spec->throwaway
                        ? server_query_own_path(spec->server, spec->database, sql, 2, &rows)
                        : server_query(spec->server, spec->database, sql, 2, &rows);
    if (e && err_is(e, ERR_TOOL)) {
        const struct blame_place place = {.english = spec->server->superuser,
                                          .superuser = spec->server->superuser};
        AUTO(mem_freep) char *text = err_text(e);

        if (blame_of(text, &place) == BLAME_PLACE)
            return err_as(e, ERR_UNPROVEN);
        *said = mem_printf("%s%s", text,
                           spec->throwaway ? ""
                                           : " (search_path is empty here: write "
                                             "SCHEMA.TABLE)");
        err_free(e);
        return NULL;
    }
    PASS(e);
    if (rows.count != 1 || strcmp(rows_cell(&rows, 0, 0), "0") == 0)
        *said = mem_strdup("it returned no row");
    else if (strcmp(rows_cell(&rows, 0, 1), "0") != 0)
        *said = mem_strdup("it returned false");
    return NULL;
}

static struct err *run_file(const struct checks_spec *spec, const char *path, json_t *results,
                            struct strv *failed)
{
    AUTO(strv_clear) struct strv queries = STRV_INIT;

    PASS(split(path, &queries));
    for (size_t i = 0; i < queries.len; i++) {
        AUTO(mem_freep) char *said = NULL;
        json_t *object = json_object();

        json_array_append_new(results, object);
        jsonx_set_string(object, "file", path);
        jsonx_set_string(object, "query", queries.items[i]);
        PASS(run_query(spec, queries.items[i], &said));
        jsonx_set_bool(object, "ok", said == NULL);
        jsonx_set_string(object, "said", said);
        if (said)
            strv_pushf(failed, "check %s, query %zu: %s", path, i + 1, said);
    }
    return NULL;
}

MUST_USE struct err *checks_run(const struct checks_spec *spec, json_t *results,
                                struct strv *failed)
{
    for (size_t i = 0; spec->files && i < spec->files->len; i++)
        PASS(run_file(spec, spec->files->items[i], results, failed));
    return NULL;
}
