/* orchestrator/cli/table.h: rows and columns on stdout.
 *
 * Layer: orchestrator/cli. Columns are as wide as their widest cell on a screen, two blanks
 * apart, the last one unpadded. What would move the cursor (control characters, bytes that are
 * not UTF-8) shows as "?".
 *
 * Life: table_head, (table_cell for each cell in row order)*, table_print, table_clear.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_TABLE_H
#define PGKEEP_ORCHESTRATOR_CLI_TABLE_H

#include "base/strv.h"

struct table {
    size_t columns;
    struct strv cells;
};

/* "NAME\tSIZE\tAGE": the headings, separated by tabs. */
void table_head(struct table *table, const char *headings);
void table_cell(struct table *table, const char *text);
void table_cellf(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);
void table_print(const struct table *table);
void table_clear(struct table *table);

#endif
