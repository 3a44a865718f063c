#include "orchestrator/dump/tar_dump.h"
#include "base/mem.h"
#include "orchestrator/dump/members.h"
#include "orchestrator/stream/tar.h"
#include <stdlib.h>

struct tar_dump {
    struct tar_parser *parser;
    struct members *members;
};

static struct err *on_begin(void *ctx, const struct tar_member *member)
{
    struct tar_dump *dump = ctx;

    if (member->type != TAR_FILE)
        return err_new(ERR_PROTOCOL, "%s is not a file", member->name);
    return members_begin(dump->members, member->name);
}

static struct err *on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct tar_dump *dump = ctx;

    return members_feed(dump->members, data, len);
}

static struct err *on_end(void *ctx)
{
    struct tar_dump *dump = ctx;

    return members_end(dump->members);
}

struct tar_dump *tar_dump_new(const struct dump_listener *listener)
{
    struct tar_dump *dump = mem_new(1, sizeof(*dump));
    struct tar_handler handler = {
        .on_begin = on_begin, .on_data = on_data, .on_end = on_end, .ctx = dump};

    dump->members = members_new(DUMP_TAR, listener);
    dump->parser = tar_parser_new(&handler);
    return dump;
}

struct err *tar_dump_feed(struct tar_dump *dump, const uint8_t *data, size_t len)
{
    return tar_parser_feed(dump->parser, data, len);
}

struct err *tar_dump_finish(struct tar_dump *dump)
{
    PASS(tar_parser_finish(dump->parser));
    return members_finish(dump->members);
}

const struct toc *tar_dump_get_toc(const struct tar_dump *dump)
{
    return members_get_toc(dump->members);
}

uint64_t tar_dump_raw_bytes(const struct tar_dump *dump)
{
    return members_raw_bytes(dump->members);
}

void tar_dump_free(struct tar_dump *dump)
{
    if (!dump)
        return;
    tar_parser_free(dump->parser);
    members_free(dump->members);
    free(dump);
}
