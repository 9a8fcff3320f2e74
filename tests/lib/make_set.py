#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes one signed set, from docs/protocol.md and RFC 5280 alone, with any sequence and times (seconds from now).

    make_set.py register KEY OUT SEQUENCE ISSUED UNTIL [MODEL]
    make_set.py status-list KEY OUT - ISSUED UNTIL [URI]
    make_set.py reference KEY OUT - ISSUED UNTIL [VERSION]
    make_set.py crl KEY OUT NUMBER ISSUED UNTIL CERTIFICATE

KEY signs; tokens are of the issuer "desk.example", whose schemes hold KR-CIC and whose makers pen:32473.
"""
import datetime
import pathlib
import sys
import time
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import tokens

ISSUER = "desk.example"
MAKER = 32473


def register(key, sequence, issued, until, model="lamp-1"):
    label = tokens.label_claims(
        issuer=ISSUER, number="KR-1", scheme="KR-CIC", level=1, level_name="Lite", category="lighting", field=None,
        not_before=issued, expires=until, issued=issued, classes=[tokens.product_class(MAKER, model.encode())],
        anchors=[bytes(32)])
    claims = {1: ISSUER, 4: until, 6: issued, 265: "tag:hallmarkd.org,2026:register#1", -846004: int(sequence),
              -846005: [label]}
    return tokens.sign1(claims, key, "application/vnd.hallmark.register+cwt", tokens.key_id(key))


def status_list(key, _, issued, until, uri="https://status.example/1"):
    claims = {1: ISSUER, 2: uri, 4: until, 6: issued, 65533: {"bits": 1, "lst": zlib.compress(bytes(16))}}
    return tokens.sign1(claims, key, "application/statuslist+cwt", tokens.key_id(key))


def reference(key, _, issued, until, version="1.9.9"):
    claims = {1: ISSUER, 4: until, 6: issued, 265: "tag:hallmarkd.org,2026:reference#1",
              **tokens.product_class(MAKER, b"lamp-1", ("1.0.0", version))}
    return tokens.sign1(claims, key, "application/vnd.hallmark.reference+cwt", tokens.key_id(key))


def crl(key, number, issued, until, certificate):
    ca = x509.load_pem_x509_certificate(pathlib.Path(certificate).read_bytes())
    builder = (x509.CertificateRevocationListBuilder().issuer_name(ca.subject)
               .last_update(datetime.datetime.fromtimestamp(issued, datetime.timezone.utc))
               .next_update(datetime.datetime.fromtimestamp(until, datetime.timezone.utc))
               .add_extension(x509.CRLNumber(int(number)), False))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def main(kind, key, out, sequence, issued, until, *more):
    now = int(time.time())
    key = serialization.load_pem_private_key(pathlib.Path(key).read_bytes(), None)
    make = {"register": register, "status-list": status_list, "reference": reference, "crl": crl}[kind]
    pathlib.Path(out).write_bytes(make(key, sequence, now + int(issued), now + int(until), *more))


if __name__ == "__main__":
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
