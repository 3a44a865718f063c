/* The message comes before the code and quotes names and data, which may look like a code. So
 * of a session's error the last one counts that stands where the session writes it: at the end,
 * or before " | ", after which the hint comes. A verbose tool says the code first, so there the
 * first counts. */
#include "orchestrator/postgres/sqlstate.h"
#include <ctype.h>
#include <stddef.h>
#include <string.h>

static bool is_state(const char *at)
{
    for (int i = 0; i < SQLSTATE_LEN; i++)
        if (!isdigit((unsigned char)at[i]) && !isupper((unsigned char)at[i]))
            return false;
    return true;
}

static bool ends_message(const char *after)
{
    return *after == ')' && (!after[1] || strncmp(after + 1, " | ", 3) == 0);
}

static const char *find_of_session(const char *text)
{
    static const char named[] = "(SQLSTATE ";
    const char *found = NULL;

    for (const char *at = strstr(text, named); at; at = strstr(at + 1, named)) {
        const char *state = at + strlen(named);

        if (is_state(state) && ends_message(state + SQLSTATE_LEN))
            found = state;
    }
    return found;
}

static const char *find_of_tool(const char *text)
{
    for (const char *at = strstr(text, ":  "); at; at = strstr(at + 1, ":  "))
        if (is_state(at + 3) && at[3 + SQLSTATE_LEN] == ':')
            return at + 3;
    return NULL;
}

const char *sqlstate_find(const char *text)
{
    const char *found = find_of_session(text);

    return found ? found : find_of_tool(text);
}

bool sqlstate_is(const char *text, const char *state)
{
    const char *found = sqlstate_find(text);

    return found && strncmp(found, state, strlen(state)) == 0;
}
