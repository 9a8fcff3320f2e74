#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One version: that of CMakeLists.txt. The newest section of NEWS and the newest entry of debian/changelog are of it, hallmark.pc takes it
# from CMake, and no document and no golden report names another one of a program of hallmark.
source "$(dirname "$0")/../lib/lint.bash"

number='[0-9]+\.[0-9]+\.[0-9]+'

# first FILE SED-SCRIPT: the first line that it prints.
first() { sed -nE "$2" "$1" | head -n 1; }

# agrees FILE VERSION
agrees() {
    [[ $2 == "$version" ]] || echo "$1:1: its version is \"$2\", and that of CMakeLists.txt $version"
}

lint() {
    local version
    [[ -f CMakeLists.txt ]] || return 0
    version=$(first CMakeLists.txt "s/^project\(hallmark VERSION ($number) .*/\1/p")
    [[ $version ]] || { echo "CMakeLists.txt:1: no line \"project(hallmark VERSION X.Y.Z ...\"" && return; }
    agrees NEWS "$(first NEWS 's/^Version (.*)/\1/p')"
    agrees debian/changelog "$(first debian/changelog 's/^hallmark \((.*)-[0-9a-z.+~]+\) .*/\1/p')"
    grep -qx 'Version: @PROJECT_VERSION@' include/hallmark.pc.in || echo "include/hallmark.pc.in:1: no line \"Version: @PROJECT_VERSION@\""
    sources README.md CONTRIBUTING.md SECURITY.md docs tests/unit/golden -- '*.md' '*.[1-8]' 'report.*' |
        xargs -0r grep -nHoE "\b([Hh]allmark(d|ctl|-[a-z]+)?|tests/release)[ _-]$number" |
        grep -vE "[ _-]${version//./\\.}\$" | sed "s/\$/: the version is $version/"
}

lint_main || exit

# What it must refuse: the project's own files, with one changed.
refuse() { # FILE SED-SCRIPT WHAT-IS-SAID
    local tree found
    tree=$(mktemp -d)
    cp -r --parents CMakeLists.txt NEWS README.md debian/changelog include/hallmark.pc.in docs tests/unit/golden "$tree"
    sed -i -E "$2" "$tree/$1"
    found=$(cd "$tree" && lint)
    rm -rf "$tree"
    [[ $found == *$3* ]] || { echo "a tree with another $1 passed: $found" && exit 1; }
}
refuse CMakeLists.txt "s/(project\(hallmark VERSION )$number/\19.8.7/" 'that of CMakeLists.txt 9.8.7'
refuse CMakeLists.txt 's/^project.hallmark VERSION/project(hallmark/' 'no line "project(hallmark'
refuse NEWS '3s/.*/Next version/' 'NEWS:1'
refuse debian/changelog "1s/$number/9.8.7/" 'debian/changelog:1: its version is "9.8.7"'
refuse debian/changelog '1s/-1\)/)/' 'debian/changelog:1: its version is ""'
refuse include/hallmark.pc.in 's/@PROJECT_VERSION@/0.2/' 'hallmark.pc.in:1'
refuse README.md '1s/.*/hallmark_9.8.7-1_amd64.deb/' 'README.md:1:'
refuse README.md "s/(tests\/release )$number/\19.8.7/" 'README.md:'
refuse docs/man/hallmarkd.8 's/^\.Os hallmark/& 9.8.7/' 'docs/man/hallmarkd.8:4'
refuse tests/unit/golden/report.txt "s/hallmarkctl $number/hallmarkctl 9.8.7/" 'golden/report.txt:'
