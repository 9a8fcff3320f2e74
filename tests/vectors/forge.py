# SPDX-License-Identifier: Apache-2.0
"""Certificates and tokens that may be wrong in one place, and the same bytes in each run.

Keys and ECDSA's secret numbers are derived from names: good for vectors and for nothing else.
"""
import datetime
import hashlib

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

# Curve, order of the group (FIPS 186-4 appendix D), hash, bytes of r and of s.
CURVES = {
    "secp256r1": (ec.SECP256R1(), 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551, hashlib.sha256, 32),
    "secp384r1": (ec.SECP384R1(), int("F" * 48 + "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16),
                  hashlib.sha384, 48),
    "secp521r1": (ec.SECP521R1(), int("01" + "F" * 64 + "FA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
                                      16), hashlib.sha512, 66),
    "secp256k1": (ec.SECP256K1(), 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141, hashlib.sha256, 32),
}


class Key:
    """kind: a curve of CURVES, or "ed25519"."""

    def __init__(self, name, kind="secp256r1"):
        self.kind = kind
        seed = hashlib.sha512(b"hallmark vector key " + name.encode()).digest()
        if kind == "ed25519":
            self.private = ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
        else:
            self.order, self.hash, self.size = CURVES[kind][1:]
            self.set_secret(int.from_bytes(seed, "big") % (self.order - 1) + 1)
        self.public = self.private.public_key()

    def set_secret(self, secret):
        self.secret = secret
        self.private = ec.derive_private_key(secret, CURVES[self.kind][0])
        self.public = self.private.public_key()

    def spki(self):
        return self.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def id(self):
        return hashlib.sha256(self.spki()).digest()

    def thumbprint(self):
        """Of the COSE_Key (RFC 9679 section 4): type, curve, and the point."""
        if self.kind == "ed25519":
            parts = {1: 1, -1: 6, -2: self.public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)}
        else:
            point = self.public.public_numbers()
            parts = {1: 2, -1: {"secp256r1": 1, "secp384r1": 2}[self.kind], -2: point.x.to_bytes(self.size, "big"),
                     -3: point.y.to_bytes(self.size, "big")}
        return hashlib.sha256(cbor2.dumps(parts, canonical=True)).digest()

    def private_pem(self):
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption())

    def public_pem(self):
        return self.public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def ecdsa(self, message, digest=None):
        """r and s (FIPS 186-4 section 6.4), with a secret number that depends on key and message alone."""
        hashed = (digest or self.hash)(message).digest()
        bits = max(0, 8 * len(hashed) - self.order.bit_length())
        e = int.from_bytes(hashed, "big") >> bits
        k = int.from_bytes(hashlib.sha512(self.secret.to_bytes(66, "big") + message).digest(), "big") % (self.order - 1) + 1
        r = ec.derive_private_key(k, CURVES[self.kind][0]).public_key().public_numbers().x % self.order
        return r, pow(k, -1, self.order) * (e + r * self.secret) % self.order

    def sign(self, message):
        """As COSE has it (RFC 9053 section 2)."""
        if self.kind == "ed25519":
            return self.private.sign(message)
        return b"".join(n.to_bytes(self.size, "big") for n in self.ecdsa(message))

    def sign_der(self, message, digest=None):
        """As X.509 has it."""
        if self.kind == "ed25519":
            return self.private.sign(message)
        return sequence(*(integer(n) for n in self.ecdsa(message, digest)))


# --- DER (X.690) ---

def der(tag, *content):
    content = b"".join(content)
    n = len(content)
    length = bytes([n]) if n < 128 else bytes([0x80 + (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + content


def sequence(*content):
    return der(0x30, *content)


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(dotted):
    parts = [int(part) for part in dotted.split(".")]
    content = b""
    for part in [40 * parts[0] + parts[1]] + parts[2:]:
        groups = [part & 0x7F]
        while part > 0x7F:
            part >>= 7
            groups.insert(0, part & 0x7F | 0x80)
        content += bytes(groups)
    return der(6, content)


def octets(content):
    return der(4, content)


def bits(content, unused=0):
    return der(3, bytes([unused]), content)


BOOLEAN_TRUE = der(1, b"\xff")
KEY_USAGE, BASIC_CONSTRAINTS, ALT_NAME, SUBJECT_KEY, AUTHORITY_KEY, NAME_CONSTRAINTS, EXTENDED_KEY_USAGE = (
    "2.5.29.15", "2.5.29.19", "2.5.29.17", "2.5.29.14", "2.5.29.35", "2.5.29.30", "2.5.29.37")
POLICIES, POLICY_MAPPINGS, POLICY_CONSTRAINTS, INHIBIT_ANY_POLICY = "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"
HARDWARE_MODULE_NAME = "1.3.6.1.5.5.7.8.4"  # RFC 4108 section 5
PERMANENT_IDENTIFIER = "1.3.6.1.5.5.7.8.3"  # RFC 4043 section 2
MATTER_VENDOR, MATTER_PRODUCT = (x509.ObjectIdentifier(f"1.3.6.1.4.1.37244.2.{n}") for n in (1, 2))  # section 6.1.1
SIGNATURES = {"ed25519": "1.3.101.112", "secp256r1": "1.2.840.10045.4.3.2", "secp384r1": "1.2.840.10045.4.3.3",
              "secp521r1": "1.2.840.10045.4.3.4", "secp256k1": "1.2.840.10045.4.3.2"}
ECDSA_SHA1 = "1.2.840.10045.4.1"
RSA_SHA256 = "1.2.840.113549.1.1.11"
FOREVER = 253402300799  # 99991231235959Z, RFC 5280 section 4.1.2.5


def time_of(seconds):
    """RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050."""
    when = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    if when.year < 2050:
        return der(0x17, when.strftime("%y%m%d%H%M%SZ").encode())
    return der(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def name(*attributes):
    """attributes: texts for commonName, or pairs of an attribute's OID and its text."""
    pairs = [(NameOID.COMMON_NAME, a) if isinstance(a, str) else a for a in attributes]
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in pairs]).public_bytes()


def hardware_module(arc, serial):
    """A GeneralName: otherName with HardwareModuleName ::= SEQUENCE { hwType, hwSerialNum }"""
    return der(0xA0, oid(HARDWARE_MODULE_NAME), der(0xA0, sequence(oid(arc), octets(serial))))


def permanent_identifier(*content):
    """content: identifierValue and assigner, encoded; each may be left out."""
    return der(0xA0, oid(PERMANENT_IDENTIFIER), der(0xA0, sequence(*content)))


def key_identifier(key):
    return hashlib.sha1(key.spki()).digest()


def extension(what, content, critical=False):
    return sequence(oid(what), BOOLEAN_TRUE if critical else b"", octets(content))


def certificate(*, subject, key, issuer, signer, not_before, not_after, extensions, version=3, spki=None, algorithm=None,
                serial=None, signature=None):
    """extensions: encoded ones. spki, algorithm and signature replace what would be right."""
    algorithm = sequence(oid(algorithm or SIGNATURES[signer.kind]))
    serial = serial or int.from_bytes(hashlib.sha256(subject + key.spki()).digest()[:8], "big")
    tbs = sequence(
        der(0xA0, integer(version - 1)) if version > 1 else b"", integer(serial), algorithm, issuer,
        sequence(time_of(not_before), time_of(not_after)), subject, spki or key.spki(),
        der(0xA3, sequence(*extensions)) if extensions else b"")
    digest = hashlib.sha1 if algorithm == sequence(oid(ECDSA_SHA1)) else None
    signed = signer.sign_der(tbs, digest)
    return sequence(tbs, algorithm, bits(signature(signed) if signature else signed))


def revocation_list(*, issuer, signer, this_update, next_update, serials=()):
    """RFC 5280 section 5.1, version 2."""
    algorithm = sequence(oid(SIGNATURES[signer.kind]))
    revoked = sequence(*(sequence(integer(serial), time_of(this_update)) for serial in serials)) if serials else b""
    extensions = sequence(extension(AUTHORITY_KEY, sequence(der(0x80, key_identifier(signer)))),
                          extension("2.5.29.20", integer(1)))
    tbs = sequence(integer(1), algorithm, issuer, time_of(this_update), time_of(next_update), revoked, der(0xA0, extensions))
    return sequence(tbs, algorithm, bits(signer.sign_der(tbs)))


# --- CBOR and COSE ---

class Raw:
    """Bytes that are put into CBOR as they are."""

    def __init__(self, *content):
        self.content = b"".join(content)


def encode(value):
    return cbor2.dumps(value, canonical=True, default=lambda encoder, raw: encoder.write(raw.content))


def head(major, number, width=0):
    """The head of an item; width: bytes of its number, 0 for the shortest (RFC 8949 section 3)."""
    shortest = next(w for w, end in ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32), (8, 1 << 64)) if number < end)
    width = max(width, shortest)
    information = {0: number, 1: 24, 2: 25, 4: 26, 8: 27}[width]
    return bytes([major << 5 | information]) + (number.to_bytes(width, "big") if width else b"")


def raw_map(*pairs):
    """A map in the order given, with keys that may stand twice."""
    return Raw(head(5, len(pairs)), *(encode(item) for pair in pairs for item in pair))


def nested(depth):
    """An item with `depth` levels of arrays."""
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def tag(number, item):
    return Raw(head(6, number), encode(item))


def to_be_signed(protected, payload, context="Signature1", external=b""):
    """RFC 9052 section 4.4."""
    return encode([context, protected, external, payload])
