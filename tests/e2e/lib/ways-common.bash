# Ways to an engine that lead through something: proxies before its socket, and engines in containers.
# shellcheck shell=bash

# What pgkeep needs of Tecnativa's docker-socket-proxy, whose rules lib/ways/haproxy.cfg has.
PROXY_RIGHTS=(CONTAINERS EXEC POST VERSION PING)

# start_proxy NAME IMAGE RIGHT... -- COMMAND...: a container with the engine's socket and one proxy before it
start_proxy() {
    local name=$1 image=$2 environment=() labels=()
    shift 2
    while [[ $1 != -- ]]; do
        environment+=(--env "$1")
        shift
    done
    shift
    mapfile -t labels < <(labelled)
    docker run --detach --name "$(target "$name")" "${labels[@]}" "${environment[@]}" \
        --volume "${ENGINE_SOCKET:-/var/run/docker.sock}:/var/run/docker.sock" \
        --volume "$PROJECT/tests/e2e/lib/ways:/ways:ro" "$image" "$@" > /dev/null
}

# start_haproxy NAME IMAGE IDLE RIGHT...: IDLE as HAProxy writes it, 10m
start_haproxy() {
    start_proxy "$1" "$2" "IDLE=$3" "${@:4:$#-3}" -- haproxy -f /ways/haproxy.cfg
    wait_for 10 curl -s --output /dev/null "http://$(address_of "$1"):2375/_ping"
}

# 2375 as its defaults are, 2380 with the usual lines for an upgrade
start_nginx() {
    start_proxy "$1" pgkeep-test/proxies -- nginx -c /ways/nginx.conf
    wait_for 10 curl -s --output /dev/null "http://$(address_of "$1"):2375/_ping"
}

address_of() {
    docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(target "$1")"
}

# through NAME[:PORT] COMMAND...: with that proxy's address as the engine's
through() {
    local name=${1%:*} port=2375
    [[ $1 != *:* ]] || port=${1##*:}
    DOCKER_HOST="tcp://$(address_of "$name"):$port" timeout 60 "${@:2}"
}
