#include "orchestrator/settings/wrap.h"
#include <stdbool.h>
#include <string.h>

void wrap_text(struct buf *out, const char *text, int column, int indent)
{
    bool starts_line = true;

    for (;;) {
        int len = (int)strcspn(text, " \n");

        if (!starts_line && column + 1 + len > WRAP_WIDTH) {
            buf_printf(out, "\n");
            column = 0;
            starts_line = true;
        }
        if (len > 0) {
            int blanks = starts_line ? indent - column : 1;
            buf_printf(out, "%*s%.*s", blanks > 0 ? blanks : 0, "", len, text);
            column += (blanks > 0 ? blanks : 0) + len;
            starts_line = false;
        }
        text += len;
        if (!*text)
            break;
        if (strncmp(text, "\n\n", 2) == 0) {
            buf_printf(out, "\n\n");
            column = 0;
            starts_line = true;
            text++;
        }
        text++;
    }
    buf_printf(out, "\n");
}

void wrap_row(struct buf *out, const char *left, const char *text, int indent)
{
    int column = 2 + (int)strlen(left);

    buf_printf(out, "  %s", left);
    if (column + 2 > indent) {
        buf_printf(out, "\n");
        column = 0;
    }
    wrap_text(out, text, column, indent);
}
