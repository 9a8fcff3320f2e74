#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who includes one header of ours gets few others: no chain of includes is longer than six files, the .c file counted, and the
# core's own struct is in no header. Remedy: a header includes what it holds by value, and names the rest: `struct x;`.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    sources daemon include -- '*.[ch]' |
        xargs -0r grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]+"' |
        sed -E 's|^([^:]*):[^"]*"([^"]*)".*|\1 \2|' |
        awk -v most=6 '
            # Headers are named from daemon/ or include/, or stand beside who includes them.
            function depth(f,    n, i, parts, d, best) {
                if (f in known) return known[f]
                known[f] = 1
                n = split(of[f], parts, " ")
                for (i = 1; i <= n; i++) {
                    d = depth(parts[i]) + 1
                    if (d > best) { best = d; next_of[f] = parts[i] }
                }
                return known[f] = best > 1 ? best : 1
            }
            {
                name = $1; sub(/^(daemon|include)\//, "", name)
                of[name] = of[name] " " $2; path[name] = $1
                if ($2 == "core/core.h" && $1 ~ /\.h$/) print $1 ":1: a header includes core/core.h: name struct core instead"
            }
            END {
                for (f in path)
                    if (depth(f) > most) {
                        chain = f
                        for (g = f; g in next_of; g = next_of[g]) chain = chain " > " next_of[g]
                        print path[f] ":1: a chain of " depth(f) " files: " chain
                    }
            }'
}

fixture 'good: one header' daemon/token/x.c '#include "base/bytes.h"'
fixture 'good: the core in a .c file' daemon/core/act/x.c '#include "core/core.h"'
fixture 'the core in a header' daemon/core/act/x.h '#include "core/core.h"'

# chain N: what the lint says of a chain of N files.
chain() {
    local tree i
    tree=$(mktemp -d)
    mkdir -p "$tree/daemon/base"
    for ((i = 1; i < $1; i++)); do
        printf '#include "base/x%d.h"\n' $((i + 1)) >"$tree/daemon/base/x$i.h"
    done
    (cd "$tree" && lint)
    rm -rf "$tree"
}

[[ -z $(chain 6) ]] || { echo 'a chain of six files was refused' && exit 1; }
[[ -n $(chain 7) ]] || { echo 'a chain of seven files passed' && exit 1; }
lint_main
