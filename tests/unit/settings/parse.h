/* tests/unit/settings/parse.h: a command line, an environment and a config file, in one call.
 */
#ifndef PGKEEP_TESTS_UNIT_SETTINGS_PARSE_H
#define PGKEEP_TESTS_UNIT_SETTINGS_PARSE_H

#include "base/mem.h"
#include "orchestrator/settings/layers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Parses "pgkeep LINE" (split at blanks; "~" stands for an empty argument) in an environment of
 * the given variables, each "NAME=VALUE", ended by NULL. */
static inline struct err *parse(struct invocation *out, const char *line, ...)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv environment = STRV_INIT;
    const char *variable;
    va_list args;

    strv_push(&argv, "pgkeep");
    strv_split(&argv, line, ' ');
    for (size_t i = 0; i < argv.len; i++)
        if (strcmp(argv.items[i], "~") == 0)
            *argv.items[i] = '\0';
    va_start(args, line);
    while ((variable = va_arg(args, const char *)))
        strv_push(&environment, variable);
    va_end(args);
    return invocation_parse((int)argv.len, argv.items, environment.items, out);
}

/* The error is of the kind, says all of `message`, and is one line; frees it. */
static inline void assert_err(struct err *e, enum err_kind kind, const char *message)
{
    AUTO(mem_freep) char *text = e ? err_text(e) : mem_strdup("no error");
    bool is_it = err_is(e, kind) && strstr(text, message) && !strchr(text, '\n');

    err_free(e);
    if (!is_it)
        fail_msg("wanted \"%s\", got \"%s\"", message, text);
}

static inline void assert_usage(const char *line, const char *message)
{
    AUTO(invocation_clear) struct invocation out = {0};

    assert_err(parse(&out, line, NULL), ERR_USAGE, message);
}

static inline void assert_ok(struct err *e)
{
    if (e) {
        AUTO(mem_freep) char *text = err_text(e);

        err_free(e);
        fail_msg("unexpected error: %s", text);
    }
}

/* A temporary file that holds `text`; its path is the caller's, who frees and removes it. */
static inline char *write_temporary(const char *text)
{
    char *path = mem_strdup("/tmp/pgkeep-unit-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static inline void remove_temporary(char **path)
{
    unlink(*path);
    free(*path);
    *path = NULL;
}

#endif
