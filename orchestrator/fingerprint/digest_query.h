/* orchestrator/fingerprint/digest_query.h: the one statement that counts and digests a table.
 *
 * Layer: orchestrator/fingerprint. Pure.
 *
 * A row's hash is a chain over its columns in the order of their names (bytes): the hash of a
 * column's text, seeded with the hash of the columns before it. The lowest bit of the seed says
 * whether the value is NULL. So values that change places, between columns or between rows,
 * change the sum. Sums of PostgreSQL's own hash_record do not see values that two rows exchange
 * (it is linear over columns), and its hashes of types equate what differs (-0 and 0, 1.0 and
 * 1.00). hashtextextended is the same from 11 to 18 on machines of one byte order.
 *
 * A column's text is what its output function gives: by a cast where the type is PostgreSQL's
 * own and the cast means just that (the cheapest), else by concat(), which needs no right on
 * the function and takes no notice of casts that users made.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_DIGEST_QUERY_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_DIGEST_QUERY_H

#include "orchestrator/fingerprint/table_list.h"

/* A statement that gives the columns that digest_query wants of these tables, six cells each:
 * its name, its type's oid, and the name of that type where its values are cast (a scalar type
 * of PostgreSQL's own), else ""; 's' if it is generated and stored; what
 * PLANNING_OWNERS_SQL says of the table; and the table's oid. One table after the other in the
 * order given. Dropped and virtual columns are none. The caller frees. */
#define DIGEST_QUERY_COLUMNS 6
char *digest_query_columns(const struct table_item *const *tables, size_t count,
                           int server_version_num) MUST_USE;

/* Of that answer the rows of one table, from *at on, which goes to the next; borrowed: not to
 * be cleared. */
struct rows digest_query_columns_of(const struct rows *answer, const struct table_item *table,
                                    size_t *at);

/* Of these columns: digest_query's statement may be planned (planning.h); else copy_count.h is
 * for the table. One without columns is not planned: nothing says who owns it. A condition is
 * planned in any case: COPY knows none, and pg_dump, which reads the same rows by COPY of a
 * query, has it planned as well. */
bool digest_query_is_planned(const struct table_item *table, const struct rows *columns);

/* One of them is generated and stored. */
bool digest_query_generates(const struct rows *columns);

/* Gives one row: the count, the sum as text ("" for no rows or `columns` NULL: count only),
 * the filenode of the table's oid, and the oid that its name has by now. `columns` as read, in
 * any order. Runs no code of whoever owns the table by now: what is no table any more, and a
 * column of another type, is an error. A table that is no heap has no TABLESAMPLE, so it needs
 * named_query (named.h) for that. The caller frees. */
#define DIGEST_QUERY_RESULTS 4
char *digest_query(const struct table_item *table, const struct rows *columns) MUST_USE;

/* The sum modulo 2^64 from its decimal text; "" is 0. False if it is no number. */
bool digest_query_sum(const char *text, uint64_t *out);

#endif
