/* Which way leads to the server: each that may is tried by opening a session.
 *
 * An address says where, not who: it may be another host's by now, or a neighbour's who took
 * it, and who answers there is known only after the connection stands. So no password goes to
 * an address, published or not, in clear or as the answer to a challenge. A server that asks
 * for one there is not used that way; the next ways begin inside the container. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "docker-api/container.h"
#include "orchestrator/session/session_address.h"
#include "orchestrator/session/session_link.h"
#include "orchestrator/session/session_private.h"
#include "orchestrator/session/tunnel_relay.h"
#include <stdlib.h>
#include <string.h>

/* How long a server may take to restart, once another answered in its place. */
#define RESTART_MS 15000
#define RESTART_PAUSE_MS 200

/* A search on its way. */
struct search {
    const struct server *server;
    const char *database;
    const char *wanted; /* NULL: any */
    char *identity;     /* of the postmaster that has to answer */
    bool met_other;     /* another one did */
    struct buf said;    /* what each way said */
    struct session_way *found;
    struct session *session; /* by that way */
};

void session_way_free(struct session_way *way)
{
    if (!way)
        return;
    tunnel_close(way->tunnel);
    free(way->host);
    free(way->port);
    free(way->identity);
    free(way->text);
    free(way);
}

void session_way_freep(struct session_way **way)
{
    session_way_free(*way);
    *way = NULL;
}

const char *session_way_text(const struct session_way *way)
{
    return way->text;
}

static void search_clear(struct search *search)
{
    free(search->identity);
    buf_clear(&search->said);
    session_close(search->session);
    session_way_free(search->found);
}

static bool is_wanted(const struct search *search, const char *kind, const char *text)
{
    return !search->wanted || strcmp(search->wanted, kind) == 0 ||
           strcmp(search->wanted, text) == 0;
}

/* Interrupts end the search; whatever else a way has to say is kept for the end. */
static struct err *note(struct search *search, struct err *e)
{
    AUTO(mem_freep) char *text = NULL;

    if (!e || e->kind == ERR_INTERRUPTED)
        return e;
    text = err_text(e);
    err_free(e);
    log_debug("%s: %s", search->server->container, text);
    buf_printf(&search->said, "%s%s", search->said.len ? "; " : "", text);
    return NULL;
}

/* Takes the way over; it becomes the found one if a session opens by it. */
static struct err *try_way(struct search *search, struct session_way *candidate)
{
    AUTO(session_way_freep) struct session_way *way = candidate;
    AUTO(session_closep) struct session *session = NULL;
    struct err *e = session_open(way, search->database, &session);

    search->met_other = search->met_other || way->met_other;
    if (e)
        return note(search, e);
    log_debug("%s: SQL by %s", search->server->container, way->text);
    search->found = TAKE(way);
    search->session = TAKE(session);
    return NULL;
}

static struct session_way *way_new(const struct search *search, enum session_kind kind,
                                   char *text)
{
    struct session_way *way = mem_new(1, sizeof(*way));

    way->server = search->server;
    way->kind = kind;
    way->text = text;
    way->identity = mem_strdup(search->identity);
    return way;
}

/* An address of a container network is tried only where this process is on that network, as
 * the host and other containers on it are. Loopback is this machine, or this container. */
static bool is_near(const struct session_address *address)
{
    return address->published || session_address_is_loopback(address->host) ||
           session_link_reaches(address->host);
}

static struct err *try_address(struct search *search, const struct session_address *address)
{
    const char *kind = address->published ? "published" : "direct";
    bool v6 = strchr(address->host, ':') != NULL;
    struct session_way *way;

    if (!is_wanted(search, kind, kind))
        return NULL;
    if (!is_near(address))
        return note(search, err_new(ERR_UNREACHABLE, "%s: no network of this host or container",
                                    address->host));
    way = way_new(search, address->published ? SESSION_PUBLISHED : SESSION_DIRECT,
                  mem_printf("%s%s%s:%s%s", v6 ? "[" : "", address->host, v6 ? "]" : "",
                             address->port, address->published ? " (published)" : ""));
    way->host = mem_strdup(address->host);
    way->port = mem_strdup(address->port);
    return try_way(search, way);
}

static struct err *try_addresses(struct search *search)
{
    const struct server *server = search->server;
    AUTO(jsonx_freep) json_t *inspect = NULL;
    AUTO(session_address_list_clear) struct session_address_list list = {0};
    /* A Unix socket is the best sign that the engine is on this host, not a proof: it may be
     * forwarded (ssh, a virtual machine). Then an address that is near (is_near) is a
     * stranger's, who gets no password and is found out by the identity. */
    bool local = strncmp(engine_host(server->engine), "unix:", 5) == 0;

    if (!is_wanted(search, "direct", "published"))
        return NULL;
    PASS(container_inspect(server->engine, server->container, &inspect));
    session_address_list(inspect, server->psql_port, local, &list);
    for (size_t i = 0; i < list.count && !search->found; i++)
        PASS(try_address(search, &list.items[i]));
    return NULL;
}

static struct err *try_relay(struct search *search, const char *relay)
{
    AUTO(session_way_freep) struct session_way *way =
        way_new(search, SESSION_TUNNEL, mem_printf("tunnel by %s", relay));

    if (!is_wanted(search, "tunnel", way->text))
        return NULL;
    TRY(tunnel_open(search->server, relay, &way->tunnel), "%s", way->text);
    way->host = mem_strdup(tunnel_host(way->tunnel));
    way->port = mem_strdup(tunnel_port(way->tunnel));
    way->password = tunnel_relay_takes_password(search->server, relay);
    return try_way(search, TAKE(way));
}

static struct err *try_tunnels(struct search *search)
{
    AUTO(strv_clear) struct strv relays = STRV_INIT;

    if (search->wanted && strncmp(search->wanted, "tunnel", strlen("tunnel")) != 0)
        return NULL;
    PASS(tunnel_relay_list(search->server, &relays));
    for (size_t i = 0; i < relays.len && !search->found; i++)
        PASS(note(search, try_relay(search, relays.items[i])));
    return NULL;
}

static struct err *try_psql(struct search *search)
{
    if (!is_wanted(search, "psql", "psql"))
        return NULL;
    return try_way(search, way_new(search, SESSION_PSQL, mem_strdup("psql")));
}

static struct err *try_all(struct search *search)
{
    static struct err *(*const steps[])(struct search *) = {try_addresses, try_tunnels,
                                                            try_psql};

    for (size_t i = 0; i < ARRAY_LEN(steps) && !search->found; i++)
        PASS(note(search, steps[i](search)));
    return NULL;
}

/* The way in begins inside of the container, so who answers by it is the one to look for: it
 * may have restarted since it was asked first. While it is on its way, it does not answer. */
static struct err *learn_identity(struct search *search, bool *is_new)
{
    int64_t until_ms = clock_mono_ms() + RESTART_MS;

    *is_new = false;
    for (;;) {
        AUTO(mem_freep) char *identity = NULL;
        struct err *e = server_identity(search->server, &identity);

        if (!e) {
            *is_new = strcmp(identity, search->identity) != 0;
            mem_replace(&search->identity, identity);
            return NULL;
        }
        if (!err_is(e, ERR_TOOL) || clock_mono_ms() >= until_ms)
            return note(search, e);
        err_free(e);
        clock_sleep_ms(RESTART_PAUSE_MS);
        PASS(interrupt_check());
    }
}

static struct err *try_after_restart(struct search *search)
{
    bool is_new = false;

    PASS(learn_identity(search, &is_new));
    if (!is_new)
        return NULL;
    log_debug("%s: the server restarted meanwhile", search->server->container);
    return try_all(search);
}

static struct err *find(const struct server *server, const char *database, const char *wanted,
                        struct session_way **out, struct session **out_session)
{
    AUTO(search_clear) struct search search = {.server = server,
                                               .database = database,
                                               .wanted = wanted,
                                               .identity = mem_strdup(server->identity),
                                               .said = BUF_OWN_TEXT};

    *out = NULL;
    *out_session = NULL;
    PASS(try_all(&search));
    if (!search.found && search.met_other)
        PASS(try_after_restart(&search));
    if (!search.found)
        return err_new(ERR_UNREACHABLE, "no way for SQL: %s",
                       search.said.len ? buf_text(&search.said) : "none to try");
    *out = TAKE(search.found);
    *out_session = TAKE(search.session);
    return NULL;
}

MUST_USE struct err *session_way_find_only(const struct server *server, const char *database,
                                           const char *wanted, struct session_way **out)
{
    AUTO(session_closep) struct session *unused = NULL;

    return find(server, database, wanted, out, &unused);
}

MUST_USE struct err *session_way_find(const struct server *server, const char *database,
                                      struct session_way **out)
{
    return session_way_find_only(server, database, NULL, out);
}

MUST_USE struct err *session_way_open(const struct server *server, const char *database,
                                      struct session_way **out, struct session **out_session)
{
    return find(server, database, NULL, out, out_session);
}

MUST_USE struct err *session_relays(const struct server *server, struct strv *out)
{
    return tunnel_relay_list(server, out);
}
