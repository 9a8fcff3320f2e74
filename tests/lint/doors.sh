#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One library, one door: the headers of a library are included in the folders named here and nowhere else.
source "$(dirname "$0")/../lib/lint.bash"

# extended regular expression of the header, and the folders of daemon/ (or a file in one) that may include it
doors='
^coap3/                   edge attester
^openssl/(ssl|dtls1|tls1) edge attester
^openssl/x509             identity token/pem notify/settings_target
^cbor(\.h|/)              token
^zlib                     token
^libmnl/                 enforce
^linux/netfilter          enforce
^sqlite3                  store
^libconfig                config ctl/issue attester notify/settings notify/settings_inside notify/settings_target
^systemd/                 base/journal ipc edge/serve/serve core ctl/ask notify
^seccomp                  ipc/sandbox
^curl/                    ctl/refresh/fetch notify/webhook notify/notify notify/settings_target
^openssl/cms              ctl/backup/keys
^mosquitto                notify/mqtt notify/notify
'

# includes: of all files, as FILE:LINE:HEADER.
includes() {
    sources daemon include -- '*.[ch]' | xargs -0r grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' |
        sed -E 's|^([^:]*:[0-9]+):[^<"]*[<"]([^>"]*)[>"].*|\1:\2|'
}

lint() {
    local file line header pattern folders
    while IFS=: read -r file line header; do
        while read -r pattern folders; do
            [[ -n $pattern && $header =~ $pattern ]] || continue
            is_in "${file#daemon/}" "$folders" || echo "$file:$line: <$header> belongs to: $folders"
        done <<<"$doors"
    done < <(includes)
}

is_in() {
    local folder
    for folder in $2; do
        [[ $1 == "$folder"/* || $1 == "$folder".[ch] ]] && return
    done
    return 1
}

fixture 'good: each in its place' daemon/edge/x.c '#include <coap3/coap.h>
#include <openssl/ssl.h>
#include <openssl/types.h>'
fixture 'good: the one that writes to the journal' daemon/base/journal.c '#include <systemd/sd-journal.h>'
fixture 'CoAP outside the edge' daemon/core/x.c '#include <coap3/coap.h>'
fixture 'SSL outside the edge' daemon/identity/x.c '#include <openssl/ssl.h>'
fixture 'X.509 outside identity' daemon/edge/x.c '#include <openssl/x509v3.h>'
fixture 'good: the one that says what a file holds' daemon/token/pem.c '#include <openssl/x509v3.h>'
fixture 'CBOR outside token' daemon/core/x.c '#include "cbor.h"'
fixture 'zlib outside token' daemon/core/x.c '#include <zlib.h>'
fixture 'netlink outside enforce' daemon/core/x.c '#include <libmnl/libmnl.h>'
fixture 'SQLite outside the store' daemon/core/x.c '#include <sqlite3.h>'
fixture 'libconfig in a stage' daemon/decide/x.c '#include <libconfig.h>'
fixture 'systemd in a stage' daemon/base/x.c '#include <systemd/sd-daemon.h>'
fixture 'seccomp in a stage' daemon/edge/x.c '#include <seccomp.h>'
fixture 'good: the one that fetches' daemon/ctl/refresh/fetch.c '#include <curl/curl.h>'
fixture 'good: the one that tells a broker' daemon/notify/mqtt.c '#include <mosquitto.h>'
fixture 'a broker from the daemon' daemon/core/x.c '#include <mosquitto.h>'
fixture 'curl beside it' daemon/ctl/refresh/refresh.c '#include <curl/curl.h>'
fixture 'good: the one that encrypts keys' daemon/ctl/backup/keys.c '#include <openssl/cms.h>'
fixture 'CMS in the daemon' daemon/core/x.c '#include <openssl/cms.h>'
fixture 'curl in the daemon' daemon/core/x.c '#include <curl/curl.h>'
fixture 'a library in a public header' include/hallmark/x.h '#include <cbor.h>'
lint_main
