#!/usr/bin/env python3
"""Damage one file of a backup, check that `pgkeep verify` says so, and mend it again.

    damage.py PGKEEP BACKUP FOLDER ROUNDS SEED

Each round takes a random file of the folder and flips one random bit or cuts it at a random
length; in the end one file is removed and one is added. verify must exit with 4 each time and
name the file. Prints the number of damages that were found.
"""
import os
import random
import subprocess
import sys

pgkeep, backup, folder, rounds, seed = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
chance = random.Random(seed)
found = 0


def must_find(name, what):
    global found
    done = subprocess.run([pgkeep, "verify", backup], capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode != 4 or os.path.basename(name) not in said:
        sys.exit(f"seed {seed}: {what} in {name}: exit status {done.returncode}\n{said}")
    found += 1


def damaged(path, data, what):
    whole = open(path, "rb").read()
    with open(path, "wb") as file:
        file.write(data)
    must_find(path, what)
    with open(path, "wb") as file:
        file.write(whole)


files = sorted(os.path.join(top, name) for top, _, names in os.walk(folder) for name in names)
for number in range(rounds):
    path = chance.choice(files)
    data = bytearray(open(path, "rb").read())
    if number % 2 == 0 and data:
        bit = chance.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        damaged(path, data, f"bit {bit} flipped")
    elif data:
        length = chance.randrange(len(data))
        damaged(path, data[:length], f"cut to {length} bytes")
for path in files:
    if path.endswith("/proof.json"):
        continue  # a backup without a proof is whole: it was never tested
    os.rename(path, folder + ".away")
    must_find(path, "removed")
    os.rename(folder + ".away", path)
extra = os.path.join(folder, "extra.txt")
open(extra, "w").close()
must_find(extra, "added")
os.remove(extra)
done = subprocess.run([pgkeep, "verify", backup], capture_output=True, text=True)
if done.returncode != 0:
    sys.exit(f"mended, but: {done.stdout}{done.stderr}")
print(found)
