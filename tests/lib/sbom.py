#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sbom.py VERSION EPOCH FILE=FOLDER...: prints an SPDX 2.3 document of packages: for each a FILE, NAME_VERSION_ARCH.deb or a name alone, and a
FOLDER that has its programs. It names the libraries that they link, and those that these link, with versions and licences as the Debian of
this machine names them. The same input gives the same bytes."""

import datetime
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

DOCUMENT = "SPDXRef-DOCUMENT"


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


NATIVE = output("dpkg", "--print-architecture").strip()


@functools.lru_cache(maxsize=None)
def linker_paths():
    rows = re.findall(r"^\s+(\S+) \(([^)]*)\) => (\S+)$", output("/sbin/ldconfig", "-p"), re.M)
    return {name: path for name, kind, path in reversed(rows) if kind.startswith("libc6")}


@functools.lru_cache(maxsize=None)
def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", path))


@functools.lru_cache(maxsize=None)
def owners():
    """Which package has a shared library of that name, under the real path of its folder: /lib is a link to /usr/lib."""
    found = {}
    for file in sorted(pathlib.Path("/var/lib/dpkg/info").glob("*.list")):
        for path in re.findall(r"^/.*\.so[.\d]*$", file.read_text(encoding="utf-8"), re.M):
            found[os.path.realpath(os.path.dirname(path)) + "/" + os.path.basename(path)] = file.stem
    return found


def owner(path):
    real = os.path.realpath(path)
    if real not in owners():
        raise SystemExit(f"{path}: no package of Debian has it; install the library from a package")
    return owners()[real]


@functools.lru_cache(maxsize=None)
def installed():
    rows = output("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package} ${source:Version}\n").splitlines()
    return {(row[0], row[2]): row for row in (line.split("\t") for line in rows)}


def licences(package):
    text = pathlib.Path(f"/usr/share/doc/{package.split(':')[0]}/copyright").read_text(encoding="utf-8", errors="replace")
    found = set(re.findall(r"^License: *(\S.*?) *$", text, re.M)) or set(re.findall(r"/usr/share/common-licenses/([\w.+-]*\w)", text))
    return "; ".join(sorted(found)) or "a text of its own"


def spdx_id(name):
    return "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def purl(name, version, architecture):
    return f"pkg:deb/debian/{name}@{urllib.parse.quote(version, safe='.~-')}?arch={architecture}"


def library(package):
    name, _, architecture = package.partition(":")
    _, version, architecture, source = installed()[name, architecture or NATIVE]
    return {"SPDXID": spdx_id(name), "name": name, "versionInfo": version, "supplier": "Organization: Debian",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "licenseComments": "As Debian names them: " + licences(package), "copyrightText": "NOASSERTION", "sourceInfo": "built from " + source,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": purl(name, version, architecture)}]}


def ours(file, version):
    path = pathlib.Path(file)
    made = {"SPDXID": spdx_id(path.name.split("_")[0]), "name": path.name.split("_")[0], "versionInfo": version,
            "supplier": "NOASSERTION", "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0", "copyrightText": "2026 the hallmark maintainers", "primaryPackagePurpose": "APPLICATION"}
    if path.suffix == ".deb":
        made |= {"packageFileName": path.name,
                 "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(path.read_bytes()).hexdigest()}]}
    return made


def programs(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF":
            yield str(path)


def follow(identifier, path, packages, links):
    """Adds what the file at path links, and what that links, to packages and links."""
    for name in needed(path):
        if name not in linker_paths():
            raise SystemExit(f"{path}: its library {name} is not on this machine")
        target = linker_paths()[name]
        found = library(owner(target))
        is_new = found["SPDXID"] not in packages
        packages[found["SPDXID"]] = found
        if found["SPDXID"] != identifier:
            links.add((identifier, found["SPDXID"]))
        if is_new or target not in follow.seen:
            follow.seen.add(target)
            follow(found["SPDXID"], target, packages, links)


follow.seen = set()


def main():
    version, epoch, *arguments = sys.argv[1:]
    packages, links, described = {}, set(), []
    for argument in arguments:
        file, folder = argument.split("=", 1)
        made = ours(file, version)
        packages[made["SPDXID"]] = made
        described.append(made["SPDXID"])
        for program in programs(folder):
            follow(made["SPDXID"], program, packages, links)
    rows = sorted(packages.values(), key=lambda package: package["SPDXID"])
    digest = hashlib.sha256(json.dumps([rows, sorted(links)]).encode()).hexdigest()
    created = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)
    relationships = [(DOCUMENT, "DESCRIBES", identifier) for identifier in sorted(described)]
    relationships += [(one, "DYNAMIC_LINK", other) for one, other in sorted(links)]
    json.dump({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": DOCUMENT, "name": "hallmark-" + version,
               "documentNamespace": f"https://hallmarkd.org/spdx/hallmark-{version}-{digest}",
               "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: hallmark-tests-lib-sbom.py"]},
               "packages": rows,
               "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                                 for one, kind, other in relationships]}, sys.stdout, indent=1)
    print()


main()
