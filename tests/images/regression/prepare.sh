#!/usr/bin/env bash
# Puts the regression suite of the server's own major into /usr/local/share/regression, and regress.so, the suite's
# functions in C, where the server looks for libraries. Runs while the image is built, as root.
#
# Where the image's own package sources do not have it, the last line says so after UNAVAILABLE: scripts/images
# tells that from a recipe that is broken.
set -euo pipefail

SUITE=/usr/local/share/regression
PACKAGE=postgresql-$PG_MAJOR
TOOLS=(gcc libc6-dev bzip2)

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unavailable() {
    printf 'UNAVAILABLE: %s\n' "$*"
    exit 1
}

# The packages' source from wherever the packages themselves come from, in either of apt's two notations.
name_package_sources() {
    local folder=/etc/apt/sources.list.d file
    for file in /etc/apt/sources.list "$folder"/*.list; do
        [[ ! -f $file ]] || sed -n 's/^deb /deb-src /p' "$file"
    done > "$work/deb-src.list"
    for file in "$folder"/*.sources; do
        [[ ! -f $file ]] || sed 's/^Types: *deb *$/Types: deb-src/' "$file" > "$work/deb-src-${file##*/}"
    done
    cp "$work"/deb-src* "$folder/"
}

installed() {
    dpkg-query -W -f '${Package}:${Architecture} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort
}

# source_versions: of the package's source, the server's own first, then the newest. The tests of another minor
# release serve as well.
source_versions() {
    # shellcheck disable=SC2016 # dpkg-query's own placeholder
    dpkg-query -W -f '${Version}\n' "$PACKAGE"
    apt-cache showsrc "$PACKAGE" | sed -n 's/^Version: //p' | sort -Vr
}

# A mirror may list a version that it no longer has, or not yet. Sets version.
fetch_source() {
    while read -r version; do
        if apt-get source --download-only -qq "$PACKAGE=$version"; then return 0; fi
    done < <(source_versions | awk '!seen[$0]++')
    unavailable "no source of $PACKAGE in the package sources of the image"
}

# The headers alone: as a package they would bring LLVM along.
fetch_headers() {
    apt-get download -qq "postgresql-server-dev-$PG_MAJOR" ||
        unavailable "no postgresql-server-dev-$PG_MAJOR in the package sources of the image"
    dpkg-deb -x postgresql-server-dev-*.deb headers
}

# The psql that the tests were written with: minor releases differ in what follows a COPY that the server refuses,
# and one that skips too much leaves out the rest of a test.
fetch_psql() {
    local bin
    bin=$(pg_config --bindir)
    mkdir -p client "$SUITE/bin"
    if apt-get download -qq "postgresql-client-$PG_MAJOR=$version"; then
        dpkg-deb -x postgresql-client-*.deb client
        cp "client/$bin/psql" "$SUITE/bin/"
    else
        ln -s "$bin/psql" "$SUITE/bin/"
    fi
}

main() {
    local version
    cd "$work"
    # apt gives up root for downloads, and has to write here all the same
    chmod 777 "$work"
    installed > before
    name_package_sources
    apt-get update -qq
    fetch_source
    fetch_headers
    fetch_psql
    apt-get install -y -qq --no-install-recommends "${TOOLS[@]}" || unavailable "no ${TOOLS[*]}"
    tar --extract --file "$(find . -name '*.orig.tar.*' -not -name '*.asc')" --directory "$SUITE" \
        --strip-components=4 --wildcards '*/src/test/regress/*'
    gcc -O1 -fPIC -shared -I "headers/usr/include/postgresql/$PG_MAJOR/server" \
        -o "$(pg_config --pkglibdir)/regress.so" "$SUITE/regress.c"
    installed | comm -13 before - | xargs apt-get purge -y -qq
    apt-get clean
    rm -rf /etc/apt/sources.list.d/deb-src* /var/lib/apt/lists/* /var/cache/apt/*.bin
}

main
