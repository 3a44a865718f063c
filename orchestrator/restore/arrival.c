/* Others may insert meanwhile, so the counts say nothing of how many came, only that some did.
 * Before 15 a collector gets them a little later: hence the tries. */
#include "orchestrator/restore/arrival.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include <inttypes.h>
#include <string.h>

#define COUNT_TRIES 20
#define COUNT_PAUSE_MS 250

static const char COUNTS_SQL[] =
    "SELECT n.nspname, c.relname, pg_catalog.pg_stat_get_tuples_inserted(c.oid)"
    " FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " WHERE c.relkind OPERATOR(pg_catalog.=) 'r'"
    " AND pg_catalog.current_setting('track_counts') OPERATOR(pg_catalog.=) 'on'"
    " ORDER BY n.nspname, c.relname";

MUST_USE struct err *arrival_read(const struct server *server, const char *database,
                                  struct rows *out)
{
    return server_query(server, database, COUNTS_SQL, 3, out);
}

/* "" where it is not known. */
static const char *count_of(const struct rows *rows, const struct restored_table *table)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows_cell(rows, i, 0), table->schema) == 0 &&
            strcmp(rows_cell(rows, i, 1), table->name) == 0)
            return rows_cell(rows, i, 2);
    return "";
}

static const struct restored_table *first_untouched(const struct rows *before,
                                                    const struct rows *after,
                                                    const struct restored_list *sent)
{
    for (size_t i = 0; i < sent->count; i++) {
        const struct restored_table *table = &sent->items[i];
        const char *count = count_of(before, table);

        if (table->rows > 0 && *count && strcmp(count, count_of(after, table)) == 0)
            return table;
    }
    return NULL;
}

MUST_USE struct err *arrival_check(const struct server *server, const char *database,
                                   const struct rows *before, const struct restored_list *sent)
{
    for (int i = 1;; i++) {
        AUTO(rows_clear) struct rows after = {0};
        const struct restored_table *table;

        PASS(arrival_read(server, database, &after));
        table = first_untouched(before, &after, sent);
        if (!table)
            return NULL;
        if (i == COUNT_TRIES)
            return err_hint(err_new(ERR_FAILED,
                                    "0 of %" PRId64 " rows of %s.%s arrived in \"%s\"",
                                    table->rows, table->schema, table->name, database),
                            "a trigger of that table drops them; --beside --table %s.%s puts "
                            "them into a table without triggers",
                            table->schema, table->name);
        PASS(interrupt_check());
        clock_sleep_ms(COUNT_PAUSE_MS);
    }
}
