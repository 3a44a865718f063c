/* pg_restore prints the server's messages without their SQLSTATE, and libpq has no setting for
 * that, so words must do there. Those of the tools themselves are English always (LC_ALL=C);
 * those of the server are where we are superuser, who may ask for it, or where it speaks
 * English. Only a message's first line counts: the lines after it, from " | " on, quote data.
 */
#include "orchestrator/restore/blame.h"
#include "base/mem.h"
#include "orchestrator/postgres/sqlstate.h"
#include <string.h>

static bool blame_has_word(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* -- by SQLSTATE -- */

/* An extension that is not installed is an undefined file (58P01) up to 13, and a feature that
 * is not supported since. */
static enum blame blame_of_sqlstate(const char *text, const char *state,
                                    const struct blame_place *place)
{
    static const char *const classes[] = {"08", "25", "40", "53", "57", "58"};
    static const char *const states[] = {"55P03", "XX001", "XX002"};

    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        if (strncmp(state, classes[i], strlen(classes[i])) == 0)
            return BLAME_PLACE;
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strncmp(state, states[i], SQLSTATE_LEN) == 0)
            return BLAME_PLACE;
    if (strncmp(state, "42501", SQLSTATE_LEN) == 0 && !place->superuser)
        return BLAME_PLACE;
    if (strncmp(state, "0A000", SQLSTATE_LEN) == 0 && strstr(text, "extension "))
        return BLAME_PLACE;
    return BLAME_BACKUP;
}

/* -- by words -- */

/* libpq's, the tools', the C library's. The dump's own end is no early one: our reader, which
 * is ahead of the tool, found it whole, so the engine cut the stream. */
static const char *const TOOL_WORDS[] = {
    "server closed the connection unexpectedly",
    "connection has been closed unexpectedly",
    "connection to server",
    "connection to database",
    "no connection to the server",
    "could not send data to server",
    "could not receive data from server",
    "was ended by signal",
    "from input file: end of file",
    "Unexpected EOF in archive",
    "unsupported version (",
    "not supported in this installation",
    "not available in this installation",
    "this build does not support compression",
    "No space left on device",
    "Disk quota exceeded",
    "Cannot allocate memory",
    "Read-only file system",
    "Input/output error",
    ": mktemp: ",
    ": tar: ",
};

static const char *const SERVER_WORDS[] = {
    /* 25: the place is read-only */
    "in a read-only transaction",
    /* 53: it has not enough */
    "out of memory",
    "Out of memory",
    "out of shared memory",
    "could not resize shared memory",
    "too many clients already",
    "connection slots are reserved",
    "too many connections for",
    "exceeds temp_file_limit",
    "Too many open files",
    /* 40, 55P03, 57: it did not let us end */
    "deadlock detected",
    "canceling statement due to",
    "terminating connection",
    "the database system is",
    /* 58, XX001: it lacks files, or its disk is bad */
    "could not open extension control file",
    "could not access file \"$libdir/",
    "could not load library",
    "could not read block",
    "invalid page in block",
};

/* 42501, to whoever is no superuser. */
static const char *const RIGHTS_WORDS[] = {
    "permission denied",    "must be owner of",         "must be member of role",
    "must be superuser",    "must be able to SET ROLE", "must have privileges of",
    "must have CREATEROLE", "must be a superuser",
};

/* The statement holds nothing of the backup but a name. */
static bool is_extension(const char *text)
{
    return strstr(text, "(CREATE EXTENSION ") ||
           (strstr(text, "extension \"") && strstr(text, "\" is not available"));
}

enum blame blame_of(const char *text, const struct blame_place *place)
{
    const char *cut = strstr(text, " | ");
    AUTO(mem_freep) char *first = mem_strndup(text, cut ? (size_t)(cut - text) : strlen(text));
    const char *state = sqlstate_find(first);

    if (state)
        return blame_of_sqlstate(text, state, place);
    if (blame_has_word(first, TOOL_WORDS, ARRAY_LEN(TOOL_WORDS)) || is_extension(text))
        return BLAME_PLACE;
    if (!place->english)
        return BLAME_UNKNOWN;
    if (blame_has_word(first, SERVER_WORDS, ARRAY_LEN(SERVER_WORDS)) ||
        (!place->superuser && blame_has_word(first, RIGHTS_WORDS, ARRAY_LEN(RIGHTS_WORDS))))
        return BLAME_PLACE;
    return BLAME_BACKUP;
}
