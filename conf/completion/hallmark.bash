# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# bash completion of hallmarkctl, hallmark-label and hallmark-refresh: commands and options as the program itself tells them with
# --synopsis, zones and devices as the daemon has them.

# Sets arguments (COMMAND → what it takes), always, and valued, the options that have a value.
_hallmark_learn() {
    local line takes
    while IFS= read -r line; do
        takes=${line#*$'\t'} takes=${takes//-o /--output }
        if [[ $line == $'\t'* ]]; then always=$takes; else arguments[${line%%$'\t'*}]=$takes; fi
    done < <(timeout 2 "${COMP_WORDS[0]}" --synopsis 2>/dev/null)
    valued=" -o $(printf '%s\n' "$always" "${arguments[@]}" | grep -oE -- '--[a-z-]+ [A-Z]' | cut -d' ' -f1 | sort -u | xargs) "
}

_hallmark_options() { grep -oE -- '--[a-z-]+' <<<"$1" | xargs; }

# The daemon's answer to a command, of the socket that the command line names; nothing when it does not answer.
_hallmark_ask() {
    local i socket=()
    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        [[ ${COMP_WORDS[i]} != --socket ]] || socket=(--socket "${COMP_WORDS[i + 1]}")
    done
    timeout 2 "${COMP_WORDS[0]}" "${socket[@]}" --json "$@" 2>/dev/null
}

# Short ids that begin so, as `list` shows them: a gateway may have more devices than anybody chooses from.
_hallmark_devices() {
    local begin=()
    [[ ! $1 =~ ^[0-9a-fA-F]+$ ]] || begin=(--id "$1")
    _hallmark_ask list "${begin[@]}" --limit 200 | tr ',{}' '\n' | sed -nE 's/^"device":"([^"]{1,8}).*/\1/p' | sort -u
}

_hallmark_zones() {
    _hallmark_ask status | grep -oE '"zones":\{[^}]*' | grep -oE '"[^"]+":[0-9]' | cut -d'"' -f2
}

# Sets command and the number of operands before the word that is completed.
_hallmark_parse() {
    local i word
    command='' operands=0
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -* ]]; then
            [[ $valued != *" $word "* ]] || ((++i))
        elif [[ -n $command && -n ${arguments[$command $word]+x} && $operands == 0 ]]; then
            command+=" $word"
        elif [[ -z $command ]]; then
            command=$word
        else
            ((++operands))
        fi
    done
}

_hallmark_option_value() {
    case $1 in
    --zone) mapfile -t COMPREPLY < <(compgen -W "$(_hallmark_zones) trusted restricted" -- "$2") ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'text csv html json' -- "$2") ;;
    --lang) mapfile -t COMPREPLY < <(compgen -W 'en ko' -- "$2") ;;
    --month) mapfile -t COMPREPLY < <(compgen -W "$(date +%Y-%m) $(date -d "$(date +%Y-%m-01) -1 day" +%Y-%m)" -- "$2") ;;
    --sort) mapfile -t COMPREPLY < <(compgen -W 'id until' -- "$2") ;;
    --since | --until) mapfile -t COMPREPLY < <(compgen -W 'today yesterday -2h -24h -7d' -- "$2") ;;
    --for | --ttl | --expiring) mapfile -t COMPREPLY < <(compgen -W '30m 1h 12h 24h 7d' -- "$2") ;;
    --socket | --config | --key | --output | -o | --state | --saved | --previous | --keys-for | --to) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    *) COMPREPLY=() ;;
    esac
}

_hallmark_operand() {
    local second takes=${arguments[${command:-x}]:-}
    second=$(printf '%s\n' "${!arguments[@]}" | sed -n "s/^$command //p")
    if [[ $takes == *INTERFACE* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(cd /sys/class/net && echo *)" -- "$1")
    elif ((operands > 0)); then
        [[ $takes == *DEVICE* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$1")
    elif [[ -n $second ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$second" -- "$1")
    elif [[ $takes == *DEVICE* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_hallmark_devices "$1")" -- "$1")
    elif [[ $takes == KIND* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'anchor issuer register status-list reference crl' -- "$1")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$1")
    fi
}

_hallmark() {
    local command operands always='' valued word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local -A arguments=()
    COMPREPLY=()
    _hallmark_learn
    _hallmark_parse
    if [[ $valued == *" $before "* ]]; then
        _hallmark_option_value "$before" "$word"
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_hallmark_options "${arguments[${command:-x}]:-} $always")" -- "$word")
    elif [[ -z $command ]] && ((${#arguments[@]})); then
        mapfile -t COMPREPLY < <(compgen -W "$(printf '%s\n' "${!arguments[@]}" | cut -d' ' -f1 | sort -u)" -- "$word")
    else
        _hallmark_operand "$word"
    fi
}

complete -o filenames -F _hallmark hallmarkctl hallmark-label hallmark-refresh
