#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Another reader of the seal of a report (docs/report.md): verifies FILE.cose with PUBLIC.pem, compares FILE, and prints the gateway."""
import hashlib
import sys

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

SHA256, LENGTH = 0, 1


def verify(key, signature, message):
    if not isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message)
        return
    half = len(signature) // 2
    der = utils.encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    key.verify(der, message, ec.ECDSA(hashes.SHA256() if half == 32 else hashes.SHA384()))


def main(path, public):
    with open(path, "rb") as f:
        report = f.read()
    with open(path + ".cose", "rb") as f:
        token = cbor2.loads(f.read())
    with open(public, "rb") as f:
        key = serialization.load_pem_public_key(f.read())
    assert token.tag == 18
    protected, _, payload, signature = token.value
    assert cbor2.loads(protected)[16] == "application/vnd.hallmark.report-seal+cwt"
    verify(key, signature, cbor2.dumps(["Signature1", protected, b"", payload]))
    claims = cbor2.loads(payload)
    assert claims[265] == "tag:hallmarkd.org,2026:report-seal#1"
    assert claims[-846008][SHA256] == hashlib.sha256(report).digest()
    assert claims[-846008][LENGTH] == len(report)
    print(claims[1])


main(*sys.argv[1:])
