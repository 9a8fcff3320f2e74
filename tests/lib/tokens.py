# SPDX-License-Identifier: Apache-2.0
"""Tokens of docs/protocol.md, made and read with python3-cbor2 and python3-cryptography alone."""
import hashlib

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

ESP256 = -9
TYP = 16
EAT_CWT = 263
MULTIPART = 62
EVIDENCE = ("application/eat+cwt", "tag:hallmarkd.org,2026:evidence#1")
LABEL = ("application/vnd.hallmark.label+cwt", "tag:hallmarkd.org,2026:label#1")
RESULT = ("application/eat+cwt", "tag:ietf.org,2026:rats/ear#04")
RESULT_PROFILE = "tag:hallmarkd.org,2026:result#1"  # of the appraisal in it
MULTIPARTNUMERIC = 1


def encode(value):
    return cbor2.dumps(value, canonical=True)


def key_id(key):
    return hashlib.sha256(key.public_key().public_bytes(serialization.Encoding.DER,
                                                        serialization.PublicFormat.SubjectPublicKeyInfo)).digest()


def sign1(claims, key, typ, kid=None):
    """COSE_Sign1 (RFC 9052 section 4.2) with ESP256: r and s, 32 bytes each."""
    header = {1: ESP256, TYP: typ}
    if kid:
        header[4] = kid
    protected, payload = encode(header), encode(claims)
    r, s = decode_dss_signature(key.sign(encode(["Signature1", protected, b"", payload]), ec.ECDSA(hashes.SHA256())))
    return encode(cbor2.CBORTag(18, [protected, {}, payload, r.to_bytes(32, "big") + s.to_bytes(32, "big")]))


def open1(token, public_key):
    """Returns the claims of a COSE_Sign1; raises InvalidSignature."""
    protected, _, payload, signature = cbor2.loads(token).value
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public_key.verify(encode_dss_signature(r, s), encode(["Signature1", protected, b"", payload]),
                      ec.ECDSA(hashes.SHA256()))
    return cbor2.loads(payload)


def evidence_claims(handles, ueid, oemid, model, version, debug=3, **other):
    """handles: a list of 32-byte values; debug 3: disabled permanently (RFC 9711 section 4.2.9)."""
    claims = {265: EVIDENCE[1], 10: handles[0] if len(handles) == 1 else handles, 256: ueid, 258: oemid, 259: model,
              263: debug, 271: [version, MULTIPARTNUMERIC]}
    claims.update({int(key): value for key, value in other.items()})
    return claims


def sign_evidence(claims, key):
    return sign1(claims, key, EVIDENCE[0])


def product_class(oemid, model, versions=None):
    product = {258: oemid, 259: model}
    if versions:
        product[271] = [[version, MULTIPARTNUMERIC] for version in versions]
    return product


def label_claims(*, issuer, number, scheme, level, level_name, category, field, not_before, expires, issued, classes,
                 anchors):
    label = {0: scheme, 1: level, 2: level_name, 3: 1, 4: category}
    if field:
        label[5] = field
    return {1: issuer, 2: number, 4: expires, 5: not_before, 6: issued, 265: LABEL[1], -846000: label,
            -846001: classes, -846002: [[-16, anchor] for anchor in anchors]}


def sign_label(claims, key):
    return sign1(claims, key, LABEL[0], key_id(key))


def multipart(evidence, *labels):
    """multipart-core (RFC 8710): content formats and bodies in turn."""
    body = []
    for token in (evidence, *labels):
        body += [EAT_CWT, token]
    return encode(body)
