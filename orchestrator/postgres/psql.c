/* The command line of each psql that pgkeep starts: one statement (server.c), a session that
 * stays open (session_psql.c), a plain dump (restore/load.c). -z and -0 end each cell and each
 * row with a zero byte instead of "|" and a line break, so the rows are found by counting. */
#include "orchestrator/postgres/psql.h"
#include "base/mem.h"
#include "orchestrator/postgres/server.h"
#include <string.h>

static void push_all(struct strv *out, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        strv_push(out, words[i]);
}

void psql_argv(const struct psql_call *call, struct strv *out)
{
    static const char *const words[] = {"psql", "-X", "-q", "-A", "-t", "-w"};
    static const char *const cells[] = {"-z", "-0"};
    static const char *const verbose[] = {"-v", "VERBOSITY=verbose"};
    static const char *const script[] = {"-f", "-"};

    push_all(out, words, ARRAY_LEN(words));
    if (call->cells)
        push_all(out, cells, ARRAY_LEN(cells));
    strv_push(out, "-v");
    strv_push(out, call->goes_on ? "ON_ERROR_STOP=0" : "ON_ERROR_STOP=1");
    if (call->verbose)
        push_all(out, verbose, ARRAY_LEN(verbose));
    push_all(out, script, ARRAY_LEN(script));
}

MUST_USE bool psql_cut_last_words(struct buf *answer)
{
    size_t len = strlen(PSQL_LAST_WORDS);

    if (answer->len < len ||
        memcmp(answer->data + answer->len - len, PSQL_LAST_WORDS, len) != 0)
        return false;
    answer->len -= len;
    answer->data[answer->len] = '\0';
    return true;
}

MUST_USE struct err *psql_cells(const char *at, const char *end, size_t columns,
                                struct rows *out)
{
    size_t cells = 0;

    *out = (struct rows){0};
    for (const char *p = at; p < end; p++)
        cells += *p == '\0';
    if (at < end && end[-1] != '\0')
        return err_new(ERR_PROTOCOL, "psql's answer is not complete");
    if (columns == 0 || cells % columns != 0)
        return err_new(ERR_PROTOCOL, "psql gave %zu cells where rows have %zu", cells, columns);
    out->columns = columns;
    out->count = cells / columns;
    if (cells == 0)
        return NULL;
    out->cells = mem_new(cells, sizeof(*out->cells));
    for (size_t i = 0; i < cells; i++) {
        out->cells[i] = mem_strdup(at);
        at += strlen(at) + 1;
    }
    return NULL;
}
