#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second attester, written from docs/protocol.md alone: what it cannot do is a fault of that page.

DTLS is `openssl s_client`, CBOR is cbor2, signatures are cryptography. Section numbers are the page's. Each result is also
held to the rules of the EAR draft (ear.py).
It prints one line for each answer, as "attest 2.04 affirming trusted level=2 reasons=-".

steps:  attest     POST /attest with the channel value
        nonce      GET /attest, then POST /attest with the nonce
        both       the same with channel value and nonce in one evidence
        debug      as nonce, and debugging is enabled from now on
        challenge  GET /attest alone
        admission  GET /admission
        core       GET /.well-known/core
        same       POST /attest with the handles of the last one
        wrong      as attest, with a content format that /attest does not take
        again      the last message once more, with the same message id
        anew       another session in place of this one
All steps share one session but for that. `--rounds N` instead runs the state machine of section 1 until N answers
that decided something.
"""

import argparse
import hashlib
import ipaddress
import json
import random
import re
import select
import socket
import subprocess
import sys
import time

import cbor2
from cryptography import exceptions, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

import ear

# section 2
SUITES = "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-GCM-SHA256"
EXPORTER = "EXPORTER-hallmark-attest"
BLOCK = 1024

# sections 3 and 4
GET, POST = 1, 2
URI_PATH, CONTENT_FORMAT, MAX_AGE, BLOCK1 = 11, 12, 14, 27
CBOR, MULTIPART, PROBLEM, EAT = 60, 62, 257, 263
EVIDENCE = "tag:hallmarkd.org,2026:evidence#1"
RESULT = "tag:hallmarkd.org,2026:result#1"
CUSTOM = "tag:hallmarkd.org,2026:problem"
TYPE = "application/eat+cwt"
ADMISSION = -846003
PLACE = -846007
STATUS = {2: "affirming", 32: "warning", 96: "contraindicated"}

# section 4, the table of algorithms: number -> (curve or None, hash)
ALGORITHMS = {
    -9: ("secp256r1", hashes.SHA256), -7: ("secp256r1", hashes.SHA256),
    -51: ("secp384r1", hashes.SHA384), -35: ("secp384r1", hashes.SHA384),
    -19: (None, None), -8: (None, None),
}


class NoAnswer(Exception):
    """No handshake, an alert, or silence: section 1 says wait."""


class Untrue(Exception):
    """An answer that is not what the page says."""


# --- COSE_Sign1, section 4 -------------------------------------------------------------------


def curve_of(key):
    """The curve's name, or None for Ed25519."""
    return getattr(getattr(key, "curve", None), "name", None)


def default_algorithm(key):
    return next(alg for alg, (curve, _) in ALGORITHMS.items() if curve == curve_of(key))


def thumbprint(key):
    """Section 4.1: what `cnf` names a key by."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        cose_key = {1: 1, -1: 6, -2: raw}
    else:
        size, point = (key.curve.key_size + 7) // 8, key.public_key().public_numbers()
        cose_key = {1: 2, -1: {"secp256r1": 1, "secp384r1": 2}[curve_of(key)],
                    -2: point.x.to_bytes(size, "big"), -3: point.y.to_bytes(size, "big")}
    return hashlib.sha256(cbor2.dumps(cose_key)).digest()


def to_be_signed(protected, payload):
    return cbor2.dumps(["Signature1", protected, b"", payload])


def sign1(key, claims, alg, unprotected=None):
    protected = cbor2.dumps({1: alg, 16: TYPE})
    payload = cbor2.dumps(claims)
    data = to_be_signed(protected, payload)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(data)
    else:
        size = (key.curve.key_size + 7) // 8
        _, digest = ALGORITHMS[default_algorithm(key)]
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest())))
        signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected or {}, payload, signature]))


def verify1(key, token):
    """The claims of a token that this key signed."""
    if token.tag == 61:
        token = token.value
    protected, _, payload, signature = token.value
    header = cbor2.loads(protected)
    curve, digest = ALGORITHMS.get(header.get(1), ("none", None))
    if curve != curve_of(key):
        raise Untrue(f"algorithm {header.get(1)} does not fit the gateway's key")
    spki = key.public_bytes(serialization.Encoding.DER,
                            serialization.PublicFormat.SubjectPublicKeyInfo)
    if header.get(16) != TYPE:
        raise Untrue(f"typ of the result: {header.get(16)}")
    if header.get(4) != hashlib.sha256(spki).digest():
        raise Untrue("the result is of another key")
    data = to_be_signed(protected, payload)
    try:
        if curve is None:
            key.verify(signature, data)
        else:
            half = len(signature) // 2
            r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(digest()))
    except exceptions.InvalidSignature as error:
        raise Untrue("the result's signature does not verify") from error
    return cbor2.loads(payload)


# --- CoAP, RFC 7252 section 3 ------------------------------------------------------------------


def nibble(value):
    if value < 13:
        return value, b""
    if value < 269:
        return 13, bytes([value - 13])
    return 14, (value - 269).to_bytes(2, "big")


def uint(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def encode(code, mid, token, options, body):
    out = bytes([0x40 | len(token), code]) + mid.to_bytes(2, "big") + token
    last = 0
    for number, value in sorted(options, key=lambda option: option[0]):
        delta, delta_more = nibble(number - last)
        length, length_more = nibble(len(value))
        out += bytes([delta << 4 | length]) + delta_more + length_more + value
        last = number
    return out + (b"\xff" + body if body else b"")


def extended(data, at, value):
    if value == 13:
        return 13 + data[at], at + 1
    if value == 14:
        return 269 + int.from_bytes(data[at:at + 2], "big"), at + 2
    return value, at


class Answer:
    """A message that came: code as "2.04", options as a dict, the body as bytes."""

    def __init__(self, data):
        self.kind = data[0] >> 4 & 3
        self.code = f"{data[1] >> 5}.{data[1] & 31:02}"
        self.mid = int.from_bytes(data[2:4], "big")
        at = 4 + (data[0] & 15)
        self.token = data[4:at]
        self.options = {}
        number = 0
        while at < len(data) and data[at] != 0xff:
            first = data[at]
            delta, at = extended(data, at + 1, first >> 4)
            length, at = extended(data, at, first & 15)
            number += delta
            self.options[number] = data[at:at + length]
            at += length
        self.body = data[at + 1:]

    def option(self, number, default=None):
        value = self.options.get(number)
        return default if value is None else int.from_bytes(value, "big")


# --- the session, section 2 --------------------------------------------------------------------


class Session:
    """`openssl s_client` over two sockets that keep the datagrams apart."""

    def __init__(self, args):
        where = f"[{args.gateway}]" if ":" in args.gateway else args.gateway
        command = ["openssl", "s_client", "-dtls1_2", "-connect", f"{where}:{args.port}",
                   "-cert", args.cert, "-key", args.key, "-cipher", args.suites,
                   "-groups", args.groups, "-no_ticket", "-timeout", "-noservername",
                   "-nocommands", "-keymatexport", EXPORTER, "-keymatexportlen", "32"]
        if args.chain:
            command += ["-cert_chain", args.chain]
        if args.ca:
            command += ["-CAfile", args.ca, "-verify", "4", "-verify_return_error"]
        self.here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = subprocess.Popen(command, stdin=there, stdout=there,
                                        stderr=subprocess.PIPE)
        there.close()
        self.mid = random.randrange(65536)
        self.last = None
        try:
            self.channel = self.handshake(args.timeout)
        except NoAnswer as error:
            self.close()
            raise NoAnswer(f"no handshake: {error}") from error

    def read(self, seconds):
        ready, _, _ = select.select([self.here], [], [], seconds)
        if not ready:
            return None
        try:
            data = self.here.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise NoAnswer("the session ended")
        return data

    def handshake(self, seconds):
        """Waits for s_client's words; the channel value stands among them, but also in those of a failure."""
        text = ""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            data = self.read(max(0, end - time.monotonic()))
            text += (data or b"").decode(errors="replace")
            if "Cipher is (NONE)" in text:
                raise NoAnswer("no cipher")
            if "Extended master secret: no" in text:
                raise NoAnswer("no extended master secret")
            found = re.search(r"Keying material: ([0-9A-F]{64})\n.*---\n", text, re.DOTALL)
            if found:
                return bytes.fromhex(found.group(1))
        raise NoAnswer("silence")

    def exchange(self, message):
        """Section 2: repeat after 2 to 3 s, then twice that, four times."""
        mid = int.from_bytes(message[2:4], "big")
        token = message[4:4 + (message[0] & 15)]
        wait = random.uniform(2, 3)
        for _ in range(5):
            try:
                self.here.send(message)
            except BrokenPipeError:  # openssl has gone, as it does after an alert
                raise NoAnswer("the session ended") from None
            end = time.monotonic() + wait
            while time.monotonic() < end:
                data = self.read(max(0, end - time.monotonic()))
                answer = Answer(data) if data and len(data) >= 4 else None
                if answer and answer.mid == mid and answer.kind == 2:
                    if answer.token != token:
                        raise Untrue("the answer has another token")
                    return answer
            wait *= 2
        raise NoAnswer("no answer")

    def send(self, code, path, options=(), body=b""):
        self.mid = (self.mid + 1) % 65536
        options = [(URI_PATH, part.encode()) for part in path.split("/")] + list(options)
        self.last = encode(code, self.mid, random.randbytes(8), options, body)
        return self.exchange(self.last)

    def post(self, path, body, content, block):
        """One message, or blocks of one size one after the other (RFC 7959, Block1)."""
        options = [(CONTENT_FORMAT, uint(content))]
        if len(body) <= block:
            return self.send(POST, path, options, body)
        for number in range(0, (len(body) + block - 1) // block):
            part = body[number * block:(number + 1) * block]
            more = (number + 1) * block < len(body)
            value = number << 4 | more << 3 | block.bit_length() - 5
            answer = self.send(POST, path, options + [(BLOCK1, uint(value))], part)
            if not more or answer.code != "2.31":
                break
        return answer

    def close(self):
        """Once or more often."""
        if self.process.stderr.closed:
            return
        self.here.shutdown(socket.SHUT_WR)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.here.close()
        self.process.stderr.close()


# --- the attester --------------------------------------------------------------------------------


def load_key(path):
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


def load_public(path):
    """A public key, or the one of a certificate."""
    with open(path, "rb") as file:
        data = file.read()
    if b"BEGIN CERTIFICATE" in data:
        return x509.load_pem_x509_certificate(data).public_key()
    return serialization.load_pem_public_key(data)


def load_chain(path):
    """RFC 9360: one certificate alone, or an array of them."""
    with open(path, "rb") as file:
        blocks = re.findall(b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", file.read(), re.S)
    certificates = [x509.load_pem_x509_certificate(block).public_bytes(serialization.Encoding.DER) for block in blocks]
    return certificates if len(certificates) > 1 else certificates[0]


def load_label(path):
    with open(path, "rb") as file:
        return file.read()


def ueid_of(path):
    """Section 5: the subject's serialNumber is the hex form of the UEID."""
    with open(path, "rb") as file:
        subject = x509.load_pem_x509_certificate(file.read()).subject
    return bytes.fromhex(subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)[0].value)


def own_address(gateway, port):
    """What this device sends from, and its scope."""
    family, kind, _, _, to = socket.getaddrinfo(gateway, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as probe:
        probe.connect(to)
        own = probe.getsockname()
    return own[0].split("%")[0], own[3] if family == socket.AF_INET6 else 0


def place_of(gateway, port):
    """Section 4.1: the interface that has the address, its link-layer address, and both ends of the session."""
    own, scope = own_address(gateway, port)
    interfaces = json.loads(subprocess.run(["ip", "-j", "address"], check=True, capture_output=True).stdout)
    links = [each["address"] for each in interfaces if scope in (0, each["ifindex"])
             for address in each["addr_info"] if address["local"] == own]
    link = bytes.fromhex(links[0].replace(":", "")) if links else None
    return [link, ipaddress.ip_address(own).packed, ipaddress.ip_address(gateway.split("%")[0]).packed]


class Attester:
    def __init__(self, args):
        self.args = args
        self.key = load_key(args.key)
        self.signer = load_key(args.signer_key) if args.signer_key else None
        self.signer_chain = load_chain(args.signer_cert) if args.signer_cert else None
        self.result_key = load_public(args.result_key) if args.result_key else None
        self.labels = [load_label(path) for path in args.label]
        self.ueid = bytes.fromhex(args.ueid) if args.ueid else ueid_of(args.cert)
        self.handles = []
        self.refusals = 0

    # requests

    def evidence(self, handles):
        args = self.args
        claims = {
            265: EVIDENCE,
            10: handles[0] if len(handles) == 1 else handles,
            256: self.ueid, 258: args.oemid, 259: args.model.encode(), 263: args.dbgstat,
            271: [args.version, args.scheme],
        }
        if args.place != "none":
            claims[PLACE] = place_of(args.gateway, args.port)
            if args.place == "no-link":
                claims[PLACE][0] = None
        if not self.signer:
            return sign1(self.key, claims, args.alg or default_algorithm(self.key))
        named = {"session": self.key, "signer": self.signer, "none": None}
        key = named[args.cnf] if args.cnf in named else load_key(args.cnf)
        if key:
            claims[8] = {5: thumbprint(key)}
        return sign1(self.signer, claims, args.alg or default_algorithm(self.signer), {33: self.signer_chain})

    def attest(self, session, handles, content_format=None):
        args = self.args
        self.handles = handles
        evidence = self.evidence(handles)
        body, content = evidence, EAT
        if not args.bare:
            parts = [EAT, evidence]
            for label in self.labels:
                parts += [args.part_format, label]
            body, content = cbor2.dumps(parts), MULTIPART
        answer = session.post("attest", body, content_format or content, args.block)
        return self.judge("attest", answer, handles)

    def challenge(self, session):
        answer = session.send(GET, "attest")
        if answer.code != "2.05" or answer.option(CONTENT_FORMAT) != CBOR:
            raise Untrue(f"GET /attest: {answer.code}")
        nonce, lifetime, profiles = cbor2.loads(answer.body)
        if EVIDENCE not in profiles or len(nonce) != 32:
            raise Untrue(f"GET /attest: {profiles}, nonce of {len(nonce)}")
        return nonce, lifetime

    # answers

    def judge(self, name, answer, handles=None):
        """Prints the line of an answer; returns (code, status, claims)."""
        content = answer.option(CONTENT_FORMAT)
        if answer.code in ("2.04", "2.05") and content == EAT:
            return self.result(name, answer, handles)
        more = ""
        if content == PROBLEM:
            problem = cbor2.loads(answer.body)
            more = f" problem {problem[CUSTOM][0]} {problem[-1]}"
            if not problem[-2]:
                raise Untrue("a problem without a sentence")
        say(f"{name} {answer.code}{more}")
        return answer.code, None, answer

    def result(self, name, answer, handles):
        token = cbor2.loads(answer.body)
        claims = verify1(self.result_key, token) if self.result_key \
            else cbor2.loads(token.value[2])
        if ear.faults(claims):
            raise Untrue(f"the result is no EAR: {'; '.join(ear.faults(claims))}")
        module = claims[266]["device"]
        if module[265] != RESULT or not claims[6] < claims[4]:
            raise Untrue("profile or times of the result")
        admission = module[ADMISSION]
        reasons = ",".join(str(reason) for reason in admission.get(7, [])) or "-"
        echo = claims.get(10, [])
        echo = echo if isinstance(echo, list) else [echo]
        echoed = "" if handles is None else \
            " echoed" if echo == handles else " not-echoed"
        say(f"{name} {answer.code} {STATUS[module[1000]]} {admission[6]}"
            f" level={admission.get(3, 0)} reasons={reasons}{echoed}")
        return answer.code, module[1000], claims

    # the steps of one session

    def step(self, session, word):
        if word == "attest":
            handle = self.args.handle
            self.attest(session, [bytes.fromhex(handle) if handle else session.channel])
        elif word == "wrong":
            self.attest(session, [session.channel], CBOR)
        elif word == "same":
            self.attest(session, self.handles)
        elif word in ("nonce", "debug"):
            if word == "debug":
                self.args.dbgstat = 0
            self.attest(session, [self.challenge(session)[0]])
        elif word == "both":
            self.attest(session, [session.channel, self.challenge(session)[0]])
        elif word == "challenge":
            say(f"challenge 2.05 {self.challenge(session)[1]}")
        elif word == "admission":
            self.judge("admission", session.send(GET, "admission"))
        elif word == "core":
            answer = session.send(GET, ".well-known/core")
            say(f"core {answer.code} {answer.option(CONTENT_FORMAT)} {answer.body.decode()}")
        elif word == "again":
            self.judge("again", session.exchange(session.last))
        else:
            raise SystemExit(f"no such step: {word}")

    # the state machine of section 1

    def round(self, ask):
        """One session. Returns (seconds to wait or None for "as after a failure", decided)."""
        try:
            session = Session(self.args)
        except NoAnswer as error:
            say(f"session {error}")
            return None, False
        try:
            if ask:
                code, status, claims = self.judge("admission", session.send(GET, "admission"))
                if code == "2.05":
                    return self.after(status, claims), True
                if not code.startswith("4"):
                    return self.refused(code, claims), False
            code, status, what = self.attest(session, [session.channel])
            if code == "4.08":
                code, status, what = self.attest(session, [session.channel])
        except NoAnswer as error:
            say(f"session {error}")
            return None, False
        finally:
            session.close()
        if code == "2.04":
            return self.after(status, what), True
        return self.refused(code, what), False

    @staticmethod
    def refused(code, answer):
        """Seconds to wait after an answer that decided nothing; None as after no answer."""
        if code in ("4.29", "5.03"):
            return answer.option(MAX_AGE, 60)
        if code == "4.08" or code.startswith("5"):
            return None
        raise SystemExit(f"{code}: the request is wrong and will be wrong again")

    def after(self, status, claims):
        """Seconds until renew-after, counted from the gateway's own issued-at; twice that at each refusal."""
        renew = claims[266]["device"][ADMISSION].get(9, claims[4]) - claims[6]
        say(f"renew {100 * renew // (claims[4] - claims[6])} % of the life")
        if status != 96:
            self.refusals = 0
            return max(0, renew)
        self.refusals += 1
        return min(3600, renew * 2 ** (self.refusals - 1))

    def run(self, rounds):
        failures, ask = 0, True
        while rounds:
            seconds, decided = self.round(ask)
            ask = not decided
            rounds -= decided
            if not rounds:
                return
            if seconds is None:
                seconds = min(random.uniform(0, 5) * 2 ** failures, 600)
                failures += 1
            else:
                failures = 0
            say(f"wait {seconds:.1f}")
            time.sleep(seconds)


def say(line):
    print(line, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--port", type=int, default=5684)
    parser.add_argument("--cert", required=True, help="the device's certificate, PEM")
    parser.add_argument("--chain", help="the CA certificates above it, PEM")
    parser.add_argument("--key", required=True)
    parser.add_argument("--ca", help="the CA of the gateway's certificate")
    parser.add_argument("--result-key", help="public key or certificate, PEM, of the results")
    parser.add_argument("--suites", default=SUITES)
    parser.add_argument("--groups", default="P-256:X25519:P-384")
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--ueid", help="hex; else the certificate's serialNumber")
    parser.add_argument("--oemid", type=int, default=32473)
    parser.add_argument("--model", default="ML-LUX4")
    parser.add_argument("--version", default="1.8.0")
    parser.add_argument("--scheme", type=int, default=1)
    parser.add_argument("--dbgstat", type=int, default=3)
    parser.add_argument("--alg", type=int)
    parser.add_argument("--signer-key", help="signs the evidence in place of --key")
    parser.add_argument("--signer-cert", help="its certificate and the CAs above it, PEM")
    parser.add_argument("--cnf", default="session", help="with --signer-key, the key that cnf names: session, signer, none or a file")
    parser.add_argument("--handle", help="hex; instead of the channel value")
    parser.add_argument("--place", choices=["said", "no-link", "none"], default="said")
    parser.add_argument("--label", action="append", default=[])
    parser.add_argument("--bare", action="store_true", help="evidence alone, 263")
    parser.add_argument("--part-format", type=int, default=EAT)
    parser.add_argument("--block", type=int, default=BLOCK)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("step", nargs="*")
    return parser.parse_args()


def main():
    args = arguments()
    attester = Attester(args)
    if args.rounds:
        attester.run(args.rounds)
        return
    session = Session(args)
    try:
        for word in args.step or ["attest"]:
            if word == "anew":  # section 2: whoever lost its zone has no session any more
                session.close()
                session = Session(args)
            else:
                attester.step(session, word)
    finally:
        session.close()


if __name__ == "__main__":
    try:
        main()
    except (NoAnswer, Untrue) as problem:
        sys.exit(f"second_attester: {problem}")
