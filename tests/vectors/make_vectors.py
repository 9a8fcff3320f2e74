#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the vectors: one folder for each single defect, with its must-pass twin. README.md has the format.

    make_vectors.py FOLDER

Written from docs/protocol.md with python3-cbor2 and python3-cryptography; it shares no code with the daemon. The same
bytes come out at each run. This file builds; what is built, and what must come of it, stands in table.py.
"""
import hashlib
import pathlib
import re
import shutil
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
import tokens  # noqa: E402
from forge import *  # noqa: E402,F403

TOP = pathlib.Path(__file__).resolve().parents[2]
NOW = 1795464000  # when nothing else is said
DAY = 86400
LONG_AGO = 1577836800  # 2020-01-01: certificates begin before the first arrangement
PEN = 32473       # the example enterprise number, RFC 5612
UEID = b"\x01" + bytes(range(16, 32))
CHANNEL, NONCE, EMPTY_CONTEXT = bytes([0xC4] * 32), bytes([0x4E] * 32), bytes([0xEC] * 32)
HASH_SHA256 = -16
DELETE = object()

ISSUERS = {  # iss: key, schemes
    "kr.labels.example": ("kr", "secp256r1", ["KR-CIC"]),
    "sg.labels.example": ("sg", "secp256r1", ["SG-CLS"]),
    "de.labels.example": ("de", "secp256r1", ["DE-ITSK"]),
    "fi.labels.example": ("fi", "secp256r1", ["FI-CSL"]),
    "p384.labels.example": ("kr384", "secp384r1", ["KR-CIC"]),
    "ed.labels.example": ("kr25519", "ed25519", ["KR-CIC"]),
}
THE_SCHEME_ITSELF = "kr.labels.example"  # the others are transcribers
ISSUER_KEYS = {issuer: Key(key, kind) for issuer, (key, kind, _) in ISSUERS.items()}
KR_NEW_KEY = Key("kr, the next")  # that the issuer goes over to
SECOND_KEYS = {"kr.labels.example": ', "kr-new.pub"'}
MAKERS_KEY = Key("two makers")  # of an issuer that may speak for the labels of two makers

# --- Certificates: a maker's root, the CA below it that certifies devices, and the device ---

ROOT_NAME, ISSUING_NAME = name("Maker Root"), name("Maker Devices")
ROOT_KEY, ISSUING_KEY, DEVICE_KEY = Key("root"), Key("issuing"), Key("device")
CA_USAGE = bits(b"\x06", 1)            # keyCertSign, cRLSign
DEVICE_USAGE = bits(b"\x80", 7)        # digitalSignature
ARC = f"1.3.6.1.4.1.{PEN}.1"


def ca_constraints(path_length=None):
    return sequence(BOOLEAN_TRUE, integer(path_length) if path_length is not None else b"")


def key_identifiers(key, signer):
    return {SUBJECT_KEY: extension(SUBJECT_KEY, octets(key_identifier(key))),
            AUTHORITY_KEY: extension(AUTHORITY_KEY, sequence(der(0x80, key_identifier(signer))))}


def make_certificate(what):
    """what: the arguments of certificate(), with extensions by OID; DELETE leaves one out."""
    what = dict(what)
    extensions = {**key_identifiers(what["key"], what["signer"]), **what.pop("extensions", {})}
    whole = what.pop("whole", None)
    made = certificate(extensions=[e for e in extensions.values() if e is not DELETE], **what)
    return whole(made) if whole else made


def ca(subject, key, issuer, signer, path_length=None):
    return {"subject": subject, "key": key, "issuer": issuer, "signer": signer, "not_before": LONG_AGO,
            "not_after": FOREVER,
            "extensions": {BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, ca_constraints(path_length), True),
                           KEY_USAGE: extension(KEY_USAGE, CA_USAGE, True)}}


def serial_number(text):
    return (x509.oid.NameOID.SERIAL_NUMBER, text)


def alt_name(*general_names):
    return extension(ALT_NAME, sequence(*general_names))


ROOT = ca(ROOT_NAME, ROOT_KEY, ROOT_NAME, ROOT_KEY, 2)
ROOT_DER = make_certificate(ROOT)
ISSUING = ca(ISSUING_NAME, ISSUING_KEY, ROOT_NAME, ROOT_KEY, 0)
DEVICE = {"subject": name("Wall-pad", serial_number(UEID.hex())), "key": DEVICE_KEY, "issuer": ISSUING_NAME,
          "signer": ISSUING_KEY, "not_before": LONG_AGO, "not_after": FOREVER,
          "extensions": {BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, sequence(), True),
                         KEY_USAGE: extension(KEY_USAGE, DEVICE_USAGE, True),
                         ALT_NAME: alt_name(hardware_module(ARC, UEID))}}

# --- Tokens ---

COSE = {"header": {}, "protected": None, "unprotected": {}, "payload": None, "attached": None, "signature": None,
        "array": None, "tags": lambda item: encode(cbor2.CBORTag(18, item)), "context": "Signature1", "external": b"",
        "key": None}
ALGORITHMS = {"secp256r1": -9, "secp384r1": -51, "ed25519": -19}


def without_deleted(claims):
    return {key: without_deleted(value) if isinstance(value, dict) else value
            for key, value in claims.items() if value is not DELETE}


def sign(claims, cose, key, header):
    """COSE_Sign1; each part of `cose` that is given replaces or changes what would be right."""
    key = cose["key"] or key
    header = without_deleted({1: ALGORITHMS.get(key.kind, -9), **header, **cose["header"]})
    protected = cose["protected"](header) if cose["protected"] else encode(header)
    payload = encode(claims)
    if cose["payload"]:
        payload = cose["payload"](payload)
    message = to_be_signed(protected, payload, cose["context"], cose["external"])
    signature = key.sign(message)
    if cose["signature"]:
        signature = cose["signature"](signature, key, message)
    attached = cose["attached"](payload) if cose["attached"] else payload
    items = [protected, cose["unprotected"], attached, signature]
    if cose["array"]:
        items = cose["array"](items)
    return cose["tags"](items)


EVIDENCE = {"claims": {265: tokens.EVIDENCE[1], 10: CHANNEL, 256: UEID, 258: PEN, 259: b"WP-700", 263: 3,
                       271: ["1.2.0", 1]},
            "typ": tokens.EVIDENCE[0], "key": None, "cose": COSE, "token": None}
LABEL = {"claims": {1: "kr.labels.example", 2: "KR-2026-0101", 4: NOW + 100 * DAY, 5: NOW - 10 * DAY, 6: NOW - 20 * DAY,
                    265: tokens.LABEL[1]},
         "mark": {0: "KR-CIC", 1: 3, 2: "Standard", 3: 1, 4: "wall-pad", 5: "housing"},
         "class": {258: PEN, 259: b"WP-700", 271: [["1.0.0", 1], ["1.2.0", 1]]}, "classes": None,
         "anchors": [[HASH_SHA256, hashlib.sha256(ROOT_DER).digest()]],
         "typ": tokens.LABEL[0], "key": None, "kid": True, "cose": COSE, "token": None}
REGISTER_PROFILE, REGISTER_TYPE = "tag:hallmarkd.org,2026:register#1", "application/vnd.hallmark.register+cwt"


def make_evidence(e, device):
    token = sign(without_deleted(e["claims"]), e["cose"], e["key"] or device["key"], {16: e["typ"]})
    return e["token"](token) if e["token"] else token


def label_claims(spec):
    body = {-846000: without_deleted(spec["mark"]), -846001: spec["classes"] or [without_deleted(spec["class"])],
            -846002: spec["anchors"]}
    return without_deleted({**body, **spec["claims"]})


def make_label(spec):
    key = spec["key"] or ISSUER_KEYS.get(spec["claims"][1], ISSUER_KEYS["kr.labels.example"])
    header = {16: spec["typ"], 4: (spec["cose"]["key"] or key).id() if spec["kid"] is True else spec["kid"]}
    token = sign(label_claims(spec), spec["cose"], key, {k: v for k, v in header.items() if v is not None})
    return spec["token"](token) if spec["token"] else token


def make_register(labels, claims=(), key=None, typ=REGISTER_TYPE, profile=REGISTER_PROFILE):
    statements = []
    for label in labels:
        statement = label_claims(label)
        statements.append(statement)
    whole = {1: "kr.labels.example", 4: NOW + 50 * DAY, 6: NOW - DAY, 265: profile, -846004: 7, -846005: statements}
    key = key or ISSUER_KEYS["kr.labels.example"]
    return sign({**whole, **dict(claims)}, COSE, key, {16: typ, 4: key.id()})


STATUS_TYPE, STATUS_URI = "application/statuslist+cwt", "https://kr.labels.example/status/1"


def make_status_list(claims=(), key=None, typ=STATUS_TYPE, lst=b"\xe4", kid=None):
    """lst: two bits for each index, 0 first; e4 is valid, invalid, suspended, and a status of nobody's. kid: a service's own."""
    whole = {1: "kr.labels.example", 2: STATUS_URI, 4: NOW + 2 * DAY, 6: NOW - DAY,
             65533: {"bits": 2, "lst": zlib.compress(lst)}}
    key = key or ISSUER_KEYS["kr.labels.example"]
    return sign(without_deleted({**whole, **dict(claims)}), COSE, key, {16: typ, 4: kid or key.id()})


REFERENCE_PROFILE, REFERENCE_TYPE = "tag:hallmarkd.org,2026:reference#1", "application/vnd.hallmark.reference+cwt"
MAKER_KEY = Key("maker's firmware")
SHA_256, SHA_384, COMPONENT, COMPONENT_JSON, COSWID = 1, 7, 295, 296, 258


def measured(name, digest, algorithm=SHA_256, version=None, **more):
    """A measured component (RFC 10013) as an item of claim 273; `more` as raw_5="…" is a member of its map."""
    component = {1: [name, version] if version else [name], 2: [algorithm, digest]}
    component.update({int(key.removeprefix("raw_")): value for key, value in more.items()})
    return [COMPONENT, encode(component)]


# What is good: two builds of the boot loader, firmware of one version, a register of a certain value, and a CoSWID.
LOADER, NEXT_LOADER = measured("boot loader", b"\x01" * 32), measured("boot loader", b"\x02" * 48, SHA_384)
FIRMWARE = measured("firmware", b"\x03" * 32, version=["1.2.0", 1])
FUSES = [COMPONENT, encode({1: ["fuses"], 5: b"\x0f"})]
BILL = [COSWID, b"\x04" * 32]
GOOD = [LOADER, NEXT_LOADER, FIRMWARE, FUSES, BILL]
MEASURED = [LOADER, FIRMWARE, FUSES, BILL]


def make_reference(claims=(), key=MAKER_KEY, typ=REFERENCE_TYPE):
    whole = {1: "maker.example", 4: NOW + 5 * DAY, 6: NOW - DAY, 258: PEN, 259: b"WP-700", 265: REFERENCE_PROFILE,
             271: [["1.2.0", 1], ["1.2.0", 1]], 273: GOOD}
    return sign(without_deleted({**whole, **dict(claims)}), COSE, key, {16: typ, 4: key.id()})


# --- A device that comes to a gateway ---

DEVICE_STORY = {
    "gateway": "seoul", "time": NOW, "content_format": tokens.MULTIPART, "device": DEVICE, "issuing": ISSUING,
    "chain": lambda leaf, issuing: [leaf, issuing],
    "possession": True, "channel_good": True, "nonce": None, "nonce_good": False,
    "evidence": EVIDENCE, "label": LABEL, "labels": None, "parts": None, "body": None,
}


def merge(base, changes):
    result = dict(base)
    for key, value in changes.items():
        is_inner = isinstance(value, dict) and isinstance(base.get(key), dict)
        result[key] = merge(base[key], value) if is_inner else value
    return result


def leaves(changes):
    return sum(leaves(value) if isinstance(value, dict) else 1 for value in changes.values())


def yes(flag):
    return "yes" if flag else "no"


def tell(story):
    """Returns the files of one device's visit."""
    certificates = story["chain"](make_certificate(story["device"]), make_certificate(story["issuing"]))
    labels = story["labels"] if story["labels"] is not None else [{}]
    sent = [label if isinstance(label, bytes) else make_label(merge(story["label"], label)) for label in labels]
    parts = [[tokens.EAT_CWT, token] for token in [make_evidence(story["evidence"], story["device"]), *sent]]
    if story["parts"]:
        parts = story["parts"](parts)
    if isinstance(parts, list) and all(isinstance(part, list) for part in parts):
        parts = [item for part in parts for item in part]
    body = encode(parts)
    if story["body"]:
        body = story["body"](body)
    session = {"gateway": story["gateway"], "started": NOW, "time": story["time"], "content-format": story["content_format"],
               "possession": yes(story["possession"]), "channel-value": CHANNEL.hex(), "empty-context-value": EMPTY_CONTEXT.hex(),
               "channel-good": yes(story["channel_good"]),
               **({"nonce": story["nonce"].hex(), "nonce-good": yes(story["nonce_good"])} if story["nonce"] else {})}
    files = {"body": body, "session": lines(session)}
    files.update({f"certificates/{i}.der": c for i, c in enumerate(certificates)})
    return files


def lines(values):
    return "".join(f"{key} = {value}\n" for key, value in values.items()).encode()


def part_of(path):
    return path.split("/")[0]


def write(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def write_vector(top, vector):
    """The two are told by the same call; what differs is the one leaf of `defect`."""
    assert leaves(vector.defect) == 1, f"{vector.name}: {leaves(vector.defect)} defects"
    story = merge(DEVICE_STORY, vector.base)
    twin, refused = tell(story), tell(merge(story, vector.defect))
    differ = {part_of(path) for path in twin.keys() | refused.keys() if twin.get(path) != refused.get(path)}
    assert len(differ) == 1, f"{vector.name}: {differ} differ"
    folder = top / vector.name
    assert not folder.exists(), f"{vector.name} stands twice"
    write(folder, {"about": lines({"defect": vector.about, "differs": differ.pop()})})
    write(folder / "refused", {**refused, "expected": lines(vector.expected)})
    write(folder / "twin", {**twin, "expected": lines(vector.twin)})


# --- Gateways: hallmarkd's own configuration, with the shipped schemes and arrangements ---

RULES = {"KR-CIC": (("upper", "Standard"), ("middle", "Basic")), "SG-CLS": (("upper", "3"), ("middle", "2")),
         "DE-ITSK": (("upper", "Label"),)}


def make_gateway(home="KR-CIC", anchors=("root",), registers=(), crls=(), stale="refuse", status_lists=(),
                 references=(), extra="", unknown=""):
    def group(items):
        return "(" + ", ".join("{ " + item + " }" for item in items) + ")"

    issuers = [f'name = "{iss}"; keys = [ "{key}.pub"{SECOND_KEYS.get(iss, "")} ]; schemes = [ ' + ", ".join(f'"{s}"' for s in schemes) + " ];"
               + (' role = "scheme";' if iss == THE_SCHEME_ITSELF else "")
               for iss, (key, _, schemes) in ISSUERS.items()]
    issuers.append('name = "maker.example"; key = "maker.pub"; schemes = [ "KR-CIC" ]; makers = [ "pen:32473" ];')
    issuers.append('name = "two-makers.example"; key = "two-makers.pub"; schemes = [ "KR-CIC" ]; '
                   'makers = [ "pen:32473", "ieee:acde48" ];')
    identity_and_label = f'require = [ "identity", "label"{extra} ];' + (f' status-unknown = "{unknown}";' if unknown else "")
    rules = [f'name = "{zone}"; zone = "{zone}"; lifetime = "8h"; {identity_and_label} level = "{level}";'
             for zone, level in RULES[home]]
    rules.append(f'name = "lower"; zone = "lower"; lifetime = "1h"; {identity_and_label}')
    zones = [f'name = "{zone}"; reach = [ "192.0.2.{i}" ];' for i, zone in enumerate(("upper", "middle", "lower"), 1)]
    return f"""law = ".";
gateway = {{ name = "vectors"; home = "{home}"; policy = "vectors"; certificate = "gateway.crt"; key = "gateway.key";
             result-key = "gateway.key"; }};
network = {{ guarded = [ "port1" ]; uplinks = [ "wan0" ]; }};
trust = {{
    anchors = {group(f'name = "{a}"; file = "{a}.crt";' for a in anchors)};
    issuers = {group(issuers)};
    registers = {group(f'file = "{r}.register";' for r in registers)};
    crls = {group(f'file = "{c}.crl"; stale = "{stale}";' for c in crls)};
    status-lists = {group(f'file = "{s}.status";' for s in status_lists)};
    references = {group(f'file = "{r}.reference";' for r in references)};
}};
zones = {group(zones)};
rules = {group(rules)};
"""


def pem(certificate_der):
    return x509.load_der_x509_certificate(certificate_der).public_bytes(serialization.Encoding.PEM)


def write_gateways(folder, gateways, files):
    folder.mkdir(parents=True)
    for file in ("schemes.conf", "arrangements.conf"):
        shutil.copy(TOP / "conf" / file, folder)
    write(folder, {"root.crt": pem(ROOT_DER), "gateway.crt": pem(ROOT_DER), "gateway.key": ROOT_KEY.private_pem(),
                   "maker.pub": MAKER_KEY.public_pem(), "two-makers.pub": MAKERS_KEY.public_pem(),
                   "kr-new.pub": KR_NEW_KEY.public_pem()})
    write(folder, {f"{ISSUERS[iss][0]}.pub": key.public_pem() for iss, key in ISSUER_KEYS.items()})
    write(folder, files)
    write(folder, {f"{gateway}.conf": make_gateway(**what).encode() for gateway, what in gateways.items()})


# --- What must come of it ---


def numbers(header):
    """What a header that outsiders share names, by its number."""
    rows = re.findall(r'X\((\d+), \w+, "([a-z-]+)"', (TOP / "include/hallmark" / header).read_text())
    return {int(number): name for number, name in rows}


CHECKS = numbers("check.h")
REASONS = {name: number for number, name in numbers("reason.h").items()}


def check_of(reason):
    return CHECKS[REASONS[reason] // 100]


class Vector:
    def __init__(self, name, about, defect, expected, base=None, twin="upper"):
        self.name, self.about, self.defect, self.base = name, about, defect, base or {}
        self.expected = expected
        self.twin = {"zone": twin} if isinstance(twin, str) else twin


def problem(reason):
    assert reason in REASONS
    return {"problem": reason}


def fails(*reasons, first=None):
    """In quarantine for the first reason; exactly these checks find something themselves."""
    return {"zone": "quarantine", "reason": first or reasons[0],
            "failed": ", ".join(f"{check_of(reason)} {reason}" for reason in reasons)}


def admits(zone, **what):
    return {"zone": zone, **{key.replace("_", "-"): value for key, value in what.items()}}


def main(folder):
    import table

    shutil.rmtree(folder, ignore_errors=True)
    write_gateways(folder / "gateways", table.GATEWAYS, {
        **{f"{file}.register": content for file, content in table.REGISTERS.items()},
        **{f"{file}.crl": content for file, content in table.CRLS.items()},
        **{f"{file}.reference": content for file, content in table.REFERENCES.items()},
        **{f"{file}.status": content for file, content in table.STATUS_LISTS.items()}})
    vectors = list(table.vectors())
    for vector in vectors:
        write_vector(folder / "vectors", vector)
    for vector in table.aside():
        write_vector(folder / "aside", vector)
    print(f"{len(vectors)} vectors, each with its twin")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.modules["make_vectors"] = sys.modules["__main__"]
    main(pathlib.Path(sys.argv[1]))
