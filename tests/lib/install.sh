#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing of the lists in this folder (packages, or those named) with apt-get, and what is too old; asks nothing,
# and touches nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")"
lists=("$@")
((${#lists[@]})) || lists=(packages)

# find_missing: those that are not there, or too old.
find_missing() {
    local package least state version
    missing=()
    while read -r package least; do
        read -r state version < <(dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$package" 2>/dev/null || echo none)
        [[ $state == installed ]] && dpkg --compare-versions "$version" ge "${least:-0}" || missing+=("$package")
    done < <(grep -hv '^#' "${lists[@]}")
}

find_missing
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

find_missing
((${#missing[@]})) || exit 0
echo "warning: ${missing[*]}: older than ${lists[*]} asks for, which says why; enable the distribution's security updates" >&2
