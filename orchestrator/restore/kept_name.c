/* A stamp at the end, and never a plain "_old": names of several replaced databases do not
 * meet, and nobody gives such a name to a database by chance. */
#include "orchestrator/restore/kept_name.h"
#include "base/clock.h"
#include "base/mem.h"
#include <string.h>

#define IDENTIFIER_MAX_BYTES 63
#define BEFORE "_before_"

char *kept_name_make(const char *database)
{
    char stamp[CLOCK_STAMP_SIZE];
    size_t room = IDENTIFIER_MAX_BYTES - strlen(BEFORE) - (CLOCK_STAMP_SIZE - 1);
    size_t len = strlen(database);

    clock_stamp(clock_unix_s(), stamp);
    if (len > room)
        for (len = room; len > 0 && ((unsigned char)database[len] & 0xC0) == 0x80;)
            len--;
    return mem_printf("%.*s" BEFORE "%s", (int)len, database, stamp);
}

bool kept_name_is(const char *database)
{
    size_t tail = strlen(BEFORE) + CLOCK_STAMP_SIZE - 1;
    size_t len = strlen(database);
    const char *end = database + len - tail;
    int64_t at_unix_s;

    return len > tail && strncmp(end, BEFORE, strlen(BEFORE)) == 0 &&
           clock_parse_stamp(end + strlen(BEFORE), &at_unix_s);
}
