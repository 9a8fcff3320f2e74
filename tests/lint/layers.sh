#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The layer rule: a file of daemon/LAYER includes headers of its own and of earlier layers only.
source "$(dirname "$0")/../lib/lint.bash"

# What each layer may include beside its own headers, base/ and include/hallmark/; as CMakeLists.txt links them.
may() {
    case $1 in
    base | edge | token | identity) echo ;;
    appraise) echo token identity ;;
    recognise) echo token identity appraise ;;
    policy) echo token identity appraise recognise ;;
    enforce | store) echo token identity appraise recognise policy ;;
    config) echo edge token identity appraise recognise policy enforce ;;
    run | ctl) echo edge token identity appraise recognise policy enforce store config run ;;
    attester) echo token ;;
    .) echo run ctl attester ;; # the programs
    *) return 1 ;;
    esac
}

lint() {
    local file layer allowed line target
    while IFS= read -r -d '' file; do
        layer=$(basename "$(dirname "$file")")
        [[ $(dirname "$file") == daemon ]] && layer=.
        if ! allowed=$(may "$layer"); then
            echo "$file:1: the folder $layer is no layer that tests/lint/layers.sh knows"
            continue
        fi
        while IFS=: read -r line target; do
            case " $layer base hallmark $allowed " in
            *" ${target%%/*} "*) ;;
            *) echo "$file:$line: $layer may not include \"$target\"" ;;
            esac
        done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*\/[^"]*)".*/\1/;T;=;p' "$file" | paste -d: - -)
    done < <(sources daemon -- '*.[ch]')
}

fixture 'good: earlier layer' daemon/policy/x.c '#include "token/label.h"'
fixture 'good: own, base, public' daemon/token/x.c '#include "token/cbor.h"
#include "base/bytes.h"
#include "hallmark/protocol.h"
#include <stdio.h>'
fixture 'later layer' daemon/token/x.c '#include "appraise/facts.h"'
fixture 'run from a stage' daemon/policy/x.h '  #  include "config/config.h"'
fixture 'edge from a stage' daemon/appraise/x.c '#include "edge/edge.h"'
fixture 'the attester in the daemon' daemon/run/x.c '#include "attester/client.h"'
fixture 'the daemon in the attester' daemon/attester/x.c '#include "policy/policy.h"'
fixture 'side door' daemon/token/x.c '#include "../run/core.h"'
fixture 'unknown folder' daemon/misc/x.c '#include "base/bytes.h"'
lint_main
