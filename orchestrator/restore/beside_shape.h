/* orchestrator/restore/beside_shape.h: what a table looked like, and the SQL that its rows
 * need.
 *
 * Layer: orchestrator/restore. A table is read in the scratch, where its definition came from
 * the backup, and its types are looked up in the living database. What is made there has
 * columns and nothing else: no default, no identity, no constraint, no trigger.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_BESIDE_SHAPE_H
#define PGKEEP_ORCHESTRATOR_RESTORE_BESIDE_SHAPE_H

#include "base/strv.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/restore/restored.h"

struct beside_column {
    char *name;
    char *
        type; /* as it was declared, names with their schemas: "public.mood", "numeric(10,2)" */
    char *base_type; /* that of a domain, else the same */
    char *kept_type; /* what the rows are kept in: base_type, or text; NULL: not known yet */
    bool is_generated;
    bool is_always_identity;
};

/* A table that holds rows itself: the table, or one of its partitions. */
struct beside_leaf {
    char *schema;
    char *name;
    char *text_columns; /* its own columns in their own order, each of type text */
    bool is_partitioned;
};

struct beside_table {
    char *oid; /* in the scratch */
    char *schema;
    char *name;
    struct beside_column *columns;
    size_t column_count;
    struct beside_leaf
        *leaves; /* the table itself is among them, also where it is partitioned */
    size_t leaf_count;
    bool is_partitioned;
};

struct beside_shapes {
    struct beside_table *items;
    size_t count;
};
void beside_shapes_clear(struct beside_shapes *shapes);

/* The tables of `database` that `names` mean (NAME or SCHEMA.NAME), with their partitions.
 * ERR_NOT_FOUND: one means no table that holds rows; ERR_USAGE: two of them have one name. */
MUST_USE struct err *beside_shapes_read(const struct server *server, const char *database,
                                        const struct strv *names, struct beside_shapes *out);

/* Sets kept_type of every column: the type's own input is run by whoever loads, so a type that
 * could run code of others there (a domain's CHECK, a composite type of a stranger) is kept as
 * text. ERR_NOT_FOUND: `database` has no such type any more. */
MUST_USE struct err *beside_shapes_settle(const struct server *server, const char *database,
                                          struct beside_shapes *shapes);

/* -- SQL, pure -- */

/* Puts tables of text in the place of the tables whose rows are to be loaded into the scratch:
 * what stands there was made by the backup and may compute (CHECK, generated columns). */
char *beside_sql_hollow(const struct beside_shapes *shapes) MUST_USE;

/* CREATE TABLE in `schema`. */
char *beside_sql_create(const struct beside_table *table, const char *schema) MUST_USE;

/* A statement that fails where a column of `schema`'s tables has a type that could run code of
 * others: somebody may have put it in the place of the one that was looked at. */
char *beside_sql_check(const char *schema) MUST_USE;

/* COPY leaf (columns) TO STDOUT, for each leaf that has rows: where the tables were made
 * hollow, those that are partitioned may have some too (--load-via-partition-root). */
void beside_sql_copy_out(const struct beside_table *table, bool is_hollow, struct strv *out);

/* COPY schema.table (columns) FROM STDIN of rows in `encoding`. */
char *beside_sql_copy_in(const struct beside_table *table, const char *schema,
                         const char *encoding) MUST_USE;

/* What the living table is, for the statement that takes the rows over. */
struct beside_living {
    bool is_there;
    bool has_unique_key;
    struct strv columns; /* that can be written */
};

MUST_USE struct err *beside_living_read(const struct server *server, const char *database,
                                        const struct beside_table *table,
                                        struct beside_living *out);
void beside_living_clear(struct beside_living *living);

/* Sets insert and advice. */
void beside_advise(const struct beside_table *table, const char *schema,
                   const struct beside_living *living, struct restored_table *out);

#endif
