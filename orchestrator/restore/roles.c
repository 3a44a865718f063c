#include "orchestrator/restore/roles.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/dump/globals.h"
#include "orchestrator/postgres/quote.h"
#include <string.h>

#define GLOBALS_MAX_BYTES ((size_t)64 << 20)

static struct err *existing_roles(const struct server *server, struct strv *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(server, NULL, "SELECT rolname FROM pg_catalog.pg_roles", 1, &rows));
    for (size_t i = 0; i < rows.count; i++)
        strv_push(out, rows_cell(&rows, i, 0));
    return NULL;
}

/* The globals pass the same check as the dump: what is applied is what was backed up. */
static struct err *check_digest(const struct backup *backup, const struct buf *text)
{
    const struct manifest *m = backup->manifest;
    struct sha256 *sha = sha256_new();
    char hex[SHA256_HEX_SIZE];

    sha256_add(sha, buf_text(text), text->len);
    sha256_hex(sha, hex);
    sha256_free(sha);
    for (size_t i = 0; i < m->file_count; i++)
        if (strcmp(m->files[i].name, m->globals) == 0 && strcmp(m->files[i].sha256, hex) == 0)
            return NULL;
    return err_new(ERR_BAD_BACKUP, "%s/%s: its SHA-256 is not what the manifest says",
                   backup->path, m->globals);
}

/* All or none: an older server may not know a clause of the last of them. */
static struct err *create_all(const struct server *server, const struct buf *sql)
{
    AUTO(mem_freep) char *whole = mem_printf("BEGIN;\n%s\nCOMMIT;\n", buf_text(sql));

    return server_execute(server, NULL, whole);
}

void roles_drop(const struct server *server, const struct strv *roles)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(err_freep) struct err *e = NULL;

    for (size_t i = 0; i < roles->len; i++) {
        AUTO(mem_freep) char *name = quote_ident(roles->items[i]);

        buf_printf(&sql, "%s%s", i > 0 ? ", " : "DROP ROLE IF EXISTS ", name);
    }
    if (roles->len == 0)
        return;
    interrupt_hold();
    e = server_execute(server, NULL, buf_text(&sql));
    if (e)
        log_err(LOG_WARN, "left behind", e);
    interrupt_release();
}

MUST_USE struct err *roles_create_missing(const struct server *server,
                                          const struct backup *backup, struct strv *made)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(GLOBALS_MAX_BYTES);
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(strv_clear) struct strv existing = STRV_INIT;
    AUTO(strv_clear) struct strv new_roles = STRV_INIT;
    AUTO(strv_clear) struct strv skipped = STRV_INIT;
    AUTO(mem_freep) char *path = NULL;
    struct globals_plan plan = {.existing_roles = &existing};

    if (!backup->manifest->globals)
        return err_new(ERR_USAGE, "backup %s has no globals.sql", backup->id);
    path = fs_join(backup->path, backup->manifest->globals);
    PASS(backup_bad_file(fs_read_file(path, &text)));
    PASS(check_digest(backup, &text));
    PASS(existing_roles(server, &existing));
    TRY(err_as(globals_filter(buf_text(&text), text.len, &plan, &sql, &new_roles, &skipped),
               ERR_BAD_BACKUP),
        "%s", path);
    for (size_t i = 0; i < skipped.len; i++)
        log_debug("globals: left out %s", skipped.items[i]);
    if (sql.len > 0)
        TRY(create_all(server, &sql), "create the missing roles");
    if (made)
        strv_extend(made, &new_roles);
    return NULL;
}

bool roles_has(const struct server *server, const char *role, struct err **error)
{
    AUTO(mem_freep) char *literal = quote_literal(role);
    AUTO(mem_freep) char *sql = mem_printf("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname"
                                           " OPERATOR(pg_catalog.=) %s",
                                           literal);
    AUTO(rows_clear) struct rows rows = {0};

    *error = server_query(server, NULL, sql, 1, &rows);
    return !*error && rows.count == 1;
}
