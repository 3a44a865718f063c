#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/stream/sink.h"
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct file_sink {
    struct sink sink;
    char *path;
    int fd;
    bool finished;
};

static struct err *file_write(struct sink *sink, const uint8_t *data, size_t len)
{
    struct file_sink *self = (struct file_sink *)sink;

    return fs_write_all(self->fd, self->path, data, len);
}

static struct err *file_finish(struct sink *sink)
{
    struct file_sink *self = (struct file_sink *)sink;
    int fd = self->fd;

    PASS(fs_sync(fd, self->path));
    self->fd = -1;
    /* NFS and quotas may report a failed write only here. */
    if (close(fd) != 0)
        return err_errno("close %s", self->path);
    self->finished = true;
    return NULL;
}

static void file_drop(struct sink *sink)
{
    struct file_sink *self = (struct file_sink *)sink;

    fs_closep(&self->fd);
    if (!self->finished)
        err_free(fs_remove_tree(self->path));
    free(self->path);
    free(self);
}

static const struct sink_ops file_ops = {
    .name = "file",
    .write = file_write,
    .finish = file_finish,
    .drop = file_drop,
};

MUST_USE struct err *file_sink_new(const char *path, struct sink **out)
{
    struct file_sink *self;
    int fd;

    *out = NULL;
    PASS(fs_create(path, &fd));
    self = mem_new(1, sizeof(*self));
    self->sink.ops = &file_ops;
    self->path = mem_strdup(path);
    self->fd = fd;
    *out = &self->sink;
    return NULL;
}
