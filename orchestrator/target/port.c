/* Two sources, the cheap one first: the command line counts more than any file, and stands in
 * the document that the engine gave anyway. Else the server has written the port that it took,
 * whatever the reason, into postmaster.pid (the fourth line: pidfile.h of PostgreSQL). That
 * file lies in the data directory, which -D or PGDATA name, and which is the working directory
 * of a postmaster; of these only process 1 is asked, because any other process may be a
 * stranger's. */
#include "orchestrator/target/port.h"
#include "base/mem.h"
#include "docker-api/exec.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define READ_TIMEOUT_MS 30000
#define OUTPUT_MAX_BYTES 4096

/* $1: the folder of -D, or "". A file whose process is gone is a crash's. */
static const char SCRIPT[] =
    "for folder in \"$1\" \"$PGDATA\" /proc/1/cwd; do\n"
    "  if [ ! -r \"$folder/postmaster.pid\" ]; then continue; fi\n"
    "  { read -r pid && read -r _ && read -r _ && read -r port; } <\"$folder/postmaster.pid\"\n"
    "  if [ -n \"$port\" ] && [ -d \"/proc/$pid\" ]; then echo \"$port\"; exit 0; fi\n"
    "done\n"
    "exit 0\n";

/* 0 for what is no port. */
static int port_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    return end != text && *end == '\0' && number > 0 && number < 65536 ? (int)number : 0;
}

/* The value of `word` where it is option `letter` ("-p5433", or "-p" and the next word), or the
 * setting `name` ("-c name=5433", "-cname=5433", "--name=5433"); else NULL. */
static const char *option_value(const char *word, const char *next, char letter,
                                const char *name)
{
    size_t len = strlen(name);
    const char *setting = NULL;

    if (word[0] != '-')
        return NULL;
    if (word[1] == letter)
        return word[2] ? word + 2 : next;
    if (word[1] == '-')
        setting = word + 2;
    else if (word[1] == 'c')
        setting = word[2] ? word + 2 : next;
    if (setting && strncasecmp(setting, name, len) == 0 && setting[len] == '=')
        return setting + len + 1;
    return NULL;
}

/* Where the server's own arguments begin: behind "postgres", or at once where the image adds
 * that itself. A shell's line is not looked into. */
static size_t args_begin(const json_t *args)
{
    const char *first = json_string_value(json_array_get(args, 0));
    size_t count = json_array_size(args);

    if (first && *first == '-')
        return 0;
    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(args, i));
        const char *base = word && strrchr(word, '/') ? strrchr(word, '/') + 1 : word;

        if (base && (strcmp(base, "postgres") == 0 || strcmp(base, "postmaster") == 0))
            return i + 1;
    }
    return count;
}

/* The last one counts, as it does for the server. */
static const char *find_option(const json_t *args, char letter, const char *name)
{
    const char *found = NULL;

    for (size_t i = args_begin(args); i < json_array_size(args); i++) {
        const char *word = json_string_value(json_array_get(args, i));
        const char *next = json_string_value(json_array_get(args, i + 1));
        const char *value = word ? option_value(word, next, letter, name) : NULL;

        if (value)
            found = value;
    }
    return found;
}

int port_of_args(const json_t *args)
{
    const char *value = find_option(args, 'p', "port");

    return value ? port_number(value) : 0;
}

MUST_USE struct err *port_of_postmaster(struct engine *engine, const struct target *target,
                                        int *out)
{
    const char *folder = find_option(jsonx_at(target->inspect, "Args"), 'D', "data_directory");
    const char *const argv[] = {"sh", "-c", SCRIPT, "pgkeep", folder ? folder : "", NULL};
    const struct exec_spec spec = {
        .container = target->id, .argv = argv, .timeout_ms = READ_TIMEOUT_MS};
    AUTO(buf_clear) struct buf text = BUF_INIT(OUTPUT_MAX_BYTES);
    struct exec_result result = {0};

    *out = 0;
    TRY(exec_capture(engine, &spec, &text, NULL, &result), "read the port of %s", target->name);
    if (result.exit_code == 0 && text.len > 0 && text.data[text.len - 1] == '\n') {
        text.data[--text.len] = '\0';
        *out = port_number(text.data);
    }
    return NULL;
}
