#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The links of the documents in the current directory lead somewhere, and files that they name are there. Prints each
finding as FILE:LINE: text. For tests/lint/docs.sh."""

import pathlib
import re

FOLDERS = ("tests/", "daemon/", "docs/", "conf/", "include/", "systemd/")


def documents():
    for pattern in ("*.md", "docs/*.md", "tests/*/README.md"):
        yield from sorted(pathlib.Path().glob(pattern))


def slug(heading):
    """As the hosting sites make it: small letters, no punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(path):
    return {slug(h.strip()) for h in re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)}


def link_fault(document, target):
    file, _, anchor = target.partition("#")
    path = document.parent / file if file else document
    if not path.exists():
        return f"the link leads to {file}, which is not there"
    if anchor and anchor not in anchors(path):
        return f"the link leads to #{anchor}, which {file or 'this file'} does not have"
    return None


def places(name):
    """Where a file of that name may be; the current directory for what is no file's name."""
    if name.startswith(FOLDERS):
        return [name]
    if re.fullmatch(r"\d{3}-[a-z0-9-]+", name):
        return ["tests/system/" + name]
    if re.fullmatch(r"[a-z]+(/[a-z]+)?/\w+\.[ch]", name):
        return ["daemon/" + name, "include/" + name]
    return ["."]


def faults(document, line):
    text = re.sub(r"`[^`]*`", "", line)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield link_fault(document, target)
    for name in re.findall(r"`([\w./-]+)`", line):
        if not any(pathlib.Path(place).exists() for place in places(name)):
            yield f"names {name}, which is not there"


def main():
    for document in documents():
        is_literal = False
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
            is_literal ^= line.startswith("```")
            for fault in [] if is_literal else faults(document, line):
                if fault:
                    print(f"{document}:{number}: {fault}")


main()
