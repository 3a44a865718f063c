/* orchestrator/dump/load_code.h: whose code loading a dump runs with the loader's rights.
 *
 * Layer: orchestrator/dump. Pure. PostgreSQL evaluates a table's CHECK constraints, generated
 * columns and partition key, a domain's CHECK, a range type's functions and user-defined casts
 * as whoever loads the rows, and event triggers as whoever runs a command: a superuser, mostly.
 * Each may call a function of the table's owner, who thereby becomes superuser. A foreign key
 * is checked by a query on both tables, and planning that computes the constants in their
 * indexes and statistics. What runs as the object's own owner (materialized views, making an
 * index), or not before the load is over (triggers, rules, views, defaults: COPY names all
 * columns), is not looked at.
 *
 * pg_dump prints expressions with an empty search_path: a bare name is pg_catalog's, any other
 * is qualified.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_LOAD_CODE_H
#define PGKEEP_ORCHESTRATOR_DUMP_LOAD_CODE_H

#include "base/strv.h"
#include <stdbool.h>
#include <stddef.h>

struct toc;

struct load_call {
    char *schema; /* "": pg_catalog's, and kept only where it acts beyond its arguments */
    char *name;   /* of a function or operator */
    bool is_operator;
};

struct load_calls {
    struct load_call *items;
    size_t count;
    bool unread; /* the definition was too long to be read */
};

void load_calls_free(struct load_calls *calls);

/* True for the kinds of entries whose SQL is to be read: what loading runs, and operators,
 * which name the function behind them. */
bool load_code_wants(const char *desc);

/* Adds what the SQL of an entry of that kind calls; *calls is made where there is something.
 * With an empty `desc` the text is an expression. `whole` false: the text was cut. */
void load_code_read(const char *desc, const char *sql, size_t len, bool whole,
                    struct load_calls **calls);

/* The first of them, by its name alone, that acts beyond its arguments (runs SQL from a text,
 * reads files, ends sessions), or NULL; `calls` may be NULL. */
const char *load_code_acts(const struct load_calls *calls);

/* Appends a line for each object by which loading would run code of a role that is not in
 * `trusted`, at most one an object. An owner that the dump does not name is not trusted.
 * Definitions without rows count as well: constants in them are computed when they are made. */
void load_code_judge(const struct toc *toc, const struct strv *trusted, struct strv *out);

#endif
