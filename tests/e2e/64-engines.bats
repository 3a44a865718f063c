#!/usr/bin/env bats
# bats file_tags=soak
# Newer engines, Podman, and the ways to them: each command by each.
# shellcheck disable=SC2030,SC2031,SC2154 # output, status and stderr are bats' own; a test is a function

setup_file() {
    load helper
    load lib/ways-common
    suite_begin
    "$PROJECT/scripts/images" 18 proxies engine-26 engine-28 podman
}

setup() {
    load helper
    load lib/fault-common
    load lib/ways-common
    test_begin
}

# One engine at a time.
teardown() {
    suite_end
}

# proxies_before NAME: HAProxy 3, HAProxy 2.6 and nginx before that engine's socket
proxies_before() {
    local rights=("${PROXY_RIGHTS[@]/%/=1}" IMAGES=1) socket
    socket="$BATS_FILE_TMPDIR/$1/docker.sock"
    wait_for 60 test -S "$socket"
    ENGINE_SOCKET=$socket start_haproxy passing pgkeep-test/engine:26 10m "${rights[@]}"
    ENGINE_SOCKET=$socket start_haproxy deaf pgkeep-test/proxies 10m "${rights[@]}"
    ENGINE_SOCKET=$socket start_nginx nginx
}

# names_the_proxy ENGINE NAME...: by these ways an error says what stands there, and the target stays clean
names_the_proxy() {
    local way
    for way in "${@:2}"; do
        run -1 through "$way" "$PGKEEP" backup db/app
        echo "$way: $output"
        assert_output --partial "does not arrive"
        assert_output --partial "a proxy between pgkeep and the engine"
        run -6 through "$way" "$PGKEEP" wait db --timeout 2s
        run -0 through "$1" docker exec db sh -c "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'"
        assert_output --partial postgres
        refute_output --partial "pgkeep-greets"
    done
}

# newer_engine NAME IMAGE: plain, by TLS and by proxies
newer_engine() {
    start_engine "$1" "$2" "$DOCKERD --host unix:///engine/docker.sock"
    fill_engine through "$1"
    every_command plain through "$1"
    proxies_before "$1"
    every_command haproxy through passing
    names_the_proxy "$1" deaf nginx
    run -1 through nginx:2380 "$PGKEEP" doctor db
    assert_output --partial "the engine's stream ended after"
}

@test "Engine 26, plain and by proxies" {
    newer_engine engine-26 pgkeep-test/engine:26
}

@test "Engine 28, plain and by proxies" {
    newer_engine engine-28 pgkeep-test/engine:28
}

@test "Engine 26 and 28 by TLS" {
    local version
    for version in 26 28; do
        start_engine "tls-$version" "pgkeep-test/engine:$version" "$DOCKERD_TLS"
        certificates "tls-$version"
        fill_engine by_tls "tls-$version"
        every_command tls by_tls "tls-$version"
        run -1 --separate-stderr through "tls-$version:2376" "$PGKEEP" targets
        [[ $stderr == *HTTPS*"hint: "*DOCKER_TLS_VERIFY=1* ]]
    done
}

@test "Podman 4.3, plain and by proxies" {
    start_engine podman pgkeep-test/podman \
        'podman system service --time 0 unix:///engine/docker.sock & exec podman system service --time 0 tcp://0.0.0.0:2375'
    fill_engine through podman
    every_command plain through podman
    proxies_before podman
    every_command haproxy through passing
    names_the_proxy podman deaf nginx
}

@test "Engine 20.10 by HAProxy 3" {
    start_pg db 18
    create_db db app
    start_haproxy passing pgkeep-test/engine:26 10m "${PROXY_RIGHTS[@]/%/=1}" IMAGES=1
    run -0 through passing "$PGKEEP" backup "$(target db)/app" --quiet
    run -0 through passing "$PGKEEP" test "$(target db)/app" --quiet
    run -0 through passing "$PGKEEP" restore "$(target db)/app" --into "$(target db)/again" --quiet
}
