#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing of tests/lib/packages with apt-get; asks nothing, and touches nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
while read -r package; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done < <(grep -v '^#' packages)
((${#missing[@]})) || exit 0

if ((EUID)); then
    echo "missing packages: ${missing[*]}" >&2
    echo "run this as root, or: apt-get install ${missing[*]}" >&2
    exit 1
fi
command -v apt-get >/dev/null || { echo "no apt-get here; install by hand: ${missing[*]}" >&2; exit 1; }

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
    "$@" >"$log" 2>&1 </dev/null && return
    cat "$log" >&2
    echo "failed: $*" >&2
    exit 1
}
quietly apt-get -q update
quietly apt-get -q install -y --no-install-recommends "${missing[@]}"
