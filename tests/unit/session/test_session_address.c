/* Where a container's server may listen for us, out of inspect documents. */
#include "orchestrator/session/session_address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void check(const char *inspect, bool local, const char *want)
{
    AUTO(session_address_list_clear) struct session_address_list list = {0};
    AUTO(jsonx_freep) json_t *json = NULL;
    char got[512] = "";

    assert_null(jsonx_parse(inspect, strlen(inspect), &json));
    session_address_list(json, "5432", local, &list);
    for (size_t i = 0; i < list.count; i++) {
        size_t len = strlen(got);

        snprintf(got + len, sizeof(got) - len, "%s%s %s%s", i ? ", " : "", list.items[i].host,
                 list.items[i].port, list.items[i].published ? " published" : "");
    }
    assert_string_equal(got, want);
}

static void addresses_of_all_networks_come_first(void **state)
{
    check("{\"NetworkSettings\": {\"Networks\": {"
          "\"a\": {\"IPAddress\": \"172.18.0.2\", \"GlobalIPv6Address\": \"fd00::2\"},"
          "\"b\": {\"IPAddress\": \"172.19.0.2\", \"GlobalIPv6Address\": \"\"}},"
          "\"Ports\": {\"5432/tcp\": [{\"HostIp\": \"0.0.0.0\", \"HostPort\": \"5433\"},"
          "{\"HostIp\": \"::\", \"HostPort\": \"5433\"}]}}}",
          true,
          "172.18.0.2 5432, fd00::2 5432, 172.19.0.2 5432, 127.0.0.1 5433 published, "
          "::1 5433 published");
}

static void nothing_of_an_engine_elsewhere_is_an_address_here(void **state)
{
    check("{\"NetworkSettings\": {\"Networks\": {\"a\": {\"IPAddress\": \"172.18.0.2\"}},"
          "\"Ports\": {\"5432/tcp\": [{\"HostIp\": \"\", \"HostPort\": \"5433\"}]}},"
          "\"HostConfig\": {\"NetworkMode\": \"host\"}}",
          false, "");
}

static void only_loopback_and_only_the_servers_port_count(void **state)
{
    check("{\"NetworkSettings\": {\"Ports\": {"
          "\"5432/tcp\": [{\"HostIp\": \"192.0.2.7\", \"HostPort\": \"1\"},"
          "{\"HostIp\": \"127.0.0.5\", \"HostPort\": \"2\"}, {\"HostIp\": \"127.0.0.5\"}],"
          "\"80/tcp\": [{\"HostIp\": \"\", \"HostPort\": \"3\"}]}}}",
          true, "127.0.0.5 2 published");
}

static void the_hosts_network_is_loopback(void **state)
{
    check("{\"HostConfig\": {\"NetworkMode\": \"host\"},"
          "\"NetworkSettings\": {\"Networks\": {\"host\": {\"IPAddress\": \"\"}}}}",
          true, "127.0.0.1 5432");
}

static void no_network_is_no_address(void **state)
{
    check("{}", true, "");
    check("{\"NetworkSettings\": {\"Networks\": {\"none\": {\"IPAddress\": \"\"}},"
          "\"Ports\": {\"5432/tcp\": null}}}",
          true, "");
    check("{\"NetworkSettings\": {\"Networks\": [], \"Ports\": {\"5432/tcp\": 7}}}", true, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_all_networks_come_first),
        cmocka_unit_test(nothing_of_an_engine_elsewhere_is_an_address_here),
        cmocka_unit_test(only_loopback_and_only_the_servers_port_count),
        cmocka_unit_test(the_hosts_network_is_loopback),
        cmocka_unit_test(no_network_is_no_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
