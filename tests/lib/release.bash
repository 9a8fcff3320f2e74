# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Parts of a release, for tests/release and the test of it.

release_lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# source_version: that of the tree in the current directory.
source_version() { sed -nE 's/^project\(hallmark VERSION ([0-9.]+) .*/\1/p' CMakeLists.txt; }

# source_archive FILE: the commit that is checked out, as hallmark-VERSION.tar.xz. The same commit gives the same bytes. COMMIT names it,
# because a build from the archive cannot ask git.
source_archive() {
    local place
    place=$(mktemp -d)
    git rev-parse HEAD >"$place/COMMIT"
    git -c tar.umask=0022 archive --format=tar --prefix="hallmark-$(source_version)/" --add-file="$place/COMMIT" HEAD | xz -T1 >"$1"
    rm -r "$place"
}

# packages_named FIELD RELEASE FILE: packages that a field of a control file names. Of "new | old" Debian 12 has the old one.
packages_named() {
    awk -v field="$1:" 'tolower($0) ~ /^[^ \t#]/ { on = $1 == field; sub(/^[^:]*:/, "") } on && !/^#/' "$3" | tr ',' '\n' |
        if [[ $2 == bookworm ]]; then sed 's/.*|//'; else sed 's/|.*//'; fi |
        sed -E 's/[(<[].*//; s/[[:space:]]//g; s/^debhelper-compat$/debhelper/; /^(dh-sequence-.*|hallmark.*|\$.*|)$/d' | sort -u
}

# in_clean_root RELEASE NAME FOLDER PACKAGE... -- COMMAND...: runs it in a root with these packages, in a copy of FOLDER, which is /src there,
# without a network.
in_clean_root() {
    local release=$1 name=$2 folder=$3 packages=() base place
    shift 3
    while [[ $1 != -- ]]; do
        packages+=("$1")
        shift
    done
    shift
    base=$("$release_lib/debian-root" "$release" "$name" "${packages[@]}")
    place=$(mktemp -d)
    (cd "$folder" && unshare --mount --net --fork --kill-child "$release_lib/in-root" "$place" "$base" "$@") || {
        rmdir "$place"
        return 1
    }
    rmdir "$place"
}

# key_for_tests HOME: makes a signing key that says what it is, in a new GnuPG home, and prints its fingerprint.
key_for_tests() {
    mkdir -m 700 "$1"
    gpg --batch --quiet --homedir "$1" --passphrase '' --quick-generate-key 'hallmark TEST KEY, not for releases' ed25519 sign 1d 2>/dev/null
    gpg --batch --homedir "$1" --with-colons --list-keys 2>/dev/null | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p'
}

# apt_tree FOLDER KEY EPOCH RELEASE...: FOLDER/pool/RELEASE/ has packages; makes of it what apt-get reads, signed.
apt_tree() {
    local folder=$1 key=$2 epoch=$3 release lists architecture
    shift 3
    for release; do
        lists=dists/$release
        for architecture in $(find "$folder/pool/$release" -name '*.deb' | sed 's/.*_//; s/\.deb$//' | grep -vx all | sort -u); do
            mkdir -p "$folder/$lists/main/binary-$architecture" "$folder/$lists/main/source"
            (cd "$folder" && apt-ftparchive --arch "$architecture" packages "pool/$release") >"$folder/$lists/main/binary-$architecture/Packages"
        done
        (cd "$folder" && apt-ftparchive sources "pool/$release") >"$folder/$lists/main/source/Sources" 2>/dev/null
        (cd "$folder/$lists" && apt-ftparchive -o APT::FTPArchive::Release::Origin=hallmark -o APT::FTPArchive::Release::Label=hallmark \
            -o "APT::FTPArchive::Release::Codename=$release" -o APT::FTPArchive::Release::Components=main \
            -o "APT::FTPArchive::Release::Architectures=$(find main -name 'binary-*' -printf '%f\n' | sed 's/^binary-//' | xargs)" release .) |
            sed "s/^Date: .*/Date: $(LC_ALL=C date -u -d "@$epoch" '+%a, %d %b %Y %H:%M:%S +0000')/" >"$folder/Release"
        mv "$folder/Release" "$folder/$lists/Release"
        gpg --batch --yes --quiet --local-user "$key" --clearsign --output "$folder/$lists/InRelease" "$folder/$lists/Release"
    done
    gpg --batch --export --armor "$key" >"$folder/hallmark.asc"
}
