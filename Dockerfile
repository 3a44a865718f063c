# pgkeep as an image: docker build -t pgkeep .
#
# It runs as user 10001. That user reads the engine's socket through the socket's group, which differs from
# host to host, so it is given at the start: docker run --group-add "$(stat -c %g /var/run/docker.sock)"
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS builder
WORKDIR /src
# Its own layer: the packages do not change when the sources do.
COPY scripts/install-deps scripts/lib.sh scripts/
RUN scripts/install-deps build
COPY . .
RUN make -j"$(nproc)" && make install DESTDIR=/out PREFIX=/usr && strip /out/usr/bin/pgkeep

FROM ${BASE}
RUN set -eux; \
    export DEBIAN_FRONTEND=noninteractive; \
    apt-get update; \
    apt-get install -y --no-install-recommends \
        ca-certificates libcurl4 libinih1 libjansson4 liblz4-1 libpq5 libssl3 libzstd1 tzdata zlib1g; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log; \
    groupadd --gid 10001 pgkeep; \
    useradd --uid 10001 --gid pgkeep --no-create-home --home-dir /backups --shell /usr/sbin/nologin pgkeep; \
    install -d -o pgkeep -g pgkeep -m 0700 /backups
COPY --from=builder /out/usr/bin/pgkeep /usr/bin/pgkeep

USER pgkeep
VOLUME /backups
WORKDIR /backups
HEALTHCHECK --interval=60s --timeout=30s --start-period=20s CMD ["pgkeep", "doctor", "--quiet"]
ENTRYPOINT ["pgkeep"]
CMD ["run"]
