/* psql's own connection is the evidence: the server has just forked a process for it, whose
 * number (pg_backend_pid) is one of the server's own space of numbers. Where that is the
 * container's space too, /proc shows that process, started after psql and before the shell that
 * looks. In another space there is none of that number, or an older one, or by chance one of
 * the two that we have started ourselves.
 *
 * Containers may share the space of numbers. Then the control group tells: an exec lives in
 * that of its container, and the engine names it by the container's id, or hides what is above
 * it (a path with "..": another's). A container may have groups below its own (systemd), so
 * equal paths are not asked for. An equal mount namespace settles it, but can be seen only as
 * the server's own user.
 *
 * Told apart by time only where both times are known: qemu's emulation of another architecture
 * gives a process 0 for its own. */
#include "orchestrator/postgres/own_process.h"
#include "base/mem.h"
#include "base/strv.h"
#include "docker-api/container_id.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* psql replaces :'pgkeep_backend' inside the backquotes, quoted for a shell: the number is the
 * server's word. One line, builtins of the shell only, and nothing goes to stderr, where it
 * would count as psql's. */
const char OWN_PROCESS_PSQL[] =
    "SELECT pg_catalog.pg_backend_pid() AS pgkeep_backend \\gset\n"
    "\\set pgkeep_process `exec 2>/dev/null; backend=:'pgkeep_backend'; "
    "show() { while IFS= read -r line; do printf '%s %s\\n' \"$1\" \"$line\"; done "
    "<\"/proc/$2\"; }; "
    "show first 1/stat; case $backend in *[!0-9]*) exit 0 ;; esac; "
    "show client $PPID/stat; show shell $$/stat; show backend $backend/stat; "
    "[ /proc/$$/ns/mnt -ef /proc/$backend/ns/mnt ] && echo 'mounts same'; "
    "show ours $$/cgroup; show theirs $backend/cgroup; exit 0`\n";

/* -- reading it -- */

struct process {
    bool there;
    long pid;
    long parent;
    unsigned long long started; /* in ticks since the machine's start */
};

/* proc(5): "PID (NAME) STATE PPID ... STARTTIME", the latter field 22. A name may hold
 * anything. */
static bool process_parse(const char *stat, struct process *out)
{
    const char *name_end = strrchr(stat, ')');

    out->there = sscanf(stat, "%ld", &out->pid) == 1 && name_end &&
                 sscanf(name_end + 1,
                        " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
                        " %*d %*d %llu",
                        &out->parent, &out->started) == 2;
    return out->there;
}

struct evidence {
    struct process first, client, shell, backend;
    bool same_mounts;
    struct strv ours, theirs; /* lines "NUMBER:CONTROLLERS:PATH" of proc(5)'s cgroup */
};

static void evidence_clear(struct evidence *evidence)
{
    strv_clear(&evidence->ours);
    strv_clear(&evidence->theirs);
}

static const char *after_word(const char *line, const char *word)
{
    size_t len = strlen(word);

    return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static void evidence_read_line(struct evidence *evidence, const char *line)
{
    struct {
        const char *word;
        struct process *process;
    } const processes[] = {{"first", &evidence->first},
                           {"client", &evidence->client},
                           {"shell", &evidence->shell},
                           {"backend", &evidence->backend}};
    const char *rest;

    for (size_t i = 0; i < ARRAY_LEN(processes); i++)
        if ((rest = after_word(line, processes[i].word)) != NULL)
            process_parse(rest, processes[i].process);
    if ((rest = after_word(line, "ours")) != NULL)
        strv_push(&evidence->ours, rest);
    if ((rest = after_word(line, "theirs")) != NULL)
        strv_push(&evidence->theirs, rest);
    if (after_word(line, "mounts"))
        evidence->same_mounts = true;
}

/* -- is it the process that was forked for psql? -- */

static bool is_ours(const struct evidence *e, long pid)
{
    return (e->client.there && pid == e->client.pid) || (e->shell.there && pid == e->shell.pid);
}

static bool serves_psql(const struct evidence *e)
{
    const struct process *backend = &e->backend;

    if (!backend->there || is_ours(e, backend->pid) || is_ours(e, backend->parent))
        return false;
    if (e->client.there && backend->started < e->client.started)
        return false;
    return !e->shell.there || e->shell.started == 0 || backend->started <= e->shell.started;
}

/* -- control groups -- */

static const char *cgroup_path(const char *line)
{
    const char *colon = strchr(line, ':');

    colon = colon ? strchr(colon + 1, ':') : NULL;
    return colon ? colon + 1 : "";
}

/* The line of the same hierarchy: "NUMBER:" is equal. NULL: none. */
static const char *same_hierarchy(const struct strv *lines, const char *line)
{
    size_t len = strcspn(line, ":") + 1;

    for (size_t i = 0; i < lines->len; i++)
        if (strncmp(lines->items[i], line, len) == 0)
            return lines->items[i];
    return NULL;
}

static bool leads_up(const char *path)
{
    return strncmp(path, "/..", 3) == 0;
}

static bool is_at_or_below(const char *path, const char *top)
{
    size_t len = strlen(top);

    if (strcmp(top, "/") == 0)
        return !leads_up(path);
    return strncmp(path, top, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* Any hierarchy whose name for us holds our id decides alone: the others may not be the
 * engine's. */
static bool cgroups_name_us(const struct strv *ours)
{
    for (size_t i = 0; i < ours->len; i++) {
        AUTO(mem_freep) char *id = container_id_last(cgroup_path(ours->items[i]));

        if (id)
            return true;
    }
    return false;
}

/* One hierarchy says that the server is elsewhere. */
static bool cgroup_differs(const char *ours, const char *theirs, bool by_id)
{
    AUTO(mem_freep) char *id = container_id_last(ours);

    if (leads_up(ours)) /* the exec is not in the container's own there */
        return false;
    if (leads_up(theirs))
        return true;
    if (by_id)
        return id && !strstr(theirs, id);
    return !is_at_or_below(theirs, ours) && !is_at_or_below(ours, theirs);
}

static bool cgroups_differ(const struct evidence *e, char **out_container)
{
    bool by_id = cgroups_name_us(&e->ours);

    for (size_t i = 0; i < e->ours.len; i++) {
        const char *line = same_hierarchy(&e->theirs, e->ours.items[i]);
        const char *theirs = line ? cgroup_path(line) : NULL;

        if (!theirs || !cgroup_differs(cgroup_path(e->ours.items[i]), theirs, by_id))
            continue;
        *out_container = container_id_last(theirs);
        return true;
    }
    return false;
}

enum own_process own_process_judge(const char *evidence, char **out_container)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;
    AUTO(evidence_clear) struct evidence e = {.ours = STRV_INIT, .theirs = STRV_INIT};

    *out_container = NULL;
    strv_split(&lines, evidence, '\n');
    for (size_t i = 0; i < lines.len; i++)
        evidence_read_line(&e, lines.items[i]);
    if (!e.backend.there && !e.first.there)
        return OWN_PROCESS_UNKNOWN;
    if (!serves_psql(&e))
        return OWN_PROCESS_NO;
    if (e.same_mounts)
        return OWN_PROCESS_YES;
    return cgroups_differ(&e, out_container) ? OWN_PROCESS_NO : OWN_PROCESS_YES;
}
