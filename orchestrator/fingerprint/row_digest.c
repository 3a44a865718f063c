/* A step parser of COPY text (src/backend/commands/copyto.c: CopyAttributeOutText): values end
 * with a tab, rows with a newline; in values both, and the backslash, stand after a backslash.
 * NULL is the value \N. A value that comes whole in one piece and without a backslash is hashed
 * where it lies; any other is put together first, because the hash begins with its length.
 *
 * Between calls `value` holds what came of the value that is not ended, and `hash` the chain of
 * the row's columns before it. */
#include "orchestrator/fingerprint/row_digest.h"
#include "base/mem.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* MaxAllocSize: what the server makes of a value's text, at most. */
#define VALUE_MAX_BYTES ((size_t)1 << 30)

struct row_digest {
    enum row_digest_text *columns;
    size_t count;
    size_t at; /* this column */
    struct buf value;
    bool escaped; /* a backslash came last */
    bool null;    /* \N came */
    bool begun;   /* of this row something came */
    uint64_t hash;
    struct buf chains; /* "{1,2", of rows of more than one chain */
    uint64_t rows, sum;
};

struct row_digest *row_digest_new(const enum row_digest_text *columns, size_t count)
{
    struct row_digest *digest = mem_new(1, sizeof(*digest));

    digest->columns = mem_new(count + 1, sizeof(*columns));
    for (size_t i = 0; i < count; i++)
        digest->columns[i] = columns[i];
    digest->count = count;
    digest->value = (struct buf)BUF_INIT(VALUE_MAX_BYTES);
    digest->chains = (struct buf)BUF_OWN_TEXT;
    return digest;
}

void row_digest_free(struct row_digest *digest)
{
    if (!digest)
        return;
    free(digest->columns);
    buf_clear(&digest->value);
    buf_clear(&digest->chains);
    free(digest);
}

void row_digest_freep(struct row_digest **digest)
{
    row_digest_free(*digest);
    *digest = NULL;
}

/* -- the hash -- */

struct lookup3 {
    uint32_t a, b, c;
};

static uint32_t lookup3_rotate(uint32_t x, unsigned int by)
{
    return (x << by) | (x >> (32 - by));
}

static void lookup3_mix(struct lookup3 *h)
{
    uint32_t a = h->a, b = h->b, c = h->c;

    a = (a - c) ^ lookup3_rotate(c, 4), c += b;
    b = (b - a) ^ lookup3_rotate(a, 6), a += c;
    c = (c - b) ^ lookup3_rotate(b, 8), b += a;
    a = (a - c) ^ lookup3_rotate(c, 16), c += b;
    b = (b - a) ^ lookup3_rotate(a, 19), a += c;
    c = (c - b) ^ lookup3_rotate(b, 4), b += a;
    *h = (struct lookup3){a, b, c};
}

static void lookup3_final(struct lookup3 *h)
{
    uint32_t a = h->a, b = h->b, c = h->c;

    c = (c ^ b) - lookup3_rotate(b, 14);
    a = (a ^ c) - lookup3_rotate(c, 11);
    b = (b ^ a) - lookup3_rotate(a, 25);
    c = (c ^ b) - lookup3_rotate(b, 16);
    a = (a ^ c) - lookup3_rotate(c, 4);
    b = (b ^ a) - lookup3_rotate(a, 14);
    c = (c ^ b) - lookup3_rotate(b, 24);
    *h = (struct lookup3){a, b, c};
}

static uint32_t lookup3_word(const uint8_t *k)
{
    return (uint32_t)k[0] | (uint32_t)k[1] << 8 | (uint32_t)k[2] << 16 | (uint32_t)k[3] << 24;
}

/* The last 11 bytes at most. The lowest byte of c is kept for the length. */
static void lookup3_rest(struct lookup3 *h, const uint8_t *k, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i < 4)
            h->a += (uint32_t)k[i] << (8 * i);
        else if (i < 8)
            h->b += (uint32_t)k[i] << (8 * (i - 4));
        else
            h->c += (uint32_t)k[i] << (8 * (i - 7));
    }
}

uint64_t row_digest_hash(const void *text, size_t len, uint64_t seed)
{
    const uint8_t *k = text;
    uint32_t start = 0x9e3779b9U + (uint32_t)len + 3923095U;
    struct lookup3 h = {start, start, start};

    if (seed != 0) {
        h.a += (uint32_t)(seed >> 32);
        h.b += (uint32_t)seed;
        lookup3_mix(&h);
    }
    for (; len >= 12; len -= 12, k += 12) {
        h.a += lookup3_word(k);
        h.b += lookup3_word(k + 4);
        h.c += lookup3_word(k + 8);
        lookup3_mix(&h);
    }
    lookup3_rest(&h, k, len);
    lookup3_final(&h);
    return (uint64_t)h.b << 32 | h.c;
}

/* -- a value -- */

static void value_add(struct row_digest *digest, const char *text, size_t len, bool null)
{
    digest->hash = row_digest_hash(text, len, digest->hash ^ (null ? 1 : 0));
}

/* charout: nothing for zero; a byte; since 16 "\ooo" for bytes past 127. The query takes the
 * number, and C's char is signed in all servers. */
static int char_number(const char *text, size_t len)
{
    if (len == 4 && text[0] == '\\')
        return (int8_t)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
    return len == 0 ? 0 : (int8_t)text[0];
}

static void value_add_inet(struct row_digest *digest, const char *text, size_t len)
{
    char whole[128];
    const char *bits = memchr(text, ':', len) ? "/128" : "/32";

    if (memchr(text, '/', len) || len > sizeof(whole) - sizeof("/128")) {
        value_add(digest, text, len, false);
        return;
    }
    memcpy(whole, text, len);
    memcpy(whole + len, bits, strlen(bits));
    value_add(digest, whole, len + strlen(bits), false);
}

/* "(,,)": all its fields are NULL (an empty text is "" there, with its quotes). */
static bool is_row_of_nulls(const char *text, size_t len)
{
    size_t at = 1;

    while (at < len && text[at] == ',')
        at++;
    return len >= 2 && text[0] == '(' && at == len - 1 && text[at] == ')';
}

static void value_take(struct row_digest *digest, const char *text, size_t len)
{
    char number[16];

    switch (digest->columns[digest->at]) {
    case ROW_DIGEST_BOOL:
        text = len > 0 && *text == 't' ? "true" : "false";
        value_add(digest, text, strlen(text), false);
        break;
    case ROW_DIGEST_INET:
        value_add_inet(digest, text, len);
        break;
    case ROW_DIGEST_CHAR:
        len = (size_t)snprintf(number, sizeof(number), "%d", char_number(text, len));
        value_add(digest, number, len, false);
        break;
    case ROW_DIGEST_ROW:
        value_add(digest, text, len, is_row_of_nulls(text, len));
        break;
    case ROW_DIGEST_AS_IT_IS:
    default:
        value_add(digest, text, len, false);
        break;
    }
}

/* -- rows -- */

static struct err *malformed(const struct row_digest *digest, const char *what)
{
    return err_new(ERR_PROTOCOL, "row %" PRIu64 " of the COPY %s", digest->rows + 1, what);
}

/* A full chain of a row that has more begins another. */
static void chain_end(struct row_digest *digest)
{
    if (digest->count <= ROW_DIGEST_CHAIN)
        return;
    buf_printf(&digest->chains, "%s%" PRId64, digest->chains.len ? "," : "{",
               (int64_t)digest->hash);
    digest->hash = 0;
}

static struct err *value_end(struct row_digest *digest, const char *text, size_t len)
{
    if (digest->at >= digest->count)
        return malformed(digest, "has too many columns");
    if (digest->null && len > 0)
        return malformed(digest, "has a value after a NULL");
    if (digest->null)
        value_add(digest, "", 0, true);
    else
        value_take(digest, text, len);
    buf_reset(&digest->value);
    digest->null = false;
    digest->at++;
    if (digest->at % ROW_DIGEST_CHAIN == 0 || digest->at == digest->count)
        chain_end(digest);
    return NULL;
}

static struct err *row_end(struct row_digest *digest)
{
    if (digest->at != digest->count)
        return malformed(digest, "has too few columns");
    if (digest->chains.len > 0) {
        buf_printf(&digest->chains, "}");
        digest->hash = row_digest_hash(digest->chains.data, digest->chains.len, 0);
        buf_reset(&digest->chains);
    }
    digest->sum += digest->hash;
    digest->rows++;
    digest->hash = 0;
    digest->at = 0;
    digest->begun = false;
    return NULL;
}

/* What stands after a backslash. The server writes no other than these. */
static struct err *take_escape(struct row_digest *digest, uint8_t byte)
{
    static const char names[] = "bfnrtv", bytes[] = "\b\f\n\r\t\v";
    const char *found = strchr(names, byte);

    digest->escaped = false;
    if (byte == 'N' && digest->value.len == 0 && !digest->null) {
        digest->null = true;
        return NULL;
    }
    if (byte != '\\' && (byte == '\0' || !found))
        return malformed(digest, "has an unknown escape");
    return buf_append(&digest->value, byte == '\\' ? "\\" : &bytes[found - names], 1);
}

/* The byte that ends a plain stretch: `text` is all that came since the last such byte. */
static struct err *take_mark(struct row_digest *digest, const char *text, size_t len,
                             uint8_t mark)
{
    bool no_columns = digest->count == 0 && mark == '\n' && len == 0 && !digest->begun;

    digest->begun = true;
    if (mark == '\\' || digest->value.len > 0) {
        PASS(buf_append(&digest->value, text, len));
        text = buf_text(&digest->value);
        len = digest->value.len;
    }
    if (mark == '\\') {
        digest->escaped = true;
        return NULL;
    }
    if (!no_columns)
        PASS(value_end(digest, text, len));
    return mark == '\n' ? row_end(digest) : NULL;
}

static bool is_mark(uint8_t byte)
{
    return byte == '\t' || byte == '\n' || byte == '\\';
}

MUST_USE struct err *row_digest_feed(struct row_digest *digest, const uint8_t *data, size_t len)
{
    const uint8_t *end = data + len;

    while (data < end) {
        const uint8_t *at = data;

        if (digest->escaped) {
            PASS(take_escape(digest, *data++));
            continue;
        }
        while (at < end && !is_mark(*at))
            at++;
        if (at == end) {
            digest->begun = true;
            return buf_append(&digest->value, data, (size_t)(at - data));
        }
        PASS(take_mark(digest, (const char *)data, (size_t)(at - data), *at));
        data = at + 1;
    }
    return NULL;
}

MUST_USE struct err *row_digest_finish(struct row_digest *digest, uint64_t *out_rows,
                                       uint64_t *out_sum)
{
    if (digest->begun || digest->escaped || digest->value.len > 0)
        return err_new(ERR_CUT, "the COPY ends in the middle of row %" PRIu64,
                       digest->rows + 1);
    *out_rows = digest->rows;
    *out_sum = digest->sum;
    return NULL;
}
