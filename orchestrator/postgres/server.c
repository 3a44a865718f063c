#include "orchestrator/postgres/server.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "docker-api/container.h"
#include "docker-api/exec_stream.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/postgres/own_process.h"
#include "orchestrator/postgres/psql.h"
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX_BYTES ((size_t)256 << 20)
#define QUERY_TIMEOUT_MS 0

static const char FACTS[] =
    "SELECT pg_catalog.current_setting('server_version'),"
    " pg_catalog.current_setting('server_version_num'),"
    " (SELECT rolsuper FROM pg_catalog.pg_roles"
    "  WHERE rolname OPERATOR(pg_catalog.=) current_user),"
    " pg_catalog.pg_is_in_recovery(), pg_catalog.pg_postmaster_start_time(),"
    " pg_catalog.current_setting('listen_addresses'),"
    " (SELECT source FROM pg_catalog.pg_settings"
    "  WHERE name OPERATOR(pg_catalog.=) 'listen_addresses'), " SERVER_IDENTITY
    ", :'HOST', :'PORT', :'pgkeep_process', :'pgkeep_look'"; /* variables of psql */
#define FACTS_COLUMNS 12

void rows_clear(struct rows *rows)
{
    for (size_t i = 0; i < rows->count * rows->columns; i++)
        free(rows->cells[i]);
    free(rows->cells);
    *rows = (struct rows){0};
}

const char *rows_cell(const struct rows *rows, size_t row, size_t column)
{
    return rows->cells[row * rows->columns + column];
}

void server_free(struct server *server)
{
    if (!server)
        return;
    free(server->container);
    free(server->exec_user);
    free(server->host);
    free(server->user);
    secret_free(server->password);
    secret_free(server->known_password);
    free(server->database);
    free(server->version);
    free(server->started_at);
    free(server->listen_addresses);
    free(server->listen_source);
    free(server->identity);
    free(server->psql_host);
    free(server->psql_port);
    server_look_clear(&server->look);
    rows_clear(&server->databases);
    free(server);
}

void server_freep(struct server **server)
{
    server_free(*server);
    *server = NULL;
}

void server_know_password(struct server *server, const char *password)
{
    secret_replace(&server->known_password, password);
}

struct tool_access server_access(const struct server *server)
{
    return (struct tool_access){
        .container = server->container,
        .exec_user = server->exec_user,
        .host = server->host,
        .port = server->port,
        .user = server->user,
        .password = server->password,
        .superuser = server->superuser,
    };
}

struct text_input {
    const char *text;
    size_t left;
};

static struct err *read_text(void *ctx, uint8_t *data, size_t size, size_t *len)
{
    struct text_input *input = ctx;

    *len = input->left < size ? input->left : size;
    memcpy(data, input->text, *len);
    input->text += *len;
    input->left -= *len;
    return NULL;
}

/* Runs psql with `sql` on its stdin; zero bytes separate the cells and the rows. */
static struct err *run_psql(const struct server *server, const char *database, bool keeps_path,
                            const char *sql, struct buf *answer)
{
    static const struct psql_call call = {.cells = true};
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(mem_freep) char *script = mem_printf("%s\n;" PSQL_LAST_WORDS_SCRIPT, sql);
    struct text_input input = {.text = script, .left = strlen(script)};
    struct tool_access access = server_access(server);
    struct tool_spec spec = {
        .database = database ? database : server->database,
        .argv = &argv,
        .client_encoding = "UTF8",
        .keeps_path = keeps_path,
        .read_input = read_text,
        .ctx = &input,
        .timeout_ms = QUERY_TIMEOUT_MS,
    };

    psql_argv(&call, &argv);
    PASS(tool_capture(server->engine, &access, &spec, answer));
    if (!psql_cut_last_words(answer))
        return exec_cut(err_new(ERR_CUT, "psql's answer is not complete"));
    return NULL;
}

/* One row of `columns` cells, then rows of another query. */
static struct err *split_first_row(const struct buf *answer, size_t columns, struct rows *first,
                                   size_t more_columns, struct rows *more)
{
    const char *at = buf_text(answer);
    const char *end = at + answer->len;

    for (size_t cells = 0; at < end && cells < columns; at++)
        cells += *at == '\0';
    PASS(psql_cells(buf_text(answer), at, columns, first));
    return more_columns ? psql_cells(at, end, more_columns, more) : NULL;
}

MUST_USE struct err *server_query(const struct server *server, const char *database,
                                  const char *sql, size_t columns, struct rows *out)
{
    AUTO(buf_clear) struct buf answer = BUF_INIT(ANSWER_MAX_BYTES);

    PASS(run_psql(server, database, false, sql, &answer));
    return psql_cells(buf_text(&answer), buf_text(&answer) + answer.len, columns, out);
}

MUST_USE struct err *server_query_own_path(const struct server *server, const char *database,
                                           const char *sql, size_t columns, struct rows *out)
{
    AUTO(buf_clear) struct buf answer = BUF_INIT(ANSWER_MAX_BYTES);

    PASS(run_psql(server, database, true, sql, &answer));
    return psql_cells(buf_text(&answer), buf_text(&answer) + answer.len, columns, out);
}

MUST_USE struct err *server_execute(const struct server *server, const char *database,
                                    const char *sql)
{
    AUTO(buf_clear) struct buf answer = BUF_INIT(ANSWER_MAX_BYTES);

    return run_psql(server, database, false, sql, &answer);
}

MUST_USE struct err *server_identity(const struct server *server, char **out)
{
    AUTO(rows_clear) struct rows rows = {0};

    *out = NULL;
    PASS(server_query(server, NULL, "SELECT " SERVER_IDENTITY, 1, &rows));
    if (rows.count != 1)
        return err_new(ERR_PROTOCOL, "psql gave %zu rows instead of one", rows.count);
    *out = mem_strdup(rows_cell(&rows, 0, 0));
    return NULL;
}

/* -- finding a way in -- */

static bool says(const struct err *e, const char *words)
{
    AUTO(mem_freep) char *text = err_text(e);

    return strstr(text, words) != NULL;
}

/* libpq gives no SQLSTATE for a refused connection, only words: its own in English (LC_ALL=C),
 * the server's in the server's language. */
static bool says_one_of(const struct err *e, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (says(e, words[i]))
            return true;
    return false;
}

static bool not_there(const struct err *e)
{
    static const char *const words[] = {
        "starting up",
        "shutting down",
        "in recovery mode",
        "Connection refused",
        "No such file or directory",
        "not accepting connections",
        "not yet accepting connections",
    };

    return says_one_of(e, words, ARRAY_LEN(words));
}

static bool shares_network(const json_t *inspect)
{
    const char *mode = jsonx_string_at(inspect, "HostConfig.NetworkMode", "");

    return strcmp(mode, "host") == 0 || strncmp(mode, "container:", 10) == 0;
}

/* What was found, and by which door. */
static struct err *stranger(const struct server *server, const char *other, bool shared)
{
    struct err *e = err_new(
        ERR_STRANGER,
        "the server there (PostgreSQL %s, started %s) is no process of this container%s%.12s",
        server->version, server->started_at, other ? ", but of container " : "",
        other ? other : "");

    return err_hint(e,
                    "%s: name the container in which the server runs; for a server of this "
                    "container on another port, give that (label pgkeep.port, --port)",
                    shared ? "this container shares its network with others (network_mode)"
                           : "this container shares a socket's folder, or its network, with "
                             "others");
}

/* Where the container's processes cannot be seen, its own network must do. */
static struct err *check_own_process(const struct server *server, const char *evidence)
{
    AUTO(mem_freep) char *other = NULL;
    AUTO(jsonx_freep) json_t *inspect = NULL;
    enum own_process own = own_process_judge(evidence, &other);
    bool shared;

    if (own == OWN_PROCESS_YES)
        return NULL;
    PASS(container_inspect(server->engine, server->container, &inspect));
    shared = shares_network(inspect);
    if (own == OWN_PROCESS_NO || shared)
        return stranger(server, other, shared);
    log_debug("%s: its processes cannot be seen: %s", server->container, evidence);
    return NULL;
}

/* With one exec: how long it takes is how long its start takes. */
static struct err *read_facts(struct server *server, const char *temp_name, struct rows *out)
{
    AUTO(mem_freep) char *look = server_look_psql(temp_name);
    AUTO(mem_freep) char *script =
        mem_printf("%s%s%s%s%s", OWN_PROCESS_PSQL, look, FACTS, temp_name ? ";\n" : "",
                   temp_name ? DATABASE_LIST_SQL : "");
    AUTO(buf_clear) struct buf answer = BUF_INIT(ANSWER_MAX_BYTES);

    rows_clear(&server->databases);
    PASS(run_psql(server, NULL, false, script, &answer));
    return split_first_row(&answer, FACTS_COLUMNS, out, temp_name ? DATABASE_LIST_COLUMNS : 0,
                           &server->databases);
}

static struct err *ask_facts(struct server *server, const char *temp_name)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(read_facts(server, temp_name, &rows));
    if (rows.count != 1)
        return err_new(ERR_PROTOCOL, "psql gave %zu rows instead of one", rows.count);
    mem_replace(&server->version, rows_cell(&rows, 0, 0));
    server->version_num = (int)strtol(rows_cell(&rows, 0, 1), NULL, 10);
    server->superuser = rows_cell(&rows, 0, 2)[0] == 't';
    server->in_recovery = rows_cell(&rows, 0, 3)[0] == 't';
    mem_replace(&server->started_at, rows_cell(&rows, 0, 4));
    mem_replace(&server->listen_addresses, rows_cell(&rows, 0, 5));
    mem_replace(&server->listen_source, rows_cell(&rows, 0, 6));
    mem_replace(&server->identity, rows_cell(&rows, 0, 7));
    mem_replace(&server->psql_host, rows_cell(&rows, 0, 8));
    mem_replace(&server->psql_port, rows_cell(&rows, 0, 9));
    server_look_clear(&server->look);
    server_look_read(rows_cell(&rows, 0, 11), &server->look);
    return check_own_process(server, rows_cell(&rows, 0, 10));
}

/* This database is not there, or not for this user; another may be. So may it where the server
 * says why in words that we do not know. */
static bool closed_to_us(const struct err *e)
{
    static const char *const words[] = {
        "authentication failed", "no password supplied", "pg_hba.conf", "role \"",
        "closed the connection", "timeout expired",
    };

    return !not_there(e) && !says_one_of(e, words, ARRAY_LEN(words));
}

/* Tries the maintenance databases in turn by one way in. */
static struct err *try_databases(struct server *server, const struct server_spec *spec)
{
    const char *names[] = {spec->database ? spec->database : "postgres",
                           spec->home ? spec->home : spec->user, spec->user, "template1"};
    size_t count = spec->database ? 1 : ARRAY_LEN(names);
    struct err *e = NULL;

    for (size_t i = 0; i < count; i++) {
        err_free(e);
        mem_replace(&server->database, names[i]);
        e = ask_facts(server, spec->temp_name);
        if (!e || e->kind != ERR_TOOL || !closed_to_us(e))
            return e;
    }
    return e;
}

/* psql's words without what every line of it repeats. */
static char *short_text(const struct err *e)
{
    static const char noise[] = "psql: error: ";
    AUTO(mem_freep) char *text = err_text(e);
    const char *at = strstr(text, noise);
    char *brief = mem_strdup(at ? at + strlen(noise) : text);
    char *cut = strstr(brief, " | ");

    if (cut)
        *cut = '\0';
    return brief;
}

struct way {
    const char *host;
    const char *exec_user;
    bool password;
};

static const struct way WAYS[] = {
    {NULL, NULL, false}, {"127.0.0.1", NULL, false}, {NULL, "postgres", false},
    {NULL, NULL, true},  {"127.0.0.1", NULL, true},
};

static const char *way_text(const struct way *way)
{
    if (way->exec_user)
        return "socket as postgres";
    if (way->host)
        return way->password ? "127.0.0.1 with password" : "127.0.0.1";
    return way->password ? "socket with password" : "socket";
}

/* What the ways in have said so far. */
struct search {
    struct buf said;
    bool all_absent;     /* none had a server of this container that refused us */
    char *stranger_hint; /* of the last that had another's, or NULL */
    bool stranger_at_socket;
    bool stranger_at_loopback;
};

static struct err *refuse(const struct server_spec *spec, const struct buf *said)
{
    struct err *e =
        err_new(ERR_AUTH, "no way in as user \"%s\": %s", spec->user, buf_text(said));

    return err_hint(e, spec->password
                           ? "check the user and password (label pgkeep.user, PGKEEP_USER, "
                             "PGKEEP_PASSWORD_FILE)"
                           : "give the user (label pgkeep.user, --user) or a password "
                             "(PGKEEP_PASSWORD_FILE, label pgkeep.password-file-in-target)");
}

MUST_USE struct err *server_accepts(const struct server *server, const char *host, bool *yes)
{
    static const char *const words[] = {"pg_isready", "-q", "-t", "5"};
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    struct tool_access access = server_access(server);
    const struct tool_spec spec = {.argv = &argv};
    AUTO(err_freep) struct err *e = NULL;

    access.host = host;
    access.exec_user = NULL;
    access.password = NULL;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        strv_push(&argv, words[i]);
    e = tool_run(server->engine, &access, &spec);
    *yes = e == NULL;
    return err_is(e, ERR_TOOL) ? NULL : TAKE(e);
}

/* A server that starts, stops or recovers refuses everybody. Without a pg_isready that is not
 * known, and it is taken for one that answers. */
static struct err *nobody_accepts(const struct server *server, bool *none)
{
    bool yes = false;
    struct err *e = server_accepts(server, NULL, &yes);

    if (!e && !yes)
        e = server_accepts(server, "127.0.0.1", &yes);
    *none = !e && !yes;
    if (!err_is(e, ERR_UNSUPPORTED))
        return e;
    err_free(e);
    return NULL;
}

static struct server *server_new(struct engine *engine, const struct server_spec *spec)
{
    struct server *server = mem_new(1, sizeof(*server));

    server->engine = engine;
    server->container = mem_strdup(spec->container);
    server->user = mem_strdup(spec->user);
    server->port = spec->port;
    server->known_password = mem_strdup(spec->password);
    return server;
}

/* No way leads to a server of this container, and one leads to another's. */
static struct err *only_strangers(const struct search *search)
{
    struct err *e = err_new(ERR_STRANGER, "no server of this container answers: %s",
                            buf_text(&search->said));

    return err_hint(e, "%s", search->stranger_hint);
}

/* An exec as a system user that the image has not fails in the engine, by a word of its own or
 * with status 126, as a tool that is missing does. That says nothing about the other ways. */
static bool hopeless(const struct err *e, const struct way *way)
{
    if (e->kind == ERR_FAILED || e->kind == ERR_UNSUPPORTED)
        return way->exec_user == NULL;
    return e->kind != ERR_TOOL && e->kind != ERR_NOT_FOUND && e->kind != ERR_STRANGER;
}

/* No password goes to where another's server answered. */
static bool is_worth_trying(const struct search *search, const struct server_spec *spec,
                            const struct way *way)
{
    if (!way->password)
        return true;
    return spec->password &&
           !(way->host ? search->stranger_at_loopback : search->stranger_at_socket);
}

/* Keeps what a way in said. */
static void note_failure(struct search *search, const struct way *way, const struct err *e)
{
    AUTO(mem_freep) char *text = short_text(e);
    bool foreign = e->kind == ERR_STRANGER;

    buf_printf(&search->said, "%s%s: %s", search->said.len ? "; " : "", way_text(way), text);
    search->all_absent = search->all_absent && (foreign || not_there(e) || way->exec_user);
    if (!foreign)
        return;
    mem_replace(&search->stranger_hint, err_hint_of(e));
    search->stranger_at_loopback = search->stranger_at_loopback || way->host;
    search->stranger_at_socket = search->stranger_at_socket || !way->host;
}

static void search_clear(struct search *search)
{
    buf_clear(&search->said);
    free(search->stranger_hint);
}

static struct err *give_up(const struct server *server, const struct server_spec *spec,
                           const struct search *search)
{
    bool absent = search->all_absent;

    if (absent && search->stranger_hint)
        return only_strangers(search);
    if (!absent)
        PASS(nobody_accepts(server, &absent));
    if (absent)
        return err_new(ERR_CONFLICT, "the server does not answer: %s", buf_text(&search->said));
    return refuse(spec, &search->said);
}

MUST_USE struct err *server_connect(struct engine *engine, const struct server_spec *spec,
                                    struct server **out)
{
    AUTO(server_freep) struct server *server = server_new(engine, spec);
    AUTO(search_clear) struct search search = {.said = BUF_OWN_TEXT, .all_absent = true};

    *out = NULL;
    for (size_t i = 0; i < ARRAY_LEN(WAYS); i++) {
        AUTO(err_freep) struct err *e = NULL;

        if (!is_worth_trying(&search, spec, &WAYS[i]))
            continue;
        mem_replace(&server->host, WAYS[i].host);
        mem_replace(&server->exec_user, WAYS[i].exec_user);
        secret_replace(&server->password, WAYS[i].password ? spec->password : NULL);
        e = try_databases(server, spec);
        if (!e) {
            log_debug("%s: connected by %s", spec->container, way_text(&WAYS[i]));
            *out = TAKE(server);
            return NULL;
        }
        if (hopeless(e, &WAYS[i]))
            return TAKE(e);
        note_failure(&search, &WAYS[i], e);
    }
    return give_up(server, spec, &search);
}
