#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each public header compiles alone, in C and in C++, and includes no more than the standard's own small headers.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    local header language standard
    while IFS= read -r -d '' header; do
        for language in c:c17 c++:c++17; do
            standard=${language#*:} language=${language%:*}
            printf '#include "%s"\n' "${header#include/}" |
                "${CC:-cc}" -x "$language" -std="$standard" -Wall -Wextra -Werror -fsyntax-only -Iinclude - 2>&1 |
                sed "1s|^|$header:1: not alone in $language: |"
        done
        grep -nE '^[[:space:]]*#[[:space:]]*include' "$header" |
            grep -vE '<(stdint|stddef|stdbool)\.h>' | sed "s|^|$header:|"
    done < <(sources include -- '*.h')
}

fixture 'good: complete' include/hallmark/x.h '#pragma once
#include <stdint.h>
struct x { uint8_t y; };'
fixture 'a type from nowhere' include/hallmark/x.h '#pragma once
struct x { uint8_t y; };'
fixture 'C only' include/hallmark/x.h '#pragma once
struct x { int class; };'
fixture 'another header' include/hallmark/x.h '#pragma once
#include <stdio.h>'
lint_main
