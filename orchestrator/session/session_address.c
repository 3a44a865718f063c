/* Reads the addresses of a container out of the engine's inspect document. An address of an
 * engine elsewhere means nothing here, or somebody else: none is given then. */
#include "orchestrator/session/session_address.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

static void add(struct session_address_list *list, const char *host, const char *port,
                bool published)
{
    if (!*host || !*port)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].host, host) == 0 && strcmp(list->items[i].port, port) == 0)
            return;
    list->items = mem_resize(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] =
        (struct session_address){mem_strdup(host), mem_strdup(port), published};
}

static void add_networks(const json_t *inspect, const char *port,
                         struct session_address_list *out)
{
    json_t *networks = jsonx_at(inspect, "NetworkSettings.Networks");
    const char *name;
    json_t *network;

    json_object_foreach(networks, name, network)
    {
        add(out, jsonx_string(network, "IPAddress", ""), port, false);
        add(out, jsonx_string(network, "GlobalIPv6Address", ""), port, false);
    }
}

bool session_address_is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* The loopback address that reaches a port published on `host_ip`; NULL: none does. */
static const char *loopback_of(const char *host_ip)
{
    if (!*host_ip || strcmp(host_ip, "0.0.0.0") == 0)
        return "127.0.0.1";
    if (strcmp(host_ip, "::") == 0)
        return "::1";
    return session_address_is_loopback(host_ip) ? host_ip : NULL;
}

static void add_published(const json_t *inspect, const char *port,
                          struct session_address_list *out)
{
    AUTO(mem_freep) char *key = mem_printf("%s/tcp", port);
    json_t *bindings = json_object_get(jsonx_at(inspect, "NetworkSettings.Ports"), key);
    size_t i;
    json_t *binding;

    json_array_foreach(bindings, i, binding)
    {
        const char *host = loopback_of(jsonx_string(binding, "HostIp", ""));

        if (host)
            add(out, host, jsonx_string(binding, "HostPort", ""), true);
    }
}

void session_address_list(const json_t *inspect, const char *port, bool engine_is_local,
                          struct session_address_list *out)
{
    const char *mode = jsonx_string_at(inspect, "HostConfig.NetworkMode", "");

    *out = (struct session_address_list){0};
    if (!engine_is_local)
        return;
    add_networks(inspect, port, out);
    if (strcmp(mode, "host") == 0)
        add(out, "127.0.0.1", port, false);
    add_published(inspect, port, out);
}

void session_address_list_clear(struct session_address_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].host);
        free(list->items[i].port);
    }
    free(list->items);
    *list = (struct session_address_list){0};
}
