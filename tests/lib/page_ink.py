#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks at printed pages (PGM, of pdftoppm): whether each has ink, and none in the last fortieth of its width, where a printer cuts."""
import sys

WHITE = 250


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    magic, width, height, depth = data.split(maxsplit=4)[:4]
    assert magic == b"P5" and depth == b"255"
    return int(width), data[-int(width) * int(height):]


def main(paths):
    assert paths
    for path in paths:
        width, pixels = read(path)
        rows = [pixels[i:i + width] for i in range(0, len(pixels), width)]
        ink = sum(p < WHITE for row in rows for p in row)
        beside = sum(p < WHITE for row in rows for p in row[width - width // 40:])
        if ink * 1000 < len(pixels):
            sys.exit(f"{path}: blank")
        if beside:
            sys.exit(f"{path}: cut off at the right")
    print("ink, margin free")


main(sys.argv[1:])
