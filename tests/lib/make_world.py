#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes keys, certificates and label statements of a small world, for tests and the demo.

    make_world.py FOLDER [NAME=LIKE...]

NAME is one device more, of the same make and with the same label as LIKE. An independent maker: it follows
docs/protocol.md with python3-cryptography and python3-cbor2 and shares no code with the project. Five devices of three makers, three issuers of labels, and one issuer that nobody knows.
"""
import datetime
import hashlib
import pathlib
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

import tokens

FOREVER = datetime.datetime(9999, 12, 31, 23, 59, 59)  # "no expiry", RFC 5280 section 4.1.2.5
YESTERDAY = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
HARDWARE_MODULE_NAME = ObjectIdentifier("1.3.6.1.5.5.7.8.4")  # RFC 4108 section 5

# name: maker, model, firmware version, scheme, level, level's name, category, field, label's number, who signs the label
DEVICES = {
    "wallpad": ("haneul", "HN-WP10", "2.4.1", "KR-CIC", 2, "Basic", "wall-pad", "housing", "KR-2026-0101", "kr"),
    "lamp": ("merlion", "ML-LUX4", "1.8.0", "SG-CLS", 4, "4", "lighting", "", "SG-2026-0404", "sg"),
    "lock": ("schloss", "SB-L7", "5.0.2", "DE-ITSK", 1, "Label", "door-lock", "", "DE-2026-0007", "de"),
    "forged": ("merlion", "ML-LUX4", "1.8.0", "SG-CLS", 4, "4", "lighting", "", "SG-2026-0404", "rogue"),
    "silent": None,
}
MAKERS = {"haneul": 1, "merlion": 2, "schloss": 3}  # arcs under the example enterprise number 32473 (RFC 5612)
ISSUERS = {"kr": "kr.labels.example", "sg": "sg.labels.example", "de": "de.labels.example", "rogue": "sg.labels.example"}
OEMID = 32473


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def write_key(path, key):
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()))
    path.chmod(0o600)


def write_public(path, key):
    path.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM,
                                                   serialization.PublicFormat.SubjectPublicKeyInfo))


def write_certificates(path, *certificates):
    path.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates))


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def name(common, serial=None):
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(parts)


def builder(subject, key, issuer):
    """issuer: (certificate, key), or None for a self-signed one."""
    issuer_certificate, issuer_key = issuer or (None, key)
    return (x509.CertificateBuilder().subject_name(subject)
            .issuer_name(issuer_certificate.subject if issuer_certificate else subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(YESTERDAY).not_valid_after(FOREVER)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False))


def key_usage(**which):
    all_off = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(**{**all_off, **which})


def make_ca(common, issuer=None, path_length=1):
    key = new_key()
    certificate = (builder(name(common), key, issuer)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), True)
                   .add_extension(key_usage(key_cert_sign=True, crl_sign=True), True)
                   .sign((issuer or (None, key))[1], hashes.SHA256()))
    return certificate, key


def hardware_module_name(arc, serial):
    """HardwareModuleName ::= SEQUENCE { hwType OBJECT IDENTIFIER, hwSerialNum OCTET STRING }"""
    hw_type = bytes([0x2B, 6, 1, 4, 1, 0x81, 0xFD, 0x59, arc])  # 1.3.6.1.4.1.32473.arc
    body = bytes([6, len(hw_type)]) + hw_type + bytes([4, len(serial)]) + serial
    return x509.OtherName(HARDWARE_MODULE_NAME, bytes([0x30, len(body)]) + body)


def make_device(common, ueid, arc, issuer):
    """An IDevID in the manner of IEEE 802.1AR: serial number in subject and SAN, no expiry, no EKU."""
    key = new_key()
    certificate = (builder(name(common, ueid.hex()), key, issuer)
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
                   .add_extension(key_usage(digital_signature=True), True)
                   .add_extension(x509.SubjectAlternativeName([hardware_module_name(arc, ueid)]), False)
                   .sign(issuer[1], hashes.SHA256()))
    return certificate, key


def make_gateway(folder):
    ca = make_ca("Gateway CA", path_length=0)
    key = new_key()
    certificate = (builder(name("gateway.example"), key, ca)
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
                   .add_extension(key_usage(digital_signature=True), True)
                   .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName("gateway.example")]), False)
                   .sign(ca[1], hashes.SHA256()))
    write_certificates(folder / "gateway-ca.crt", ca[0])
    write_certificates(folder / "gateway.crt", certificate)
    write_key(folder / "gateway.key", key)
    result = new_key()
    write_key(folder / "result.key", result)
    write_public(folder / "result.pub", result)


def label_of(device, anchor):
    maker, model, version, scheme, level, level_name, category, field, number, issuer = device
    now = int(time.time())
    return tokens.label_claims(
        issuer=ISSUERS[issuer], number=number, scheme=scheme, level=level, level_name=level_name, category=category,
        field=field, not_before=now - 86400, expires=now + 86400 * 365, issued=now - 3600,
        classes=[tokens.product_class(OEMID, model.encode(), ("1.0.0", version))],
        anchors=[hashlib.sha256(der(anchor)).digest()])


def statement_of(device):
    """What a person would type for `hallmark-label sign`: the same label as label_of(), as libconfig."""
    maker, model, version, scheme, level, level_name, category, field, number, issuer = device
    today = datetime.date.today()
    return f"""issuer = "{ISSUERS[issuer]}";
number = "{number}";
scheme = "{scheme}";
level = {level};
level-name = "{level_name}";
basis = "tested";
category = "{category}";
{f'field = "{field}";' if field else ""}
valid-from = "{today - datetime.timedelta(days=1)}";
valid-until = "{today + datetime.timedelta(days=365)}";
classes = ( {{ maker = "pen:{OEMID}"; model = "{model}"; version-scheme = "multipartnumeric";
             versions = ["1.0.0", "{version}"]; }} );
anchors = ["{maker}-devices.crt"];
"""


def ueid_of(device):
    """Type RAND (RFC 9711 section 4.2.1.1): 01 and 16 bytes, here the same in every run for the sake of the reader."""
    return b"\x01" + hashlib.sha256(device.encode()).digest()[:16]


def main(folder, more):
    folder.mkdir(parents=True, exist_ok=True)
    make_gateway(folder)
    roots = {maker: make_ca(maker.capitalize() + " Root") for maker in MAKERS}
    makers = {maker: make_ca(maker.capitalize() + " Devices", roots[maker], 0) for maker in MAKERS}
    issuers = {issuer: new_key() for issuer in ISSUERS}
    for maker in MAKERS:
        write_certificates(folder / f"{maker}.crt", roots[maker][0])
        write_certificates(folder / f"{maker}-devices.crt", makers[maker][0])
        write_key(folder / f"{maker}.ca.key", roots[maker][1])
        write_key(folder / f"{maker}-devices.ca.key", makers[maker][1])
    for issuer, key in issuers.items():
        write_key(folder / f"{issuer}.key", key)
        write_public(folder / f"{issuer}.pub", key)
    for device, what in {**DEVICES, **{name: DEVICES[like] for name, like in more}}.items():
        ueid = ueid_of(device)
        if not what:
            (folder / f"{device}.claims").write_text(f"--ueid {ueid.hex()}\n")
            continue
        maker = what[0]
        certificate, key = make_device(device, ueid, MAKERS[maker], makers[maker])
        twin = make_device(device, ueid, MAKERS[maker], makers[maker])  # another key, certified for the same serial number
        write_certificates(folder / f"{device}.crt", certificate, makers[maker][0])
        write_key(folder / f"{device}.key", key)
        write_certificates(folder / f"{device}-twin.crt", twin[0], makers[maker][0])
        write_key(folder / f"{device}-twin.key", twin[1])
        claims = label_of(what, makers[maker][0])
        (folder / f"{device}.label").write_bytes(tokens.sign_label(claims, issuers[what[-1]]))
        (folder / f"{device}.statement").write_text(statement_of(what))
        (folder / f"{device}.claims").write_text(
            f"--ueid {ueid.hex()} --oemid pen:{OEMID} --hwmodel {what[1]} --swversion {what[2]} "
            "--version-scheme multipartnumeric --dbgstat disabled-permanently\n")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), [argument.split("=") for argument in sys.argv[2:]])
