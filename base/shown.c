#include "base/shown.h"
#include "base/mem.h"
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* U+0080 to U+009F are control characters as well (U+009B begins an escape sequence), and in an
 * 8-bit encoding any byte may be one. So it is the C library that says what is printable, byte
 * by byte of what it cannot decode. It counts the marks below as printable, of no width. */
static bool shown_turns_around(wchar_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
           c == 0x200f || c == 0x061c;
}

size_t shown_next(const char *text, int *columns)
{
    mbstate_t state = {0};
    wchar_t character;
    size_t len = mbrtowc(&character, text, strlen(text), &state);
    bool is_whole = len != (size_t)-1 && len != (size_t)-2 && len != 0;
    int width = is_whole && !shown_turns_around(character) ? wcwidth(character) : -1;

    *columns = width < 0 ? 1 : width;
    return width < 0 ? 0 : len;
}

char *shown_line(const char *text)
{
    char *line = mem_new(strlen(text) + 1, 1);
    char *to = line;

    while (*text) {
        unsigned char byte = (unsigned char)*text;
        int columns;
        size_t len = shown_next(text, &columns);

        if (len == 0)
            *to = byte < 0x20 || byte == 0x7f ? ' ' : '?';
        else
            memcpy(to, text, len);
        to += len ? len : 1;
        text += len ? len : 1;
    }
    return line;
}
