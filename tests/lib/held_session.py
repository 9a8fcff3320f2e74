#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One DTLS session of a device, in which it attests as often as it is told.

    held_session.py GATEWAY FOLDER DEVICE

Runs in the namespace of DEVICE. For each line on standard input it attests in the same session, with a nonce, and prints
"CODE ZONE", or "lost" when the session is over.
"""
import pathlib
import sys

from cryptography.hazmat.primitives import serialization

import tokens
from hostile import Device
from peer import GET, POST


def attest(session, device, result_key):
    nonce = session.request(GET, "attest").value()[0]
    body = tokens.multipart(device.evidence(nonce), device.label)
    answer = session.request(POST, "attest", body, tokens.MULTIPART)
    if answer.code != "2.04":
        return f"{answer.code} {answer.reason()}"
    appraisal = next(iter(tokens.open1(tokens.encode(answer.value()), result_key)[266].values()))
    return f"{answer.code} {appraisal[-846003][6]}"


def main(gateway, folder, name):
    device = Device(pathlib.Path(folder), name)
    result_key = serialization.load_pem_public_key((pathlib.Path(folder) / "result.pub").read_bytes())
    with device.session(gateway) as session:
        for _ in sys.stdin:
            try:
                print(attest(session, device, result_key), flush=True)
            except (OSError, TimeoutError):  # s_client has ended, or nobody answers
                print("lost", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
