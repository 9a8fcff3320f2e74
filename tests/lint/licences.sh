#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each file says that it is under Apache-2.0, or debian/copyright names it. And no program links, by itself or through another library,
# a library under the GPL; tests/lib/licences.py has those that only look so, and why. Its argument is a folder that was built in;
# without one only files are looked at.
source "$(dirname "$0")/../lib/lint.bash"

build=$(readlink -f "${1:-}") || build=
programs=(hallmarkd hallmarkctl hallmark-label hallmark-attester hallmark-notify hallmark-refresh)

lint() {
    local found=() program
    [[ ! -f README.md || ! $build ]] || for program in "${programs[@]}"; do
        [[ ! -x $build/$program ]] || found+=("$build/$program")
    done
    python licences.py "${found[@]}"
}

spdx='# SPDX-License-Identifier: Apache-2.0'
fixture 'good: a line' tests/x "$spdx"
fixture 'good: debian/copyright' debian/copyright "$spdx
Files: docs/*.svg"
fixture 'no line' tests/x 'echo'
fixture 'another licence' tests/x '# SPDX-License-Identifier: GPL-2.0-only'
fixture 'a choice of licences' tests/x '# SPDX-License-Identifier: Apache-2.0-or-later'
lint_main || exit

# What it must refuse: nft, which links libnftnl, a library under the GPL, as hallmarkd did once; and a library whose licence changed.
judge() { (cd "$empty" && python licences.py "$@"); }
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
nft=$(PATH=$PATH:/usr/sbin command -v nft) || exit 77
judge "$nft" | grep 'links libnftnl' >/dev/null || { echo "nft links libnftnl, and that passed" && exit 1; }
[[ -x $build/hallmarkd ]] || exit 0
mkdir -p "$empty/build/libmnl0"
echo 'License: GPL-3' >"$empty/build/libmnl0/copyright"
export HALLMARK_COPYRIGHTS=$empty/build
judge "$build/hallmarkd" | grep 'links libmnl0.* no longer' >/dev/null || { echo "a libmnl0 that became GPL passed" && exit 1; }
