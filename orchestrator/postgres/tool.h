/* orchestrator/postgres/tool.h: run one of PostgreSQL's own tools inside the container.
 *
 * Layer: orchestrator/postgres, over docker-api/exec.h. The tool is started by the image's `sh`
 * with a constant script; everything that varies is an argument, never script text. A password
 * goes in as the first line of stdin and lives only in the tool's environment.
 *
 * Ends with us: a guarded tool (pg_dump) runs beside a guard that holds stdin; when this
 * process dies, the engine closes stdin and the guard ends the tool. So no pg_dump goes on
 * holding its snapshot after a kill -9 of pgkeep. A tool that is fed by us ends when its input
 * does.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_TOOL_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_TOOL_H

#include "base/strv.h"
#include "docker-api/exec.h"
#include <stdbool.h>

/* How a tool reaches the server; all texts are borrowed. */
struct tool_access {
    const char *container;
    const char *exec_user; /* operating system user, NULL: the container's */
    const char *host;      /* NULL: the Unix socket */
    int port;              /* 0: the container's default */
    const char *user;      /* database role */
    const char *password;  /* NULL: none is needed */
    bool superuser;        /* of the role: then the server's messages come in English */
};

struct tool_spec {
    const char *database;        /* PGDATABASE, or NULL */
    const struct strv *argv;     /* the tool and its arguments */
    const char *name;            /* what messages call it; NULL: its first word */
    const char *client_encoding; /* PGCLIENTENCODING, or NULL: the database's */
    const char *application;     /* PGAPPNAME, NULL: "pgkeep" */
    struct err *(*on_stdout)(void *ctx, const uint8_t *data, size_t len); /* NULL discards */
    bool guarded; /* end the tool when this process dies; only without read_input */
    /* Names without a schema mean what the database's own search_path says: only where the user
     * wrote them. Else the path is empty from the connection's first statement on. */
    bool keeps_path;
    /* The tool's input; NULL: none. *len 0 is the end. */
    struct err *(*read_input)(void *ctx, uint8_t *data, size_t size, size_t *len);
    /* One more argument for the tool, asked for when the shell that will become it waits for it
     * in the container: what must be young when the tool starts. *out is the caller's to free;
     * "" is none. NULL: nothing is asked for. */
    struct err *(*late_argument)(void *ctx, char **out);
    struct err *(*on_tick)(void *ctx); /* as exec_spec's; may be NULL */
    void *ctx;
    int64_t timeout_ms; /* 0: none */
    /* Its stderr, of which messages of errors quote a part in any case; may be NULL. */
    void (*on_stderr)(void *ctx, const uint8_t *data, size_t len);
};

/* ERR_TOOL: it exited with another code than 0; the message ends with what stderr says of it.
 * ERR_UNSUPPORTED: the image has no such tool (exit 127). All errors of exec_run besides. */
MUST_USE struct err *tool_run(struct engine *engine, const struct tool_access *access,
                              const struct tool_spec *spec);

/* The same with the output collected up to out's cap; without on_stdout, on_stderr and
 * on_tick. */
MUST_USE struct err *tool_capture(struct engine *engine, const struct tool_access *access,
                                  const struct tool_spec *spec, struct buf *out);

/* The command and environment that tool_run gives the exec: the wrapping shell and the tool in
 * it. With a password the first line of its stdin must be that. For those who run the exec
 * themselves. */
void tool_command(const struct tool_access *access, const struct tool_spec *spec,
                  struct strv *out_argv, struct strv *out_env);

/* The line of the tool's input that says `text`: what the shell that becomes the tool reads
 * before the tool does. ERR_USAGE: it has no room in `size` bytes; `what` names it. */
MUST_USE struct err *tool_line(const char *what, const char *text, uint8_t *data, size_t size,
                               size_t *len);

/* What is shown of one line. */
#define TOOL_LINE_BYTES ((size_t)600)

/* The last `lines` lines of a text, trimmed, each short (base/brief.h), line breaks as " | ";
 * the caller frees. */
char *tool_last_lines(const char *text, int lines) MUST_USE;

#endif
