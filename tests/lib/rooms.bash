# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The rooms of daemon/, and which may use which: for the lints by includes (layers.sh) and by what is linked (symbols.sh).

# What each room may see beside itself, base/ and include/hallmark/: rooms, and single files as ROOM/FILE. Nothing here runs up. The
# core's rooms see no edge/ and no identity/, and of token/ what signs results and names what is told.
stages='token identity appraise decide'
hands='enforce store config'
may() {
    case $1 in
    base | token | identity | edge) echo ;;
    appraise) echo token identity ;;
    decide) echo token identity appraise ;;
    enforce | store) echo "$stages" ;;
    config) echo edge/edge "$stages" enforce ;; # to try certificate and key as the edge will
    ipc) echo "$stages" ;;
    edge/serve) echo edge token/submission token/problem ipc ;; # encodes answers
    judge) echo "$stages" ipc ;;                                                 # no network, no store, no kernel, no files
    core/devices) echo appraise decide "$hands" ipc ;;
    core/tell) may core/devices && echo core/devices token/names ;;
    core/settle) may core/tell && echo core/tell token/ear ;;
    core/act) may core/settle && echo core/settle ;;
    core/review) may core/act && echo core/act ;;
    core/bus) may core/review && echo core/review core/core token/seal ;; # asks and shows all that the core has
    core) may core/bus && echo core/bus judge/material_open ;; # for --check
    ctl) echo token ;;
    ctl/inspect | ctl/issue) echo "$stages" config ctl ;;
    ctl/ask) echo "$stages" "$hands" ctl core/check ;;
    ctl/report) echo token/seal store/record ctl ctl/ask ;;
    ctl/trust) echo "$stages" "$hands" ctl ctl/ask ;;
    ctl/refresh) may ctl/trust && echo ctl/trust ;;
    ctl/backup) echo "$stages" store config ctl ;;
    ctl/doctor) echo edge/edge "$stages" "$hands" ctl ctl/ask ctl/trust ;;
    attester) echo token ;;
    notify) echo config/reader config/parse config/names config/credential ctl/value ctl/page ctl/ask/answer ctl/ask/signal ;; # a client of the bus
    .) echo config edge/serve judge core ctl ctl/ask ctl/issue ctl/inspect ctl/report ctl/trust ctl/refresh ctl/doctor ctl/backup attester notify ;; # the programs
    *) return 1 ;;
    esac
}
