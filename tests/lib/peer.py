# SPDX-License-Identifier: Apache-2.0
"""An independent peer of the gateway: CoAP in Python over `openssl s_client`. Shares no code with the project."""
import dataclasses
import io
import os
import re
import select
import subprocess
import time

import cbor2

GET, POST, PUT = 1, 2, 3
URI_PATH, CONTENT_FORMAT, BLOCK1, SIZE1 = 11, 12, 27, 60
PATIENCE_SEC = 5
SETTLE_SEC = 0.05
KEYING = re.compile(rb"Keying material: ([0-9A-F]{64})\n(?:.*\n)*?---\n")
CIPHER = "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0"


@dataclasses.dataclass
class Answer:
    code: str
    options: dict
    payload: bytes

    def value(self):
        """The first CBOR item; what s_client printed behind the datagram does not count."""
        return cbor2.load(io.BytesIO(self.payload))

    def reason(self):
        """Number of a problem (RFC 9290), else None."""
        problem = self.value() if self.options.get(CONTENT_FORMAT) == 257 else {}
        custom = problem.get("tag:hallmarkd.org,2026:problem", {})
        return custom.get(0) if isinstance(custom, dict) else custom


def uint(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def encode_options(options):
    """options: (number, bytes) in any order (RFC 7252 section 3.1)."""
    out, last = b"", 0
    for number, value in sorted(options, key=lambda option: option[0]):
        delta, length = number - last, len(value)
        extended = b"".join(bytes([n - 13]) for n in (delta, length) if n >= 13)
        out += bytes([min(delta, 13) << 4 | min(length, 13)]) + extended + value
        last = number
    return out


def decode_options(message):
    """Returns the options by number (the last of each) and the payload."""
    options, number, at = {}, 0, 0

    def extended(nibble):
        nonlocal at
        n = {13: 1, 14: 2}.get(nibble, 0)
        value = int.from_bytes(message[at:at + n], "big") + {13: 13, 14: 269}.get(nibble, 0) if n else nibble
        at += n
        return value

    while at < len(message) and message[at] != 0xFF:
        head = message[at]
        at += 1
        number += extended(head >> 4)
        length = extended(head & 15)
        options[number] = int.from_bytes(message[at:at + length], "big")
        at += length
    return options, message[at + 1:]


class Session:
    """One DTLS session; `with` ends it. `channel` is the exporter's value."""

    def __init__(self, gateway, certificate, key, cipher=CIPHER, port=5684):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-dtls1_2", "-connect", f"[{gateway}]:{port}" if ":" in gateway
             else f"{gateway}:{port}", "-cert", certificate, "-cert_chain", certificate, "-key", key,
             "-cipher", cipher, "-keymatexport", "EXPORTER-hallmark-attest", "-keymatexportlen", "32"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.received = b""
        self.message_id = int.from_bytes(os.urandom(2), "big")
        match = self.read_until(lambda: KEYING.search(self.received))
        if not match:
            self.close()
            raise ConnectionError("no handshake")
        self.channel = bytes.fromhex(match[1].decode())
        self.received = self.received[match.end():]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.kill()
        self.process.communicate()

    def read_until(self, condition, patience=PATIENCE_SEC):
        end = time.monotonic() + patience
        while not (found := condition()):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not chunk:
                return None
            self.received += chunk
        return found

    def is_over(self):
        """Whether the gateway has closed it, or does so soon."""
        try:
            self.process.wait(PATIENCE_SEC)
        except subprocess.TimeoutExpired:
            return False
        return True

    def send(self, datagram):
        self.process.stdin.write(datagram)

    def request(self, method, path, body=b"", content_format=None, options=(), again=False):
        """A confirmable request and its answer; again: the same datagram twice, and both answers must be the same."""
        self.message_id = (self.message_id + 1) % 65536
        token = os.urandom(8)
        options = [(URI_PATH, part.encode()) for part in path.split("/")] + list(options)
        if content_format is not None:
            options.append((CONTENT_FORMAT, uint(content_format)))
        datagram = (bytes([0x48, method]) + self.message_id.to_bytes(2, "big") + token + encode_options(options) +
                    (b"\xff" + body if body else b""))
        answers = []
        for _ in range(2 if again else 1):
            self.received = b""
            self.send(datagram)
            answers.append(self.answer(token))
        if again and answers[0] != answers[1]:
            raise AssertionError(f"two answers to one message id: {answers}")
        return answers[0]

    def answer(self, token):
        if not self.read_until(lambda: self.received.find(token) >= 4):
            raise TimeoutError("no answer")
        self.read_until(lambda: False, SETTLE_SEC)
        at = self.received.find(token) - 4
        kind, code = self.received[at] >> 4 & 3, self.received[at + 1]
        if kind == 0:  # separate answer, RFC 7252 section 5.2.2
            self.send(b"\x60\x00" + self.received[at + 2:at + 4])
        options, payload = decode_options(self.received[at + 12:])
        return Answer(f"{code >> 5}.{code & 31:02}", options, payload)

    def upload(self, path, body, content_format, szx=6, limit=None):
        """Block1 (RFC 7959) in blocks of 2^(szx+4) bytes, until the gateway says other than 2.31 Continue."""
        size, at = 1 << (szx + 4), 0
        while True:
            more = at + size < len(body)
            block = (at // size) << 4 | (8 if more else 0) | szx
            answer = self.request(POST, path, body[at:at + size], content_format, [(BLOCK1, uint(block))])
            at += size
            if answer.code != "2.31" or not more or (limit and at > limit):
                return answer
