#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No goto, no line comments, nothing left open, and an SPDX line at the head of each source.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    local file head
    sources daemon include tests -- '*.[ch]' | xargs -0r /usr/bin/python3 "$lint_top/tests/lib/c_style.py" ||
        echo "tests/lib/c_style.py:1: it failed"
    sources daemon include tests conf systemd debian docs .ci CMakeLists.txt -- '*' | xargs -0r \
        grep -nHwE 'TO''DO|FIX''ME|XX''X|HA''CK' --
    sources daemon include tests conf systemd debian .ci CMakeLists.txt -- \
        '*.[ch]' '*.sh' '*.bash' '*.py' '*.conf' '*.service' '[0-9]*' check demo run CMakeLists.txt |
        while IFS= read -r -d '' file; do
            mapfile -n 3 head <"$file"
            [[ ${head[*]} == *'SPDX-License-Identifier: Apache-2.0'* ]] || echo "$file:1: no SPDX line"
        done
}

spdx='/* SPDX-License-Identifier: Apache-2.0 */'
fixture 'good: words within comments and strings' daemon/x.c "$spdx"'
/* https://example.org/ goto */
const char *u = "coaps://[::1]/ goto"; /* // */ int gotoes;'
fixture 'goto' daemon/x.c "$spdx"'
void f(void) { goto out; out:; }'
fixture 'line comment' daemon/x.c "$spdx"'
int x; // why'
fixture 'left open' daemon/x.c "$spdx"'
/* TO''DO: later */'
fixture 'no SPDX line' daemon/x.h 'int x;'
fixture 'no SPDX line in a script' tests/lib/x.sh '#!/bin/sh'
lint_main
