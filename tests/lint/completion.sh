#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Both shells' completion: it has no list of its own but asks the program for --synopsis, and offers what that says. Here a
# program of a few lines answers with the rows of daemon/ctl/commands.h.
source "$(dirname "$0")/../lib/lint.bash"

# synopsis TABLE: as the program prints it.
synopsis() {
    printf '#include "ctl/commands.h"\n#define ROW(group, name, arguments, help, run) @ name @ arguments @\n%s(ROW)\n' "$1" |
        "${CC:-cc}" -E -P -Idaemon - | sed -E 's/" +"//g' | grep -oE '@ *"[^"@]*" *@ *"[^"@]*" *@' |
        sed -E 's/^[^"]*"([^"]*)"[^"]*"([^"]*)".*/\1\t\2/'
}

# stub PROGRAM TABLE ALWAYS: a program that answers as that one does, in $stub; `list` only when it is asked for few.
# shellcheck disable=SC2016 # $1 is for the program
stub() {
    {
        printf '#!/bin/sh\ncase $1 in --synopsis) cat <<"ROWS"\n\t%s --help --version --synopsis\n' "$3"
        synopsis "$2"
        printf 'ROWS\n;; esac\ncase $* in *list*"--limit 200") echo '\''%s'\'';; *status) echo '\''%s'\'';; esac\n' \
            '[{"device":"abcdef0123456789","zone":"trusted"},{"device":"1234567890","zone":"garage"}]' \
            '{"version":"1","zones":{"trusted":10,"garage":0},"guarded":["eth1"],"orders":{"allow":1}}'
    } >"$stub/$1"
    chmod +x "$stub/$1"
}

# complete_bash WORD...: what bash offers for the last word, in a line.
complete_bash() {
    bash -c 'source conf/completion/hallmark.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _hallmark
        printf "%s\n" "${COMPREPLY[@]}" | sort | xargs' bash "$@" 2>&1
}

# complete_zsh WORD...: what zsh is given to choose from, whatever the last word begins with.
complete_zsh() {
    zsh -fc 'compadd() { [[ $1 != -- ]] || shift; print -l -- "$@"; }
        _files() { print files; }
        words=("$@") CURRENT=$#
        source conf/completion/_hallmark' zsh "$@" 2>&1 | sort | xargs
}

# offers SHELL WANTED WORD...
offers() {
    local file=conf/completion/hallmark.bash wanted=$2 got
    [[ $1 == bash ]] || file=conf/completion/_hallmark
    got=$("complete_$1" "${@:3}")
    [[ $got == "$wanted" ]] || echo "$file:1: for \"${*:3}\" it offers \"$got\" and not \"$wanted\""
}

bash_completes() {
    offers bash 'quarantine' "$ctl" qua
    offers bash 'trust' "$ctl" trus
    offers bash 'add list refresh remove' "$ctl" trust ''
    offers bash '--force' "$ctl" trust refresh --fo
    offers bash '--config --confirm' "$ctl" reload --con
    offers bash '12345678 abcdef01' "$ctl" explain ''
    offers bash 'abcdef01' "$ctl" --json log show ab
    offers bash '' "$ctl" explain 1234 ''
    offers bash 'garage' "$ctl" allow 1234 --zone ga
    offers bash 'garage restricted trusted trusted' "$ctl" list --zone ''
    offers bash 'id until' "$ctl" list --sort ''
    offers bash '--held --help' "$ctl" list --he
    offers bash 'lo' "$ctl" open --for 30m lo
    offers bash 'lo' "$ctl" close eth7 lo
    offers bash 'crl' "$ctl" trust add cr
    offers bash 'inspect reference register sign status verify' "$label" ''
    offers bash '--output' "$label" status --ou
    offers bash 'conf/completion' "$label" sign --key conf/comp
    offers bash 'conf/completion' "$label" sign --key x conf/comp
    offers bash 'conf/completion' "$refresh" --config x conf/comp
    offers bash '--force' "$refresh" --fo
    offers bash 'conf/completion' /nonexistent/hallmarkctl explain conf/comp
}

zsh_completes() {
    zsh -n conf/completion/_hallmark 2>&1 | sed 's|^|conf/completion/_hallmark:1: |'
    offers zsh 'add list refresh remove' "$ctl" trust ''
    offers zsh '--config --force --help --json --socket --synopsis --version' "$ctl" trust refresh --
    offers zsh '12345678 abcdef01' "$ctl" --json explain ''
    offers zsh 'garage restricted trusted trusted' "$ctl" allow 1234 --zone ''
    offers zsh 'id until' "$ctl" list --sort ''
    offers zsh 'inspect reference register sign status verify' "$label" ''
    offers zsh 'files' "$label" inspect ''
    offers zsh '' "$ctl" explain 1234 ''
    offers zsh 'files' "$refresh" --force ''
    offers zsh '--config --force --help --json' "$refresh" --
    offers zsh 'files' /nonexistent/hallmarkctl explain ''
}

lint() {
    local stub ctl label refresh
    [[ -f daemon/ctl/commands.h ]] || return 0
    stub=$(mktemp -d) ctl=$stub/hallmarkctl label=$stub/hallmark-label refresh=$stub/hallmark-refresh
    stub hallmarkctl HALLMARKCTL_COMMANDS '[--json] [--socket PATH] [--config FILE]'
    stub hallmark-label HALLMARK_LABEL_COMMANDS '[--json] [--config FILE]'
    printf '#!/bin/sh\nprintf "\\t[NAME|FILE...] [--force] [--json] [--config FILE] --help\\n"\n' >"$refresh"
    chmod +x "$refresh"
    bash_completes
    if command -v zsh >/dev/null; then zsh_completes; fi
    rm -r "$stub"
}

fixture 'a completion that is not there' daemon/ctl/commands.h '#define HALLMARKCTL_COMMANDS(X) \
	X("Look", "list", "", "every device", ctl_list)'
lint_main
