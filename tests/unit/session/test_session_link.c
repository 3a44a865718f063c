/* Which addresses lie on a network of which interface. */
#include "orchestrator/session/session_link.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

struct interface {
    struct ifaddrs item;
    struct sockaddr_storage address;
    struct sockaddr_storage mask;
};

static struct sockaddr *put(struct sockaddr_storage *out, const char *text)
{
    memset(out, 0, sizeof(*out));
    out->ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    assert_int_equal(inet_pton(out->ss_family, text,
                               out->ss_family == AF_INET6
                                   ? (void *)&((struct sockaddr_in6 *)(void *)out)->sin6_addr
                                   : (void *)&((struct sockaddr_in *)(void *)out)->sin_addr),
                     1);
    return (struct sockaddr *)out;
}

static void make(struct interface *out, const char *address, const char *mask,
                 unsigned int flags, struct interface *next)
{
    out->item = (struct ifaddrs){
        .ifa_next = next ? &next->item : NULL,
        .ifa_flags = flags,
        .ifa_addr = put(&out->address, address),
        .ifa_netmask = put(&out->mask, mask),
    };
}

static bool covers(const char *address, const char *mask, unsigned int flags, const char *host)
{
    struct interface interface;

    make(&interface, address, mask, flags, NULL);
    return session_link_covers(&interface.item, host);
}

static void an_address_of_a_bridges_network_is_covered(void **state)
{
    assert_true(covers("172.17.0.1", "255.255.0.0", IFF_UP, "172.17.9.2"));
    assert_true(covers("10.0.0.1", "255.255.255.240", IFF_UP, "10.0.0.15"));
    assert_true(covers("fd00::1", "ffff:ffff:ffff:ffff::", IFF_UP, "fd00::2:1"));
}

static void an_address_beyond_a_router_is_not(void **state)
{
    assert_false(covers("172.17.0.1", "255.255.0.0", IFF_UP, "172.18.0.2"));
    assert_false(covers("10.0.0.1", "255.255.255.240", IFF_UP, "10.0.0.16"));
    assert_false(covers("fd00::1", "ffff:ffff:ffff:ffff::", IFF_UP, "fd00:0:0:1::2"));
    assert_false(covers("10.0.0.1", "0.0.0.0", IFF_UP, "10.0.0.2"));
}

static void interfaces_that_are_down_or_lead_to_one_peer_do_not_count(void **state)
{
    assert_false(covers("172.17.0.1", "255.255.0.0", 0, "172.17.0.2"));
    assert_false(covers("172.17.0.1", "255.255.0.0", IFF_UP | IFF_LOOPBACK, "172.17.0.2"));
    assert_false(covers("172.17.0.1", "255.255.0.0", IFF_UP | IFF_POINTOPOINT, "172.17.0.2"));
}

static void families_do_not_mix_and_what_is_no_address_is_not_covered(void **state)
{
    static const char *const none[] = {"", "db", "172.17.0", "172.17.0.2/16",
                                       "::ffff:172.17.0.2"};
    struct interface without = {.item = {.ifa_flags = IFF_UP}};

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(covers("172.17.0.1", "255.255.0.0", IFF_UP, none[i]));
    assert_false(covers("172.17.0.1", "255.255.0.0", IFF_UP, "fd00::2"));
    assert_false(session_link_covers(&without.item, "172.17.0.2"));
    assert_false(session_link_covers(NULL, "172.17.0.2"));
}

static void every_interface_of_the_list_counts(void **state)
{
    struct interface second;
    struct interface first;

    make(&second, "172.18.0.1", "255.255.0.0", IFF_UP, NULL);
    make(&first, "192.0.2.1", "255.255.255.0", IFF_UP, &second);
    assert_true(session_link_covers(&first.item, "172.18.0.2"));
    assert_false(session_link_covers(&first.item, "172.19.0.2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_of_a_bridges_network_is_covered),
        cmocka_unit_test(an_address_beyond_a_router_is_not),
        cmocka_unit_test(interfaces_that_are_down_or_lead_to_one_peer_do_not_count),
        cmocka_unit_test(families_do_not_mix_and_what_is_no_address_is_not_covered),
        cmocka_unit_test(every_interface_of_the_list_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
