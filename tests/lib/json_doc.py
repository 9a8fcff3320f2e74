#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/json.md says of one command against what the command printed.

    json_doc.py DOCUMENT SECTION < JSON

Prints each field of the JSON that the section does not name, and, with --all, each that it names and the JSON has not.
Members of maps whose keys are zones, causes or kinds of order are data and not fields.
"""
import json
import re
import sys

DATA = {"zones", "orders", "traffic", "devices", "desired", "enforced", "monitored", "packets", "bytes", "decisions", "not_judged",
        "latency", "ending", "segments", "handshake_failure_causes", "open_alone_until", "cpu_usec"}


def fields_of(value, found):
    if isinstance(value, list):
        for one in value:
            fields_of(one, found)
    elif isinstance(value, dict):
        for key, member in value.items():
            found.add(key)
            if key not in DATA:
                fields_of(member, found)


def main():
    everything = "--all" in sys.argv
    document, section = [a for a in sys.argv[1:] if a != "--all"]
    text = open(document, encoding="utf-8").read()
    parts = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    part = next(body for title, body in parts.items() if section in title.split(", "))
    rows = [row.split("|")[1] if row.startswith("|") else row for row in part.splitlines()]
    documented = set(re.findall(r"`([a-z][a-z0-9_]*)`", part))
    first = set(re.findall(r"`([a-z][a-z0-9_]*)`", "\n".join(r for r, line in zip(rows, part.splitlines())
                                                             if line.startswith("|"))))
    found = set()
    try:
        fields_of(json.loads(sys.stdin.read()), found)
    except json.JSONDecodeError as error:
        print(f"{section}: prints no JSON: {error}")
    for name in sorted(found - documented):
        print(f"{section}: prints \"{name}\", which is not documented")
    if everything:
        for name in sorted(first - found):
            print(f"{section}: \"{name}\" is documented and not printed")


if __name__ == "__main__":
    main()
