/* pg_dump prints the server's errors without their SQLSTATE, and neither libpq nor pg_dump has
 * a setting for that. So this goes by words: those of pg_dump and libpq, which are English
 * always (LC_ALL=C), and of the server's only where these are not enough. A server may speak
 * any language while it lets somebody in: what it says then is not known, and the caller asks
 * the server itself. */
#include "orchestrator/backup/dump_failure.h"
#include "base/own.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* libpq's, but the last, which the server says before it closes. */
static const char *const CUT_WORDS[] = {
    "server closed the connection unexpectedly",
    "connection has been closed unexpectedly",
    "no connection to the server",
    "could not send data to server",
    "could not receive data from server",
    "terminating connection",
};

static const char *const NO_ROOM_WORDS[] = {
    "too many clients",
    "too many connections",
    "remaining connection slots",
};

/* pg_dump says "database" up to 13, libpq "server" since. */
static const char *const CONNECT_WORDS[] = {
    "connection to server ",
    "connection to database ",
};

static bool failure_says(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

enum dump_failure dump_failure_of(const char *text)
{
    if (failure_says(text, CUT_WORDS, ARRAY_LEN(CUT_WORDS)))
        return DUMP_FAILURE_CUT;
    if (failure_says(text, CONNECT_WORDS, ARRAY_LEN(CONNECT_WORDS)))
        return failure_says(text, NO_ROOM_WORDS, ARRAY_LEN(NO_ROOM_WORDS))
                   ? DUMP_FAILURE_NO_ROOM
                   : DUMP_FAILURE_NOT_LET_IN;
    /* pg_dump quotes the query that failed */
    return strstr(text, "SET TRANSACTION SNAPSHOT") ? DUMP_FAILURE_SNAPSHOT
                                                    : DUMP_FAILURE_OTHER;
}
