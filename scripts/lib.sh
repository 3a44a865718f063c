# Shared by the scripts in this folder; sourced, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is unused here is used by the scripts that source this file

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Everything that the tests create in an engine carries this label. It is not one of pgkeep's own labels
# (pgkeep.*): those are settings, and pgkeep refuses the ones that it does not know.
TEST_LABEL=pgkeep-test

say() {
    printf '== %s\n' "$*" >&2
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

have() {
    command -v "$1" > /dev/null
}

# The comment at the top of a script is its help.
print_help() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
}

image_exists() {
    docker image inspect "$1" > /dev/null 2>&1
}

# image_label IMAGE NAME: the label's value, or nothing.
image_label() {
    docker image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2> /dev/null
}
