#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The examples of docs/protocol.md verify. The two commands and
# all folders of daemon/ stand in the README. Links of all documents lead somewhere, and files that they name are there.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    local folder
    if [[ -f docs/protocol.md ]]; then
        python protocol_doc.py
    fi
    python doc_links.py
    if [[ -f README.md ]]; then
        for folder in tests/demo tests/check daemon/*/ daemon/*/*/; do
            grep -qF "${folder#daemon/}" README.md || echo "README.md:1: does not name $folder"
        done
    fi
}

fixture 'a README without the commands' README.md 'hello'
# shellcheck disable=SC2016
fixture 'good: a link to a heading of its own' docs/x.md '# What it *is*, and why
[there](#what-it-is-and-why), and `tests` in words'
fixture 'a link to no file' docs/x.md 'see [y](y.md)'
fixture 'a link to no heading' docs/x.md '# A
see [B](#b)'
# shellcheck disable=SC2016
fixture 'a file that is not there' SECURITY.md 'see `tests/system/999-none`'
# shellcheck disable=SC2016
fixture 'a source that is not there' docs/x.md 'see `edge/none.c`'
lint_main || exit

# The document's own twin: the project's, with one figure of an example changed, and one of the vector.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/docs"
sed '/<!-- example: evidence -->/,/^$/s/d103/d203/; s/^channel_value 6/channel_value 7/' docs/protocol.md >"$tree/docs/protocol.md"
found=$(cd "$tree" && lint | grep -cE '(evidence|exporter) does not hold')
[[ $found == 2 ]] || { echo "the changed document gave $found findings, not 2" && exit 1; }
