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

# --- engines in containers ------------------------------------------------------------------------------

# engine_flags: what a container needs to run an engine. Where this machine itself lacks a capability the engine refuses
# --privileged, so it is all but that, one by one.
engine_flags() {
    if docker run --rm --privileged "$@" > /dev/null 2>&1; then
        echo --privileged
        return
    fi
    printf '%s\n' --cap-add ALL --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
        --security-opt systempaths=unconfined --device-cgroup-rule 'a *:* rwm'
    local names=(CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
        NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE
        SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE
        AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ)
    local bounding i
    bounding=$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)
    for i in "${!names[@]}"; do
        if (((16#$bounding >> i & 1) == 0)); then printf '%s\n' --cap-drop "${names[i]}"; fi
    done
}

# start_engine NAME IMAGE COMMAND: an engine of the image's own, which listens on port 2375 of the container's address.
# COMMAND is shell text; /engine is a folder that it shares with the test, $BATS_FILE_TMPDIR/NAME.
start_engine() {
    local name=$1 image=$2 flags labels
    mapfile -t flags < <(engine_flags "$image" true)
    mapfile -t labels < <(labelled)
    mkdir -p "$BATS_FILE_TMPDIR/$name"
    # -- as in scripts/engine: control groups that can be written and, of version 2, a root without processes
    # shellcheck disable=SC2016 # the container's own shell
    docker run --detach --name "$(target "$name")" "${labels[@]}" "${flags[@]}" \
        --volume "$BATS_FILE_TMPDIR/$name:/engine" --volume "$PROJECT/tests/e2e/lib/ways:/ways:ro" "$image" sh -c '
        for folder in /sys/fs/cgroup /sys/fs/cgroup/*; do
            ! mountpoint -q "$folder" || mount -o remount,bind,rw "$folder"
        done
        if [ -f /sys/fs/cgroup/cgroup.procs ]; then
            mkdir -p /sys/fs/cgroup/init
            while read -r pid; do
                { echo "$pid" > /sys/fs/cgroup/init/cgroup.procs; } 2> /dev/null || continue
            done < /sys/fs/cgroup/cgroup.procs
            sed "s/\(^\| \)/&+/g" /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
        fi
        '"$3" > /dev/null
}

# shellcheck disable=SC2034 # for those who load this
DOCKERD='exec dockerd --tls=false --host unix:///var/run/docker.sock --host tcp://0.0.0.0:2375'

# fill_engine COMMAND...: waits until the engine that COMMAND... leads to answers, and starts a server "db" with a small
# database "app" in it, at a port of its own
fill_engine() {
    wait_for 60 "$@" docker version
    docker save "$(image_of 18)" | "$@" docker load > /dev/null
    "$@" docker run --detach --name db --env POSTGRES_PASSWORD=secret "$(image_of 18)" -c fsync=off -c port=5433 \
        > /dev/null
    "$@" "$PGKEEP" wait db --timeout 60s
    "$@" docker exec --interactive db psql -p 5433 -U postgres -v ON_ERROR_STOP=1 -q << 'SQL'
CREATE DATABASE app;
\c app
CREATE TABLE words AS SELECT n, md5(n::text) AS word FROM generate_series(1, 5000) n;
SQL
}

# every_command WAY COMMAND...: wait, doctor, backup, test and restore of "db", where COMMAND... is what runs pgkeep by
# that way. The way's name is the name of the database that restore makes.
every_command() {
    local way=$1
    shift
    rm -rf "${PGKEEP_REPOSITORY:?}/db"
    run -0 "$@" "$PGKEEP" wait db --timeout 30s
    run -0 "$@" "$PGKEEP" doctor db
    echo "$way: $output"
    run -0 "$@" "$PGKEEP" backup db/app --quiet
    run -0 "$@" "$PGKEEP" test db/app --quiet
    assert_output --partial "proof: equal"
    run -0 "$@" "$PGKEEP" restore db/app --into "db/$way" --quiet
}

# certificates NAME: for an engine of that name, in the folder that it shares; a client's are beside them
certificates() {
    local folder="$BATS_FILE_TMPDIR/$1" name
    (
        cd "$folder"
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -days 2 -subj "/CN=pgkeep test CA"
        echo "subjectAltName=IP:$(address_of "$1")" > san
        for name in client server; do
            openssl req -newkey rsa:2048 -nodes -keyout "$name-key.pem" -out "$name.csr" -subj "/CN=$name"
            openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile san \
                -out "$name-new.pem"
            mv "$name-new.pem" "$name-cert.pem"
        done
        mkdir -p tls
        cp ca.pem tls/ca.pem
        cp client-cert.pem tls/cert.pem
        cp client-key.pem tls/key.pem
    ) > "$folder/certificates.log" 2>&1
}

# A second port with TLS, for clients with a certificate; it waits for the test to make those.
# shellcheck disable=SC2034,SC2016 # for those who load this; the container's own shell
DOCKERD_TLS='until [ -e /engine/tls/key.pem ]; do sleep 0.1; done
    exec dockerd --host unix:///var/run/docker.sock --host tcp://0.0.0.0:2376 --tlsverify \
        --tlscacert /engine/ca.pem --tlscert /engine/server-cert.pem --tlskey /engine/server-key.pem'

# by_tls NAME COMMAND...
by_tls() {
    DOCKER_HOST="tcp://$(address_of "$1"):2376" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$BATS_FILE_TMPDIR/$1/tls" \
        timeout 60 "${@:2}"
}
