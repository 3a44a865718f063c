#include "base/mem.h"
#include "orchestrator/target/self.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0001"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb0002"

#define ROOT(layer)                                                                            \
    "237 181 0:83 / / rw,relatime master:6 - overlay overlay rw,lowerdir=/d/l/A:/d/l/B,"       \
    "upperdir=" layer ",workdir=/d/work\n"
#define ETC(id)                                                                                \
    "254 237 254:0 /var/lib/docker/containers/" id "/resolv.conf /etc/resolv.conf rw - ext4 "  \
    "/dev/vda rw\n255 237 254:0 /var/lib/docker/containers/" id                                \
    "/hostname /etc/hostname rw - ext4 /dev/vda rw\n"
#define PODMAN(id, file, point)                                                                \
    "300 237 0:50 /containers/overlay-containers/" id "/userdata/" file " " point              \
    " rw,nosuid shared:9 - tmpfs tmpfs rw\n"
#define MOUNT(point) "260 237 254:0 /srv " point " rw - ext4 /dev/vda rw\n"

static void check_candidates(const struct self_view *view, const char *expected)
{
    AUTO(strv_clear) struct strv ids = STRV_INIT;
    AUTO(mem_freep) char *text = NULL;

    self_candidates(view, &ids);
    text = strv_join(&ids, ",");
    assert_string_equal(text, expected);
}

#define CANDIDATES(expected, ...) check_candidates(&(struct self_view){__VA_ARGS__}, expected)

static void the_engines_files_in_etc_name_a_candidate(void **state)
{
    CANDIDATES(ID_A, .cgroup = "0::/", .hostname = "web",
               .mountinfo = ROOT("/d/x/diff") ETC(ID_A));
    CANDIDATES(ID_A, .cgroup = "0::/", .hostname = "aaaaaaaaaaaa", .marked = true,
               .mountinfo = ETC(ID_A));
    CANDIDATES(ID_A, .cgroup = "0::/", .hostname = "",
               .mountinfo = PODMAN(ID_A, "hostname", "/etc/hostname"));
}

static void a_folder_of_another_container_names_none(void **state)
{
    /* a sidecar to which the engine's folders are mounted, and a host, where all are */
    CANDIDATES(ID_A, .cgroup = "0::/", .hostname = "",
               .mountinfo = PODMAN(ID_B, "shm", "/dev/shm")
                   MOUNT("/var/lib/docker/containers/" ID_B "/mounts/shm") ETC(ID_A));
    CANDIDATES("", .cgroup = "0::/init.scope", .hostname = "db1", .marked = true,
               .mountinfo = MOUNT("/var/lib/docker/containers/" ID_B "/mounts/shm") PODMAN(
                   ID_B, "shm",
                   "/var/lib/containers/storage/overlay-containers/" ID_B "/userdata/shm"));
}

static void a_control_group_or_podmans_mark_comes_before_shared_files(void **state)
{
    CANDIDATES(ID_A "," ID_B, .cgroup = "8:pids:/docker/" ID_A "\n0::/docker/" ID_A,
               .hostname = "bbbbbbbbbbbb", .marked = true, .mountinfo = ETC(ID_B));
    CANDIDATES(ID_A "," ID_B, .cgroup = "0::/", .hostname = "",
               .mountinfo = ETC(ID_B) PODMAN(ID_A, ".containerenv", "/run/.containerenv"));
    /* an engine in the container B, in both orders */
    CANDIDATES(ID_A, .cgroup = "1:cpu:/docker/" ID_B "/docker/" ID_A "\n0::/docker/" ID_B,
               .hostname = "", .mountinfo = "");
    CANDIDATES(ID_A, .cgroup = "0::/docker/" ID_B "\n1:cpu:/docker/" ID_B "/docker/" ID_A,
               .hostname = "", .mountinfo = "");
    CANDIDATES("", .cgroup = "2:cpu:/docker/" ID_A "\n1:pids:/docker/" ID_B, .hostname = "",
               .mountinfo = "");
}

static void check_match(const struct self_view *view, const char *id, const char *upper,
                        const char *destination, enum self_match expected)
{
    AUTO(jsonx_freep) json_t *inspect =
        json_pack("{s:s, s:{s:b}, s:[{s:s}]}", "Id", id, "State", "Running", 1, "Mounts",
                  "Destination", destination);

    if (upper)
        json_object_set_new(inspect, "GraphDriver",
                            json_pack("{s:{s:s}}", "Data", "UpperDir", upper));
    assert_int_equal(self_match(view, inspect), expected);
}

static void what_one_container_alone_can_have_is_certain(void **state)
{
    const struct self_view by_group = {.cgroup = "0::/docker/" ID_A, .mountinfo = ETC(ID_B)};
    const struct self_view by_mark = {.cgroup = "0::/",
                                      .mountinfo = ETC(ID_B)
                                          PODMAN(ID_A, ".containerenv", "/run/.containerenv")};
    const struct self_view by_layer = {.cgroup = "0::/",
                                       .mountinfo = ROOT("/d/layer-a/diff") ETC(ID_B)};

    check_match(&by_group, ID_A, NULL, "/nowhere", SELF_CERTAIN);
    check_match(&by_mark, ID_A, NULL, "/nowhere", SELF_CERTAIN);
    check_match(&by_layer, ID_A, "/other/way/layer-a/diff", "/nowhere", SELF_CERTAIN);
    check_match(&by_layer, ID_B, "/d/layer-b/diff", "/nowhere", SELF_NO);
}

static void without_that_a_mount_that_we_have_not_rules_a_container_out(void **state)
{
    const struct self_view view = {
        .cgroup = "0::/", .mountinfo = ETC(ID_B) MOUNT("/no\\040where/a") MOUNT("/nowhere/b")};

    check_match(&view, ID_A, NULL, "/no where/a", SELF_MAYBE);
    check_match(&view, ID_B, NULL, "/nowhere/data", SELF_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engines_files_in_etc_name_a_candidate),
        cmocka_unit_test(a_folder_of_another_container_names_none),
        cmocka_unit_test(a_control_group_or_podmans_mark_comes_before_shared_files),
        cmocka_unit_test(what_one_container_alone_can_have_is_certain),
        cmocka_unit_test(without_that_a_mount_that_we_have_not_rules_a_container_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
