/* A relation is listed in a snapshot and read later, by a name that its owner may have given to
 * a view meanwhile; the view's functions would run with our rights. So the query is prepared
 * first: that resolves its names, and locks what they mean until pins_release (nothing can be
 * renamed, dropped or turned into a view after it), but neither plans nor runs anything.
 * Planning would already run functions: no LIMIT 0 and no EXPLAIN is harmless. Then the current
 * catalog is asked, not the snapshot's (to_regclass and pg_relation_filenode look there): the
 * same oid, and stored rows, which on 13 to 15 a table that became a view has not. Only then it
 * is run.
 *
 * A schema can be renamed in spite of all locks on what is in it, and makes the server resolve
 * the names of a prepared query anew. Between the check and the query that is a window of one
 * round trip; servers with restrict_nonsystem_relation_kind (pins.c) have none, and tables go
 * another way (digest_query.c) that has none either. */
#include "orchestrator/fingerprint/named.h"
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/postgres/quote.h"

static char *prepare_sql(const char *sql)
{
    return mem_printf("DEALLOCATE ALL; PREPARE pgkeep AS %s", sql);
}

/* Gives the relations that are not what they were. */
static char *check_sql(const struct named_relation *relations, size_t count)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    buf_printf(&sql, "SELECT r.name FROM (VALUES ");
    for (size_t i = 0; i < count; i++) {
        AUTO(mem_freep) char *schema = quote_ident(relations[i].schema);
        AUTO(mem_freep) char *name = quote_ident(relations[i].name);
        AUTO(mem_freep) char *both = mem_printf("%s.%s", schema, name);
        AUTO(mem_freep) char *literal = quote_literal(both);

        buf_printf(&sql, "%s(%s::pg_catalog.oid, %s::pg_catalog.text)", i ? ", " : "",
                   relations[i].oid, literal);
    }
    buf_printf(&sql, ") r(id, name) WHERE (r.id OPERATOR(pg_catalog.=)"
                     " pg_catalog.to_regclass(r.name)::pg_catalog.oid"
                     " AND pg_catalog.pg_relation_filenode(r.id) IS NOT NULL) IS NOT TRUE");
    return buf_take(&sql);
}

static struct err *prepare_and_run(struct session *session, const char *sql,
                                   const struct named_relation *relations, size_t count,
                                   size_t columns, struct rows *out)
{
    AUTO(mem_freep) char *prepare = prepare_sql(sql);
    AUTO(mem_freep) char *check = check_sql(relations, count);
    AUTO(rows_clear) struct rows taken = {0};

    PASS(session_execute(session, prepare));
    PASS(session_query(session, check, 1, &taken));
    if (taken.count > 0)
        return err_new(ERR_CONFLICT, NAMED_TAKEN);
    return session_query(session, "EXECUTE pgkeep", columns, out);
}

MUST_USE struct err *named_query(struct session *session, const char *sql,
                                 const struct named_relation *relations, size_t count,
                                 size_t columns, struct rows *out, struct err **failed)
{
    struct err *e = prepare_and_run(session, sql, relations, count, columns, out);

    return pins_settle(session, e, out, failed);
}
