#include "orchestrator/stream/tar.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* POSIX.1-1988 ustar: field offsets and widths. */
enum {
    NAME_AT = 0,
    NAME_BYTES = 100,
    MODE_AT = 100,
    UID_AT = 108,
    GID_AT = 116,
    SIZE_AT = 124,
    SIZE_BYTES = 12,
    MTIME_AT = 136,
    CHECKSUM_AT = 148,
    CHECKSUM_BYTES = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
};

#define OCTAL_SIZE_MAX UINT64_C(077777777777) /* eleven digits: 8 GiB less one byte */

/* `width` counts the NUL that ends the field. */
static void put_octal(uint8_t *field, size_t width, uint64_t value)
{
    for (size_t i = width - 1; i-- > 0; value >>= 3)
        field[i] = (uint8_t)('0' + (value & 7));
    field[width - 1] = '\0';
}

/* GNU's form for what octal cannot hold: the first byte's high bit, then big-endian. */
static void put_base256(uint8_t *field, size_t width, uint64_t value)
{
    for (size_t i = width; i-- > 0; value >>= 8)
        field[i] = (uint8_t)(value & 0xff);
    field[0] = 0x80;
}

MUST_USE struct err *tar_header(const char *name, enum tar_type type, unsigned int mode,
                                uint64_t size_bytes, uint8_t out[TAR_BLOCK_BYTES])
{
    size_t len = strlen(name);
    unsigned int sum = 0;

    if (type == TAR_OTHER)
        return err_new(ERR_UNSUPPORTED, "tar member %s is neither a file nor a folder", name);
    if (len == 0)
        return err_new(ERR_FAILED, "a tar member without a name");
    if (len > NAME_BYTES)
        return err_new(ERR_TOO_LARGE, "tar member name %s is longer than %d bytes", name,
                       NAME_BYTES);
    memset(out, 0, TAR_BLOCK_BYTES);
    memcpy(out + NAME_AT, name, len);
    put_octal(out + MODE_AT, 8, mode & 07777);
    put_octal(out + UID_AT, 8, 0);
    put_octal(out + GID_AT, 8, 0);
    if (size_bytes > OCTAL_SIZE_MAX)
        put_base256(out + SIZE_AT, SIZE_BYTES, size_bytes);
    else
        put_octal(out + SIZE_AT, SIZE_BYTES, size_bytes);
    put_octal(out + MTIME_AT, 12, 0);
    out[TYPE_AT] = type == TAR_FOLDER ? '5' : '0';
    memcpy(out + MAGIC_AT, "ustar\00000", 8);

    memset(out + CHECKSUM_AT, ' ', CHECKSUM_BYTES); /* counts as spaces in its own sum */
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
        sum += out[i];
    put_octal(out + CHECKSUM_AT, 7, sum);
    return NULL;
}

size_t tar_padding(uint64_t size_bytes)
{
    return (size_t)(-size_bytes & (TAR_BLOCK_BYTES - 1));
}
