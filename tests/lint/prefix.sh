#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Below another prefix than /usr, nothing that is installed names a directory of hallmark that is not there: units, pages, catalogs,
# documents, configuration. Programs are stood for by empty files.
source "$(dirname "$0")/../lib/lint.bash"

# named FOLDER: in its files, programs and directories of hallmark where Debian has them, as FILE:LINE: text.
named() {
    find "$1" -name '*.gz' -exec gunzip {} +
    # after another character than these it is a directory of another prefix
    grep -rnIE '(^|[^[:alnum:]_/.-])(/etc/hallmark|/usr/s?bin/hallmark|/usr/share/(doc/)?hallmark)' "$1"
}

# install PREFIX: all that is not compiled, in $place/root.
install() {
    rm -rf "$place/build" "$place/root"
    cmake -S . -B "$place/build" -G Ninja -DBUILD_TESTING=OFF "-DCMAKE_INSTALL_PREFIX=$1" || return
    local made
    mapfile -t made < <(ninja -C "$place/build" -t targets rule CUSTOM_COMMAND | grep -E '\.([1-8]|gz|mo)$')
    ninja -C "$place/build" "${made[@]}" || return
    install_programs
    DESTDIR=$place/root cmake --install "$place/build"
}

install_programs() {
    local program
    for program in daemon/*.c; do
        : >"$place/build/$(basename "$program" .c)"
    done
}

lint() {
    local prefix
    place=$(mktemp -d)
    for prefix in /usr/local /opt/x; do
        install $prefix >"$place/log" 2>&1 || { echo "CMakeLists.txt:1: it does not install below $prefix:" && tail -n 5 "$place/log"; }
        named "$place/root" | sed "s|^$place/root|below $prefix: |"
    done
    grep -qs '^\.It Pa /etc/opt/x/hallmark/hallmarkd\.conf' "$place/root/opt/x/share/man/man8/hallmarkd.8" ||
        echo "docs/man/hallmarkd.8:1: below /opt/x it does not name /etc/opt/x"
    rm -rf "$place"
}

lint_main || exit
# What is not placed is found.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp docs/man/hallmarkd.8 "$place"
[[ -n $(named "$place") ]] || { echo "the page as it is on Debian passed" && exit 1; }
