#!/usr/bin/env python3
"""Random schemas: equal when all was compared, and never when something was skipped.

    random_proofs.py PGKEEP CONTAINER REPOSITORY ROUNDS SEED

Each round makes a database of random tables, partitions, children, sequences, large objects and types, backs it up
and tests it: that must be equal, with as many tables as there are. Then it takes something out of the manifest's
fingerprint, or marks it as not known, seals the manifest again, and tests once more: that must never be equal.
Prints the number of proofs.
"""
import glob
import hashlib
import json
import os
import random
import subprocess
import sys

pgkeep, container, repository, rounds, seed = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
chance = random.Random(seed)
proofs = 0

TYPES = [  # a type, and an expression of i that gives one of its values
    ("int", "i"), ("bigint", "i::bigint * 1000000007"), ("smallint", "(i % 30000)::smallint"), ("text", "md5(i::text)"),
    ("varchar(40)", "'v' || i"), ("char(8)", "left(md5(i::text), i % 8)"), ("numeric", "i / 3.0"),
    ("numeric(20, 4)", "i * 1.0001"), ("real", "(i / 7.0)::real"), ("double precision", "sqrt(i)"),
    ("boolean", "i % 3 = 0"), ("date", "'2000-01-01'::date + i"), ("timestamp", "'2000-01-01'::timestamp + i * '1 s'::interval"),
    ("timestamptz", "'2000-01-01Z'::timestamptz + i * '1 h'::interval"), ("interval", "i * '1 month 2 days 3 s'::interval"),
    ("bytea", "decode(md5(i::text), 'hex')"), ("jsonb", "jsonb_build_object('a', i, 'b', md5(i::text))"),
    ("json", "('{\"z\":  ' || i || '}')::json"), ("uuid", "md5(i::text)::uuid"), ("int[]", "ARRAY[i, NULL, i + 1]"),
    ("text[]", "ARRAY['a,\"' || i, NULL, '']"), ("int4range", "int4range(i, i + 5)"), ("inet", "'10.0.0.0'::inet + i"),
    ("bit varying(16)", "(i % 256)::bit(16)"), ("money", "i::money"), ("point", "point(i, -i)"),
    ("tsvector", "to_tsvector('simple', 'w' || i || ' v')"), ("xml", "('<a>' || i || '</a>')::xml"), ("oid", "i::oid"),
    ("regtype", "'int4'::regtype"), ("time", "'00:00'::time + (i % 80000) * '1 s'::interval"),
]
NAMES = ["plain", "With Space", 'quo"te', "a.b", "ünï", "line\nfeed", "select", "x" * 63, "tab\there", "back\\slash", "%s", "$1"]


def psql(database, text):
    subprocess.run(["docker", "exec", "-i", container, "psql", "-h", "127.0.0.1", "-U", "postgres", "-XAtq", "-v",
                    "ON_ERROR_STOP=1", "-d", database], input=text, text=True, check=True, stdout=subprocess.PIPE)


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def columns(count):
    chosen = [chance.choice(TYPES) for _ in range(count)]
    names = [f"{chance.choice(NAMES)[:50]}{number}" for number in range(count)]
    return names, chosen


def fill(name, names, chosen, rows):
    """Every value is NULL now and then."""
    if not names:
        return f"INSERT INTO {name} SELECT FROM generate_series(1, {rows}) i;\n"
    values = ", ".join(f"CASE WHEN (i + {n}) % 11 = 0 THEN NULL ELSE {value} END" for n, (_, value) in enumerate(chosen))
    return f"INSERT INTO {name} SELECT {values} FROM generate_series(1, {rows}) i;\n"


def table(schema, number):
    """The SQL of one table, and how many tables with rows of their own it makes."""
    name = f"{quote(schema)}.{quote(chance.choice(NAMES)[:55] + str(number))}"
    names, chosen = columns(chance.randrange(0, 7))
    body = ", ".join(f"{quote(n)} {t}" for n, (t, _) in zip(names, chosen))
    kind = chance.choice(["table", "table", "unlogged", "parts", "child", "dropped"])
    rows = chance.choice([0, 1, 7, 300])
    if kind == "unlogged":
        return f"CREATE UNLOGGED TABLE {name} ({body});\n" + fill(name, names, chosen, rows), 1
    if kind == "parts":
        parts = chance.randrange(1, 4)
        text = f"CREATE TABLE {name} ({'k int' + (', ' + body if body else '')}) PARTITION BY HASH (k);\n"
        for part in range(parts):
            leaf = f"{quote(schema)}.{quote(f'part {number} {part}')}"
            text += f"CREATE TABLE {leaf} PARTITION OF {name} FOR VALUES WITH (MODULUS {parts}, REMAINDER {part});\n"
        return text + fill(name, ["k"] + names, [("int", "i")] + chosen, rows), parts
    if kind == "child":
        child = f"{quote(schema)}.{quote(f'child {number}')}"
        return (f"CREATE TABLE {name} ({body});\nCREATE TABLE {child} (extra int) INHERITS ({name});\n"
                f"ALTER TABLE {name} ADD COLUMN late text;\n" + fill(child, [], [], 3) + fill(name, [], [], 2)), 2
    text = f"CREATE TABLE {name} ({body});\n" + fill(name, names, chosen, rows)
    if kind == "dropped" and len(names) > 1:
        text += f"ALTER TABLE {name} DROP COLUMN {quote(chance.choice(names))};\n"
    return text, 1


def make(database):
    psql("postgres", f"CREATE DATABASE {database}")
    text, tables, sequences, schemas = "", 0, 0, {"public"}
    for number in range(chance.randrange(1, 7)):
        schema = chance.choice(["public", "app", "Two Words"])
        if schema not in schemas:
            text += f"CREATE SCHEMA {quote(schema)};\n"
            schemas.add(schema)
        more, made = table(schema, number)
        text += more
        tables += made
    for number in range(chance.randrange(0, 3)):
        text += f"CREATE SEQUENCE {quote(chance.choice(NAMES)[:55] + 's' + str(number))} START {chance.randrange(1, 99)};\n"
        sequences += 1
    objects = chance.choice([0, 0, 1, 5])
    for number in range(objects):
        text += f"SELECT lo_from_bytea({9000 + number}, decode(repeat(md5('{number}'), {chance.randrange(0, 900)}), 'hex'));\n"
    psql(database, text)
    return tables, sequences, objects


def newest(database):
    return sorted(glob.glob(os.path.join(glob.escape(repository), container, database, "2*")))[-1]


def prove(database, arguments=()):
    global proofs
    done = subprocess.run([pgkeep, "test", "--in", "database", *arguments, f"{container}/{database}"], text=True,
                          capture_output=True)
    proofs += 1
    with open(os.path.join(newest(database), "proof.json"), encoding="utf-8") as file:
        return done.returncode, json.load(file), done.stdout + done.stderr


def reseal(path, manifest):
    manifest.pop("manifest_sha256")
    compact = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    manifest["manifest_sha256"] = hashlib.sha256(compact.encode()).hexdigest()
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def skip_something(fingerprint):
    """Takes away what a proof needs; returns what that was."""
    table_list, sequence_list = fingerprint["tables"], fingerprint["sequences"]
    choices = ["table why", "table gone", "content gone", "schema why", "schema entry gone", "objects why"]
    if sequence_list:
        choices += ["sequence why", "sequence gone"]
    choice = chance.choice(choices)
    if choice == "table why":
        chance.choice(table_list)["why_not"] = "it was not read"
    elif choice == "table gone":
        table_list.remove(chance.choice(table_list))
    elif choice == "content gone":
        one = chance.choice(table_list)
        one.pop("digest", None)
        one["why_not"] = "its contents were not read"
    elif choice == "schema why":
        fingerprint["schema_why_not"] = "pg_dump failed"
    elif choice == "schema entry gone":
        fingerprint["entries"].remove(chance.choice(fingerprint["entries"]))
    elif choice == "objects why":
        fingerprint["large_objects"]["why_not"] = "permission denied"
    elif choice == "sequence why":
        chance.choice(sequence_list)["why_not"] = "permission denied"
    else:
        sequence_list.remove(chance.choice(sequence_list))
    return choice


for turn in range(rounds):
    database = f"random{turn}"
    tables, sequences, objects = make(database)
    subprocess.run([pgkeep, "backup", "--quiet", f"{container}/{database}"], check=True, stdout=subprocess.DEVNULL)
    status, proof, said = prove(database)
    found = (status, proof["verdict"], proof["tables"], proof["tables_by_content"], proof["sequences"])
    if found != (0, "equal", tables, tables, sequences) or proof["not_compared"]:
        sys.exit(f"seed {seed}, round {turn}: {found}, expected {tables} tables, {sequences} sequences\n{said}")
    path = os.path.join(newest(database), "manifest.json")
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    what = skip_something(manifest["fingerprint"])
    reseal(path, manifest)
    os.remove(os.path.join(newest(database), "proof.json"))  # a test that proves nothing would leave it as it is
    status, proof, said = prove(database)
    if status not in (4, 5) or proof["verdict"] == "equal":
        sys.exit(f"seed {seed}, round {turn}: {what}, and yet {status} {proof['verdict']}\n{said}")
    psql("postgres", f"DROP DATABASE {database}")
print(proofs)
