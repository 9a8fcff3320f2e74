#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every key that the parser knows stands in conf/hallmarkd.conf or in what it includes, and in the test of
# --print-config: a key that nobody can read about is none.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    local file line key
    while IFS=: read -r file line key; do
        grep -qE "(^|[^a-z-])$key( =|:|\`|, |\" )" conf/hallmarkd.conf conf/schemes.conf conf/arrangements.conf 2>/dev/null ||
            echo "$file:$line: conf/hallmarkd.conf does not explain the key \"$key\""
        [[ ! -f tests/unit/config/test_config_print.c ]] || grep -qF "\"$key = " tests/unit/config/test_config_print.c ||
            grep -qE "[\" ]$key = \{" tests/unit/config/test_config_print.c ||
            echo "$file:$line: tests/unit/config/test_config_print.c does not change the key \"$key\""
    done < <(known)
}

# FILE:LINE:KEY of each entry of a table of keys.
known() {
    local file
    while IFS= read -r -d '' file; do
        grep -noE '\b(REQUIRED|OPTIONAL)\("[a-z-]+"' "$file" | sed -E "s|^([0-9]+):.*\"([a-z-]+)\"|$file:\1:\2|"
    done < <(sources daemon/config -- '*.c')
}

fixture 'a key that no file has' daemon/config/x.c '	REQUIRED("name", KEY_TEXT),'
lint_main
