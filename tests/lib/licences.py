#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""licences.py [PROGRAM...]: each file below the current directory says that it is under Apache-2.0, or debian/copyright names it in a stanza of
its own. No PROGRAM links, by itself or through another library, a library under the GPL. Prints each finding as FILE:LINE: text.
A file HALLMARK_COPYRIGHTS/PACKAGE/copyright goes before that of /usr/share/doc. For tests/lint/licences.sh."""

import fnmatch
import os
import pathlib
import re
import subprocess
import sys

TAG = re.compile(rb"SPDX-License-Identifier: Apache-2\.0[ \"]?(?: -->| \*/)?\r?$", re.M)
LEFT_OUT = re.compile(r"(\.git|__pycache__|(build|release|obj)(-.*)?|\.debhelper)")

# Packages of Debian 12 and 13 whose copyright files have the GPL (as a regular expression of the name), what the file says of the library, and
# why it may be linked.
ALLOWED = """
libc6             GNU Lesser General Public       the library is LGPL-2.1-or-later
libcap2           BSD-3-clause or GPL-2           a choice
libcoap3(t64)?    BSD-2-clause                    GPL: Debian's files and the build
libcom-err2       MIT                             GPL: e2fsprogs, of which it is a part
libconfig(9|11)   LGPL-2\.1                       GPL: Debian's files
libcurl4(t64)?    curl                            GPL with exceptions: the build
libffi8           Expat|X11                       GPL: tests and the build
libgcrypt20       LGPL                            GPL: its programs and documents
libgmp10          GPL-2\+ or LGPL-3\+|LGPL-3      a choice
libgnutls30(t64)? LGPL-?v?2\.1\+|LGPLv2            GPL: its programs
libgpg-error0     LGPL-2\.1\+                     GPL: the build and tests
libhogweed6(t64)? LGPL-3\+ or GPL-2\+             a choice
libidn2-0         LGPL-3\+ or GPL-2\+             a choice; GPL-3+: its program
libk5crypto3      MIT|Massachusetts               GPL: Debian's files and one of the build
libkeyutils1      LGPL-2\+                        GPL: its programs
libkrb5.*         MIT|Massachusetts               GPL: Debian's files and one of the build
libgssapi-krb5-2  MIT|Massachusetts               GPL: Debian's files and one of the build
libldap.*         OpenLDAP-2\.8                   GPL: the build
liblz4-1          BSD-2-clause                    GPL: its programs
liblzma5          PD                              GPL: its scripts and the build
libmnl0           LGPL-2\.1                       GPL: examples and Debian's files
libmosquitto1     EPL|Eclipse                     GPL: Debian's files
libnettle8(t64)?  LGPL-3\+ or GPL-2\+             a choice
libnghttp[23]-.*  Expat|MIT                       GPL with exceptions: the build
librtmp1          LGPL-2\.1                       GPL: rtmpdump, the program
libsasl2-2        BSD-4-clause                    GPL: the build
libseccomp2       LGPL-2\.1                       GPL: Debian's files
libsqlite3-0      public-domain                   GPL: the build
libssl3(t64)?     Apache-2\.0                     GPL: scripts of the build
libsystemd0       LGPL-2\.1\+                     GPL: its programs; with the exception: the kernel's headers
libtasn1-6        LGPL                            GPL: its programs
libunistring[25]  LGPL-3\+ or GPL-2\+             a choice
libp11-kit0       BSD-3-Clause                    GPL: the build
libzstd1          BSD-3-clause or GPL-2           a choice
"""

PLACES = [pathlib.Path(place) for place in (os.environ.get("HALLMARK_COPYRIGHTS", ""), "/usr/share/doc") if place]


def listed():
    """The patterns of debian/copyright, without that for all."""
    file = pathlib.Path("debian/copyright")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    for names in re.findall(r"^Files:(.*(?:\n[ \t].*)*)", text, re.M):
        yield from (name for name in names.split() if name != "*")


def untagged():
    patterns = list(listed())
    for folder, folders, files in os.walk("."):
        folders[:] = sorted(name for name in folders if not LEFT_OUT.fullmatch(name))
        for name in sorted(files):
            path = pathlib.Path(folder, name)
            if name == ".git" or any(fnmatch.fnmatchcase(str(path), pattern) for pattern in patterns):
                continue
            if not TAG.search(b"\n".join(path.read_bytes().split(b"\n", 12)[:12])):
                print(f"{path}:1: no line with SPDX-License-Identifier: Apache-2.0, and debian/copyright does not name it")


def owners():
    """Which package has a shared library of that path; /lib is a link to /usr/lib."""
    found = {}
    for file in pathlib.Path("/var/lib/dpkg/info").glob("*.list"):
        for path in re.findall(r"^/.*\.so[.\d]*$", file.read_text(encoding="utf-8"), re.M):
            found[os.path.realpath(os.path.dirname(path)) + "/" + os.path.basename(path)] = file.stem.partition(":")[0]
    return found


def has_gpl(text):
    return re.search(r"General Public License|\bGPL", re.sub(r"(Lesser|Library) (Gene?ral|GPL)|LGPL", "", text))


def fault(package):
    file = next(place / package / "copyright" for place in PLACES if (place / package / "copyright").exists())
    text = " ".join(file.read_text(encoding="utf-8", errors="replace").split())
    if not has_gpl(text):
        return None
    for name, says, _ in re.findall(r"^(\S+) +(\S.*?)  +(\S.*)$", ALLOWED, re.M):
        if re.fullmatch(name, package):
            return None if re.search(says, text) else "whose copyright file no longer says what tests/lib/licences.py takes it for"
    return "whose copyright file has the GPL; use another library, or say in tests/lib/licences.py why it may be linked"


def linked(programs):
    packages = owners() if programs else {}
    for program in programs:
        loaded = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
        for library in sorted(set(re.findall(r"=> (/\S+)", loaded))):
            package = packages.get(os.path.realpath(library))
            text = fault(package) if package else "which is of no package of Debian: its licence is not known"
            if text:
                print(f"{program}:1: links {package or library}, {text}")


untagged()
linked(sys.argv[1:])
