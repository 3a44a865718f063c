#include "orchestrator/cli/table.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/shown.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The cell as it may be shown, and its columns. */
static char *clean(const char *text, size_t *out_width)
{
    AUTO(buf_clear) struct buf shown = BUF_OWN_TEXT;

    *out_width = 0;
    while (*text) {
        int width;
        size_t len = shown_next(text, &width);

        if (len == 0)
            buf_printf(&shown, "?");
        else
            buf_printf(&shown, "%.*s", (int)len, text);
        text += len ? len : 1;
        *out_width += (size_t)width;
    }
    return buf_take(&shown);
}

void table_head(struct table *table, const char *headings)
{
    *table = (struct table){0};
    strv_split(&table->cells, headings, '\t');
    table->columns = table->cells.len;
}

void table_cell(struct table *table, const char *text)
{
    strv_push(&table->cells, text ? text : "");
}

void table_cellf(struct table *table, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strv_push_owned(&table->cells, mem_vprintf(format, args));
    va_end(args);
}

void table_print(const struct table *table)
{
    AUTO(mem_freep) size_t *widest = mem_new(table->columns, sizeof(*widest));

    for (size_t i = 0; i < table->cells.len; i++) {
        size_t width;
        size_t *column = &widest[i % table->columns];

        free(clean(table->cells.items[i], &width));
        *column = width > *column ? width : *column;
    }
    for (size_t i = 0; i < table->cells.len; i++) {
        size_t column = i % table->columns;
        size_t width;
        AUTO(mem_freep) char *text = clean(table->cells.items[i], &width);

        if (column + 1 < table->columns)
            printf("%s%*s", text, (int)(widest[column] - width + 2), "");
        else
            printf("%s\n", text);
    }
}

void table_clear(struct table *table)
{
    strv_clear(&table->cells);
}
