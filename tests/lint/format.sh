#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The C sources are as .clang-format has them. Versions differ in details, so one judges: 14, Debian 12's. Where there is another the
# test is skipped, and says so. Remedy: `clang-format -i FILE`.
source "$(dirname "$0")/../lib/lint.bash"

if [[ ! $(clang-format --version) =~ version\ 14\. ]]; then
    echo "SKIPPED: version 14 of clang-format judges, and this is $(clang-format --version)"
    exit 77
fi

lint() {
    sources daemon tests -- '*.[ch]' | grep -zv golden_tokens |
        xargs -0r clang-format --dry-run --style="file:$lint_top/.clang-format" 2>&1 | grep ': warning:'
}

fixture 'good' daemon/x.c $'int f(void)\n{\n\treturn 1;\n}'
fixture 'a brace on the wrong line' daemon/x.c $'int f(void) {\n\treturn 1;\n}'
lint_main
