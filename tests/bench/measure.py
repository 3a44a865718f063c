#!/usr/bin/env python3
"""Run commands as whole processes; print wall seconds and peak memory of each.

    measure.py [--stdin FILE] [--stdout FILE] -- COMMAND [ARG ...]

One line on standard output: "WALL_SECONDS PEAK_KIB". Peak memory is the kernel's own figure for
the finished process (ru_maxrss of wait4). Fails as the command does.
"""
import os
import sys
import time


def main():
    words = sys.argv[1:]
    files = {"--stdin": None, "--stdout": None}
    while words and words[0] in files:
        files[words[0]] = words[1]
        words = words[2:]
    if not words or words.pop(0) != "--":
        sys.exit(__doc__)
    begin = time.monotonic()
    pid = os.fork()
    if pid == 0:
        if files["--stdin"]:
            os.dup2(os.open(files["--stdin"], os.O_RDONLY), 0)
        out = files["--stdout"] or "/dev/null"
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
        os.execvp(words[0], words)
    _, status, usage = os.wait4(pid, 0)
    print(f"{time.monotonic() - begin:.2f} {usage.ru_maxrss}")
    sys.exit(os.waitstatus_to_exitcode(status))


main()
