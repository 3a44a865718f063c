#include "orchestrator/proof/tablespaces.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_lexer.h"
#include "orchestrator/dump/sql_name.h"
#include "orchestrator/postgres/quote.h"

#define GLOBALS_MAX_BYTES ((size_t)64 << 20)

struct script {
    struct buf sql;
    size_t count;
};

/* The folder is made by the server itself, so that it belongs to the server's user. */
static struct err *on_statement(void *ctx, const struct sql_statement *statement)
{
    struct script *script = ctx;
    const char *at = statement->text;
    const char *end = at + statement->len;
    AUTO(mem_freep) char *name = NULL;
    AUTO(mem_freep) char *ident = NULL;

    if (!sql_words(&at, end, "create tablespace"))
        return NULL;
    name = sql_name(&at, end);
    if (!name)
        return err_new(ERR_PROTOCOL, "globals.sql: a tablespace without its name");
    ident = quote_ident(name);
    script->count++;
    buf_printf(&script->sql,
               "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null;"
               " mkdir -p -m 700 /tmp/pgkeep-tablespace-%zu';\n"
               "CREATE TABLESPACE %s LOCATION '/tmp/pgkeep-tablespace-%zu';\n",
               script->count, ident, script->count);
    return NULL;
}

/* Reads the backup's globals; script->sql is the caller's to clear. */
static struct err *read_globals(const struct backup *backup, struct script *script)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(GLOBALS_MAX_BYTES);
    AUTO(mem_freep) char *path = fs_join(backup->path, backup->manifest->globals);
    const struct sql_handler handler = {.on_statement = on_statement, .ctx = script};
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, GLOBALS_MAX_BYTES);
    struct err *e = backup_bad_file(fs_read_file(path, &text));

    if (!e)
        e = sql_lexer_feed(lexer, buf_text(&text), text.len);
    if (!e)
        e = sql_lexer_finish(lexer);
    return err_wrap(e, "tablespaces of %s", path);
}

MUST_USE struct err *tablespaces_count(const struct backup *backup, size_t *out)
{
    struct script script = {.sql = BUF_OWN_TEXT};
    struct err *e = read_globals(backup, &script);

    *out = script.count;
    buf_clear(&script.sql);
    return e;
}

MUST_USE struct err *tablespaces_stand_in(const struct server *server,
                                          const struct backup *backup)
{
    struct script script = {.sql = BUF_OWN_TEXT};
    struct err *e = read_globals(backup, &script);

    if (!e && script.count > 0)
        e = err_wrap(server_execute(server, NULL, buf_text(&script.sql)),
                     "make stand-ins for the tablespaces");
    buf_clear(&script.sql);
    return e;
}
