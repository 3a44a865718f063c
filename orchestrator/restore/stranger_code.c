/* The dump's table of contents is read ahead, a plain dump whole, and judged before anything is
 * made. Who is trusted is asked of the server that the dump goes to: that a role was a
 * superuser where the backup was made says nothing here.
 *
 * Where rows go into tables that are there, the server's catalogue is asked as well, for what
 * COPY or INSERT would evaluate: it knows which object depends on which function, but not which
 * of its own functions an expression calls, so those of strangers' tables are read as text. */
#include "orchestrator/restore/stranger_code.h"
#include "base/mem.h"
#include "orchestrator/dump/load_code.h"
#include "orchestrator/restore/dump_feed.h"
#include <string.h>

#define SHOWN 3

#define TRUSTED                                                                                \
    "ARRAY(SELECT oid FROM pg_catalog.pg_roles"                                                \
    " WHERE rolsuper OR rolname OPERATOR(pg_catalog.=) current_user)"

#define OID_OF(catalog) "'pg_catalog." catalog "'::pg_catalog.regclass::pg_catalog.oid"
#define PROC_CLASS OID_OF("pg_proc")
#define OPERATOR_CLASS OID_OF("pg_operator")
#define TRIGGER_CLASS OID_OF("pg_trigger")
#define CONSTRAINT_CLASS OID_OF("pg_constraint")
#define DEFAULT_CLASS OID_OF("pg_attrdef")
#define RELATION_CLASS OID_OF("pg_class")

/* Columns: schema and table ("" where it may concern any), whether to take it for any, what. */
static const char DEPENDS_SQL[] =
    "WITH strange AS ("
    " SELECT " PROC_CLASS " AS cls, oid, proname AS name, proowner AS owner"
    "  FROM pg_catalog.pg_proc WHERE proowner OPERATOR(pg_catalog.<>) ALL (" TRUSTED ")"
    " UNION ALL SELECT " OPERATOR_CLASS ", o.oid, o.oprname,"
    "  CASE WHEN p.proowner OPERATOR(pg_catalog.<>) ALL (" TRUSTED ") THEN p.proowner"
    "   ELSE o.oprowner END"
    "  FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p"
    "   ON p.oid OPERATOR(pg_catalog.=) o.oprcode::pg_catalog.oid"
    "  WHERE o.oprowner OPERATOR(pg_catalog.<>) ALL (" TRUSTED ")"
    "   OR p.proowner OPERATOR(pg_catalog.<>) ALL (" TRUSTED ")),"
    " part AS ("
    " SELECT tgrelid AS rel, " TRIGGER_CLASS " AS cls, oid,"
    "   pg_catalog.concat('trigger ', tgname) AS what FROM pg_catalog.pg_trigger"
    "  WHERE NOT tgisinternal AND tgenabled OPERATOR(pg_catalog.<>) 'D'"
    "   AND (tgtype OPERATOR(pg_catalog.&) 4::pg_catalog.int2)"
    "    OPERATOR(pg_catalog.<>) 0::pg_catalog.int2"
    " UNION ALL SELECT conrelid, " CONSTRAINT_CLASS ", oid,"
    "   pg_catalog.concat('constraint ', conname) FROM pg_catalog.pg_constraint"
    "  WHERE contype OPERATOR(pg_catalog.=) 'c'"
    " UNION ALL SELECT adrelid, " DEFAULT_CLASS ", oid, 'a default'"
    "  FROM pg_catalog.pg_attrdef"
    " UNION ALL SELECT indrelid, " RELATION_CLASS ", indexrelid, 'an index'"
    "  FROM pg_catalog.pg_index"
    " UNION ALL SELECT partrelid, " RELATION_CLASS ", partrelid, 'the partition key'"
    "  FROM pg_catalog.pg_partitioned_table)"
    " SELECT coalesce(n.nspname, ''), coalesce(c.relname, ''),"
    "  c.oid IS NULL OR c.relispartition OR c.relkind OPERATOR(pg_catalog.=) 'p',"
    "  pg_catalog.concat(part.what, ' calls ', s.name, ' of ',"
    "   pg_catalog.pg_get_userbyid(s.owner))"
    " FROM part JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) part.cls"
    "   AND d.objid OPERATOR(pg_catalog.=) part.oid"
    "  JOIN strange s ON s.cls OPERATOR(pg_catalog.=) d.refclassid"
    "   AND s.oid OPERATOR(pg_catalog.=) d.refobjid"
    "  LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) part.rel"
    "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " UNION ALL SELECT '', '', true, pg_catalog.concat('a cast calls ', s.name, ' of ',"
    "   pg_catalog.pg_get_userbyid(s.owner)) FROM pg_catalog.pg_cast k JOIN strange s"
    "  ON s.cls OPERATOR(pg_catalog.=) " PROC_CLASS
    "  AND s.oid OPERATOR(pg_catalog.=) k.castfunc"
    " UNION ALL SELECT '', '', true, pg_catalog.concat('a range calls ', s.name, ' of ',"
    "   pg_catalog.pg_get_userbyid(s.owner)) FROM pg_catalog.pg_range g JOIN strange s"
    "  ON s.cls OPERATOR(pg_catalog.=) " PROC_CLASS
    "  AND s.oid OPERATOR(pg_catalog.=) ANY (ARRAY[g.rngcanonical::pg_catalog.oid,"
    "   g.rngsubdiff::pg_catalog.oid])"
    " UNION ALL SELECT n.nspname, c.relname, false, pg_catalog.concat('rule ', w.rulename,"
    "   ' of ', pg_catalog.pg_get_userbyid(c.relowner)) FROM pg_catalog.pg_rewrite w"
    "  JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) w.ev_class"
    "  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    "  WHERE w.ev_type OPERATOR(pg_catalog.=) '3'"
    "   AND c.relowner OPERATOR(pg_catalog.<>) ALL (" TRUSTED ")";

/* The same columns, and the text of an expression. */
static const char EXPRESSIONS_SQL[] =
    "WITH part AS ("
    " SELECT tgrelid AS rel, pg_catalog.concat('trigger ', tgname) AS what,"
    "   pg_catalog.pg_get_triggerdef(oid) AS text FROM pg_catalog.pg_trigger"
    "  WHERE NOT tgisinternal"
    " UNION ALL SELECT conrelid, pg_catalog.concat('constraint ', conname),"
    "   pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint"
    "  WHERE contype OPERATOR(pg_catalog.=) 'c' AND contypid OPERATOR(pg_catalog.=)"
    "   0::pg_catalog.oid"
    " UNION ALL SELECT adrelid, 'a default', pg_catalog.pg_get_expr(adbin, adrelid)"
    "  FROM pg_catalog.pg_attrdef"
    " UNION ALL SELECT indrelid, 'an index', pg_catalog.pg_get_indexdef(indexrelid)"
    "  FROM pg_catalog.pg_index WHERE indexprs IS NOT NULL OR indpred IS NOT NULL"
    " UNION ALL SELECT partrelid, 'the partition key',"
    "   pg_catalog.pg_get_partkeydef(partrelid) FROM pg_catalog.pg_partitioned_table)"
    " SELECT n.nspname, c.relname,"
    "  c.relispartition OR c.relkind OPERATOR(pg_catalog.=) 'p',"
    "  pg_catalog.concat(part.what, ' of ', pg_catalog.pg_get_userbyid(c.relowner)), part.text"
    " FROM part JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) part.rel"
    "  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " WHERE c.relowner OPERATOR(pg_catalog.<>) ALL (" TRUSTED ")"
    " UNION ALL SELECT '', '', true, pg_catalog.concat('domain ', t.typname, ' of ',"
    "   pg_catalog.pg_get_userbyid(t.typowner)), pg_catalog.pg_get_constraintdef(k.oid)"
    "  FROM pg_catalog.pg_constraint k"
    "  JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) k.contypid"
    "  WHERE k.contype OPERATOR(pg_catalog.=) 'c'"
    "   AND t.typowner OPERATOR(pg_catalog.<>) ALL (" TRUSTED ")";

static struct err *trusted_roles(const struct server *server, struct strv *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(server, NULL,
                      "SELECT rolname FROM pg_catalog.pg_roles"
                      " WHERE rolsuper OR rolname OPERATOR(pg_catalog.=) current_user",
                      1, &rows));
    for (size_t i = 0; i < rows.count; i++)
        strv_push(out, rows_cell(&rows, i, 0));
    return NULL;
}

static bool is_loaded(const struct toc *toc, const struct rows *rows, size_t row)
{
    if (rows_cell(rows, row, 2)[0] == 't')
        return true;
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, "TABLE DATA") == 0 &&
            strcmp(toc->entries[i].schema, rows_cell(rows, row, 0)) == 0 &&
            strcmp(toc->entries[i].tag, rows_cell(rows, row, 1)) == 0)
            return true;
    return false;
}

static void add_row(const struct rows *rows, size_t row, const char *acts, struct strv *out)
{
    const char *table = rows_cell(rows, row, 1);

    strv_pushf(out, "%s%s%s%s%s%s%s", *table ? "table " : "", rows_cell(rows, row, 0),
               *table ? "." : "", table, *table ? ": " : "", rows_cell(rows, row, 3), acts);
}

static struct err *judge_existing(const struct stranger_code_spec *spec, const struct toc *toc,
                                  struct strv *out)
{
    AUTO(rows_clear) struct rows depends = {0};
    AUTO(rows_clear) struct rows expressions = {0};

    PASS(server_query(spec->server, spec->existing, DEPENDS_SQL, 4, &depends));
    for (size_t i = 0; i < depends.count; i++)
        if (is_loaded(toc, &depends, i))
            add_row(&depends, i, "", out);
    PASS(server_query(spec->server, spec->existing, EXPRESSIONS_SQL, 5, &expressions));
    for (size_t i = 0; i < expressions.count; i++) {
        const char *text = rows_cell(&expressions, i, 4);
        struct load_calls *calls = NULL;

        if (!is_loaded(toc, &expressions, i))
            continue;
        load_code_read("", text, strlen(text), true, &calls);
        if (load_code_acts(calls)) {
            AUTO(mem_freep) char *acts = mem_printf(" calls %s", load_code_acts(calls));

            add_row(&expressions, i, acts, out);
        }
        load_calls_free(calls);
    }
    return NULL;
}

static struct err *refuse(const struct stranger_code_spec *spec, const struct strv *found)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    for (size_t i = 0; i < found->len && i < SHOWN; i++)
        buf_printf(&text, "%s%s", i > 0 ? "; " : "", found->items[i]);
    if (found->len > SHOWN)
        buf_printf(&text, "; and %zu more", found->len - SHOWN);
    return err_hint(err_new(ERR_USAGE,
                            "loading %s would run code of other roles with the rights of "
                            "\"%s\": %s",
                            spec->backup->id, spec->server->user, buf_text(&text)),
                    "%s", spec->hint);
}

static struct err *read_contents(const struct backup *backup, struct dump_feed **out)
{
    struct err *e = dump_feed_read_toc(backup->path, backup->manifest, out);

    if (err_is(e, ERR_CUT) || err_is(e, ERR_PROTOCOL))
        e = err_as(e, ERR_BAD_BACKUP);
    return err_hint(e, "pgkeep verify %s names everything that is wrong with it", backup->id);
}

MUST_USE struct err *stranger_code_refuse(const struct stranger_code_spec *spec)
{
    AUTO(dump_feed_freep) struct dump_feed *contents = NULL;
    AUTO(strv_clear) struct strv trusted = STRV_INIT;
    AUTO(strv_clear) struct strv found = STRV_INIT;

    if (!spec->backup->manifest->dump)
        return NULL;
    PASS(read_contents(spec->backup, &contents));
    TRY(trusted_roles(spec->server, &trusted), "list the superusers");
    if (spec->existing)
        TRY(judge_existing(spec, dump_feed_toc(contents), &found),
            "look at the tables of \"%s\"", spec->existing);
    else
        load_code_judge(dump_feed_toc(contents), &trusted, &found);
    return found.len > 0 ? refuse(spec, &found) : NULL;
}
