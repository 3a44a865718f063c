#include "docker-api/version.h"
#include <stddef.h>

/* Up to four digits, so that nothing overflows. */
static const char *parse_number(const char *text, int *out)
{
    int digits = 0;

    *out = 0;
    for (; *text >= '0' && *text <= '9' && digits < 5; text++, digits++)
        *out = *out * 10 + (*text - '0');
    return digits > 0 && digits < 5 ? text : NULL;
}

bool version_parse(const char *text, struct version *out)
{
    text = text ? parse_number(text, &out->major) : NULL;
    if (!text || *text != '.')
        return false;
    text = parse_number(text + 1, &out->minor);
    return text && *text == '\0';
}

int version_compare(struct version a, struct version b)
{
    return a.major != b.major ? a.major - b.major : a.minor - b.minor;
}

MUST_USE struct err *version_negotiate(struct version engine_min, struct version engine_max,
                                       struct version *out)
{
    struct version floor = VERSION_FLOOR;
    struct version ceiling = VERSION_CEILING;

    if (version_compare(engine_max, floor) < 0)
        return err_hint(err_new(ERR_UNSUPPORTED,
                                "the engine is too old: it speaks API versions up to %d.%d, "
                                "pgkeep needs %d.%d",
                                engine_max.major, engine_max.minor, floor.major, floor.minor),
                        "update the engine to Docker 20.10 or newer");
    if (version_compare(engine_min, ceiling) > 0)
        return err_hint(err_new(ERR_UNSUPPORTED,
                                "the engine is too new: it speaks API versions from %d.%d, "
                                "this pgkeep knows them up to %d.%d",
                                engine_min.major, engine_min.minor, ceiling.major,
                                ceiling.minor),
                        "update pgkeep");
    *out = version_compare(engine_max, ceiling) > 0 ? ceiling : engine_max;
    return NULL;
}
