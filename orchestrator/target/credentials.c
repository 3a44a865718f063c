/* User and password of a target, from settings, labels and its own environment. */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "docker-api/exec.h"
#include "orchestrator/target/port.h"
#include "orchestrator/target/target.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MAX_BYTES 4096
#define READ_TIMEOUT_MS 60000
#define STARTS_S 3

/* Reads a small file inside the container; one trailing newline is cut, as the official image's
 * `$(< file)` does. */
static struct err *read_inside(struct engine *engine, const struct target *target,
                               const char *path, char **out)
{
    const char *const argv[] = {"cat", "--", path, NULL};
    const struct exec_spec spec = {
        .container = target->id, .argv = argv, .timeout_ms = READ_TIMEOUT_MS};
    AUTO(secret_buf_clear) struct buf text = BUF_INIT(SECRET_MAX_BYTES);
    AUTO(buf_clear) struct buf errors = BUF_INIT(SECRET_MAX_BYTES);
    struct exec_result result = {0};

    TRY(exec_capture(engine, &spec, &text, &errors, &result), "read %s in %s", path,
        target->name);
    if (result.exit_code != 0) {
        AUTO(mem_freep) char *said = tool_last_lines(buf_text(&errors), 1);
        return err_new(ERR_NOT_FOUND, "read %s in %s: %s", path, target->name, said);
    }
    if (text.len > 0 && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    if (text.len > 0 && text.data[text.len - 1] == '\r')
        text.data[--text.len] = '\0';
    *out = buf_take(&text);
    return NULL;
}

/* The first of the variables that is set, or its NAME_FILE form; *out stays NULL if none is. */
static struct err *from_environment(struct engine *engine, const struct target *target,
                                    const char *const *names, size_t count, char **out)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(mem_freep) char *file_name = mem_printf("%s_FILE", names[i]);
        const char *value = target_env(target, names[i]);
        const char *file = target_env(target, file_name);

        if (value && *value) {
            *out = mem_strdup(value);
            return NULL;
        }
        if (file && *file)
            return read_inside(engine, target, file, out);
    }
    return NULL;
}

MUST_USE struct err *target_user(struct engine *engine, const struct target *target,
                                 char **out_user)
{
    static const char *const names[] = {"POSTGRES_USER", "POSTGRESQL_USERNAME",
                                        "POSTGRESQL_USER"};
    const char *set = settings_text(target->settings, SETTING_USER);

    *out_user = NULL;
    if (set) {
        *out_user = mem_strdup(set);
        return NULL;
    }
    /* bitnami: the superuser is postgres, and has a password of its own if this is set */
    if (!target_env(target, "POSTGRESQL_POSTGRES_PASSWORD") &&
        !target_env(target, "POSTGRESQL_POSTGRES_PASSWORD_FILE"))
        PASS(from_environment(engine, target, names, ARRAY_LEN(names), out_user));
    if (!*out_user)
        *out_user = mem_strdup("postgres");
    return NULL;
}

static struct err *find_password(struct engine *engine, const struct target *target, char **out)
{
    static const char *const names[] = {"POSTGRESQL_POSTGRES_PASSWORD", "POSTGRES_PASSWORD",
                                        "POSTGRESQL_PASSWORD"};
    const char *set = settings_text(target->settings, SETTING_PASSWORD);
    const char *file = settings_text(target->settings, SETTING_PASSWORD_FILE_IN_TARGET);

    if (set) {
        *out = mem_strdup(set);
        return NULL;
    }
    if (file)
        return read_inside(engine, target, file, out);
    return from_environment(engine, target, names, ARRAY_LEN(names), out);
}

static struct err *check_password(const char *password)
{
    if (password && strpbrk(password, "\r\n"))
        return err_hint(err_new(ERR_USAGE, "the password has a line break in it"),
                        "a secret file may end in one newline; it must have no other");
    return NULL;
}

/* Local users are mostly let in without; but who connects over a network is asked for it. */
static void know_password(struct engine *engine, const struct target *target,
                          struct server *server)
{
    AUTO(secret_freep) char *password = NULL;
    AUTO(err_freep) struct err *e = find_password(engine, target, &password);

    if (!e)
        e = check_password(password);
    if (e)
        log_debug("%s: no password: %s", target->name, e->message);
    else
        server_know_password(server, password);
}

/* A server that just starts is given the time to do so before its files are read. */
static bool runs_for_a_while(const struct target *target)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t at_unix_s;

    snprintf(text, sizeof(text), "%.19sZ",
             jsonx_string_at(target->inspect, "State.StartedAt", ""));
    return !clock_parse_rfc3339(text, &at_unix_s) || clock_unix_s() - at_unix_s >= STARTS_S;
}

/* What is not there may be at another port, which the server says itself. `e` is taken over,
 * and given back where that does not help. */
static struct err *connect_elsewhere(struct engine *engine, const struct target *target,
                                     struct server_spec *spec, struct err *e,
                                     struct server **out)
{
    const char *set = target_env(target, "PGPORT");
    int tried = spec->port ? spec->port : (int)strtol(set && *set ? set : "5432", NULL, 10);
    AUTO(err_freep) struct err *unknown = NULL;
    int port = 0;

    if (settings_int(target->settings, SETTING_PORT) || !runs_for_a_while(target))
        return e;
    unknown = port_of_postmaster(engine, target, &port);
    if (unknown || port == 0 || port == tried)
        return e;
    err_free(e);
    log_debug("%s: its postmaster.pid says port %d", target->name, port);
    spec->port = port;
    return server_connect(engine, spec, out);
}

/* Most images let local users in, so it is tried without a password first. */
MUST_USE struct err *target_connect(struct engine *engine, const struct target *target,
                                    struct server **out)
{
    static const char *const databases[] = {"POSTGRES_DB", "POSTGRESQL_DATABASE"};
    AUTO(mem_freep) char *user = NULL;
    AUTO(mem_freep) char *home = NULL;
    AUTO(secret_freep) char *password = NULL;
    struct err *e;
    struct server_spec spec = {
        .container = target->id,
        .database = settings_text(target->settings, SETTING_DATABASE),
        .port = (int)settings_int(target->settings, SETTING_PORT),
        .temp_name = target->temp_name,
    };

    PASS(target_user(engine, target, &user));
    PASS(from_environment(engine, target, databases, ARRAY_LEN(databases), &home));
    spec.user = user;
    spec.home = home;
    if (spec.port == 0)
        spec.port = port_of_args(jsonx_at(target->inspect, "Args"));
    e = server_connect(engine, &spec, out);
    if (err_is(e, ERR_CONFLICT))
        e = connect_elsewhere(engine, target, &spec, e, out);
    if (!e) {
        know_password(engine, target, *out);
        return NULL;
    }
    if (!err_is(e, ERR_AUTH))
        return err_wrap(e, "connect to %s", target->name);
    err_free(e);
    TRY(find_password(engine, target, &password), "find the password of %s", target->name);
    PASS(check_password(password));
    spec.password = password;
    TRY(server_connect(engine, &spec, out), "connect to %s", target->name);
    return NULL;
}
