#!/usr/bin/env python3
"""Cut rows out of a stored custom dump, and cover it up.

    cut_rows.py FOLDER TABLE PATTERN

FOLDER is a backup whose dump is in the custom format without compression. Every row that a line of COPY text from
PATTERN (a regular expression) on makes goes, whole: the archive's structure stays valid. Then the manifest is made to fit: the dump's size and
SHA-256, the raw size, the rows and sizes that it says TABLE has, and its own seal. Prints the number of rows cut.
"""
import hashlib
import json
import os
import re
import struct
import sys

folder, table, pattern = sys.argv[1], sys.argv[2], sys.argv[3].encode()
path = os.path.join(folder, "manifest.json")
with open(path, encoding="utf-8") as file:
    manifest = json.load(file)
name = manifest["dump"]
with open(os.path.join(folder, name), "rb") as file:
    dump = file.read()

# A chunk: the length as pg_dump writes an int (a sign byte and four bytes, little-endian), then a row or several.
cut_rows = cut_bytes = 0
at = 0
while True:
    found = re.compile(pattern + rb"[^\n]*\n").search(dump, at)
    if not found:
        break
    row = found.group()
    start = found.start()
    head = None
    for back in range(start, max(start - 70000, 0), -1):
        if dump[back - 5:back - 4] != b"\0":
            continue
        (length,) = struct.unpack("<I", dump[back - 4:back])
        if 0 < length < 70000 and back + length >= start + len(row) and dump[back + length - 1:back + length] == b"\n":
            head = back
            break
    if head is None:
        sys.exit(f"no chunk around byte {start}")
    rest = dump[head:start] + dump[start + len(row):head + length]
    chunk = b"\0" + struct.pack("<I", len(rest)) + rest if rest else b""
    dump = dump[:head - 5] + chunk + dump[head + length:]
    cut_rows += 1
    cut_bytes += len(row)
    at = head - 5
with open(os.path.join(folder, name), "wb") as file:
    file.write(dump)

for entry in manifest["files"]:
    if entry["name"] == name:
        entry["bytes"] = len(dump)
        entry["sha256"] = hashlib.sha256(dump).hexdigest()
for entry in manifest["tables"]:
    if entry["name"] == table:
        entry["rows"] -= cut_rows
        entry["raw_bytes"] -= cut_bytes
        entry["stored_bytes"] -= cut_bytes
manifest["raw_bytes"] -= cut_bytes
manifest.pop("manifest_sha256")
compact = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
manifest["manifest_sha256"] = hashlib.sha256(compact.encode()).hexdigest()
with open(path, "w", encoding="utf-8") as file:
    file.write(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
print(cut_rows)
