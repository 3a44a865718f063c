#!/usr/bin/env python3
"""Make a backup hostile by hand, as whoever may write the repository can: seals and checksums fit.

    hostile.py list plain|globals|manifest      prints the names of the variants
    hostile.py make NAME FOLDER                  rewrites the backup in FOLDER

Every variant holds the word hostile_mark, which no server may ever log; psql commands would make the
file /tmp/hostile_mark.
"""
import gzip
import hashlib
import json
import os
import sys

SHELL = "\\! touch /tmp/hostile_mark"
GONE = 'DROP DATABASE "live" -- hostile_mark\n;\n'

# Each stands behind the settings at the head of the dump.
PLAIN = {
    "command": SHELL + "\n",
    "command-in-a-statement": "CREATE TABLE public.hostile_mark ( " + SHELL + "\n);\n",
    "command-behind-a-statement": "CREATE TABLE public.hostile_mark (); " + SHELL + "\n",
    "command-behind-restrict": "\\restrict abc " + SHELL + "\n",
    "connect": "\\connect live\nCREATE TABLE public.hostile_mark ();\n",
    "copy-command": "\\copy public.a from program 'touch /tmp/hostile_mark'\n",
    "output-to-a-command": "\\o |touch /tmp/hostile_mark\n",
    "gexec": "CREATE TABLE public.hostile_mark () \\gexec\n;\n",
    "two-in-one": "CREATE TABLE public.x () \\; " + GONE,
    "drop-database": GONE,
    "drop-database-hidden": "dRoP /* hostile_mark\n */\n DATABASE \"live\";\n",
    "drop-database-behind-a-mark": "\ufeff" + GONE,
    "create-database": "CREATE DATABASE hostile_mark;\n",
    "alter-database": "ALTER DATABASE live RENAME TO hostile_mark;\n",
    "alter-system": "ALTER SYSTEM SET cluster_name = 'hostile_mark';\n",
    "create-role": "CREATE USER hostile_mark SUPERUSER;\n",
    "membership": "GRANT pg_monitor TO pg_read_all_settings; -- hostile_mark\n",
    "copy-program": "COPY public.a FROM PROGRAM 'touch /tmp/hostile_mark';\n",
    "copy-to-file": "COPY public.a TO '/tmp/hostile_mark';\n",
    "copy-with-more": "COPY public.a (id) FROM stdin; " + SHELL + "\n1\n\\.\n",
    "behind-copy": "COPY public.a (id) FROM stdin;\n\\.\r\n" + SHELL + "\n\\.\n",
    "catalogue": "COPY pg_catalog.pg_authid FROM stdin;\nhostile_mark\n\\.\n",
    "do": "DO $$ BEGIN RAISE NOTICE 'hostile_mark'; END $$;\n",
    "load": "LOAD 'hostile_mark';\n",
    "set-role": "SET ROLE hostile_mark;\n",
    "strings": "SET standard_conforming_strings = off;\n"
    "COMMENT ON SCHEMA public IS 'x\\', ' " + SHELL + "\n';\n",
    "escape-string": "COMMENT ON SCHEMA public IS E'x\\\\' " + SHELL + "\n;\n",
    "continued-string": "COMMENT ON SCHEMA public IS E'x'\n'\\' " + SHELL + "\n';\n",
    "encoding": "SET client_encoding = 'SJIS'; -- hostile_mark\n",
    "carriage-return": "-- hostile_mark\r" + SHELL + "\n",
    "variable": "COMMENT ON SCHEMA public IS :'HOST'; -- hostile_mark\n",
    "body": "CREATE FUNCTION public.begin() RETURNS int LANGUAGE sql RETURN 1;"
    " CREATE ROLE hostile_mark; END;\n",
    "subscription": "CREATE SUBSCRIPTION hostile_mark CONNECTION 'host=x' PUBLICATION y;\n",
    "nul": "COMMENT ON SCHEMA public IS 'hostile_mark\0';\n",
}
GLOBALS = {
    "globals-command": SHELL + "\n",
    "globals-command-in-a-statement": "CREATE ROLE hostile_mark " + SHELL + "\n;\n",
    "globals-connect": "\\connect live\nCREATE ROLE hostile_mark;\n",
    "globals-drop-database": GONE.replace(" -- hostile_mark\n", ""),
    "globals-alter-system": "ALTER SYSTEM SET cluster_name = 'hostile_mark';\n",
    "globals-copy": "COPY (SELECT 1) TO PROGRAM 'touch /tmp/hostile_mark';\n",
    "globals-strings": "ALTER ROLE postgres SET a.b TO E'x'\n'\\' " + SHELL + "\n';\n",
    "globals-set-role": "SET ROLE hostile_mark;\n",
}
DATABASE = ':"database"'
MANIFEST = {
    "manifest-command": {"database_properties": [SHELL]},
    "manifest-command-in-a-statement": {
        "database_properties": [f"GRANT CONNECT ON DATABASE {DATABASE} TO PUBLIC {SHELL}\n"]
    },
    "manifest-second-statement": {
        "database_properties": [f"ALTER DATABASE {DATABASE} SET a.b TO 'c'; {GONE}"]
    },
    "manifest-other-database": {
        "database_properties": ["ALTER DATABASE live SET a.hostile_mark TO 'c'"]
    },
    "manifest-rename": {"database_properties": [f"ALTER DATABASE {DATABASE} RENAME TO hostile_mark"]},
    "manifest-superuser": {"database_properties": ["ALTER ROLE postgres SET a.hostile_mark TO 'b'"]},
    "manifest-string": {
        "database_properties": [f"ALTER DATABASE {DATABASE} SET a.b TO E'x\\\\' {SHELL}\n"]
    },
    "manifest-provider": {"locale_provider": "libc; ALTER SYSTEM SET cluster_name = 'hostile_mark'"},
}


def file_of(manifest, name):
    return next(file for file in manifest["files"] if file["name"] == name)


def rewrite(folder, manifest, name, change):
    path = os.path.join(folder, name)
    data = open(path, "rb").read()
    packed = name.endswith(".gz")
    data = change(gzip.decompress(data) if packed else data)
    data = gzip.compress(data) if packed else data
    open(path, "wb").write(data)
    entry = file_of(manifest, name)
    entry["bytes"], entry["sha256"] = len(data), hashlib.sha256(data).hexdigest()


def behind(line, text):
    def change(data):
        at = data.index(line) + len(line)
        return data[:at] + text.encode() + data[at:]

    return change


def make(name, folder):
    path = os.path.join(folder, "manifest.json")
    manifest = json.load(open(path, encoding="utf-8"))
    if name in PLAIN:
        rewrite(folder, manifest, manifest["dump"], behind(b"SET row_security = off;\n", PLAIN[name]))
    elif name in GLOBALS:
        head = b"SET standard_conforming_strings = on;\n"
        rewrite(folder, manifest, manifest["globals"], behind(head, GLOBALS[name]))
    else:
        manifest.update(MANIFEST[name])
    manifest.pop("manifest_sha256")
    compact = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    manifest["manifest_sha256"] = hashlib.sha256(compact.encode()).hexdigest()
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


if sys.argv[1] == "list":
    print("\n".join({"plain": PLAIN, "globals": GLOBALS, "manifest": MANIFEST}[sys.argv[2]]))
else:
    make(sys.argv[2], sys.argv[3])
