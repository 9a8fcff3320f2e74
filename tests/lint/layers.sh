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

# includes: of all files, as FILE:LINE:TARGET.
includes() {
    sources daemon -- '*.[ch]' | xargs -0r grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*/' |
        sed -E 's|^([^:]*:[0-9]+):[^"]*"([^"]*)".*|\1:\2|'
}

lint() {
    local file line target folder layer
    local -A allowed=()
    while IFS=: read -r file line target; do
        folder=${file%/*} layer=${folder##*/}
        [[ $folder == daemon ]] && layer=.
        if [[ -z ${allowed[$layer]:-} ]] && ! allowed[$layer]=" $layer base hallmark $(may "$layer") "; then
            echo "$file:1: the folder $layer is no layer that tests/lint/layers.sh knows"
            unset "allowed[$layer]"
            continue
        fi
        [[ ${allowed[$layer]} == *" ${target%%/*} "* ]] || echo "$file:$line: $layer may not include \"$target\""
    done < <(includes)
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
