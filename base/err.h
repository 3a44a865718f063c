/* base/err.h: errors are values with a cause chain.
 *
 * Layer: base. NULL is success. A function that can fail returns `struct err *` and is
 * MUST_USE; the caller owns what it gets. Callers branch on `kind`, never on text. A message is
 * lower case, names the object and ends without a full stop; advice goes in the hint.
 * Logged once, at the top (orchestrator/cli).
 */
#ifndef PGKEEP_BASE_ERR_H
#define PGKEEP_BASE_ERR_H

#include "base/own.h"
#include <stdbool.h>
#include <stddef.h>

enum err_kind {
    ERR_FAILED,      /* anything without a kind of its own */
    ERR_USAGE,       /* wrong usage or configuration: nothing was changed */
    ERR_NOT_FOUND,   /* a named thing does not exist */
    ERR_EXISTS,      /* a thing that must not exist does */
    ERR_DENIED,      /* permission denied */
    ERR_UNREACHABLE, /* nobody answers at that address */
    ERR_CONFLICT,    /* the object's state forbids it (container not running, ...) */
    ERR_UNSUPPORTED, /* the peer, image or format cannot do that */
    ERR_NO_SPACE,    /* disk or quota full */
    ERR_IO,          /* the operating system refused */
    ERR_PROTOCOL,    /* the peer sent what its protocol does not allow */
    ERR_CUT,         /* a stream or file ended before its end */
    ERR_TOO_LARGE,   /* more than a hard cap allows */
    ERR_TOOL,        /* a PostgreSQL tool reported an error */
    ERR_AUTH,        /* the server refused the user or password */
    ERR_PARTIAL,     /* some of several failed */
    ERR_BAD_BACKUP,  /* verification or proof found the backup bad */
    ERR_UNPROVEN,    /* the proof could not be made */
    ERR_TIMEOUT,     /* waited long enough */
    ERR_BUSY,        /* another pgkeep holds the lock */
    ERR_INTERRUPTED, /* SIGINT or SIGTERM */
    ERR_STRANGER,    /* who answers is not whom we asked */
};

struct err {
    enum err_kind kind;
    char *message;
    char *hint; /* what to do, or NULL */
    struct err *cause;
};

/* A new error. Never NULL. */
struct err *err_new(enum err_kind kind, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;

/* A new error from errno: "MESSAGE: strerror"; its kind is chosen from errno. */
struct err *err_errno(const char *format, ...) PRINTF_LIKE(1, 2) MUST_USE;

/* Puts context around `cause` (taken over); kind is the cause's. NULL stays NULL. */
struct err *err_wrap(struct err *cause, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;

/* Sets the hint of `e` (a NULL `e` stays NULL; a hint already there stays) and returns `e`. */
struct err *err_hint(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;

/* Returns `e` with another kind, as seen by callers. NULL stays NULL. */
struct err *err_as(struct err *e, enum err_kind kind) MUST_USE;

/* "outer: inner: innermost"; the caller frees. */
char *err_text(const struct err *e) MUST_USE;

/* The outermost hint of the chain, or NULL; belongs to the error. */
const char *err_hint_of(const struct err *e);

/* True where e is not NULL and of that kind. */
bool err_is(const struct err *e, enum err_kind kind);

/* The first error wins: returns `first` and frees `second`, or `second` if `first` is NULL. */
struct err *err_first(struct err *first, struct err *second) MUST_USE;

void err_free(struct err *e);
void err_freep(struct err **e);

/* Returns from the calling function with context when `expression` gives an error. */
#define TRY(expression, ...)                                                                   \
    do {                                                                                       \
        struct err *try_err_ = (expression);                                                   \
        if (__builtin_expect(try_err_ != NULL, 0))                                             \
            return err_wrap(try_err_, __VA_ARGS__);                                            \
    } while (0)

/* The same without further context: for calls whose error already names the object. */
#define PASS(expression)                                                                       \
    do {                                                                                       \
        struct err *try_err_ = (expression);                                                   \
        if (__builtin_expect(try_err_ != NULL, 0))                                             \
            return try_err_;                                                                   \
    } while (0)

#endif
