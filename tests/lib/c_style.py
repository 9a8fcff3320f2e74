#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints each goto and each line comment of C files as FILE:LINE: text; comments and literals do not count."""
import re
import sys

TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\bgoto\b", re.S)


def findings(text):
    for match in TOKEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match[0].startswith("//"):
            yield line, "a line comment; write /* */"
        elif match[0] == "goto":
            yield line, "goto; use a cleanup attribute"


for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for line, text in findings(file.read()):
            print(f"{path}:{line}: {text}")
