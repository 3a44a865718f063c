#include "orchestrator/fingerprint/large_objects.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/digest_query.h"
#include "orchestrator/fingerprint/pins.h"
#include <stdlib.h>
#include <string.h>

#define NAME_OF(oid) "pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(" oid "))"
#define HASH "pg_catalog.hashtextextended(pg_catalog.concat("
#define HASH_END ") COLLATE pg_catalog.\"C\", 0)"
#define IS_ABOUT_ONE                                                                           \
    "x.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_largeobject'::pg_catalog.regclass"       \
    " AND EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m"                            \
    "  WHERE m.oid OPERATOR(pg_catalog.=) x.objoid)"

/* %1$s: the owner's part of the hash; %2$s: the owner as one to whom rights are granted. A
 * label's hash has the length of the provider's name, so that no two pairs read alike. */
static const char RIGHTS_SQL[] =
    "SELECT pg_catalog.count(*), pg_catalog.sum(" HASH "m.oid, ' ', %1$s, ' ',"
    "  (SELECT pg_catalog.string_agg(g, ',' ORDER BY g COLLATE pg_catalog.\"C\") FROM"
    "   (SELECT pg_catalog.concat(CASE"
    "     WHEN grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC'"
    "     WHEN grantee OPERATOR(pg_catalog.=) m.lomowner THEN %2$s"
    "     ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END,"
    "     ' ', privilege_type, ' ', is_grantable) AS g"
    "    FROM pg_catalog.aclexplode(coalesce(m.lomacl,"
    "     pg_catalog.acldefault('L', m.lomowner)))) AS grants)" HASH_END "),"
    " (SELECT pg_catalog.sum(" HASH "x.objoid, ' ', x.description" HASH_END ")"
    "  FROM pg_catalog.pg_description x WHERE " IS_ABOUT_ONE "),"
    " (SELECT pg_catalog.sum(" HASH "x.objoid, ' ', pg_catalog.length(x.provider), ' ',"
    "   x.provider, ' ', x.label" HASH_END ")"
    "  FROM pg_catalog.pg_seclabel x WHERE " IS_ABOUT_ONE ")"
    " FROM pg_catalog.pg_largeobject_metadata m";

enum { COUNT, RIGHTS, COMMENTS, LABELS, COLUMNS };

/* A page is a quarter of a block (LOBLKSIZE). Each page that is not all zeros, filled up, under
 * its place; each object's size besides. rtrim(bytea) would need 14. */
static const char CONTENT_SQL[] =
    "WITH page(size, zeros) AS"
    " (SELECT s, pg_catalog.decode(pg_catalog.repeat('00', s), 'hex')"
    "  FROM (SELECT pg_catalog.current_setting('block_size')::pg_catalog.int4"
    "   OPERATOR(pg_catalog./) 4) AS x(s)),"
    " lo(loid, pageno, data) AS (SELECT l.loid, l.pageno,"
    "  CASE WHEN pg_catalog.length(l.data) OPERATOR(pg_catalog.<) page.size"
    "  THEN l.data OPERATOR(pg_catalog.||)"
    "   pg_catalog.substr(page.zeros,"
    "    pg_catalog.length(l.data) OPERATOR(pg_catalog.+) 1)"
    "  ELSE l.data END"
    "  FROM pg_catalog.pg_largeobject l CROSS JOIN page)"
    " SELECT pg_catalog.sum(h) FROM ("
    "  SELECT pg_catalog.hashtextextended(pg_catalog.encode(lo.data, 'hex')"
    "    COLLATE pg_catalog.\"C\","
    "   (lo.loid::pg_catalog.int8 OPERATOR(pg_catalog.<<) 32)"
    "    OPERATOR(pg_catalog.|) lo.pageno::pg_catalog.int8)"
    "   FROM lo CROSS JOIN page WHERE lo.data OPERATOR(pg_catalog.<>) "
    "page.zeros"
    "  UNION ALL"
    "  SELECT " HASH "m.oid, ' ', coalesce(pg_catalog.max("
    "   (l.pageno::pg_catalog.int8 OPERATOR(pg_catalog.*) page.size)"
    "   OPERATOR(pg_catalog.+) pg_catalog.length(l.data)), 0)" HASH_END
    "   FROM pg_catalog.pg_largeobject_metadata m CROSS JOIN page"
    "   LEFT JOIN pg_catalog.pg_largeobject l ON l.loid OPERATOR(pg_catalog.=) m.oid"
    "   GROUP BY m.oid"
    " ) AS hashes(h)";

static struct err *query(struct session *session, const char *sql, size_t columns,
                         struct rows *rows, struct fingerprint_large_objects *out)
{
    AUTO(err_freep) struct err *failed = NULL;

    PASS(pins_query(session, sql, columns, rows, &failed));
    if (failed)
        out->why_not = err_text(failed);
    else if (rows->count != 1)
        out->why_not = mem_printf("the server answered with %zu rows", rows->count);
    return NULL;
}

static void take_sum(const char *text, uint64_t *digest, struct fingerprint_large_objects *out)
{
    if (!digest_query_sum(text, digest))
        out->why_not = mem_printf("their digest came as \"%s\"", text);
}

/* pg_dump takes an option by any unambiguous beginning of it. */
static bool has_option(const struct strv *args, const char *beginning)
{
    for (size_t i = 0; i < args->len; i++)
        if (strncmp(args->items[i], beginning, strlen(beginning)) == 0)
            return true;
    return false;
}

static void take_first(const struct rows *rows, const struct strv *args,
                       struct fingerprint_large_objects *out)
{
    out->count = strtoull(rows_cell(rows, 0, COUNT), NULL, 10);
    take_sum(rows_cell(rows, 0, RIGHTS), &out->rights_digest, out);
    take_sum(rows_cell(rows, 0, COMMENTS), &out->comments_digest, out);
    take_sum(rows_cell(rows, 0, LABELS), &out->labels_digest, out);
    out->has_comments = !has_option(args, "--no-c"); /* --no-comments */
    out->has_labels = !has_option(args, "--no-se");  /* --no-security-labels */
}

MUST_USE struct err *large_objects_read(struct session *session, enum fingerprint_depth depth,
                                        bool no_owner, const struct strv *args,
                                        struct fingerprint_large_objects *out)
{
    AUTO(mem_freep) char *sql = mem_printf(RIGHTS_SQL, no_owner ? "''" : NAME_OF("m.lomowner"),
                                           no_owner ? "'owner of it'" : NAME_OF("grantee"));
    AUTO(rows_clear) struct rows rights = {0};
    AUTO(rows_clear) struct rows content = {0};

    *out = (struct fingerprint_large_objects){0};
    PASS(query(session, sql, COLUMNS, &rights, out));
    if (out->why_not)
        return NULL;
    take_first(&rights, args, out);
    out->has_content = depth == FINGERPRINT_CONTENT && out->count == 0;
    if (depth != FINGERPRINT_CONTENT || out->count == 0)
        return NULL;
    PASS(query(session, CONTENT_SQL, 1, &content, out));
    if (out->why_not)
        return NULL;
    take_sum(rows_cell(&content, 0, 0), &out->digest, out);
    out->has_content = out->why_not == NULL;
    return NULL;
}
