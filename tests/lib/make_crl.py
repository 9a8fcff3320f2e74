#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the revocation lists of a maker of make_world.py: its root's, empty, and that of the CA below it.

    make_crl.py PKI FOLDER MAKER [SERIAL-IN-HEX...]

They are good for two hours, or for HALLMARK_CRL_LIFE seconds.
"""
import datetime
import os
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


def make_list(pki, folder, name, serials):
    key = serialization.load_pem_private_key((pki / f"{name}.ca.key").read_bytes(), None)
    ca = x509.load_pem_x509_certificate((pki / f"{name}.crt").read_bytes())
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    life = datetime.timedelta(seconds=int(os.environ.get("HALLMARK_CRL_LIFE", "7200")))
    crl = (x509.CertificateRevocationListBuilder().issuer_name(ca.subject).last_update(now).next_update(now + life)
           .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
           .add_extension(x509.CRLNumber(int(now.timestamp())), False))
    for serial in serials:
        crl = crl.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build())
    (folder / f"{name}.crl").write_bytes(crl.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def main(pki, folder, maker, *serials):
    make_list(pathlib.Path(pki), pathlib.Path(folder), maker, [])
    make_list(pathlib.Path(pki), pathlib.Path(folder), f"{maker}-devices", [int(serial, 16) for serial in serials])


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
