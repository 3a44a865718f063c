#include "orchestrator/fingerprint/large_objects.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/digest_query.h"
#include "orchestrator/fingerprint/pins.h"
#include <stdlib.h>

/* %1$s: the owner's part of the hash; %2$s: the owner as one to whom rights are granted. */
static const char RIGHTS_SQL[] =
    "SELECT count(*), sum(hashtextextended(concat(m.oid, ' ', %1$s, ' ',"
    "  (SELECT string_agg(g, ',' ORDER BY g COLLATE \"C\") FROM"
    "   (SELECT concat(CASE grantee WHEN 0 THEN 'PUBLIC' WHEN m.lomowner THEN %2$s"
    "     ELSE quote_ident(pg_get_userbyid(grantee)) END,"
    "     ' ', privilege_type, ' ', is_grantable) AS g"
    "    FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner)))) AS grants"
    "  )) COLLATE \"C\", 0)) FROM pg_catalog.pg_largeobject_metadata m";

/* A page is a quarter of a block (LOBLKSIZE). Each page that is not all zeros, filled up, under
 * its place; each object's size besides. rtrim(bytea) would need 14. */
static const char CONTENT_SQL[] =
    "WITH page(size, zeros) AS (SELECT s, decode(repeat('00', s), 'hex')"
    "  FROM (SELECT current_setting('block_size')::int4 / 4) AS x(s)),"
    " lo(loid, pageno, data) AS (SELECT l.loid, l.pageno, CASE WHEN length(l.data) < page.size"
    "  THEN l.data || substr(page.zeros, length(l.data) + 1) ELSE l.data END"
    "  FROM pg_catalog.pg_largeobject l CROSS JOIN page)"
    " SELECT sum(h) FROM ("
    "  SELECT hashtextextended(encode(lo.data, 'hex') COLLATE \"C\","
    "   lo.loid::int8 << 32 | lo.pageno::int8) FROM lo CROSS JOIN page WHERE lo.data <> "
    "page.zeros"
    "  UNION ALL"
    "  SELECT hashtextextended(concat(m.oid, ' ', coalesce(max(l.pageno::int8 * page.size"
    "   + length(l.data)), 0)) COLLATE \"C\", 0)"
    "   FROM pg_catalog.pg_largeobject_metadata m CROSS JOIN page"
    "   LEFT JOIN pg_catalog.pg_largeobject l ON l.loid = m.oid GROUP BY m.oid"
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

MUST_USE struct err *large_objects_read(struct session *session, enum fingerprint_depth depth,
                                        bool no_owner, struct fingerprint_large_objects *out)
{
    AUTO(mem_freep) char *sql =
        mem_printf(RIGHTS_SQL, no_owner ? "''" : "quote_ident(pg_get_userbyid(m.lomowner))",
                   no_owner ? "'owner of it'" : "quote_ident(pg_get_userbyid(grantee))");
    AUTO(rows_clear) struct rows rights = {0};
    AUTO(rows_clear) struct rows content = {0};

    *out = (struct fingerprint_large_objects){0};
    PASS(query(session, sql, 2, &rights, out));
    if (out->why_not)
        return NULL;
    out->count = strtoull(rows_cell(&rights, 0, 0), NULL, 10);
    take_sum(rows_cell(&rights, 0, 1), &out->rights_digest, out);
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
