#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/protocol.md says what the headers say: its table of reasons is current and its examples verify. And the two
# commands and all folders of daemon/ stand in the README.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    local folder
    if [[ -f docs/protocol.md ]]; then
        /usr/bin/python3 -B "$lint_top/tests/lib/protocol_doc.py"
    fi
    if [[ -f README.md ]]; then
        for folder in tests/demo tests/check daemon/*/; do
            grep -qF "${folder#daemon/}" README.md || echo "README.md:1: does not name $folder"
        done
    fi
}

fixture 'a README without the commands' README.md 'hello'
lint_main || exit

# The document's own twin: the project's, with one figure of an example and one number of a reason changed.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/docs" "$tree/include"
ln -s "$PWD/include/hallmark" "$tree/include/hallmark"
sed 's/| 1005 |/| 1105 |/; /<!-- example: evidence -->/,/^$/s/d103/d203/' docs/protocol.md >"$tree/docs/protocol.md"
found=$(cd "$tree" && lint | grep -c 'reason.h\|evidence does not hold')
[[ $found == 2 ]] || { echo "the changed document gave $found findings, not 2" && exit 1; }
