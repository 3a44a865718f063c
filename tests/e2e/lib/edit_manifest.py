#!/usr/bin/env python3
"""Change a backup's manifest, and cover it up.

    edit_manifest.py FOLDER STATEMENT...

Each STATEMENT is Python that changes `m`, the manifest. Then it is sealed anew, as docs/repository-format.md says.
"""
import hashlib
import json
import os
import sys

path = os.path.join(sys.argv[1], "manifest.json")
with open(path, encoding="utf-8") as file:
    m = json.load(file)
for statement in sys.argv[2:]:
    exec(statement)
m.pop("manifest_sha256")
compact = json.dumps(m, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
m["manifest_sha256"] = hashlib.sha256(compact.encode()).hexdigest()
with open(path, "w", encoding="utf-8") as file:
    json.dump(m, file, indent=2, ensure_ascii=False)
    file.write("\n")
