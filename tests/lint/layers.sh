#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rooms: a file of daemon/ROOM includes headers of its own room and of those that its room may see, and no others.
source "$(dirname "$0")/../lib/lint.bash"
source "$(dirname "$0")/../lib/rooms.bash"

# includes: of all files, as FILE:LINE:TARGET.
includes() {
    sources daemon -- '*.[ch]' | xargs -0r grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*/' |
        sed -E 's|^([^:]*:[0-9]+):[^"]*"([^"]*)".*|\1:\2|'
}

lint() {
    local file line target folder room seen
    local -A allowed=()
    while IFS=: read -r file line target; do
        folder=${file%/*} room=${folder#daemon/}
        [[ $folder == daemon ]] && room=.
        if [[ -z ${allowed[$room]:-} ]]; then
            if ! seen=$(may "$room"); then
                echo "$file:1: the folder $room is no room that tests/lib/rooms.bash knows"
                continue
            fi
            allowed[$room]=" $room base hallmark ${seen//$'\n'/ } "
        fi
        [[ ${allowed[$room]} == *" ${target%/*} "* || ${allowed[$room]} == *" ${target%.h} "* ]] && continue
        echo "$file:$line: $room may not include \"$target\""
    done < <(includes)
}

fixture 'good: a room before it' daemon/decide/x.c '#include "token/label.h"'
fixture 'good: own, base, public' daemon/token/x.c '#include "token/cbor.h"
#include "base/bytes.h"
#include "hallmark/protocol.h"
#include <stdio.h>'
fixture 'good: a single file of a room' daemon/core/settle/x.c '#include "token/ear.h"'
fixture 'good: a room of the core before it' daemon/core/act/x.c '#include "core/tell/wave.h"'
fixture 'a later stage' daemon/token/x.c '#include "appraise/facts.h"'
fixture 'files from a stage' daemon/decide/x.h '  #  include "config/config.h"'
fixture 'edge from a stage' daemon/appraise/x.c '#include "edge/edge.h"'
fixture 'a later room of the core' daemon/core/tell/x.c '#include "core/bus/bus.h"'
fixture 'the store in a judge' daemon/judge/x.c '#include "store/store.h"'
fixture 'the kernel in a judge' daemon/judge/x.c '#include "enforce/kernel.h"'
fixture 'the core in a judge' daemon/judge/x.c '#include "core/tell/journal.h"'
fixture 'the network in a judge' daemon/judge/x.c '#include "edge/edge.h"'
fixture 'good: what the edge serves' daemon/edge/serve/x.c '#include "edge/edge.h"
#include "ipc/ipc.h"'
fixture 'certificates in the edge' daemon/edge/serve/x.c '#include "identity/identity.h"'
fixture 'what judges do in the edge' daemon/edge/serve/x.c '#include "judge/pipeline.h"'
fixture 'what the core is asked in the edge itself' daemon/edge/x.c '#include "ipc/ipc.h"'
fixture 'a decoder of devices in the core' daemon/core/act/x.c '#include "token/evidence.h"'
fixture 'certificates in the core' daemon/core/review/x.c '#include "identity/certificate.h"'
fixture 'good: the whole core in the bus' daemon/core/bus/x.c '#include "core/core.h"'
fixture 'the whole core in who is known' daemon/core/devices/x.c '#include "core/core.h"'
fixture 'the whole core in a review' daemon/core/review/x.c '#include "core/core.h"'
fixture 'good: the check of a configuration, where it is asked for' daemon/ctl/ask/x.c '#include "core/check.h"'
fixture 'the core in who asks' daemon/ctl/ask/x.c '#include "core/core.h"'
fixture 'DTLS in who reads the configuration' daemon/config/x.c '#include "edge/dtls.h"'
fixture 'the core in who issues' daemon/ctl/issue/x.c '#include "core/core.h"'
fixture 'the attester in the daemon' daemon/core/x.c '#include "attester/client.h"'
fixture 'the daemon in the attester' daemon/attester/x.c '#include "decide/policy.h"'
fixture 'side door' daemon/token/x.c '#include "../core/core.h"'
fixture 'unknown folder' daemon/misc/x.c '#include "base/bytes.h"'
fixture 'unknown room of the core' daemon/core/misc/x.c '#include "base/bytes.h"'
lint_main
