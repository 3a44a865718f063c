#include "orchestrator/dump/member_name.h"
#include "base/own.h"
#include <stdlib.h>
#include <string.h>

#define LONGEST_NAME 40

static const struct suffix {
    const char *text;
    enum decoder_kind decoder;
} suffixes[] = {
    {".gz", DECODER_GZIP},
    {".lz4", DECODER_LZ4},
    {".zst", DECODER_ZSTD},
};

/* Cuts a compression's ending off `base`. */
static enum decoder_kind cut_suffix(char *base)
{
    size_t len = strlen(base);

    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        size_t suffix_len = strlen(suffixes[i].text);

        if (len > suffix_len && strcmp(base + len - suffix_len, suffixes[i].text) == 0) {
            base[len - suffix_len] = '\0';
            return suffixes[i].decoder;
        }
    }
    return DECODER_NONE;
}

/* PREFIX, a number without leading zeros, ENDING. */
static bool parse_number(const char *base, const char *prefix, const char *ending,
                         uint32_t *out)
{
    size_t prefix_len = strlen(prefix);
    char *end;

    if (strncmp(base, prefix, prefix_len) != 0)
        return false;
    base += prefix_len;
    if (*base < '1' || *base > '9')
        return false;
    unsigned long long number = strtoull(base, &end, 10);
    *out = (uint32_t)number;
    return number <= UINT32_MAX && strcmp(end, ending) == 0;
}

bool member_name_parse(const char *name, struct member_name *out)
{
    char base[LONGEST_NAME];
    size_t len = strlen(name);

    *out = (struct member_name){.kind = MEMBER_TOC};
    if (len >= sizeof(base))
        return false;
    memcpy(base, name, len + 1);
    out->decoder = cut_suffix(base);
    if (strcmp(base, "toc.dat") == 0)
        return true;
    if (strcmp(base, "restore.sql") == 0)
        out->kind = MEMBER_SCRIPT;
    else if (strcmp(base, "blobs.toc") == 0 ||
             parse_number(base, "blobs_", ".toc", &out->number))
        out->kind = MEMBER_OBJECTS;
    else if (parse_number(base, "blob_", ".dat", &out->number))
        out->kind = MEMBER_OBJECT;
    else if (parse_number(base, "", ".dat", &out->number))
        out->kind = MEMBER_DATA;
    else
        return false;
    return true;
}
