#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes seeds for each target of tests/fuzz: what it would accept, and what it would refuse for one defect.

    make_seeds.py VECTORS FOLDER

writes FOLDER/TARGET/…, one file each. VECTORS is what tests/vectors/make_vectors.py made.
"""
import base64
import hashlib
import io
import pathlib
import re
import shutil
import sys
import tarfile

import cbor2

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(TOP / "tests/unit"), str(TOP / "tests/lib")]
import make_golden  # noqa: E402
import mdns_responder  # noqa: E402
import peer  # noqa: E402

COOKIE = 32  # bytes, as COOKIE_LEN
KINDS = 24  # of records between processes, and a few that there are not


def certificates(vectors):
    """Of each vector: the leaf, and the CA that signed it, behind the length of the leaf."""
    for chain in sorted(vectors.glob("vectors/*/*/certificates")):
        made = [path.read_bytes() for path in sorted(chain.iterdir())[:2]]
        if made:
            yield len(made[0]).to_bytes(2, "big") + b"".join(made)


def bodies(vectors):
    for path in sorted(vectors.glob("vectors/*/*/body")):
        yield path.read_bytes()


def tokens(vectors, typ):
    """The tokens of all bodies that name this type."""
    for body in bodies(vectors):
        try:
            parts = cbor2.loads(body)
        except (cbor2.CBORDecodeError, RecursionError, TypeError):
            continue
        if isinstance(parts, list):
            yield from (part for part in parts if isinstance(part, bytes) and typ.encode() in part)


def files(vectors, pattern):
    for path in sorted(vectors.glob(f"gateways/{pattern}")):
        yield path.read_bytes()


def pem(crl):
    return b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(crl) + b"-----END X509 CRL-----\n"


def handshakes(vectors):
    """DTLS 1.2, RFC 6347 and 5246, as of a device with a certificate; the signature is nobody's."""
    def message(kind, seq, body):
        length = len(body).to_bytes(3, "big")
        return bytes([kind]) + length + seq.to_bytes(2, "big") + bytes(3) + length + body

    def vector(width, content):
        return len(content).to_bytes(width, "big") + content

    extensions = vector(2, bytes.fromhex("000b00020100" "00170000"))
    for suite in (b"\xc0\xae", b"\xc0\x2b"):
        for chain in list(sorted(vectors.glob("vectors/*/*/certificates")))[:8]:
            sent = b"".join(vector(3, path.read_bytes()) for path in sorted(chain.iterdir()))
            hello = b"\xfe\xfd" + b"\xc1" * 32
            messages = (message(1, 1, hello + b"\0" + vector(1, b"\xbe" * COOKIE) + vector(2, suite) + b"\1\0" + extensions)
                        + message(2, 1, hello + b"\0" + suite + b"\0" + extensions) + message(11, 2, bytes(40)) + message(12, 3, bytes(40))
                        + message(13, 4, bytes(40)) + message(14, 5, b"") + message(11, 2, vector(3, sent)) + message(16, 3, bytes(40)))
            for algorithm in (b"\x04\x03", b"\x08\x07"):
                yield len(messages).to_bytes(2, "big") + messages + message(15, 4, algorithm + vector(2, b"\x30\x44" + bytes(68)))


def dialogues(vectors):
    """Datagrams of CoAP, RFC 7252 and 7959, each behind a fifth of its length."""
    def message(number, code, options, payload=b"", kind=0):
        datagram = bytes([0x41 | kind << 4, code]) + number.to_bytes(2, "big") + b"\xa5" + peer.encode_options(options)
        return datagram + (b"\xff" + payload if payload else b"")

    def sent(*datagrams):
        return b"".join(bytes([-(-len(d) // 5)]) + d + bytes(-len(d) % 5) for d in datagrams)

    challenge = [(11, b"challenge"), (17, b"\x3c")]
    attest = [(11, b"attest"), (12, b"\x3e")]
    body = next(bodies(vectors))
    blocks = [message(9 + i, 2, attest + [(27, peer.uint(i << 4 | (0 if (i + 1) * 512 >= len(body) else 8) | 5)),
                                          (60, peer.uint(len(body)))], body[i * 512:(i + 1) * 512])
              for i in range(-(-len(body) // 512))]
    yield sent(message(1, 1, challenge))
    yield sent(message(1, 2, attest, body[:1000]))
    yield sent(*blocks)
    yield sent(message(1, 1, challenge), *blocks, message(30, 2, attest + [(23, b"\x15")]))
    yield sent(*blocks[:1], *blocks[:1], *blocks[2:])
    yield sent(message(1, 1, [(11, b".well-known"), (11, b"core")]), message(2, 0, [], kind=3), message(3, 1, [(6, b"")]))


def configurations(vectors):
    """Without what would open other files. The law is long, so it stands in front of a few only."""
    conf = TOP / "conf"
    laws = "".join((conf / f"{name}.conf").read_text() for name in ("schemes", "arrangements"))
    gateways = [path.read_text() for path in sorted(vectors.glob("gateways/*.conf"))]
    whole = [(conf / "hallmarkd.conf").read_text(), *gateways[:4]]
    for text in [*(path.read_text() for path in sorted(conf.glob("**/*.conf"))), *gateways, *(laws + text for text in whole)]:
        yield "\n".join(line for line in text.splitlines()
                        if not re.match("@include|.*(managed|inventory)", line)).encode()


def answers(_):
    """Of a name server, to the one name that the target asks for."""
    name = "a.local"
    for kind, *data in ((mdns_responder.PTR, mdns_responder.encode("b.local")),
                        (mdns_responder.SRV, bytes.fromhex("000000001634") + mdns_responder.encode("b.local")),
                        (mdns_responder.A, b"\xc0\0\2\1", b"\xc0\0\2\2"), (mdns_responder.AAAA, bytes.fromhex("20010db8") + bytes(11) + b"\1")):
        question = b"\0\7\0\0\0\1" + bytes(6) + mdns_responder.encode(name) + kind.to_bytes(2, "big") + b"\0\1"
        answer = mdns_responder.answer(question, [(name, kind, one) for one in data])
        owner = mdns_responder.encode(name)
        yield answer
        yield answer.replace(owner, b"\xc0\x0c").replace(b"\xc0\x0c", owner, 1)  # a pointer to the question


def manifest(content):
    return (f"hallmark-backup 1\ngateway apartment.example\nversion 0.2.0\ntime 1767225600\nconfig /etc/hallmark\nstate /var/lib/hallmark\n"
            f"schema 3\nrecord sound 1207:9c1b7d02a4e86f35\nfile {hashlib.sha256(content).hexdigest()} {len(content)} config/hallmarkd.conf\n"
            "end\n").encode()


def backups(_):
    content = b'include = "x";\n'
    yield manifest(content)
    yield manifest(content).replace(b"sound 1207:9c1b7d02a4e86f35", b"sound empty")
    for names in (("manifest", "config/hallmarkd.conf"), ("manifest", "x" * 90 + "/" + "y" * 60), ("../manifest",)):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name in names:
                data = manifest(content) if name == "manifest" else content
                member = tarfile.TarInfo(name)
                member.size, member.mode, member.uname, member.gname, member.mtime = len(data), 0o640, "root", "hallmark", 1767225600
                archive.addfile(member, io.BytesIO(data))
        yield out.getvalue()[:-8 * 512]  # tarfile fills a record of twenty blocks


def queued(_):
    for message in (b"{}", b'{"event": "admitted"}', b""):
        yield f"hallmark-queue 1 {len(message)} {hashlib.sha256(message).hexdigest()}\n".encode() + message


def seals(_):
    sealed = {0: b"\x11" * 32, 1: 5000, 2: 17, 3: b"\x22" * 32, 4: "uid 1000", 5: "auditor", 6: "all"}
    for change in ({}, {2: 0}, {0: b"short"}):
        yield make_golden.token("p256", {1: -9, 16: "application/vnd.hallmark.report-seal+cwt", 4: b"\x04" * 32}, payload={
            1: "apartment.example", 6: 1767225600, 265: "tag:hallmarkd.org,2026:report-seal#1", -846008: {**sealed, **change}})


def records(_):
    """A kind; patches: none or one; lengths of what is sent beside it; and what the tables make the rest of."""
    for kind in range(KINDS):
        for patch in (b"\0", b"\1\x20\0\7"):
            for rest in (bytes(64), bytes(8) + bytes(range(256)) * 4):
                yield bytes([kind]) + patch + rest


GOLDEN = make_golden.golden()
COSE = [case[-1] for case in make_golden.cose_cases()]
EVIDENCE, LABEL = make_golden.EVIDENCE, make_golden.LABEL
SEEDS = {
    "backup": backups,
    "cbor": lambda v: [cbor2.dumps(make_golden.label_claims()), cbor2.dumps(make_golden.result_claims()), *GOLDEN.values(), *bodies(v)],
    "certificate": certificates,
    "coap": dialogues,
    "config": configurations,
    "crl": lambda v: [form for crl in files(v, "*.crl") for form in (crl, pem(crl))],
    "csv": lambda _: [b"a,b\n1,2\n", b"\xef\xbb\xbfa;b\r\n\"1\";\"2 \"\"x\"\"\"\r\n", b"b\ta\n# why\n1\t\n\n", (TOP / "conf/inventory.csv").read_bytes()],
    "dns": answers,
    "ear": lambda _: [GOLDEN["result"], *COSE],
    "evidence": lambda v: [GOLDEN["evidence"], *tokens(v, EVIDENCE)],
    "handshake": handshakes,
    "ipc": records,
    "label": lambda v: [GOLDEN["label"], cbor2.dumps(make_golden.label_claims()), *tokens(v, LABEL)],
    "problem": lambda _: [GOLDEN["problem"]],
    "queue": queued,
    "reference": lambda v: files(v, "*.reference"),
    "register": lambda v: [GOLDEN["register"], *files(v, "*.register")],
    "seal": seals,
    "sign1": lambda _: [*(GOLDEN[name] for name in ("evidence", "label", "register", "result")), *COSE],
    "status": lambda v: files(v, "*.status"),
    "submission": lambda v: [GOLDEN["challenge"], *bodies(v)],
}


def main(vectors, folder):
    """As many as there are targets: one without a seed is an error."""
    shutil.rmtree(folder, ignore_errors=True)
    targets = {path.stem.removeprefix("fuzz_") for path in pathlib.Path(__file__).parent.glob("fuzz_*.c")}
    if targets != set(SEEDS):
        sys.exit(f"tests/fuzz/make_seeds.py: targets and seeds differ: {targets ^ set(SEEDS)}; add a row to SEEDS")
    for target, make in SEEDS.items():
        (folder / target).mkdir(parents=True)
        for seed in make(vectors):
            (folder / target / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        if not any((folder / target).iterdir()):
            sys.exit(f"tests/fuzz/make_seeds.py: no seed for {target}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
