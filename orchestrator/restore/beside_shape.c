/* Types are compared by name: their oids differ from database to database. A name is what
 * format_type prints with an empty search_path, so it has its schema.
 *
 * A value is read by its type's input function, with the rights of whoever loads it. Those of
 * PostgreSQL and of extensions are C and belong to superusers. What others make is a domain,
 * whose CHECK may call anything, or is made of one: a composite type, a range, an array. A
 * domain's own base type is used instead; whatever else has a domain in it, or belongs to a
 * role that could put one in, is kept as text, and cast by whoever takes the rows over. */
#include "orchestrator/restore/beside_shape.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

/* -- the shapes -- */

static void column_clear(struct beside_column *column)
{
    free(column->name);
    free(column->type);
    free(column->base_type);
    free(column->kept_type);
}

static void table_clear(struct beside_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        column_clear(&table->columns[i]);
    for (size_t i = 0; i < table->leaf_count; i++) {
        free(table->leaves[i].schema);
        free(table->leaves[i].name);
        free(table->leaves[i].text_columns);
    }
    free(table->columns);
    free(table->leaves);
    free(table->oid);
    free(table->schema);
    free(table->name);
}

void beside_shapes_clear(struct beside_shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++)
        table_clear(&shapes->items[i]);
    free(shapes->items);
    *shapes = (struct beside_shapes){0};
}

/* -- reading them in the scratch -- */

static const char TABLES_SQL[] =
    "SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " WHERE c.relkind::pg_catalog.text OPERATOR(pg_catalog.=)"
    "  ANY (ARRAY['r', 'p', 'v', 'm', 'f', 'S'])"
    " AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'"
    " AND NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_')"
    " ORDER BY n.nspname, c.relname";

/* Its partitions of every depth, not what inherits from it otherwise: that is another table,
 * whose rows have columns of their own. */
#define LEAVES_SQL                                                                             \
    "WITH RECURSIVE tree AS ("                                                                 \
    " SELECT %s::pg_catalog.oid AS oid"                                                        \
    " UNION ALL SELECT i.inhrelid FROM tree"                                                   \
    "  JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) tree.oid"           \
    "  JOIN pg_catalog.pg_partitioned_table p"                                                 \
    "   ON p.partrelid OPERATOR(pg_catalog.=) tree.oid)"                                       \
    " SELECT n.nspname, c.relname, (SELECT pg_catalog.string_agg("                             \
    "   pg_catalog.concat(pg_catalog.quote_ident(a.attname::pg_catalog.text),"                 \
    "    ' pg_catalog.text'), ', ' ORDER BY a.attnum)"                                         \
    "  FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid"           \
    "   AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped)"        \
    ", c.relkind OPERATOR(pg_catalog.=) 'p' FROM tree"                                         \
    " JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) tree.oid"                     \
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"           \
    " WHERE c.relkind OPERATOR(pg_catalog.<>) 'f'"

#define COLUMNS_SQL                                                                            \
    "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), b.name,"               \
    " a.attgenerated OPERATOR(pg_catalog.<>) '', a.attidentity OPERATOR(pg_catalog.=) 'a'"     \
    " FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL ("                                     \
    "  WITH RECURSIVE base AS ("                                                               \
    "   SELECT a.atttypid AS typ, a.atttypmod AS typmod, 0 AS depth"                           \
    "   UNION ALL SELECT t.typbasetype,"                                                       \
    "    t.typtypmod"                                                                          \
    "    , base.depth OPERATOR(pg_catalog.+) 1"                                                \
    "    FROM base JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) base.typ"         \
    "    WHERE t.typtype OPERATOR(pg_catalog.=) 'd')"                                          \
    "  SELECT pg_catalog.format_type(base.typ, base.typmod) AS name FROM base"                 \
    "  ORDER BY base.depth DESC LIMIT 1) b"                                                    \
    " WHERE a.attrelid OPERATOR(pg_catalog.=) %s::pg_catalog.oid"                              \
    " AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped"           \
    " ORDER BY a.attnum"

static struct err *read_leaves(const struct server *server, const char *database,
                               struct beside_table *table)
{
    AUTO(mem_freep) char *sql = mem_printf(LEAVES_SQL, table->oid);
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(server, database, sql, 4, &rows));
    table->leaves = mem_new(rows.count + 1, sizeof(*table->leaves));
    for (size_t i = 0; i < rows.count; i++)
        table->leaves[table->leaf_count++] =
            (struct beside_leaf){.schema = mem_strdup(rows_cell(&rows, i, 0)),
                                 .name = mem_strdup(rows_cell(&rows, i, 1)),
                                 .text_columns = mem_strdup(rows_cell(&rows, i, 2)),
                                 .is_partitioned = rows_cell(&rows, i, 3)[0] == 't'};
    return NULL;
}

static struct err *read_columns(const struct server *server, const char *database,
                                struct beside_table *table)
{
    AUTO(mem_freep) char *sql = mem_printf(COLUMNS_SQL, table->oid);
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(server, database, sql, 5, &rows));
    table->columns = mem_new(rows.count + 1, sizeof(*table->columns));
    for (size_t i = 0; i < rows.count; i++)
        table->columns[table->column_count++] =
            (struct beside_column){.name = mem_strdup(rows_cell(&rows, i, 0)),
                                   .type = mem_strdup(rows_cell(&rows, i, 1)),
                                   .base_type = mem_strdup(rows_cell(&rows, i, 2)),
                                   .is_generated = rows_cell(&rows, i, 3)[0] == 't',
                                   .is_always_identity = rows_cell(&rows, i, 4)[0] == 't'};
    return NULL;
}

/* As in selection.c: NAME alone wins, so that a table whose own name has a dot can be named. */
static bool row_is_named(const struct rows *rows, size_t i, const char *name)
{
    AUTO(mem_freep) char *full =
        mem_printf("%s.%s", rows_cell(rows, i, 1), rows_cell(rows, i, 2));

    return strcmp(rows_cell(rows, i, 2), name) == 0 || strcmp(full, name) == 0;
}

static struct err *refuse_kind(const char *name, const struct rows *rows, size_t i)
{
    return err_hint(err_new(ERR_USAGE, "%s.%s is no table with rows of its own",
                            rows_cell(rows, i, 1), rows_cell(rows, i, 2)),
                    "--beside --table %s can bring rows of tables back; restore anything else "
                    "into a database of another name",
                    name);
}

static struct err *add_table(const struct rows *rows, size_t i, struct beside_shapes *shapes)
{
    const char *name = rows_cell(rows, i, 2);
    struct beside_table *table;

    for (size_t k = 0; k < shapes->count; k++) {
        if (strcmp(shapes->items[k].oid, rows_cell(rows, i, 0)) == 0)
            return NULL;
        if (strcmp(shapes->items[k].name, name) == 0)
            return err_hint(err_new(ERR_USAGE, "%s.%s and %s.%s have one name",
                                    shapes->items[k].schema, name, rows_cell(rows, i, 1), name),
                            "name one of them with its schema: --table %s.%s",
                            shapes->items[k].schema, name);
    }
    shapes->items = mem_resize(shapes->items, shapes->count + 1, sizeof(*shapes->items));
    table = &shapes->items[shapes->count++];
    *table = (struct beside_table){.oid = mem_strdup(rows_cell(rows, i, 0)),
                                   .schema = mem_strdup(rows_cell(rows, i, 1)),
                                   .name = mem_strdup(name),
                                   .is_partitioned = rows_cell(rows, i, 3)[0] == 'p'};
    return NULL;
}

static struct err *no_table(const struct rows *rows, const char *name)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *near;

    for (size_t i = 0; i < rows->count; i++) {
        strv_push(&names, rows_cell(rows, i, 2));
        strv_pushf(&names, "%s.%s", rows_cell(rows, i, 1), rows_cell(rows, i, 2));
    }
    near = nearest_of(name, (const char *const *)names.items, names.len);
    return err_hint(err_new(ERR_NOT_FOUND, "the backup makes no table \"%s\"", name),
                    near ? "did you mean %s?"
                         : "`pgkeep show --contents` lists what is in it%s",
                    near ? near : "");
}

static struct err *add_named(const struct rows *rows, const char *name,
                             struct beside_shapes *shapes)
{
    bool found = false;

    for (size_t i = 0; i < rows->count; i++) {
        char kind = rows_cell(rows, i, 3)[0];

        if (!row_is_named(rows, i, name))
            continue;
        if (kind != 'r' && kind != 'p')
            return refuse_kind(name, rows, i);
        PASS(add_table(rows, i, shapes));
        found = true;
    }
    return found ? NULL : no_table(rows, name);
}

MUST_USE struct err *beside_shapes_read(const struct server *server, const char *database,
                                        const struct strv *names, struct beside_shapes *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    *out = (struct beside_shapes){0};
    PASS(server_query(server, database, TABLES_SQL, 4, &rows));
    for (size_t i = 0; i < names->len; i++)
        PASS(add_named(&rows, names->items[i], out));
    for (size_t i = 0; i < out->count; i++) {
        PASS(read_leaves(server, database, &out->items[i]));
        PASS(read_columns(server, database, &out->items[i]));
    }
    return NULL;
}

/* -- the types in the living database -- */

#define STRANGE_OWNER(column)                                                                  \
    column " OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT oid FROM pg_catalog.pg_roles"           \
           " WHERE rolsuper OR rolname OPERATOR(pg_catalog.=) current_user))"

/* All that the types `asked (ord, typ)` are made of, as `deep (ord, typ)`. */
#define DEEP                                                                                   \
    "deep AS ("                                                                                \
    " SELECT ord, typ FROM asked WHERE typ IS NOT NULL"                                        \
    " UNION SELECT deep.ord, part.typ FROM deep CROSS JOIN LATERAL ("                          \
    "  SELECT t.typelem FROM pg_catalog.pg_type t"                                             \
    "   WHERE t.oid OPERATOR(pg_catalog.=) deep.typ"                                           \
    "    AND t.typelem OPERATOR(pg_catalog.<>) 0::pg_catalog.oid"                              \
    "  UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r"                               \
    "   WHERE r.rngtypid OPERATOR(pg_catalog.=) deep.typ"                                      \
    "  UNION ALL SELECT a.atttypid FROM pg_catalog.pg_type t"                                  \
    "   JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) t.typrelid"        \
    "   WHERE t.oid OPERATOR(pg_catalog.=) deep.typ"                                           \
    "    AND t.typtype OPERATOR(pg_catalog.=) 'c'"                                             \
    "    AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped"        \
    "  ) part (typ))"

/* Of `deep`, what could run code of others. A multirange of a user's own is not looked into. */
#define IS_STRANGE                                                                             \
    "(t.typtype OPERATOR(pg_catalog.=) 'd'"                                                    \
    " OR (t.typtype::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['c', 'r'])"             \
    "  AND " STRANGE_OWNER(                                                                    \
        "t.typowner") ")"                                                                      \
                      " OR (t.typtype OPERATOR(pg_catalog.=) 'm' AND t.typnamespace "          \
                      "OPERATOR(pg_catalog.<>)"                                                \
                      "   'pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid)"              \
                      " OR " STRANGE_OWNER("p.proowner") ")"

#define DEEP_TYPES                                                                             \
    "deep JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) deep.typ"                  \
    " JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) t.typinput::pg_catalog.oid"

static char *types_sql(const struct beside_table *table)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    buf_printf(&sql, "WITH RECURSIVE asked AS (SELECT n.ord,"
                     " pg_catalog.to_regtype(n.name)::pg_catalog.oid AS typ"
                     " FROM pg_catalog.unnest(ARRAY[");
    for (size_t i = 0; i < table->column_count; i++) {
        AUTO(mem_freep) char *literal = quote_literal(table->columns[i].base_type);

        buf_printf(&sql, "%s%s", i > 0 ? ", " : "", literal);
    }
    buf_printf(&sql, "]::pg_catalog.text[]) WITH ORDINALITY AS n (name, ord)), " DEEP
                     " SELECT asked.typ IS NOT NULL, NOT EXISTS (SELECT FROM " DEEP_TYPES
                     " WHERE deep.ord OPERATOR(pg_catalog.=) asked.ord AND " IS_STRANGE ")"
                     " FROM asked ORDER BY asked.ord");
    return buf_take(&sql);
}

static struct err *no_type(const char *database, const struct beside_table *table,
                           const struct beside_column *column)
{
    return err_hint(err_new(ERR_NOT_FOUND,
                            "database \"%s\" has no type %s any more, which column \"%s\" of "
                            "%s.%s had",
                            database, column->base_type, column->name, table->schema,
                            table->name),
                    "make the type there again; or restore the whole backup into a database "
                    "of another name, and copy from there");
}

static struct err *settle_table(const struct server *server, const char *database,
                                struct beside_table *table)
{
    AUTO(mem_freep) char *sql = types_sql(table);
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(server, database, sql, 2, &rows));
    for (size_t i = 0; i < table->column_count && i < rows.count; i++) {
        struct beside_column *column = &table->columns[i];
        bool is_safe = rows_cell(&rows, i, 1)[0] == 't';

        if (column->is_generated)
            continue;
        if (rows_cell(&rows, i, 0)[0] != 't')
            return no_type(database, table, column);
        column->kept_type = mem_strdup(is_safe ? column->base_type : "text");
    }
    return NULL;
}

MUST_USE struct err *beside_shapes_settle(const struct server *server, const char *database,
                                          struct beside_shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++)
        if (shapes->items[i].column_count > 0)
            PASS(settle_table(server, database, &shapes->items[i]));
    return NULL;
}

char *beside_sql_check(const char *schema)
{
    AUTO(mem_freep) char *literal = quote_literal(schema);

    return mem_printf(
        "WITH RECURSIVE asked AS (SELECT a.attnum AS ord, a.atttypid AS typ"
        " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c"
        "  ON c.oid OPERATOR(pg_catalog.=) a.attrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
        " WHERE n.nspname OPERATOR(pg_catalog.=) %s"
        "  AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2), " DEEP
        " SELECT 1 OPERATOR(pg_catalog./) CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) "
        "0 THEN 1 ELSE 0 END"
        " FROM " DEEP_TYPES " WHERE " IS_STRANGE ";\n",
        literal);
}

/* -- SQL -- */

static char *quote_pair(const char *schema, const char *name)
{
    AUTO(mem_freep) char *left = quote_ident(schema);
    AUTO(mem_freep) char *right = quote_ident(name);

    return mem_printf("%s.%s", left, right);
}

/* ("a", "b"): what is generated is not in a COPY. Nothing where there is no other column. */
static void add_columns(const struct beside_table *table, struct buf *sql)
{
    const char *between = " (";

    for (size_t i = 0; i < table->column_count; i++) {
        AUTO(mem_freep) char *name = quote_ident(table->columns[i].name);

        if (table->columns[i].is_generated)
            continue;
        buf_printf(sql, "%s%s", between, name);
        between = ", ";
    }
    if (between[0] == ',')
        buf_printf(sql, ")");
}

char *beside_sql_hollow(const struct beside_shapes *shapes)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    for (size_t i = 0; i < shapes->count; i++) {
        const struct beside_table *table = &shapes->items[i];

        for (size_t k = 0; k < table->leaf_count; k++) {
            AUTO(mem_freep) char *name =
                quote_pair(table->leaves[k].schema, table->leaves[k].name);

            buf_printf(&sql, "DROP TABLE IF EXISTS %s CASCADE;\nCREATE TABLE %s (%s);\n", name,
                       name, table->leaves[k].text_columns);
        }
    }
    return buf_take(&sql);
}

char *beside_sql_create(const struct beside_table *table, const char *schema)
{
    AUTO(mem_freep) char *name = quote_pair(schema, table->name);
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    const char *between = "";

    buf_printf(&sql, "CREATE TABLE %s (", name);
    for (size_t i = 0; i < table->column_count; i++) {
        AUTO(mem_freep) char *column = quote_ident(table->columns[i].name);

        if (table->columns[i].is_generated)
            continue;
        buf_printf(&sql, "%s%s %s", between, column, table->columns[i].kept_type);
        between = ", ";
    }
    buf_printf(&sql, ");\n");
    return buf_take(&sql);
}

void beside_sql_copy_out(const struct beside_table *table, bool is_hollow, struct strv *out)
{
    for (size_t i = 0; i < table->leaf_count; i++) {
        if (table->leaves[i].is_partitioned && !is_hollow)
            continue;
        AUTO(mem_freep) char *name = quote_pair(table->leaves[i].schema, table->leaves[i].name);
        AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

        buf_printf(&sql, "COPY %s", name);
        add_columns(table, &sql);
        buf_printf(&sql, " TO STDOUT");
        strv_push(out, buf_text(&sql));
    }
}

char *beside_sql_copy_in(const struct beside_table *table, const char *schema,
                         const char *encoding)
{
    AUTO(mem_freep) char *name = quote_pair(schema, table->name);
    AUTO(mem_freep) char *literal = quote_literal(encoding);
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    buf_printf(&sql, "COPY %s", name);
    add_columns(table, &sql);
    buf_printf(&sql, " FROM STDIN WITH (ENCODING %s);\n", literal);
    return buf_take(&sql);
}

/* -- the living table -- */

#define LIVING_SQL                                                                             \
    "SELECT a.attname, EXISTS (SELECT FROM pg_catalog.pg_index i"                              \
    "  WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisunique),"                      \
    " a.attgenerated OPERATOR(pg_catalog.<>) ''"                                               \
    " FROM pg_catalog.pg_class c"                                                              \
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"           \
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid"          \
    "  AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped"          \
    " WHERE n.nspname OPERATOR(pg_catalog.=) %s AND c.relname OPERATOR(pg_catalog.=) %s"

MUST_USE struct err *beside_living_read(const struct server *server, const char *database,
                                        const struct beside_table *table,
                                        struct beside_living *out)
{
    AUTO(mem_freep) char *schema = quote_literal(table->schema);
    AUTO(mem_freep) char *name = quote_literal(table->name);
    AUTO(mem_freep) char *sql = mem_printf(LIVING_SQL, schema, name);
    AUTO(rows_clear) struct rows rows = {0};

    *out = (struct beside_living){0};
    PASS(server_query(server, database, sql, 3, &rows));
    out->is_there = rows.count > 0;
    for (size_t i = 0; i < rows.count; i++) {
        out->has_unique_key = rows_cell(&rows, i, 1)[0] == 't';
        if (rows_cell(&rows, i, 2)[0] == 'f') /* NULL where it has no column at all */
            strv_push(&out->columns, rows_cell(&rows, i, 0));
    }
    return NULL;
}

void beside_living_clear(struct beside_living *living)
{
    strv_clear(&living->columns);
}

static void add_advice(struct restored_table *out, const char *text)
{
    char *longer = out->advice ? mem_printf("%s; %s", out->advice, text) : mem_strdup(text);

    free(out->advice);
    out->advice = longer;
}

/* `names` and `values` are the two lists of the INSERT. */
static bool column_lists(const struct beside_table *table, const struct beside_living *living,
                         struct buf *names, struct buf *values, struct restored_table *out)
{
    bool has_identity = false;

    for (size_t i = 0; i < table->column_count; i++) {
        const struct beside_column *column = &table->columns[i];
        const char *between = names->len > 0 ? ", " : "";
        AUTO(mem_freep) char *name = quote_ident(column->name);
        bool is_cast = column->kept_type && strcmp(column->kept_type, column->base_type) != 0;

        if (column->is_generated)
            continue;
        if (living->is_there && !strv_contains(&living->columns, column->name)) {
            AUTO(mem_freep) char *text =
                mem_printf("column %s is not there any more and left out", name);
            add_advice(out, text);
            continue;
        }
        has_identity = has_identity || column->is_always_identity;
        buf_printf(names, "%s%s", between, name);
        buf_printf(values, "%s%s%s%s", between, name, is_cast ? "::" : "",
                   is_cast ? column->type : "");
    }
    return has_identity;
}

void beside_advise(const struct beside_table *table, const char *schema,
                   const struct beside_living *living, struct restored_table *out)
{
    AUTO(mem_freep) char *living_name = quote_pair(table->schema, table->name);
    AUTO(mem_freep) char *restored_name = quote_pair(schema, table->name);
    AUTO(buf_clear) struct buf names = BUF_OWN_TEXT;
    AUTO(buf_clear) struct buf values = BUF_OWN_TEXT;
    bool has_identity;

    if (!living->is_there)
        add_advice(out, "the table itself is not there any more: make it first, as "
                        "docs/operations.md says");
    else if (!living->has_unique_key)
        add_advice(out, "the table has no unique key, so rows that are still there would come "
                        "twice: choose with WHERE");
    has_identity = column_lists(table, living, &names, &values, out);
    if (names.len == 0) {
        add_advice(out, "none of its columns can be written");
        return;
    }
    out->insert = mem_printf("INSERT INTO %s (%s)%s SELECT %s FROM %s ON CONFLICT DO NOTHING;",
                             living_name, buf_text(&names),
                             has_identity ? " OVERRIDING SYSTEM VALUE" : "", buf_text(&values),
                             restored_name);
}
