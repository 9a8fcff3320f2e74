# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# bash completion of hallmarkctl: commands, the options of each, zones, and devices as the daemon has them.

# COMMAND: what it takes beside the options of every command. tests/lint/completion.sh compares it with the program.
declare -gA _hallmarkctl_options=(
    [status]=''
    [list]=''
    [show]=''
    [explain]=''
    [replay]='--at'
    [open]='--for --reason'
    [close]=''
    [diff]=''
    [check]='--diff'
    [reload]='--confirm --discard'
    [quarantine]='--for --reason'
    [allow]='--zone --for --reason --unproved'
    [monitor]='--for --reason --unproved'
    [release]=''
    ['label sign']='--key --output --issuer'
    ['register build']='--key --output --issuer --sequence --expires --partial'
    ['status build']='--key --output --issuer --uri --previous --ttl --expires --size --bits'
    ['reference sign']='--key --output --issuer'
    [verify]='--key --at --signature-only'
    [inspect]=''
    ['log show']='--last --state'
    ['log verify']='--head --state'
    ['trust list']=''
    ['trust refresh']='--force'
    ['trust add']='--name --url --schemes --makers'
    ['trust remove']=''
    [ruleset]='--base --saved --load'
    [watch]='--for'
    [reattest]='--for'
    [metrics]='--output'
    [doctor]=''
)
_hallmarkctl_always='--json --socket --config --help --version'
_hallmarkctl_valued=' --socket --config --key --output -o --at --sequence --expires --issuer --uri --previous --ttl --size --bits --state
    --head --last --name --url --schemes --makers --zone --for --reason --saved '

# The daemon's answer to `list`, of the socket that the command line names; nothing when it does not answer.
_hallmarkctl_list() {
    local i socket=()
    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        [[ ${COMP_WORDS[i]} != --socket ]] || socket=(--socket "${COMP_WORDS[i + 1]}")
    done
    timeout 2 "${COMP_WORDS[0]}" "${socket[@]}" --json list 2>/dev/null
}

# Values of a member of all devices: short ids, as `list` shows them, or whole zones.
_hallmarkctl_values() {
    _hallmarkctl_list | tr ',{}' '\n' | sed -nE "s/^\"$1\":\"([^\"]{1,$2}).*/\1/p" | sort -u
}

# Sets command and the number of operands before the word that is completed.
_hallmarkctl_parse() {
    local i word
    command='' operands=0
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -* ]]; then
            [[ $_hallmarkctl_valued != *" $word "* ]] || ((++i))
        elif [[ -n ${command:+x} && -n ${_hallmarkctl_options[$command $word]+x} && $operands == 0 ]]; then
            command+=" $word"
        elif [[ -z $command ]]; then
            command=$word
        else
            ((++operands))
        fi
    done
}

_hallmarkctl_option_value() {
    case $1 in
    --zone) mapfile -t COMPREPLY < <(compgen -W "$(_hallmarkctl_values zone 23) trusted restricted" -- "$2") ;;
    --for | --ttl) mapfile -t COMPREPLY < <(compgen -W '30m 1h 12h 24h 7d' -- "$2") ;;
    --socket | --config | --key | --output | -o | --state | --saved | --previous) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    *) COMPREPLY=() ;;
    esac
}

_hallmarkctl_operand() {
    local second
    case $command in
    show | explain | replay | reattest | quarantine | allow | monitor | release | 'log show')
        ((operands > 0)) || mapfile -t COMPREPLY < <(compgen -W "$(_hallmarkctl_values device 8)" -- "$1")
        return
        ;;
    'trust add' | 'trust remove')
        if ((operands == 0)); then
            mapfile -t COMPREPLY < <(compgen -W 'anchor issuer register status-list reference crl' -- "$1")
            return
        fi
        ;;
    esac
    second=$(printf '%s\n' "${!_hallmarkctl_options[@]}" | sed -n "s/^$command //p")
    if [[ -n $second ]] && ((operands == 0)); then
        mapfile -t COMPREPLY < <(compgen -W "$second" -- "$1")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$1")
    fi
}

_hallmarkctl() {
    local command operands word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    _hallmarkctl_parse
    if [[ $_hallmarkctl_valued == *" $before "* ]]; then
        _hallmarkctl_option_value "$before" "$word"
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${_hallmarkctl_options[${command:-x}]:-} $_hallmarkctl_always" -- "$word")
    elif [[ -z $command ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(printf '%s\n' "${!_hallmarkctl_options[@]}" | cut -d' ' -f1 | sort -u)" -- "$word")
    else
        _hallmarkctl_operand "$word"
    fi
}

complete -o filenames -F _hallmarkctl hallmarkctl
