#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/stream/tar.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES ((size_t)64 << 10)
#define PAX_MAX_BYTES ((size_t)1 << 20)

/* POSIX.1-1988 ustar: field offsets and widths. */
enum {
    NAME_AT = 0,
    NAME_BYTES = 100,
    SIZE_AT = 124,
    SIZE_BYTES = 12,
    CHECKSUM_AT = 148,
    CHECKSUM_BYTES = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    PREFIX_AT = 345,
    PREFIX_BYTES = 155,
};

enum state {
    IN_HEADER,
    IN_FILE,    /* data that goes to on_data */
    IN_SKIPPED, /* data of members that are not files */
    IN_EXTRA,   /* a long name or pax records, collected */
    IN_PADDING,
    IN_END,  /* after one zero block: the second */
    IN_TAIL, /* after two: only zeros may follow */
};

/* What a pax header says; has_size false: nothing. */
struct overrides {
    char *name;
    uint64_t size_bytes;
    bool has_size;
};

struct tar_parser {
    struct tar_handler handler;
    enum state state;
    uint64_t at;        /* bytes taken so far */
    uint64_t header_at; /* where the present header began */
    uint8_t block[TAR_BLOCK_BYTES];
    size_t block_len;
    uint64_t left;  /* bytes of data still to come */
    size_t padding; /* zero bytes after them */
    char extra_type;
    struct buf extra;
    struct overrides next;   /* 'L' and 'x': for the next member only */
    struct overrides global; /* 'g': until another says otherwise */
    char *member;            /* for messages */
};

struct tar_parser *tar_parser_new(const struct tar_handler *handler)
{
    struct tar_parser *parser = mem_new(1, sizeof(*parser));

    parser->handler = *handler;
    parser->member = mem_strdup("");
    return parser;
}

static void overrides_clear(struct overrides *overrides)
{
    free(overrides->name);
    *overrides = (struct overrides){0};
}

void tar_parser_free(struct tar_parser *parser)
{
    if (!parser)
        return;
    overrides_clear(&parser->next);
    overrides_clear(&parser->global);
    buf_clear(&parser->extra);
    free(parser->member);
    free(parser);
}

void tar_parser_freep(struct tar_parser **parser)
{
    tar_parser_free(*parser);
    *parser = NULL;
}

static struct err *damaged(const struct tar_parser *parser, const char *what)
{
    return err_new(ERR_PROTOCOL, "tar header at byte %" PRIu64 ": %s", parser->header_at, what);
}

static bool all_zero(const uint8_t *data, size_t len)
{
    return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

/* Octal digits between optional spaces, ended by a space, a NUL or the field's end. */
static bool read_octal(const uint8_t *field, size_t width, uint64_t *out)
{
    uint64_t value = 0;
    size_t i = 0;

    while (i < width && field[i] == ' ')
        i++;
    for (; i < width && field[i] >= '0' && field[i] <= '7'; i++) {
        if (value > UINT64_MAX >> 3)
            return false;
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    for (; i < width; i++)
        if (field[i] != ' ' && field[i] != '\0')
            return false;
    *out = value;
    return true;
}

/* GNU's base-256: 0x80 in the first byte, then big-endian. 0xff would be a negative number. */
static bool read_size(const uint8_t *field, uint64_t *out)
{
    uint64_t value = 0;

    if (!(field[0] & 0x80))
        return read_octal(field, SIZE_BYTES, out);
    if (field[0] != 0x80)
        return false;
    for (size_t i = 1; i < SIZE_BYTES; i++) {
        if (value >> 56)
            return false;
        value = value << 8 | field[i];
    }
    *out = value;
    return value <= INT64_MAX;
}

/* Old tars summed signed bytes; GNU tar and libarchive accept both sums, and so do we. */
static bool checksum_holds(const uint8_t *block)
{
    uint64_t stored;
    unsigned int plain = 0;
    int with_sign = 0;

    if (!read_octal(block + CHECKSUM_AT, CHECKSUM_BYTES, &stored))
        return false;
    for (int i = 0; i < TAR_BLOCK_BYTES; i++) {
        bool own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;

        plain += own ? ' ' : block[i];
        with_sign += own ? ' ' : (signed char)block[i];
    }
    return stored == plain || (int64_t)stored == with_sign;
}

/* The name in the header; the caller frees. Only POSIX's own magic means that the last bytes
 * are a prefix: GNU's ("ustar  ") keeps times there. */
static char *header_name(const uint8_t *block)
{
    const char *name = (const char *)block + NAME_AT;
    const char *prefix = (const char *)block + PREFIX_AT;
    int name_len = (int)strnlen(name, NAME_BYTES);
    int prefix_len = (int)strnlen(prefix, PREFIX_BYTES);

    if (memcmp(block + MAGIC_AT, "ustar", 6) != 0 || prefix_len == 0)
        return mem_strndup(name, (size_t)name_len);
    return mem_printf("%.*s/%.*s", prefix_len, prefix, name_len, name);
}

static const char *without_dot_slash(const char *name)
{
    while (name[0] == '.' && name[1] == '/')
        name += 2;
    return name;
}

/* Only regular files ('0', NUL, and '7' which POSIX wants read as one) carry data for us. */
static enum tar_type member_type(char flag, const char *name)
{
    size_t len = strlen(name);

    if (flag == '5')
        return TAR_FOLDER;
    if (flag != '0' && flag != '\0' && flag != '7')
        return TAR_OTHER;
    /* Before ustar a folder was a file whose name ends in a slash. */
    return len > 0 && name[len - 1] == '/' ? TAR_FOLDER : TAR_FILE;
}

/* Links, devices, folders and pipes have no data, whatever their size field says; so reads Go's
 * archive/tar as well. */
static bool is_header_only(char flag)
{
    return flag >= '1' && flag <= '6';
}

static void expect_data(struct tar_parser *parser, enum state state, uint64_t size_bytes)
{
    parser->state = state;
    parser->left = size_bytes;
    parser->padding = tar_padding(size_bytes);
}

static struct err *begin_member(struct tar_parser *parser, char flag, uint64_t size_bytes)
{
    const struct tar_handler *handler = &parser->handler;
    struct tar_member member = {0};

    free(parser->member);
    if (parser->next.name)
        parser->member = TAKE(parser->next.name);
    else if (parser->global.name)
        parser->member = mem_strdup(parser->global.name);
    else
        parser->member = header_name(parser->block);
    if (parser->next.has_size)
        size_bytes = parser->next.size_bytes;
    else if (parser->global.has_size)
        size_bytes = parser->global.size_bytes;
    overrides_clear(&parser->next);

    member.name = without_dot_slash(parser->member);
    member.type = member_type(flag, parser->member);
    if (is_header_only(flag) || member.type == TAR_FOLDER)
        size_bytes = 0;
    member.size_bytes = size_bytes;
    expect_data(parser, member.type == TAR_FILE ? IN_FILE : IN_SKIPPED, size_bytes);
    return handler->on_begin ? handler->on_begin(handler->ctx, &member) : NULL;
}

static struct err *begin_extra(struct tar_parser *parser, char flag, uint64_t size_bytes)
{
    size_t max = flag == 'x' || flag == 'g' ? PAX_MAX_BYTES : NAME_MAX_BYTES;

    if (size_bytes > max)
        return err_new(ERR_TOO_LARGE,
                       "tar header at byte %" PRIu64 ": %" PRIu64 " bytes of names",
                       parser->header_at, size_bytes);
    buf_reset(&parser->extra);
    parser->extra.max = max;
    parser->extra_type = flag;
    expect_data(parser, IN_EXTRA, size_bytes);
    return NULL;
}

static struct err *read_header(struct tar_parser *parser)
{
    const uint8_t *block = parser->block;
    char flag = (char)block[TYPE_AT];
    uint64_t size_bytes;

    if (all_zero(block, TAR_BLOCK_BYTES)) {
        if (parser->next.name || parser->next.has_size)
            return damaged(parser, "the archive ends after a long name without its member");
        parser->state = IN_END;
        return NULL;
    }
    if (!checksum_holds(block))
        return damaged(parser, "its checksum is wrong");
    if (!read_size(block + SIZE_AT, &size_bytes))
        return damaged(parser, "its size makes no sense");
    switch (flag) {
    case 'L':
    case 'K':
    case 'x':
    case 'g':
        return begin_extra(parser, flag, size_bytes);
    case 'S':
    case 'M':
        return err_new(ERR_UNSUPPORTED,
                       "tar header at byte %" PRIu64 ": sparse or multi-volume member",
                       parser->header_at);
    default:
        return begin_member(parser, flag, size_bytes);
    }
}

static struct err *pax_record(struct tar_parser *parser, const char *key, size_t key_len,
                              const char *value, size_t value_len)
{
    struct overrides *into = parser->extra_type == 'g' ? &parser->global : &parser->next;
    uint64_t size = 0;

    if (key_len > 11 && memcmp(key, "GNU.sparse.", 11) == 0)
        return err_new(ERR_UNSUPPORTED, "tar header at byte %" PRIu64 ": sparse member",
                       parser->header_at);
    if (key_len == 4 && memcmp(key, "path", 4) == 0) {
        if (memchr(value, '\0', value_len))
            return damaged(parser, "a NUL byte in a name");
        free(into->name);
        into->name = value_len ? mem_strndup(value, value_len) : NULL;
    } else if (key_len == 4 && memcmp(key, "size", 4) == 0) {
        for (size_t i = 0; i < value_len; i++) {
            unsigned int digit = (unsigned int)(value[i] - '0');

            if (digit > 9 || size > ((uint64_t)INT64_MAX - digit) / 10)
                return damaged(parser, "its size makes no sense");
            size = size * 10 + digit;
        }
        into->size_bytes = size;
        into->has_size = value_len > 0; /* POSIX: an empty value takes the key away */
    }
    return NULL;
}

/* POSIX pax: records "LEN KEY=VALUE\n", where LEN counts the whole record. */
static struct err *read_pax(struct tar_parser *parser)
{
    const char *p = buf_text(&parser->extra);
    const char *end = p + parser->extra.len;

    while (p < end) {
        const char *digit = p, *key, *equals;
        size_t len = 0;

        for (; digit < end && *digit >= '0' && *digit <= '9' && len <= PAX_MAX_BYTES; digit++)
            len = len * 10 + (size_t)(*digit - '0');
        if (digit == p || digit == end || *digit != ' ' || len > (size_t)(end - p) ||
            len < (size_t)(digit - p) + 3 || p[len - 1] != '\n')
            return damaged(parser, "a pax record makes no sense");
        key = digit + 1;
        equals = memchr(key, '=', (size_t)(p + len - 1 - key));
        if (!equals)
            return damaged(parser, "a pax record without a value");
        PASS(pax_record(parser, key, (size_t)(equals - key), equals + 1,
                        (size_t)(p + len - 1 - (equals + 1))));
        p += len;
    }
    return NULL;
}

static struct err *end_extra(struct tar_parser *parser)
{
    const struct buf *extra = &parser->extra;

    if (parser->extra_type == 'x' || parser->extra_type == 'g')
        return read_pax(parser);
    if (parser->extra_type == 'L') {
        free(parser->next.name);
        parser->next.name = mem_strdup(buf_text(extra)); /* up to its NUL */
    }
    return NULL; /* 'K', the target of a link, is of no use here */
}

/* Takes up to `len` bytes of what the state expects; *used says how many. */
static struct err *take_data(struct tar_parser *parser, const uint8_t *data, size_t len,
                             size_t *used)
{
    const struct tar_handler *handler = &parser->handler;

    *used = len < parser->left ? len : (size_t)parser->left;
    parser->left -= *used;
    if (*used == 0)
        return NULL;
    if (parser->state == IN_EXTRA)
        return buf_append(&parser->extra, data, *used);
    if (parser->state == IN_FILE && handler->on_data)
        return handler->on_data(handler->ctx, data, *used);
    return NULL;
}

/* The data is over: on_end at once, so that a member is whole before its padding passes. */
static struct err *end_data(struct tar_parser *parser)
{
    const struct tar_handler *handler = &parser->handler;
    enum state ended = parser->state;

    parser->state = parser->padding ? IN_PADDING : IN_HEADER;
    if (ended == IN_EXTRA)
        return end_extra(parser);
    return handler->on_end ? handler->on_end(handler->ctx) : NULL;
}

/* Collects one block; calls read_header or checks the second end block when it is whole. */
static struct err *take_block(struct tar_parser *parser, const uint8_t *data, size_t len,
                              size_t *used)
{
    size_t room = TAR_BLOCK_BYTES - parser->block_len;

    if (parser->block_len == 0)
        parser->header_at = parser->at;
    *used = len < room ? len : room;
    memcpy(parser->block + parser->block_len, data, *used);
    parser->block_len += *used;
    if (parser->block_len < TAR_BLOCK_BYTES)
        return NULL;
    parser->block_len = 0;
    if (parser->state == IN_HEADER)
        return read_header(parser);
    if (!all_zero(parser->block, TAR_BLOCK_BYTES))
        return damaged(parser, "data after the end block");
    parser->state = IN_TAIL;
    return NULL;
}

static struct err *take(struct tar_parser *parser, const uint8_t *data, size_t len,
                        size_t *used)
{
    *used = len;
    switch (parser->state) {
    case IN_HEADER:
    case IN_END:
        return take_block(parser, data, len, used);
    case IN_PADDING:
        *used = len < parser->padding ? len : parser->padding;
        parser->padding -= *used;
        if (parser->padding == 0)
            parser->state = IN_HEADER;
        return NULL;
    case IN_TAIL:
        parser->header_at = parser->at;
        return all_zero(data, len) ? NULL : damaged(parser, "data after the end blocks");
    default:
        return take_data(parser, data, len, used);
    }
}

MUST_USE struct err *tar_parser_feed(struct tar_parser *parser, const void *data, size_t len)
{
    const uint8_t *from = data;

    while (len > 0) {
        size_t used;

        PASS(take(parser, from, len, &used));
        parser->at += used;
        from += used;
        len -= used;
        if ((parser->state == IN_FILE || parser->state == IN_SKIPPED ||
             parser->state == IN_EXTRA) &&
            parser->left == 0)
            PASS(end_data(parser));
    }
    return NULL;
}

MUST_USE struct err *tar_parser_finish(struct tar_parser *parser)
{
    if (parser->state == IN_TAIL)
        return NULL;
    if (parser->state == IN_FILE || parser->state == IN_SKIPPED)
        return err_new(ERR_CUT, "tar archive ends at byte %" PRIu64 ", inside of %s",
                       parser->at, parser->member);
    return err_new(ERR_CUT, "tar archive ends at byte %" PRIu64 ", without its end blocks",
                   parser->at);
}
