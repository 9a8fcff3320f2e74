#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/protocol.md to the project: the table of reasons is that of reason.h, and every example verifies.

    protocol_doc.py [--write]     prints what is wrong as FILE:LINE: text; --write mends the table of reasons
"""
import hashlib
import pathlib
import re
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

import tokens

HEADER = pathlib.Path("include/hallmark/reason.h")
DOCUMENT = pathlib.Path("docs/protocol.md")
TABLE = re.compile(r"<!-- reasons -->\n(.*?)<!-- end of reasons -->", re.S)
BLOCK = r"<!-- {}: (\w+) -->\n```\n(.*?)\n```"


def table():
    """Every X(…) of the header, as a row."""
    rows = re.findall(r'X\((\d+), \w+, "([^"]+)",[\s\\]*"([^"]+)"\)', HEADER.read_text())
    return "\n".join(["| number | name | what it means |", "|---|---|---|"] +
                     [f"| {number} | `{name}` | {sentence} |" for number, name, sentence in rows]) + "\n"


def point(text):
    x, y = (int(line.split()[1], 16) for line in text.splitlines())
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def thumbprint(key):
    """The COSE_Key of a P-256 key, and the claim `cnf` that names it (section 4.1)."""
    numbers = key.public_numbers()
    cose_key = cbor2.dumps({1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
    return {"cosekey": cose_key, "cnf": cbor2.dumps({8: {5: hashlib.sha256(cose_key).digest()}})}


def findings(text):
    if TABLE.search(text)[1] != table():
        yield text.index("<!-- reasons -->"), "the table of reasons is not that of reason.h; run protocol_doc.py --write"
    keys = {name: point(body) for name, body in re.findall(BLOCK.format("key"), text, re.S)}
    exact = thumbprint(keys["evidence"])
    for match in re.finditer(BLOCK.format("example"), text, re.S):
        name, token = match[1], bytes.fromhex(match[2].replace("\n", ""))
        try:
            if name in keys:
                tokens.open1(token, keys[name])
            elif name in exact and token != exact[name]:
                yield match.start(), f"the example {name} is not of the example's key"
            elif name != "get":
                cbor2.loads(token)
        except (InvalidSignature, ValueError, cbor2.CBORDecodeError) as error:
            yield match.start(), f"the example {name} does not hold: {type(error).__name__}"


def main():
    text = DOCUMENT.read_text()
    if "--write" in sys.argv:
        text = TABLE.sub(lambda _: f"<!-- reasons -->\n{table()}<!-- end of reasons -->", text)
        DOCUMENT.write_text(text)
    for at, message in findings(text):
        line = text.count("\n", 0, at) + 1
        print(f"{DOCUMENT}:{line}: {message}")


main()
