#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script passes shellcheck, by name or by first line.
source "$(dirname "$0")/../lib/lint.bash"

scripts() {
    local file
    while IFS= read -r -d '' file; do
        case $file in
        *.sh | *.bash) printf '%s\0' "$file" ;;
        *) head -n 1 "$file" 2>/dev/null | grep -qaE '^#!.*\b(ba|da)?sh\b' && printf '%s\0' "$file" ;;
        esac
    done < <(sources tests .ci systemd debian conf -- '*')
}

lint() {
    scripts | xargs -0r shellcheck --external-sources --source-path=SCRIPTDIR --source-path=tests/lib --format=gcc 2>&1
}

# shellcheck disable=SC2016
fixture 'good: quoted' tests/x.sh '#!/bin/sh
echo "$1"'
# shellcheck disable=SC2016
fixture 'unquoted, by first line' tests/x '#!/usr/bin/env bash
rm -rf $1/*'
lint_main
