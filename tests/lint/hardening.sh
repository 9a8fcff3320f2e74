#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What was built: each program has what makes its faults harder to exploit, and names no directory of the machine that built it. What
# cannot be seen in a program, that memory of its functions is zero at first, its debugging information says. And a C library whose
# times end in 2038 is refused. Its argument is a folder that was built in; one without hardening, or none, is skipped.
source "$(dirname "$0")/../lib/lint.bash"

build=$(readlink -f "${1:-}") || build=
grep -qs '^HALLMARK_HARDENING:BOOL=ON' "$build/CMakeCache.txt" &&
    ! grep -qE '^HALLMARK_(ASAN|FUZZ):BOOL=ON' "$build/CMakeCache.txt" && [[ -x $build/hallmarkd ]] || exit 77
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# want PATTERN TEXT WHAT: lines of the text, else the program lacks that.
want() { grep -qE -- "$1" <<<"$2" || echo "$program:1: it lacks $3"; }

# shellcheck disable=SC2016 # dollars are of assembler
look() {
    local program=$1 elf symbols code made
    elf=$(readelf -hldW "$program")
    symbols=$(nm -D --undefined-only "$program")
    code=$(objdump -d --no-show-raw-insn "$program")
    want 'Type: +DYN .*Position-Independent Executable' "$elf" 'PIE (-fPIE -pie)'
    want '^ +GNU_RELRO ' "$elf" 'read-only relocations (-z relro)'
    want '\((FLAGS|BIND_NOW|FLAGS_1)\).*NOW' "$elf" 'binding at the start (-z now)'
    want '^ +GNU_STACK .* RW +0x' "$elf" 'a stack that is no code (-z noexecstack)'
    want '__stack_chk_fail' "$symbols" 'canaries (-fstack-protector-strong)'
    want '_chk(@|$)' "$(grep -v __stack_chk <<<"$symbols")" 'checked copies (-D_FORTIFY_SOURCE)'
    case $(uname -m) in
    x86_64)
        want '^[0-9a-f]+ <main>:[^<]*endbr64' "$(grep -A1 '<main>:' <<<"$code" | xargs)" 'marks of jumps (-fcf-protection)'
        want 'or[lq]? +\$0x0,(0x[0-9a-f]+)?\(%rsp|movq? +\$0x0,\(%rsp\)' "$code" 'probes of a large stack (-fstack-clash-protection)'
        ;;
    aarch64) want 'paciasp' "$code" 'signed addresses (-mbranch-protection)' ;;
    esac
    made=$(readelf --debug-dump=info "$program" 2>/dev/null | grep -m1 'DW_AT_producer.*GNU C')
    [[ -z $made ]] || want 'ftrivial-auto-var-init=zero' "$made" 'zeroed memory (-ftrivial-auto-var-init=zero)'
    grep -qaF -e "$2" "$program" && echo "$program:1: it names the directory $2 (-ffile-prefix-map)"
}

lint() {
    local program
    for program in "$build"/hallmark*; do
        [[ ! -f $program || ! -x $program ]] || look "$program" "$lint_top"
    done
}

# --- Times beyond 2038 ---

# configure FLAG...: for 32-bit x86, of whose headers nothing but this list of what is missing is needed.
configure() {
    mkdir -p "$place/include/gnu"
    : >"$place/include/gnu/stubs-32.h"
    rm -rf "$place/configured"
    cmake -S "$lint_top" -B "$place/configured" -DBUILD_TESTING=OFF -DCMAKE_C_COMPILER=gcc -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY \
        "-DCMAKE_C_FLAGS=-m32 -isystem $place/include -isystem /usr/include/x86_64-linux-gnu $*" 2>&1
}

times() {
    local found
    found=$(configure) && echo 'the configuration for a time_t of 4 bytes passed' && failed=1
    [[ $(tr -s '\n ' ' ' <<<"$found") == *'time_t needs 8 bytes and has "4" here'*'-D_TIME_BITS=64'* ]] || { echo "a time_t of 4 bytes: $found" && failed=1; }
    found=$(configure -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64) || { echo "a time_t of 8 bytes: $found" && failed=1; }
}

# --- A small program that has all of it, and those that lack one thing each ---

cat >"$place/main.c" <<'C'
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	char large[65536], small[8];

	strcpy(small, argv[argc - 1]);
	memset(large, argc, sizeof(large));
	return puts(large) + puts(small);
}
C
# shellcheck disable=SC2054 # commas are of the linker
hard=(-g -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
    "-ffile-prefix-map=$place=." -fPIE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
[[ $(uname -m) != x86_64 ]] || hard+=(-fcf-protection)
[[ $(uname -m) != aarch64 ]] || hard+=(-mbranch-protection=standard)

# twin NAME WHAT-IS-SAID FLAG...: with these flags more, that is found; "good ...": nothing.
twin() {
    local found
    gcc "${hard[@]}" "${@:3}" -o "$place/program" "$place/main.c" || exit
    found=$(look "$place/program" "$place")
    case $1 in
    good*) [[ -z $found ]] || { echo "the program '$1' was refused: $found" && failed=1; } ;;
    *) [[ $found == *"$2"* && $(wc -l <<<"$found") == 1 ]] || { echo "the program '$1' has the findings: $found" && failed=1; } ;;
    esac
}

lint_main || failed=1
[[ $(uname -m) != x86_64 ]] || times
twin 'good: all of it' ''
twin 'no PIE' 'it lacks PIE' -fno-pie -no-pie
twin 'relocations that are written to' 'it lacks read-only relocations' -Wl,-z,norelro
twin 'binding when it is needed' 'it lacks binding at the start' -Wl,-z,lazy
twin 'a stack that is code' 'it lacks a stack that is no code' -Wl,-z,execstack
twin 'no canaries' 'it lacks canaries' -fno-stack-protector
twin 'copies that nobody checks' 'it lacks checked copies' -U_FORTIFY_SOURCE
twin 'a stack that is not probed' 'it lacks probes of a large stack' -fno-stack-clash-protection
twin 'where it was built' "it names the directory $place" "-ffile-prefix-map=$place=$place"
[[ $(uname -m) != x86_64 ]] || twin 'jumps to anywhere' 'it lacks marks of jumps' -fcf-protection=none
hard=("${hard[@]/-ftrivial-auto-var-init=zero/-g}") # beside another of the kind it would still be named
twin 'memory as it was' 'it lacks zeroed memory'
exit "${failed:-0}"
