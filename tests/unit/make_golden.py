#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes golden_tokens.h: tokens from an implementation that shares no code with ours (cbor2, cryptography).

Keys are fixed, ECDSA signatures are not: the output is committed and made anew only when a case is added.
    tests/unit/make_golden.py > tests/unit/golden_tokens.h
"""
import hashlib

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
D256 = 0x1111111111111111111111111111111111111111111111111111111111111111
KEYS = {
    "p256": ec.derive_private_key(D256, ec.SECP256R1()),
    "p384": ec.derive_private_key(int("22" * 48, 16), ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.from_private_bytes(b"\x33" * 32),
    "k256": ec.derive_private_key(int("44" * 32, 16), ec.SECP256K1()),
}
ALG = {"p256": -9, "p384": -51, "ed25519": -19, "k256": -9}
EVIDENCE, LABEL = "application/eat+cwt", "application/vnd.hallmark.label+cwt"
REGISTER = "application/vnd.hallmark.register+cwt"
PROFILE = "tag:hallmarkd.org,2026:"


def raw_signature(key, message):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    n = key.curve.key_size // 8
    digest = hashes.SHA384() if n == 48 else hashes.SHA256()
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(n, "big") + s.to_bytes(n, "big")


def to_be_signed(protected, payload):
    return cbor2.dumps(["Signature1", protected, b"", payload])


def token(key="p256", protected=None, unprotected=None, payload=None, tags=(18,), signature=None, **change):
    """One COSE_Sign1; protected, unprotected and payload may be given as bytes to break them."""
    protected = {1: ALG[key], 16: EVIDENCE} if protected is None else protected
    protected = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    payload = {1: "x"} if payload is None else payload
    payload = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    unprotected = unprotected if isinstance(unprotected, bytes) else cbor2.dumps(unprotected or {})
    signature = signature or raw_signature(KEYS[key], to_be_signed(protected, payload))
    items = [cbor2.dumps(protected), unprotected, cbor2.dumps(change.get("attached", payload)), cbor2.dumps(signature)]
    items += change.get("more", [])
    body = change.get("head", bytes([0x80 + len(items)])) + b"".join(items) + change.get("trailing", b"")
    for tag in reversed(tags):
        body = cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1] + body
    return body


def at_infinity():
    """r and s for which the verifier's point is at infinity: u1 + u2 d = 0."""
    protected, payload = cbor2.dumps({1: -9, 16: EVIDENCE}), cbor2.dumps({1: "x"})
    z = int.from_bytes(hashlib.sha256(to_be_signed(protected, payload)).digest(), "big")
    r = -z * pow(D256, -1, P256_ORDER) % P256_ORDER
    return r.to_bytes(32, "big") + (1).to_bytes(32, "big")


def nested(depth):
    return b"\x81" * depth + b"\x01"


def wide(n):
    return cbor2.dumps({i: i for i in range(n)})


def cose_cases():
    """(name, key, decode, verify, token): decode is "ok", "bad" or "big"; verify is what sign1_verify() says."""
    plain = {1: -9, 16: EVIDENCE}
    der = KEYS["p256"].sign(to_be_signed(cbor2.dumps(plain), cbor2.dumps({1: "x"})), ec.ECDSA(hashes.SHA256()))
    raw = raw_signature(KEYS["p256"], to_be_signed(cbor2.dumps(plain), cbor2.dumps({1: "x"})))
    x5t = [-16, b"\x07" * 32]
    ok, bad, big = [lambda name, key="p256", verify="VALID", how=how, **kw: (name, key, how, verify, token(key, **kw))
                    for how in ("ok", "bad", "big")]
    return [
        ok("P-256 ESP256"), ok("P-256 ES256", protected={1: -7, 16: EVIDENCE}),
        ok("P-384 ESP384", "p384"), ok("P-384 ES384", "p384", protected={1: -35, 16: EVIDENCE}),
        ok("Ed25519", "ed25519"), ok("EdDSA", "ed25519", protected={1: -8, 16: EVIDENCE}),
        ok("untagged", tags=()), ok("61(18())", tags=(61, 18)),
        bad("61 alone", tags=(61,)), bad("61(61(18()))", tags=(61, 61, 18)), bad("18(18())", tags=(18, 18)),
        bad("another tag", tags=(98,)), bad("18(61())", tags=(18, 61)),
        ok("P-384's algorithm on P-256", protected={1: -51}, verify="BAD_ALGORITHM"),
        ok("Ed25519's algorithm on P-256", protected={1: -19}, verify="BAD_ALGORITHM"),
        ok("ESP256 on P-384", "p384", protected={1: -9}, verify="BAD_ALGORITHM"),
        ok("an unknown algorithm", protected={1: -37}, verify="BAD_ALGORITHM"),
        ok("HMAC", protected={1: 5}, verify="BAD_ALGORITHM"),
        ok("an algorithm by name", protected={1: "ES256"}, verify="BAD_ALGORITHM"),
        ok("secp256k1", "k256", verify="BAD_ALGORITHM"),
        bad("no algorithm", protected={16: EVIDENCE}), bad("empty protected header", protected=b""),
        bad("alg in unprotected only", protected={16: EVIDENCE}, unprotected={1: -9}),
        bad("alg in both", unprotected={1: -9}), bad("typ in unprotected", protected={1: -9}, unprotected={16: EVIDENCE}),
        bad("typ in both", unprotected={16: EVIDENCE}), bad("crit in unprotected", unprotected={2: [1]}),
        bad("an unknown label in both", protected={**plain, 99: 1}, unprotected={99: 1}),
        ok("an unknown label in each", protected={**plain, 99: 1}, unprotected={98: 1}),
        ok("an unknown text label", protected={**plain, "mine": 1}, unprotected={"yours": 1}),
        bad("a text label in both", protected={**plain, "mine": 1}, unprotected={"mine": 1}),
        ok("crit typ", protected={**plain, 2: [16]}), bad("crit unknown", protected={**plain, 2: [99], 99: 1}),
        bad("crit unknown among known", protected={**plain, 2: [16, 99], 99: 1}),
        bad("crit by text", protected={**plain, 2: ["x"], "x": 1}), bad("crit absent label", protected={1: -9, 2: [16]}),
        bad("crit empty", protected={**plain, 2: []}), bad("crit no array", protected={**plain, 2: 16}),
        ok("kid", protected={**plain, 4: b"me"}), ok("kid unprotected", unprotected={4: b"me"}),
        bad("kid as text", protected={**plain, 4: "me"}), bad("kid in both", protected={**plain, 4: b"me"}, unprotected={4: b"me"}),
        ok("x5t", protected={**plain, 34: x5t}), bad("x5t with SHA-512/256", protected={**plain, 34: [-17, b"\7" * 32]}),
        bad("x5t of 31 bytes", protected={**plain, 34: [-16, b"\7" * 31]}),
        bad("x5t of three", protected={**plain, 34: x5t + [1]}), bad("x5t as bytes", protected={**plain, 34: b"\7" * 32}),
        ok("x5chain of one", unprotected={33: b"A"}), ok("x5chain of four", unprotected={33: [b"A", b"B", b"C", b"D"]}),
        bad("x5chain array of one", unprotected={33: [b"A"]}), big("x5chain of five", unprotected={33: [b"A"] * 5}),
        bad("x5chain with an empty one", unprotected={33: [b"A", b""]}), bad("x5chain as text", unprotected={33: "A"}),
        big("x5chain of 8193 bytes", unprotected={33: [b"A" * 8000, b"B" * 193]}),
        ok("x5chain of 8192 bytes", unprotected={33: [b"A" * 8000, b"B" * 192]}),
        ok("typ by number", protected={1: -9, 16: 263}),
        bad("protected header no map", protected=b"\x80"), bad("protected header cut", protected=b"\xa2\x01\x28"),
        bad("protected header with more after", protected=b"\xa1\x01\x28\x00"),
        bad("protected header indefinite", protected=b"\xbf\x01\x28\xff"),
        bad("unprotected no map", unprotected=b"\x80"),
        ok("signature of 63 bytes", signature=raw[:63], verify="BAD_SIGNATURE"),
        ok("signature of 65 bytes", signature=raw + b"\0", verify="BAD_SIGNATURE"),
        ok("signature in DER", signature=der, verify="BAD_SIGNATURE"),
        ok("signature padded", signature=b"\0" + raw[:32] + b"\0" + raw[32:], verify="BAD_SIGNATURE"),
        ok("signature of zeros", signature=b"\0" * 64, verify="BAD_SIGNATURE"),
        ok("signature of ones", signature=b"\xff" * 64, verify="BAD_SIGNATURE"),
        ok("signature at infinity", signature=at_infinity(), verify="BAD_SIGNATURE"),
        ok("another payload", attached=cbor2.dumps({1: "y"}), verify="BAD_SIGNATURE"),
        bad("detached payload", attached=None), bad("payload as map", attached={1: "x"}), bad("empty payload", payload=b""),
        bad("five items", more=[b"\x00"]), bad("three items", head=b"\x83"), bad("trailing byte", trailing=b"\0"),
        bad("indefinite array", head=b"\x9f", trailing=b"\xff"), bad("long head", head=b"\x98\x04"),
        ok("payload eight deep", payload=nested(8)), big("payload nine deep", payload=nested(9)),
        ok("payload of 64 keys", payload=wide(64)), big("payload of 65 keys", payload=wide(65)),
        bad("payload with a key twice", payload=b"\xa2\x01\x01\x01\x02"), bad("payload with more after", payload=b"\xa0\x00"),
    ]


def evidence_claims():
    return {10: [b"\xaa" * 32, b"\xbb" * 32], 256: b"\1" + b"\xcc" * 16, 258: 32473, 259: b"wall-pad 3", 260: ["B", 1],
            263: 3, 265: PROFILE + "evidence#1", 270: "firmware", 271: ["2.4.1", 1], 273: [[60, b"\xa0"]], 6: 1767225600,
            77777: {"vendor": [1, 2.5, None, True]}}


def label_claims(number="KR-2026-0001"):
    return {1: "ktc", 2: number, 4: 1861920000, 5: 1767225600, 6: 1767225601, 7: b"\1\2", 265: PROFILE + "label#1",
            65535: {"status_list": {"idx": 7, "uri": "https://example.org/1"}},
            -846000: {0: "KR-CIC", 1: 2, 2: "Basic", 3: 1, 4: "wall-pad", 5: "home", 6: "2024", 7: ["KS X 9999"], 8: "A Lab",
                     9: 1893456000, 10: "KR-2024-0007"},
            -846001: [{258: 32473, 259: b"wall-pad 3", 271: [["2.0", 1], ["2.9", 1]]},
                     {258: bytes.fromhex("acde48"), 259: b"\x00\xff", 260: ["B"], 270: "firmware"}],
            -846002: [[-16, b"\x5a" * 32]]}


def result_claims():
    return {4: 1767312000, 6: 1767225600, 10: b"\xaa" * 32, 265: "tag:ietf.org,2026:rats/ear#04", 1004: {0: "hallmarkd", 1: "gateway 7"},
            266: {"device": {265: PROFILE + "result#1", 1000: 32, 1001: {0: 2, 1: -1, 2: 33}, 1003: ["apartment"],
                             -846003: {0: "SG-CLS", 1: 4, 2: "KR-CIC", 3: 2, 4: "R1", 5: "CLS/2026/1", 6: "trusted",
                                      7: [901, 1401], 8: "label", 9: 1767268800}}}}


def register_claims():
    return {1: "ktc", 4: 1767312000, 6: 1767225600, 265: PROFILE + "register#1", -846004: 42,
            -846005: [label_claims(), label_claims("KR-2026-0002")]}


def array(name, data):
    lines = [", ".join(f"0x{b:02x}" for b in data[i:i + 20]) for i in range(0, len(data), 20)]
    print(f"static const uint8_t {name}[] = {{\n\t" + ",\n\t".join(lines) + ",\n};")


def text(name, pem):
    print(f"static const char {name}[] =\n\t" + "\n\t".join(f'"{line}\\n"' for line in pem.decode().splitlines()) + ";")


def keys():
    for name, key in KEYS.items():
        text(f"golden_key_{name}", key.public_key().public_bytes(serialization.Encoding.PEM,
                                                                serialization.PublicFormat.SubjectPublicKeyInfo))
        text(f"golden_private_{name}", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                         serialization.NoEncryption()))
        spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        array(f"golden_key_id_{name}", hashlib.sha256(spki).digest())


def squeeze(data):
    """C string of hex; a long run of one byte is written as `*byte.count.` so that the file stays small."""
    out, i = "", 0
    while i < len(data):
        run = 1
        while i + run < len(data) and data[i + run] == data[i]:
            run += 1
        out += f"*{data[i]:02x}.{run}." if run > 64 else f"{data[i]:02x}" * run
        i += run
    return out


def golden():
    return {
        "evidence": token("p256", payload=evidence_claims(), unprotected={33: [b"leaf", b"issuer"]}),
        "label": token("p384", {1: -51, 16: LABEL, 4: b"\x04" * 32}, payload=label_claims()),
        "register": token("ed25519", {1: -19, 16: REGISTER}, payload=register_claims()),
        "result": token("p256", payload=result_claims()),
        "problem": cbor2.dumps({-1: "malformed", -2: "the request is not well-formed", PROFILE + "problem": {0: 3}}),
        "challenge": cbor2.dumps([b"\xaa" * 32, 120, [PROFILE + "evidence#1"]]),
    }


def main():
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by make_golden.py; do not edit. */\n#pragma once\n")
    print("#include <stdint.h>\n")
    keys()
    for name, data in golden().items():
        array(f"golden_{name}", data)
    print("\nstruct golden_case {\n\tconst char *name, *key, *decode, *verify, *token;\n};\n")
    print("static const struct golden_case golden_cases[] = {")
    for name, key, decode, verify, data in cose_cases():
        print(f'\t{{ "{name}", "{key}", "{decode}", "{verify}",\n\t  "{squeeze(data)}" }},')
    print("};")


if __name__ == "__main__":
    main()
