#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The C sources are as .clang-format has them (version 14, Debian 12's). Remedy: `clang-format -i FILE`.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    sources daemon tests -- '*.[ch]' | grep -zv golden_tokens |
        xargs -0r clang-format --dry-run --style="file:$lint_top/.clang-format" 2>&1 | grep ': warning:'
}

fixture 'good' daemon/x.c $'int f(void)\n{\n\treturn 1;\n}'
fixture 'a brace on the wrong line' daemon/x.c $'int f(void) {\n\treturn 1;\n}'
lint_main
