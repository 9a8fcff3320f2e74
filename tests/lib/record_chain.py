#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The decision record of a store, computed anew from include/hallmark/record.h alone; knows nothing of the daemon's code.

Prints the foot, the number of entries and the head's mark; or what does not hold, with status 1. Takes the file.
"""
import hashlib
import sqlite3
import sys

COLUMNS = ("sequence time device cause zone_before zone_after rule reason missing scheme level home_level arrangement label"
           " until expiry_cause inputs trust previous ordered_by ordered_login ordered_role name segment place interface port mac").split()
HASHED = {1: COLUMNS.index("previous") + 1, 2: COLUMNS.index("ordered_role") + 1, 3: len(COLUMNS)}  # columns by encoding


def digest(*fields):
    sha256 = hashlib.sha256()
    for field in fields:
        if isinstance(field, int):
            field = field.to_bytes(8, "big", signed=True)
        elif isinstance(field, str):
            field = field.encode()
        sha256.update(len(field).to_bytes(4, "big") + field)
    return sha256.digest()


def entry_hash(encoding, fields):
    if encoding == 4:  # tests/next
        return digest("hallmark-record-4", entry_hash(3, fields))
    expect(encoding in HASHED and set(fields[HASHED[encoding]:]) <= {"", bytes(6)}, f"entry {fields[0]} has an encoding that is none")
    return digest(f"hallmark-record-{encoding}", *fields[:HASHED[encoding]])


def expect(condition, text):
    if not condition:
        sys.exit(text)


db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
foot, hashed, kept = db.execute("SELECT sequence, hash, kept FROM record_foot").fetchone() or (0, bytes(32), bytes(32))
sequence, latest, behind = foot, {}, []
for *fields, encoding, stored in db.execute(f"SELECT {', '.join(COLUMNS)}, encoding, hash FROM record ORDER BY sequence"):
    entry = dict(zip(COLUMNS, fields))
    latest[entry["device"]] = entry
    if entry["sequence"] <= foot:
        expect(stored == entry_hash(encoding, fields), f"entry {entry['sequence']}, which was kept, is altered")
        behind += [entry["sequence"], stored]
        continue
    sequence += 1
    expect(entry["sequence"] == sequence, f"entry {sequence} is missing")
    expect(entry["previous"] == hashed, f"entry {sequence} does not follow")
    hashed = entry_hash(encoding, fields)
    expect(stored == hashed, f"entry {sequence} is altered")
expect(kept == (digest("hallmark-kept-1", *behind) if behind else bytes(32)), "what is kept is not what the foot says")

# The inputs that are kept are those of each device's last entry.
for device, entry in latest.items():
    rows = db.execute("SELECT kind, bytes FROM input WHERE device = ? ORDER BY kind, position", (device,)).fetchall()
    inputs = digest("hallmark-inputs-1", *(field for row in rows for field in row)) if rows else bytes(32)
    expect(entry["inputs"] == inputs, f"entry {entry['sequence']} was made from other inputs")

print(f"foot {foot}, {sequence - foot} entries, head {sequence}:{hashed.hex()[:16]}"
      + (f", {len(behind) // 2} kept" if behind else ""))
