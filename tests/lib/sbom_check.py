#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sbom_check.py FILE: what an SPDX 2.3 document in JSON must have by clauses 6, 7 and 11 of that standard, as far as tests/lib/sbom.py writes
it, and nothing of hallmark linked to nothing. Debian has no reader of SPDX 2.3 for all its releases; this shares no code with the writer."""

import json
import re
import sys

PACKAGE = ("SPDXID", "name", "versionInfo", "downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText")
faults = []


def need(truth, text):
    if not truth:
        faults.append(text)


def check(document):
    need(document.get("spdxVersion") == "SPDX-2.3", "spdxVersion is not SPDX-2.3")
    need(document.get("dataLicense") == "CC0-1.0", "dataLicense is not CC0-1.0")
    need(document.get("SPDXID") == "SPDXRef-DOCUMENT", "the document's SPDXID is another")
    need(document.get("name"), "the document has no name")
    need(re.fullmatch(r"https://[^#\s]+", document.get("documentNamespace", "")), "documentNamespace is no URI without a fragment")
    creation = document.get("creationInfo", {})
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", creation.get("created", "")), "created is no time in UTC")
    need(all(re.match("(Tool|Person|Organization): .", who) for who in creation.get("creators", ["-"])), "a creator is of no kind")

    packages = {}
    for package in document.get("packages", []):
        name = package.get("name", "?")
        for field in PACKAGE:
            need(package.get(field), f"{name} has no {field}")
        identifier = package.get("SPDXID", "")
        need(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", identifier), f"{name}: SPDXID {identifier} has other characters")
        need(identifier not in packages, f"{identifier} is there twice")
        need(package.get("filesAnalyzed") is False, f"{name}: no file is listed, so filesAnalyzed must be false")
        for checksum in package.get("checksums", []):
            need(checksum["algorithm"] == "SHA256" and re.fullmatch("[0-9a-f]{64}", checksum["checksumValue"]), f"{name}: a checksum is none")
        for reference in package.get("externalRefs", []):
            need(re.fullmatch(r"pkg:deb/debian/[^@\s]+@[^?\s]+\?arch=\w+", reference["referenceLocator"]), f"{name}: its purl is none")
        packages[identifier] = package

    links = set()
    for row in document.get("relationships", []):
        one, kind, other = row["spdxElementId"], row["relationshipType"], row["relatedSpdxElement"]
        need(kind in ("DESCRIBES", "DYNAMIC_LINK"), f"{kind} is not expected")
        for end in (one, other):
            need(end in packages or end == "SPDXRef-DOCUMENT", f"{end} is in a relationship and is no package")
        links.add((one, kind, other))
    described = {other for _, kind, other in links if kind == "DESCRIBES"}
    need(described, "nothing is described")
    linked = {other for _, kind, other in links if kind == "DYNAMIC_LINK"}
    for identifier in packages:
        need(identifier in described or identifier in linked, f"{identifier} is linked by nobody")
    for identifier in described & {"SPDXRef-Package-hallmark" + end for end in ("", "-label", "-attester", "-notify", "-refresh")}:
        need(any(one == identifier and kind == "DYNAMIC_LINK" for one, kind, _ in links), f"{identifier} links no library")


with open(sys.argv[1], encoding="utf-8") as file:
    check(json.load(file))
for fault in faults:
    print(f"{sys.argv[1]}: {fault}")
sys.exit(bool(faults))
