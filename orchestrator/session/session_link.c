/* Compares an address with the networks of interfaces, bit by bit under their masks. What
 * cannot be compared is not covered: another way leads there. */
#include "orchestrator/session/session_link.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A numeric address as bytes in network order. */
struct address {
    int family;
    uint8_t bytes[sizeof(struct in6_addr)];
    size_t len;
};

static bool address_parse(const char *text, struct address *out)
{
    *out = (struct address){.family = strchr(text, ':') ? AF_INET6 : AF_INET};
    out->len = out->family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
    return inet_pton(out->family, text, out->bytes) == 1;
}

static bool address_of(const struct sockaddr *socket_address, struct address *out)
{
    const void *from = NULL;

    if (!socket_address)
        return false;
    *out = (struct address){.family = socket_address->sa_family};
    if (out->family == AF_INET) {
        from = &((const struct sockaddr_in *)(const void *)socket_address)->sin_addr;
        out->len = sizeof(struct in_addr);
    } else if (out->family == AF_INET6) {
        from = &((const struct sockaddr_in6 *)(const void *)socket_address)->sin6_addr;
        out->len = sizeof(struct in6_addr);
    } else {
        return false;
    }
    memcpy(out->bytes, from, out->len);
    return true;
}

static bool is_in(const struct address *address, const struct ifaddrs *item)
{
    struct address own;
    struct address mask;
    uint8_t any = 0;

    if (!address_of(item->ifa_addr, &own) || own.family != address->family ||
        !address_of(item->ifa_netmask, &mask) || mask.family != own.family)
        return false;
    for (size_t i = 0; i < own.len; i++) {
        any |= mask.bytes[i];
        if ((own.bytes[i] ^ address->bytes[i]) & mask.bytes[i])
            return false;
    }
    return any != 0; /* a mask of nothing would cover the world */
}

bool session_link_covers(const struct ifaddrs *list, const char *host)
{
    struct address address;

    if (!address_parse(host, &address))
        return false;
    for (const struct ifaddrs *item = list; item; item = item->ifa_next)
        if ((item->ifa_flags & IFF_UP) &&
            !(item->ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) && is_in(&address, item))
            return true;
    return false;
}

bool session_link_reaches(const char *host)
{
    struct ifaddrs *list = NULL;
    bool yes;

    if (getifaddrs(&list) != 0)
        return false;
    yes = session_link_covers(list, host);
    freeifaddrs(list);
    return yes;
}
