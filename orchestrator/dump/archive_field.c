#include "orchestrator/dump/archive_field.h"
#include <string.h>

void archive_field_begin(struct archive_field *field, enum archive_field_kind kind,
                         size_t text_max)
{
    field->kind = kind;
    field->text_max = text_max;
    field->have = 0;
    field->in_text = false;
    field->text_left = 0;
}

static size_t fixed_size(const struct archive_field *field)
{
    switch (field->kind) {
    case ARCHIVE_BYTE:
        return 1;
    case ARCHIVE_PLACE:
        return 1 + field->offset_size;
    default:
        return 1 + field->int_size;
    }
}

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;

    if (count == 4) /* nearly all: one for each row of an uncompressed table */
        return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
               (uint32_t)bytes[3] << 24;
    while (count > 0)
        value = value << 8 | bytes[--count];
    return value;
}

/* The range is that of the C int that pg_dump wrote. */
static struct err *decode_int(struct archive_field *field, const uint8_t *bytes)
{
    uint64_t size = little_endian(bytes + 1, field->int_size);

    if (bytes[0] > 1 || (bytes[0] == 1 && size == 0))
        return err_new(ERR_PROTOCOL, "a number's sign is %d", bytes[0]);
    if (size > (uint64_t)INT32_MAX + bytes[0])
        return err_new(ERR_PROTOCOL, "a number is out of range");
    field->value = bytes[0] ? -(int64_t)size : (int64_t)size;
    return NULL;
}

static struct err *begin_text(struct archive_field *field)
{
    if (field->value < -1)
        return err_new(ERR_PROTOCOL, "a text's length is negative");
    if (field->kind == ARCHIVE_TEXT && field->value > (int64_t)field->text_max)
        return err_new(ERR_TOO_LARGE, "a text of %lld bytes where %zu are the most",
                       (long long)field->value, field->text_max);
    buf_reset(&field->text);
    field->text.max = field->text_max;
    field->in_text = true;
    field->text_left = field->value > 0 ? (uint64_t)field->value : 0;
    return NULL;
}

static struct err *decode_fixed(struct archive_field *field, const uint8_t *bytes)
{
    switch (field->kind) {
    case ARCHIVE_BYTE:
        field->value = bytes[0];
        return NULL;
    case ARCHIVE_PLACE:
        field->value = bytes[0];
        field->offset = little_endian(bytes + 1, field->offset_size);
        return NULL;
    case ARCHIVE_INT:
        return decode_int(field, bytes);
    default:
        PASS(decode_int(field, bytes));
        return begin_text(field);
    }
}

bool archive_field_is_kept(const struct archive_field *field)
{
    return field->kind == ARCHIVE_TEXT ||
           (field->kind == ARCHIVE_SHORT && field->value <= (int64_t)field->text_max);
}

/* No C string holds a zero byte; a reader that lost its place soon meets one. */
static struct err *feed_text(struct archive_field *field, const uint8_t **data, size_t *len)
{
    size_t take = *len < field->text_left ? *len : (size_t)field->text_left;

    if (take == 0)
        return NULL;
    if (memchr(*data, 0, take))
        return err_new(ERR_PROTOCOL, "a text holds a zero byte");
    if (archive_field_is_kept(field))
        PASS(buf_append(&field->text, *data, take));
    else if (field->digest)
        entry_digest_add(field->digest, *data, take);
    field->text_left -= take;
    *data += take;
    *len -= take;
    return NULL;
}

static void take_fixed(struct archive_field *field, size_t size, const uint8_t **data,
                       size_t *len)
{
    size_t take = size - field->have < *len ? size - field->have : *len;

    memcpy(field->fixed + field->have, *data, take);
    field->have += take;
    *data += take;
    *len -= take;
}

struct err *archive_field_feed(struct archive_field *field, const uint8_t **data, size_t *len,
                               bool *done)
{
    *done = false;
    if (!field->in_text) {
        size_t size = fixed_size(field);

        take_fixed(field, size, data, len);
        if (field->have < size)
            return NULL;
        PASS(decode_fixed(field, field->fixed));
    }
    if (field->in_text)
        PASS(feed_text(field, data, len));
    *done = field->text_left == 0;
    return NULL;
}

void archive_field_clear(struct archive_field *field)
{
    buf_clear(&field->text);
}
