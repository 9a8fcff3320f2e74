#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/protocol.md to what it says: every example verifies. Prints what is wrong as FILE:LINE: text."""
import hashlib
import hmac
import pathlib
import re

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

import ear
import tokens

DOCUMENT = pathlib.Path("docs/protocol.md")
BLOCK = r"<!-- {}: ([\w-]+) -->\n```\n(.*?)\n```"


def point(text):
    x, y = (int(line.split()[1], 16) for line in text.splitlines())
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def thumbprint(key):
    """The COSE_Key of a P-256 key, and the claim `cnf` that names it (section 4.1)."""
    numbers = key.public_numbers()
    cose_key = cbor2.dumps({1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
    return {"cosekey": cose_key, "cnf": cbor2.dumps({8: {5: hashlib.sha256(cose_key).digest()}})}


def is_exported(lines):
    """RFC 5705 without context, and with an empty one: the first block of the PRF of RFC 5246 section 5."""
    values = {name: bytes.fromhex(value) for name, value in map(str.split, lines)}
    seed = b"EXPORTER-hallmark-attest" + values["client_random"] + values["server_random"]

    def export(seed):
        first = hmac.digest(values["master_secret"], seed, "sha256")
        return hmac.digest(values["master_secret"], first + seed, "sha256")

    return export(seed) == values["channel_value"] and export(seed + bytes(2)) == values["empty_context"]


def is_named(lines):
    """Section 5.1: the last line is 01 and the hash of what stands before it."""
    *names, ueid = (bytes.fromhex(line.split()[1]) for line in lines)
    return b"\x01" + hashlib.sha256(b"".join(names)).digest() == ueid


VECTORS = {"exporter": is_exported, "ueid-serial": is_named, "ueid-module": is_named, "ueid-permanent": is_named,
           "ueid-key": is_named}


def findings(text):
    for match in re.finditer(BLOCK.format("vector"), text, re.S):
        if not VECTORS[match[1]](match[2].splitlines()):
            yield match.start(), f"the vector {match[1]} does not hold"
    keys = {name: point(body) for name, body in re.findall(BLOCK.format("key"), text, re.S)}
    exact = thumbprint(keys["evidence"])
    for match in re.finditer(BLOCK.format("example"), text, re.S):
        name, token = match[1], bytes.fromhex(match[2].replace("\n", ""))
        try:
            if name in keys:
                claims = tokens.open1(token, keys[name])
                yield from ((match.start(), f"the example {name}: {fault}") for fault in ear.faults(claims) if name == "ear")
            elif name in exact and token != exact[name]:
                yield match.start(), f"the example {name} is not of the example's key"
            elif name != "get":
                cbor2.loads(token)
        except (InvalidSignature, ValueError, cbor2.CBORDecodeError) as error:
            yield match.start(), f"the example {name} does not hold: {type(error).__name__}"


def main():
    text = DOCUMENT.read_text()
    for at, message in findings(text):
        line = text.count("\n", 0, at) + 1
        print(f"{DOCUMENT}:{line}: {message}")


main()
