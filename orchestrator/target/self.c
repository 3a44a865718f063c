/* Nothing in a container says its id for certain on every engine, and some of what seems to is
 * another's: who shares a network gets the other's name, /etc/hosts and /etc/resolv.conf; a
 * /.dockerenv may lie on a host, and a host sees the folders of all containers. So each sign
 * only names candidates, and the engine's own words about them decide.
 *
 * Certain are: the name of our control group, where it is not hidden; Podman's own mount on
 * /run/.containerenv; the writable layer on which our root stands. Without these a container is
 * ours if it runs, has no mount that we have not, and no other does that may be meant by the
 * same signs. Else we know of none: that costs the compose project, while a mistake would hide
 * a database. */
#include "orchestrator/target/self.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "docker-api/container.h"
#include "docker-api/container_id.h"
#include "orchestrator/target/target.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOUNTINFO_MAX_BYTES ((size_t)4 << 20)
#define CGROUP_MAX_BYTES ((size_t)64 << 10)
#define SHORT_ID_DIGITS 12

/* -- /proc/self/mountinfo, proc(5) -- */

struct mount {
    char *root;    /* inside its file system */
    char *point;   /* where we see it */
    char *options; /* of the file system */
};

static void mount_clear(struct mount *mount)
{
    free(mount->root);
    free(mount->point);
    free(mount->options);
    *mount = (struct mount){0};
}

static bool is_octal(const char *text)
{
    return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
           text[2] >= '0' && text[2] <= '7';
}

/* Blanks and backslashes stand there as "\040". */
static char *unescape(const char *text)
{
    char *out = mem_strdup(text);
    char *to = out;

    for (const char *at = text; *at; at++) {
        if (*at == '\\' && is_octal(at + 1)) {
            *to++ = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
            at += 3;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return out;
}

/* "36 35 98:0 ROOT POINT OPTIONS TAG... - TYPE SOURCE SUPER-OPTIONS" */
static bool mount_parse(const char *line, struct mount *out)
{
    AUTO(strv_clear) struct strv fields = STRV_INIT;
    size_t dash = 6;

    strv_split(&fields, line, ' ');
    while (dash < fields.len && strcmp(fields.items[dash], "-") != 0)
        dash++;
    if (dash + 3 >= fields.len)
        return false;
    *out = (struct mount){.root = unescape(fields.items[3]),
                          .point = unescape(fields.items[4]),
                          .options = mem_strdup(fields.items[dash + 3])};
    return true;
}

/* The one that lies on top at that point; false: none. */
static bool find_mount(const struct self_view *view, const char *point, struct mount *out)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;
    bool found = false;

    strv_split(&lines, view->mountinfo, '\n');
    for (size_t i = 0; i < lines.len; i++) {
        AUTO(mount_clear) struct mount mount = {0};

        if (!mount_parse(lines.items[i], &mount) || strcmp(mount.point, point) != 0)
            continue;
        mount_clear(out);
        *out = mount;
        mount = (struct mount){0};
        found = true;
    }
    return found;
}

/* The engine keeps these files in a folder ".../containers/ID/", Podman in
 * ".../overlay-containers/ID/userdata/". */
static char *id_of_mount(const struct self_view *view, const char *point)
{
    AUTO(mount_clear) struct mount mount = {0};

    if (!find_mount(view, point, &mount) || !strstr(mount.root, "containers/"))
        return NULL;
    return container_id_last(mount.root);
}

/* -- who may it be? -- */

/* Of an engine in a container some hierarchies may name that container only. NULL where they do
 * not agree otherwise, too. */
static char *id_of_cgroup(const struct self_view *view)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;
    AUTO(mem_freep) char *found = NULL;
    const char *found_in = "";

    strv_split(&lines, view->cgroup, '\n');
    for (size_t i = 0; i < lines.len; i++) {
        AUTO(mem_freep) char *id = container_id_last(lines.items[i]);

        if (!id || strstr(found_in, id))
            continue;
        if (found && !strstr(lines.items[i], found))
            return NULL;
        mem_replace(&found, id);
        found_in = lines.items[i];
    }
    return TAKE(found);
}

static bool is_short_id(const char *name)
{
    size_t len = strspn(name, "0123456789abcdef");

    return len == SHORT_ID_DIGITS && name[len] == '\0';
}

static void push_new(struct strv *ids, const char *id)
{
    for (size_t i = 0; id && i < ids->len; i++)
        if (strncmp(ids->items[i], id, strlen(id)) == 0)
            return;
    if (id)
        strv_push(ids, id);
}

static const char PODMAN_MARK[] = "/run/.containerenv";

void self_candidates(const struct self_view *view, struct strv *out_ids)
{
    static const char *const points[] = {PODMAN_MARK, "/etc/hostname", "/etc/hosts",
                                         "/etc/resolv.conf"};
    AUTO(mem_freep) char *of_cgroup = id_of_cgroup(view);

    push_new(out_ids, of_cgroup);
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        AUTO(mem_freep) char *id = id_of_mount(view, points[i]);

        push_new(out_ids, id);
    }
    if (view->marked && is_short_id(view->hostname))
        push_new(out_ids, view->hostname);
}

/* -- is it that one? -- */

/* From the last component but one on: the folder above may be written in several ways. */
static const char *last_two(const char *path)
{
    const char *at = path + strlen(path);

    for (int slashes = 0; at > path; at--)
        if (at[-1] == '/' && ++slashes == 2)
            break;
    return at;
}

/* overlay's writable layer, of which each container has its own. */
static enum self_match match_layer(const struct self_view *view, const json_t *inspect)
{
    const char *theirs = jsonx_string_at(inspect, "GraphDriver.Data.UpperDir", "");
    AUTO(mount_clear) struct mount root = {0};
    AUTO(mem_freep) char *ours = NULL;
    const char *at;

    if (!*theirs || !find_mount(view, "/", &root))
        return SELF_MAYBE;
    at = strstr(root.options, "upperdir=");
    if (!at)
        return SELF_MAYBE;
    at += strlen("upperdir=");
    ours = mem_strndup(at, strcspn(at, ","));
    return strcmp(last_two(ours), last_two(theirs)) == 0 ? SELF_CERTAIN : SELF_NO;
}

/* The kernel names a mount by its real path: /var/run is mostly a link. */
static bool has_mount(const struct self_view *view, const char *destination)
{
    char *real = realpath(destination, NULL);
    AUTO(mount_clear) struct mount mount = {0};
    bool found = find_mount(view, real ? real : destination, &mount);

    free(real);
    return found;
}

static bool has_mounts(const struct self_view *view, const json_t *inspect)
{
    size_t i;
    const json_t *mount;

    json_array_foreach(json_object_get(inspect, "Mounts"), i, mount)
    {
        if (!has_mount(view, jsonx_string(mount, "Destination", "")))
            return false;
    }
    return true;
}

enum self_match self_match(const struct self_view *view, const json_t *inspect)
{
    const char *id = jsonx_string(inspect, "Id", "");
    AUTO(mem_freep) char *of_cgroup = id_of_cgroup(view);
    AUTO(mem_freep) char *of_podman = id_of_mount(view, PODMAN_MARK);
    enum self_match layer = match_layer(view, inspect);

    if ((of_cgroup && strcmp(of_cgroup, id) == 0) || (of_podman && strcmp(of_podman, id) == 0))
        return SELF_CERTAIN;
    if (layer != SELF_MAYBE)
        return layer;
    if (!json_is_true(jsonx_at(inspect, "State.Running")) || !has_mounts(view, inspect))
        return SELF_NO;
    return SELF_MAYBE;
}

/* -- asking the engine -- */

struct search {
    struct engine *engine;
    const struct self_view *view;
    json_t *certain;
    json_t *possible;
    size_t possibles;
    struct strv seen; /* ids and names of those that were compared */
};

static void search_clear(struct search *search)
{
    json_decref(search->certain);
    json_decref(search->possible);
    strv_clear(&search->seen);
}

static const char *name_of(const json_t *inspect)
{
    const char *name = jsonx_string(inspect, "Name", "");

    return *name == '/' ? name + 1 : name;
}

static struct err *try_container(struct search *search, const char *name)
{
    AUTO(jsonx_freep) json_t *inspect = NULL;
    struct err *e = container_inspect(search->engine, name, &inspect);
    enum self_match match;

    if (err_is(e, ERR_NOT_FOUND)) { /* in a container of another engine */
        err_free(e);
        return NULL;
    }
    PASS(e);
    if (strv_contains(&search->seen, jsonx_string(inspect, "Id", "")))
        return NULL;
    strv_push(&search->seen, jsonx_string(inspect, "Id", ""));
    strv_push(&search->seen, name_of(inspect));
    match = self_match(search->view, inspect);
    if (match == SELF_CERTAIN && !search->certain)
        search->certain = json_incref(inspect);
    if (match != SELF_MAYBE)
        return NULL;
    search->possibles++;
    json_decref(search->possible);
    search->possible = json_incref(inspect);
    return NULL;
}

static bool shares_network(const struct search *search, const json_t *container)
{
    static const char prefix[] = "container:";
    const char *mode = jsonx_string_at(container, "HostConfig.NetworkMode", "");

    return strncmp(mode, prefix, strlen(prefix)) == 0 &&
           strv_contains(&search->seen, mode + strlen(prefix));
}

/* Who shares the network of a candidate shares its name and files in /etc. */
static struct err *try_sharers(struct search *search)
{
    AUTO(jsonx_freep) json_t *containers = NULL;
    size_t i;
    const json_t *container;

    if (search->seen.len == 0)
        return NULL;
    PASS(container_list(search->engine, NULL, false, &containers));
    json_array_foreach(containers, i, container)
    {
        if (!search->certain && shares_network(search, container))
            PASS(try_container(search, jsonx_string(container, "Id", "")));
    }
    return NULL;
}

static struct err *search_self(struct search *search, json_t **out)
{
    AUTO(strv_clear) struct strv ids = STRV_INIT;

    self_candidates(search->view, &ids);
    for (size_t i = 0; i < ids.len && !search->certain; i++)
        PASS(try_container(search, ids.items[i]));
    if (!search->certain)
        PASS(try_sharers(search));
    if (search->certain)
        *out = TAKE(search->certain);
    else if (search->possibles == 1)
        *out = TAKE(search->possible);
    else if (search->possibles > 1)
        log_debug("which container pgkeep runs in is not known: %zu may be it",
                  search->possibles);
    return NULL;
}

/* What cannot be read says nothing. */
static const char *read_proc(const char *path, struct buf *text)
{
    AUTO(err_freep) struct err *unreadable = fs_read_file(path, text);

    return unreadable ? "" : buf_text(text);
}

MUST_USE struct err *target_self(struct engine *engine, json_t **out)
{
    AUTO(buf_clear) struct buf mountinfo = BUF_INIT(MOUNTINFO_MAX_BYTES);
    AUTO(buf_clear) struct buf cgroup = BUF_INIT(CGROUP_MAX_BYTES);
    char hostname[65] = "";
    const struct self_view view = {
        .mountinfo = read_proc("/proc/self/mountinfo", &mountinfo),
        .cgroup = read_proc("/proc/self/cgroup", &cgroup),
        .hostname = hostname,
        .marked = fs_exists("/.dockerenv") || fs_exists(PODMAN_MARK),
    };
    AUTO(search_clear) struct search search = {
        .engine = engine, .view = &view, .seen = STRV_INIT};

    *out = NULL;
    if (gethostname(hostname, sizeof(hostname) - 1) != 0)
        *hostname = '\0';
    return search_self(&search, out);
}

MUST_USE struct err *target_own_project(struct engine *engine, char **out)
{
    AUTO(jsonx_freep) json_t *self = NULL;

    PASS(target_self(engine, &self));
    *out = mem_strdup(
        jsonx_string(jsonx_at(self, "Config.Labels"), "com.docker.compose.project", ""));
    return NULL;
}
