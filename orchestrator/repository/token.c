#include "orchestrator/repository/token.h"
#include <string.h>

bool token_valid(const char *text, size_t bytes)
{
    return strlen(text) == 2 * bytes && strspn(text, "0123456789abcdef") == 2 * bytes;
}
