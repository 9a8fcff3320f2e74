#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What base/record.h promises is kept by the compilers: a record with a hole, with a field without a rule, or with a type that its
# rule does not take is no program. Each beside one that is.
source "$(dirname "$0")/../lib/lint.bash"

# The project's own records are compiled by its build. Without -Werror: what is refused here is refused in every build.
lint() {
    local file
    for file in gcc.c clang.c; do
        # shellcheck disable=SC2154 # lint_top is set by lint.bash
        [[ ! -f $file ]] ||
            "${file%.c}" -std=gnu17 -fsyntax-only -I"$lint_top/daemon" -I"$lint_top/include" "$file" 2>/dev/null ||
            echo "$file:1: is refused"
    done
}

# record NAME FIELDS: for each compiler that there is.
record() {
    local compiler
    for compiler in gcc clang; do
        ! command -v "$compiler" >/dev/null || fixture "$1" "$compiler.c" "#include <netinet/in.h>
#include \"appraise/facts.h\"
#define X_FIELDS(ONE, MANY) $2
RECORD(x, X_FIELDS)"
    done
}

record 'good: no hole' 'ONE(INT, uint8_t, a, 0, 1) MANY(ZERO, uint8_t, z, [3]) ONE(ANY, uint32_t, b)'
record 'a hole between two fields' 'ONE(INT, uint8_t, a, 0, 1) ONE(ANY, uint32_t, b)'
record 'a hole at the end' 'ONE(ANY, uint32_t, b) ONE(INT, uint8_t, a, 0, 1)'
record 'good: a part' 'ONE(PART, expiry, e) ONE(ANY, uint64_t, b)'
record 'a hole before a part' 'ONE(ANY, uint32_t, b) ONE(PART, expiry, e)'
record 'a part that is no record' 'ONE(PART, in6_addr, e)'
record 'a list of what is no record' 'MANY(LIST, in6_addr, e, [2], n) ONE(INT, uint8_t, n, 0, 2)'

record 'good: a rule' 'ONE(ANY, uint32_t, b)'
record 'no rule' 'ONE(uint32_t, b)'
record 'an empty rule' 'ONE(, uint32_t, b)'
record 'a rule that there is not' 'ONE(SOME, uint32_t, b)'
record 'a rule for arrays' 'ONE(TEXT, char, b)'
record 'a member beside the table' 'uint32_t b;'

record 'good: bounds' 'ONE(INT, uint32_t, b, 0, 7)'
record 'no bounds' 'ONE(INT, uint32_t, b)'
record 'one bound' 'ONE(INT, uint32_t, b, 0)'
record 'good: a count' 'MANY(BYTES, uint8_t, b, [7], n) ONE(INT, uint8_t, n, 0, 7)'
record 'no count' 'MANY(BYTES, uint8_t, b, [8])'
record 'a count that is no field' 'MANY(BYTES, uint8_t, b, [8], n)'
record 'good: a check' 'ONE(CHECK, check_result, c, CHECK_DEBUG)'
record 'a check of nothing' 'ONE(CHECK, check_result, c)'

record 'good: a flag' 'ONE(FLAG, uint8_t, b)'
record 'a bool' 'ONE(FLAG, bool, b)'
record 'a bool as a number' 'ONE(INT, bool, b, 0, 1)'
record 'an enum' 'ONE(INT, enum check_state, b, 0, 1)'
record 'a pointer' 'ONE(ANY, void *, b)'
record 'a struct of any value' 'ONE(ANY, struct expiry, b)'
lint_main
