#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Requests of an independent peer, good and hostile, and what the gateway must answer.

    hostile.py GATEWAY FOLDER DEVICE OTHER

Runs in the namespace of DEVICE; OTHER is another device of FOLDER's. Prints "0 TEXT" for what held and "1 TEXT" for what
did not. A device that sends evidence which does not convince loses its zone; the last submission is a good one.
"""
import os
import pathlib
import re
import shlex
import sys

from cryptography.hazmat.primitives import serialization

import ear
import tokens
from peer import BLOCK1, GET, POST, PUT, SIZE1, Session, uint

BODY_MAX = 16384
LINK_FORMAT = 40


class Device:
    def __init__(self, folder, name, twin=""):
        self.certificate, self.key_file = str(folder / f"{name}{twin}.crt"), str(folder / f"{name}{twin}.key")
        self.key = serialization.load_pem_private_key(pathlib.Path(self.key_file).read_bytes(), None)
        self.label = (folder / f"{name}.label").read_bytes()
        words = shlex.split((folder / f"{name}.claims").read_text())
        claims = dict(zip(words[::2], words[1::2]))
        self.claims = {"ueid": bytes.fromhex(claims["--ueid"]), "oemid": int(claims["--oemid"].split(":")[1]),
                       "model": claims["--hwmodel"].encode(), "version": claims["--swversion"]}

    def evidence(self, *handles, **changes):
        return tokens.sign_evidence(tokens.evidence_claims(list(handles), **{**self.claims, **changes}), self.key)

    def session(self, gateway):
        return Session(gateway, self.certificate, self.key_file)


class Scenario:
    def __init__(self, gateway, folder, device, other):
        self.gateway = gateway
        self.device, self.other = Device(folder, device), Device(folder, other)
        self.twin = Device(folder, other, "-twin")
        self.result_key = serialization.load_pem_public_key((folder / "result.pub").read_bytes())

    def check(self, text, wanted, got):
        print(0 if wanted == got else 1, text + ("" if wanted == got else f": wanted {wanted}, got {got}"), flush=True)

    def attest(self, session, *parts):
        return session.request(POST, "attest", tokens.multipart(*parts), tokens.MULTIPART)

    def judged(self, text, zone, reason, answer):
        """A 2.04 with a result that is signed by the gateway, and says this."""
        if answer.code != "2.04":
            self.check(text, "2.04", f"{answer.code} reason {answer.reason()}")
            return {}
        result = tokens.open1(tokens.encode(answer.value()), self.result_key)
        if ear.faults(result):
            self.check(text, "an EAR", "; ".join(ear.faults(result)))
        appraisal = next(iter(result[266].values()))
        admission = appraisal[-846003]
        reasons = admission.get(7, [])
        self.check(text, (zone, reason), (admission[6], reasons[0] if reasons else 0))
        return result

    def problem(self, text, code, reason, answer):
        self.check(text, (code, reason), (answer.code, answer.reason()))

    def resources(self):
        with self.device.session(self.gateway) as session:
            answer = session.request(GET, ".well-known/core")
            self.check("GET /.well-known/core", ("2.05", LINK_FORMAT, True),
                       (answer.code, answer.options.get(12), b'</attest>;rt="rats.verifier"' in answer.payload))
            for method, path, code in ((GET, "nothing", "4.04"), (GET, "attest/x", "4.04"), (PUT, "attest", "4.05"),
                                       (POST, "admission", "4.05"), (PUT, ".well-known/core", "4.05")):
                self.check(f"method {method} of /{path} is {code}", code, session.request(method, path).code)
            answer = session.request(GET, "attest")
            nonce, lifetime, profiles = answer.value()
            self.check("GET /attest", ("2.05", 60, 32, True, [tokens.EVIDENCE[1]]),
                       (answer.code, answer.options.get(12), len(nonce), lifetime > 0, profiles))

    def bodies(self):
        evidence, label = self.device.evidence(os.urandom(32)), self.device.label
        good = tokens.multipart(evidence, label)
        with self.device.session(self.gateway) as session:
            for text, body, content_format, code, reason in (
                    ("no content format", good, None, "4.15", 5),
                    ("text/plain", good, 0, "4.15", 5),
                    ("a part of another format", tokens.encode([60, evidence]), 62, "4.15", 5),
                    ("no body", b"", 62, "4.00", 3),
                    ("garbage", b"\xff" + os.urandom(64), 62, "4.00", 3),  # a break: no item begins so
                    ("cut short", good[:-1], 62, "4.00", 3),
                    ("a byte too many", good + b"\0", 62, "4.00", 3),
                    ("an indefinite array", b"\x9f" + good[1:] + b"\xff", 62, "4.00", 3),
                    ("an odd number of items", tokens.encode([263]), 62, "4.00", 3),
                    ("five labels", tokens.multipart(*[b"\xa0"] * 6), 62, "4.13", 4)):
                self.problem(text, code, reason, session.request(POST, "attest", body, content_format))
        with self.device.session(self.gateway) as session:
            answer = session.upload("attest", bytes(BODY_MAX + 1), tokens.MULTIPART)
            self.check("a body of a byte more than 16 KiB", "4.13", answer.code)
            answer = session.upload("attest", b"\x18" + bytes(BODY_MAX - 1), tokens.MULTIPART)
            self.problem("a body of 16 KiB is read, and refused for what it says", "4.00", 3, answer)
            answer = session.request(POST, "attest", bytes(1024), 62, [(BLOCK1, uint(8 | 6)), (SIZE1, uint(BODY_MAX + 1))])
            self.check("a first block that announces too much", "4.13", answer.code)
            answer = session.request(POST, "attest", bytes(1024), 62, [(BLOCK1, uint(5 << 4 | 8 | 6))])
            self.check("a block from the middle", "4.08", answer.code)

    def evidence(self):
        """Each in a session of its own, so that only what is named is wrong."""
        label, other = self.device.label, self.other
        captured = None
        for text, zone, reason, make in (
                ("evidence over the channel value", "trusted", 0, lambda d, c: d.evidence(c)),
                ("the same evidence, replayed in a later session", "quarantine", 602, lambda d, c: captured),
                ("somebody else's evidence", "quarantine", 505, lambda d, c: other.evidence(c)),
                ("a serial number that is not the certificate's", "quarantine", 701,
                 lambda d, c: d.evidence(c, ueid=b"\x01" + bytes(16))),
                ("a device that is being debugged", "quarantine", 801, lambda d, c: d.evidence(c, debug=0)),
                ("a model that the label does not name", "quarantine", 1101, lambda d, c: d.evidence(c, model=b"ML-X")),
                ("firmware beyond the label's range", "quarantine", 1102, lambda d, c: d.evidence(c, version="9.0.0")),
                ("evidence that is no token", "quarantine", 501, lambda d, c: b"\xa0")):
            with self.device.session(self.gateway) as session:
                evidence = make(self.device, session.channel)
                captured = captured or evidence
                self.judged(text, zone, reason, self.attest(session, evidence, label))

    def twin_of_other(self):
        """A second key with a certificate for the serial number of a device that is admitted."""
        with self.twin.session(self.gateway) as session:
            self.judged("the serial number of a device that is admitted", "quarantine", 703,
                        self.attest(session, self.twin.evidence(session.channel), self.twin.label))

    def label(self):
        """A label that the device showed before counts: no signature of its own covers which labels it sends."""
        with self.device.session(self.gateway) as session:
            self.judged("no label", "trusted", 0, self.attest(session, self.device.evidence(session.channel)))
        with self.device.session(self.gateway) as session:
            self.judged("a label with one bit turned", "trusted", 0,
                        self.attest(session, self.device.evidence(session.channel),
                                    self.device.label[:-1] + bytes([self.device.label[-1] ^ 1])))
        with self.device.session(self.gateway) as session:
            self.judged("another device's label", "trusted", 0,
                        self.attest(session, self.device.evidence(session.channel), self.other.label))

    def freshness(self):
        device, label = self.device, self.device.label
        with device.session(self.gateway) as session:
            body = tokens.multipart(device.evidence(session.channel), label)
            answer = session.request(POST, "attest", body, tokens.MULTIPART, again=True)
            result = self.judged("a request that was sent twice has one answer", "trusted", 0, answer)
            self.check("the result echoes the handle", session.channel, result.get(10))
            self.judged("the channel value is good once", "quarantine", 603,
                        self.attest(session, device.evidence(session.channel), label))
            self.check("what is not fresh takes nothing from it", "2.05", session.request(GET, "admission").code)
            nonce = session.request(GET, "attest").value()[0]
            self.judged("a nonce will do", "trusted", 0,
                        self.attest(session, device.evidence(nonce), label))
            self.judged("a nonce is good once", "quarantine", 604,
                        self.attest(session, device.evidence(nonce), label))
            nonce = session.request(GET, "attest").value()[0]
            self.judged("what it says of itself counts", "quarantine", 801,
                        self.attest(session, device.evidence(nonce, debug=0), label))
            self.check("whoever loses its zone loses its session", True, session.is_over())
        with device.session(self.gateway) as session:
            older = session.request(GET, "attest").value()[0]
            session.request(GET, "attest")
            self.judged("an older nonce is void", "quarantine", 602, self.attest(session, device.evidence(older), label))
            self.check("whoever had none to lose keeps its session", "2.05", session.request(GET, "attest").code)
        with device.session(self.gateway) as session:
            self.judged("at last, good evidence again", "trusted", 0,
                        self.attest(session, device.evidence(session.channel), label))
        with device.session(self.gateway) as session:
            answer = session.request(GET, "admission")
            self.check("GET /admission", "2.05", answer.code)


def main(gateway, folder, device, other):
    scenario = Scenario(gateway, pathlib.Path(folder), device, other)
    for part in (scenario.resources, scenario.bodies, scenario.evidence, scenario.twin_of_other, scenario.label, scenario.freshness):
        try:
            part()
        except Exception as error:  # the next part can still say something
            print(1, f"{part.__name__}: {type(error).__name__}: {re.sub(chr(10), ' ', str(error))}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
