#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the CRL of a maker's device CA, which revokes the certificates of some devices.

    make_crl.py FOLDER MAKER OUT [DEVICE...]

FOLDER is make_world.py's.
"""
import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


def main(folder, maker, out, *devices):
    now = datetime.datetime.now(datetime.timezone.utc)
    ca = x509.load_pem_x509_certificate((folder / f"{maker}-devices.crt").read_bytes())
    key = serialization.load_pem_private_key((folder / f"{maker}-devices.key").read_bytes(), None)
    builder = (x509.CertificateRevocationListBuilder().issuer_name(ca.subject).last_update(now)
               .next_update(now + datetime.timedelta(days=7))
               .add_extension(x509.CRLNumber(int(now.timestamp())), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), False))
    for device in devices:
        certificate = x509.load_pem_x509_certificate((folder / f"{device}.crt").read_bytes())
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder().revocation_date(now)
                                                  .serial_number(certificate.serial_number).build())
    pathlib.Path(out).write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
