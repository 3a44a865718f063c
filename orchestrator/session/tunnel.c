#include "orchestrator/session/tunnel.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "orchestrator/session/tunnel_folder.h"
#include "orchestrator/session/tunnel_pipe.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* One connection, served by a thread. */
struct connection {
    struct tunnel *tunnel;
    struct thread thread;
    atomic_bool done; /* the thread is about to end */
    int fd;
    struct connection *next;
};

struct tunnel {
    const struct server *server;
    char *relay;
    struct engine *engine; /* only to make others from */
    struct tunnel_folder folder;
    int stop_fd; /* readable: everybody ends */
    struct thread acceptor;
    struct connection *connections; /* the acceptor's; when that is joined, the closer's */
    pthread_mutex_t lock;           /* of said */
    char *said;
};

static void keep_said(struct tunnel *tunnel, char *said)
{
    pthread_mutex_lock(&tunnel->lock);
    free(tunnel->said);
    tunnel->said = said;
    pthread_mutex_unlock(&tunnel->lock);
}

static void *serve(void *ctx)
{
    struct connection *connection = ctx;
    struct tunnel *tunnel = connection->tunnel;
    AUTO(engine_closep) struct engine *engine = engine_dup(tunnel->engine);
    char *said = NULL;

    interrupt_hold();
    tunnel_pipe_run(
        &(struct tunnel_pipe_spec){
            .engine = engine,
            .server = tunnel->server,
            .relay = tunnel->relay,
            .client_fd = connection->fd,
            .stop_fd = tunnel->stop_fd,
        },
        &said);
    /* Before the client sees the end and asks why. */
    if (said)
        keep_said(tunnel, said);
    fs_closep(&connection->fd);
    connection->done = true;
    return NULL;
}

/* The folder is 0700; but root, and whoever has this user's id, are not asked about modes. */
static bool is_self(int fd)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid();
}

static void add_connection(struct tunnel *tunnel, int fd)
{
    struct connection *connection = mem_new(1, sizeof(*connection));
    AUTO(err_freep) struct err *e = NULL;

    connection->tunnel = tunnel;
    connection->fd = fd;
    e = thread_start(&connection->thread, serve, connection);
    if (e) {
        close(fd);
        free(connection);
        return;
    }
    connection->next = tunnel->connections;
    tunnel->connections = connection;
}

/* Joins those that are done, or all. */
static void join_connections(struct tunnel *tunnel, bool all)
{
    struct connection **at = &tunnel->connections;

    while (*at) {
        struct connection *connection = *at;

        if (!all && !connection->done) {
            at = &connection->next;
            continue;
        }
        thread_join(&connection->thread);
        *at = connection->next;
        free(connection);
    }
}

static void accept_one(struct tunnel *tunnel)
{
    int fd = accept4(tunnel->folder.listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (is_self(fd)) {
        add_connection(tunnel, fd);
        return;
    }
    log_warn("another process tried to use the tunnel %s", tunnel->folder.path);
    close(fd);
}

static void *accept_all(void *ctx)
{
    struct tunnel *tunnel = ctx;
    struct pollfd pollers[] = {{.fd = tunnel->folder.listen_fd, .events = POLLIN},
                               {.fd = tunnel->stop_fd, .events = POLLIN}};

    interrupt_hold();
    for (;;) {
        if (poll(pollers, ARRAY_LEN(pollers), -1) < 0 && errno != EINTR)
            return NULL;
        if (pollers[1].revents)
            return NULL;
        join_connections(tunnel, false);
        accept_one(tunnel);
    }
}

MUST_USE struct err *tunnel_open(const struct server *server, const char *relay,
                                 struct tunnel **out)
{
    AUTO(tunnel_closep) struct tunnel *tunnel = mem_new(1, sizeof(*tunnel));

    tunnel->server = server;
    tunnel->relay = mem_strdup(relay);
    tunnel->engine = engine_dup(server->engine);
    tunnel->folder = (struct tunnel_folder)TUNNEL_FOLDER_INIT;
    pthread_mutex_init(&tunnel->lock, NULL);
    tunnel->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (tunnel->stop_fd < 0)
        return err_errno("make an eventfd");
    PASS(tunnel_folder_open(&tunnel->folder));
    PASS(thread_start(&tunnel->acceptor, accept_all, tunnel));
    *out = TAKE(tunnel);
    return NULL;
}

void tunnel_close(struct tunnel *tunnel)
{
    if (!tunnel)
        return;
    if (tunnel->acceptor.started) {
        eventfd_write(tunnel->stop_fd, 1);
        thread_join(&tunnel->acceptor);
        join_connections(tunnel, true);
    }
    tunnel_folder_close(&tunnel->folder);
    fs_closep(&tunnel->stop_fd);
    pthread_mutex_destroy(&tunnel->lock);
    engine_close(tunnel->engine);
    free(tunnel->relay);
    free(tunnel->said);
    free(tunnel);
}

void tunnel_closep(struct tunnel **tunnel)
{
    tunnel_close(*tunnel);
    *tunnel = NULL;
}

const char *tunnel_host(const struct tunnel *tunnel)
{
    return tunnel->folder.path;
}

const char *tunnel_port(const struct tunnel *tunnel)
{
    return TUNNEL_FOLDER_PORT;
}

char *tunnel_said(struct tunnel *tunnel)
{
    char *said;

    pthread_mutex_lock(&tunnel->lock);
    said = mem_strdup(tunnel->said ? tunnel->said : "");
    pthread_mutex_unlock(&tunnel->lock);
    return said;
}
