#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each catalogue in conf/po has every text that people read (conf/po/extract), translated, with the same format specifiers, and no
# other. And hallmarkctl and hallmark-label have no literal of two words or more that the extractor does not take. Remedy for a text
# that changed: the command in the head of conf/po/extract, then translate it. For a new one: CONTRIBUTING.md, "a text for people".
source "$(dirname "$0")/../lib/lint.bash"

extract=$lint_top/conf/po/extract

# Not for people: rules of nft, command lines, a message of the journal and its part, specifications, words that are looked for, kinds in
# JSON, a static assertion.
others='^(table|ct|xt) |^hook forward$|^policy drop$|^,label,|^\[--json\]|^MESSAGE=|^the gateway$|^RFC [0-9]|^docs/protocol\.md section|^PRIVATE KEY-----$|^all models$|^reference values$|^a mask has one bit for each option$'

# texts FILE: each text of a template, in one line.
texts() {
    awk '
        on && /^msgid_plural "/ { print text }
        /^msgid(_plural)? "/ { sub(/^[a-z_]+ "/, ""); sub(/"$/, ""); text = $0; on = 1; next }
        on && /^"/ { text = text substr($0, 2, length($0) - 2); next }
        on { print text; on = 0 }' "$1" | LC_ALL=C sort -u
}

# remedies CATALOGUE: what a file is refused for is a cause, "; " and a remedy, and `doctor` takes them apart, in each language.
remedies() {
    local faults
    faults=$(mktemp)
    xgettext --from-code=UTF-8 --language=C --keyword --keyword=TO_TRANSLATE --output="$faults" daemon/token/pem.c
    msgcomm --more-than=1 --no-wrap --no-location "$1" "$faults" 2>/dev/null |
        awk '/^msgid/ { cause = $0 } /^msgstr/ && cause ~ /; / && !/; / { print "'"$1"':1: no \"; \" before the remedy: " cause }'
    rm -f "$faults"
}

lint() {
    local template literals catalogue
    [[ -d conf/po && -d daemon/ctl ]] || return 0
    template=$(mktemp) literals=$(mktemp)
    "$extract" >"$template" || echo "conf/po/extract:1: it fails"
    "$extract" --literals >"$literals" || echo "conf/po/extract:1: it fails"
    (($(grep -c '^msgid' "$template") > 800)) || echo "conf/po/extract:1: it finds hardly any text"
    for catalogue in conf/po/*.po; do
        grep -n '^#,.* fuzzy' "$catalogue" | sed 's/^/conf\/po: fuzzy: /'
        msgcmp "$catalogue" "$template" 2>&1 | grep -E 'untranslated|used' | sed 's/^/conf\/po: /'
        msgfmt --check --output-file=/dev/null "$catalogue" 2>&1 | grep -vE 'found [0-9]+ fatal error' | sed 's/^/conf\/po: /'
        remedies "$catalogue"
    done
    LC_ALL=C comm -23 <(texts "$literals") <(texts "$template") | grep -E '[A-Za-z]{2,} [A-Za-z]{2,}' | grep -vE "$others" |
        sed 's/.*/daemon\/ctl: not translated: "&"/'
    rm -f "$template" "$literals"
}

lint_main || exit

# What it must refuse: the project's own texts, with one defect each.
refuse() { # NAME FILE SED WHAT-IS-SAID
    local tree found
    tree=$(mktemp -d)
    cp -r --parents conf/po daemon include/hallmark "$tree"
    sed -i -E "$3" "$tree/$2"
    ! cmp -s "$2" "$tree/$2" || { echo "the tree '$1' is no other" && exit 1; }
    found=$(cd "$tree" && lint)
    rm -rf "$tree"
    [[ $found == *$4* ]] || { echo "the tree '$1' passed: $found" && exit 1; }
}
refuse 'a new text of a page' daemon/ctl/ask/show.c 's/page_line\(page, "label", "none"\)/page_line(page, "label", "none at all")/' 'used but not defined'
refuse 'a new label of a page' daemon/ctl/ask/show.c 's/page_line\(page, "ueid"/page_line(page, "identity"/' 'used but not defined'
refuse 'a text beside a page' daemon/ctl/ask/record.c 's/translated\("the record has no decision yet\\n"\)/"the record is empty yet"/' 'not translated: "the record is empty'
refuse 'a text in a table' daemon/ctl/doctor/doctor_rules.c 's/TO_TRANSLATE\("packets that nothing/("packets that nothing/' 'not translated: "packets that nothing'
refuse 'a text with a piece of the build' daemon/ctl/ask/base.c 's/log_error\("%s: not a ruleset that/log_error(CTL_NFT " is not a ruleset that/' 'used but not defined'
refuse 'a new error' daemon/ctl/ask/order.c 's/give a time as 90s/give some time as 90s/' 'used but not defined'
refuse 'a new finding' daemon/ctl/doctor/doctor_system.c 's/"IPv6 is not forwarded"/"IPv6 is dropped"/' 'used but not defined'
refuse 'a new remedy' daemon/ctl/doctor/doctor_system.c 's/"see the finding about nft"/"see what is said of nft"/' 'used but not defined'
refuse 'a new help of a command' daemon/ctl/commands.h 's/"what the daemon is doing"/"what the daemon does"/' 'used but not defined'
refuse 'a new help of an option' daemon/ctl/commands.h 's/"a zone of the configuration"/"a zone"/' 'used but not defined'
refuse 'a new fault of a file' daemon/token/pem.c 's/"its key cannot be used;/"its key is of no use;/' 'used but not defined'
refuse 'a new error in a configuration' daemon/config/network.c 's/"no interface is guarded; name/"there is no guarded interface; name/' 'used but not defined'
refuse 'a new error in a statement' daemon/ctl/issue/statement.c 's/"valid-until is before valid-from; swap/"valid-until precedes valid-from; swap/' 'used but not defined'
refuse 'a new finding of a label desk' daemon/ctl/inspect/verify.c 's/"its period has ended"/"its period is over"/' 'used but not defined'
refuse 'a new name in a finding' daemon/ctl/inspect/verify.c 's/"supported_until"/"support_ends"/' 'used but not defined'
refuse 'a new condition of a check' include/hallmark/check.h 's/"debugging is disabled"/"debugging is off"/' 'used but not defined'
refuse 'a new answer of the daemon' daemon/core/bus/access.c 's/"only root may do that; use sudo"/"only root may do this"/' 'used but not defined'
refuse 'a new sentence of a reason' include/hallmark/reason.h 's/the device has sent no evidence/the device is silent/' 'used but not defined'
refuse 'a new remedy of a handshake' include/hallmark/handshake_cause.h 's/Enable DTLS 1.2 in/Switch DTLS 1.2 on in/' 'used but not defined'
refuse 'a text that is gone' conf/po/ko.po 's/^msgid "too long"/msgid "too short"/' 'not used'
refuse 'a text that is not translated' conf/po/ko.po 's/^msgstr "너무 김"/msgstr ""/' 'untranslated'
refuse 'a fuzzy translation' conf/po/ko.po 's/^msgid "too long"/#, fuzzy\n&/' 'fuzzy'
refuse 'a remedy that does not stand apart' conf/po/ko.po 's/^(msgstr "파일에 손상된 키가 있습니다); /\1. /' 'before the remedy'
refuse 'another format' conf/po/ko.po 's/^(msgstr "%s \(%)[.]24s 후/\1d 후/' 'format'
