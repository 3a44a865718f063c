/* The shell stays, as the tool alone could not remove the folder. It runs its children in the
 * background, so that a signal reaches the trap at once; the trap ends the child and waits for
 * it. What must hold: the trap is set before anything runs, and nothing outlives the shell, for
 * in a container an orphan (a mktemp whose pipe broke would be one) is a crashed backend to the
 * postmaster (tool.c). */
#include "orchestrator/postgres/temp_folder.h"

#define MAKE_FOLDER                                                                            \
    "name=$1; shift\n"                                                                         \
    "umask 077\n"                                                                              \
    "dir=\n"                                                                                   \
    "trap '[ -z \"$dir\" ] || rm -rf \"$dir\"' EXIT\n"                                         \
    "trap '[ -z \"$!\" ] || { kill \"$!\" && wait \"$!\"; }; exit 143' TERM INT HUP\n"         \
    "dir=$(mktemp -d \"${TMPDIR:-/tmp}/$name.XXXXXX\") || exit 1\n"

static const char DUMP_SCRIPT[] = MAKE_FOLDER "\"$@\" --file=\"$dir/dump\" &\n"
                                              "wait $! || exit\n"
                                              "tar -C \"$dir/dump\" -cf - . &\n"
                                              "wait $!\n";

static const char STAGE_SCRIPT[] =
    MAKE_FOLDER "tar -C \"$dir\" -xf - || exit 1\n"
                "[ -f \"$dir/list\" ] && set -- \"$@\" --use-list=\"$dir/list\"\n"
                "\"$@\" \"$dir/dump\" </dev/null &\n"
                "wait $!\n";

static const char SWEEP_SCRIPT[] = "rm -rf \"${TMPDIR:-/tmp}/$1\".*";

static void push_shell(const char *script, const char *name, struct strv *out)
{
    const char *const words[] = {"sh", "-c", script, "pgkeep", name};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        strv_push(out, words[i]);
}

void temp_folder_dump_argv(const char *name, struct strv *out)
{
    push_shell(DUMP_SCRIPT, name, out);
}

void temp_folder_stage_argv(const char *name, struct strv *out)
{
    push_shell(STAGE_SCRIPT, name, out);
}

MUST_USE struct err *temp_folder_sweep(const struct server *server, const char *name)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    struct tool_access access = server_access(server);
    const struct tool_spec spec = {.argv = &argv};

    push_shell(SWEEP_SCRIPT, name, &argv);
    return tool_run(server->engine, &access, &spec);
}
