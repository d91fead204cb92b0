#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# jigdo templates: jigdo-file makes the very same image of them again.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need jigdo-file xorriso md5sum sha256sum isoinfo
# libjte_destroy() forgets its list of files (2.0 as of libjte 1.22).
echo leak:libjte.so >leaks
export LSAN_OPTIONS="suppressions=$PWD/leaks:print_suppressions=0"

mkdir -p tree/pool/a tree/pool/b tree/doc
head -c 300001 /dev/urandom >tree/pool/a/big.deb
cp tree/pool/a/big.deb tree/pool/b/copy.deb
head -c 5000 /dev/urandom >tree/pool/a/small.deb
head -c 204800 /dev/urandom >tree/pool/b/even.deb
seq 1 30000 >tree/doc/unlisted.txt
head -c 40000 /dev/urandom >tree/boot.bin
: >tree/empty.deb

# list PROGRAM: what is on the mirror
list() {
	(cd tree && find . -type f ! -name unlisted.txt -printf '%P\n' | LC_ALL=C sort |
		while read -r name; do
			printf '%s  %12s  %s\n' "$("$1" <"$name" | cut -d' ' -f1)" \
				"$(stat -c %s "$name")" "/srv/mirror/$name"
		done)
}
list md5sum >md5.list
list sha256sum >sha256.list

run iso-build --mkisofs -o x.iso -jigdo-jigdo x.jigdo tree
if grep -q 'built without libjte' "$err"; then
	expect_status 2
	skip "built without libjte"
fi
expect_status 2
expect_stderr_has '-jigdo-template is missing'
[ ! -e x.iso ] || fail "an image was made without its template"

# again ARGUMENT...: build, and rebuild from template and files
again() {
	rm -f x.iso x.jigdo x.template new.iso
	run iso-build --mkisofs -o x.iso -jigdo-jigdo x.jigdo -jigdo-template x.template "$@"
	expect_status 0
	expect_stdout ''
	jigdo-file make-image -r quiet --image=new.iso --jigdo=x.jigdo --template=x.template tree \
		>jigdo.log 2>&1 || fail "jigdo-file: $(cat jigdo.log)"
	expect_same new.iso x.iso
	rm new.iso
}
# parts: what the .jigdo file names, without checksums
parts() { sed -n '/^\[Parts\]/,/^$/s/.*=//p' x.jigdo; }

again -md5-list md5.list -jigdo-map Debian=/srv/mirror/ -R -J tree
grep -qx 'Filename=x.iso' x.jigdo || fail "Filename="
grep -qx 'Template=http://localhost/x.template' x.jigdo || fail "Template="
parts >is
[ "$(stat -c %s x.template)" -lt 200000 ] || fail "the template has all of it"

# xorriso names the same files.
xorriso -as mkisofs -quiet -o peer.iso -jigdo-jigdo peer.jigdo -jigdo-template peer.template \
	-md5-list md5.list -jigdo-map Debian=/srv/mirror/ -R -J tree >/dev/null 2>&1
if [ -s peer.jigdo ]; then
	(mv x.jigdo mine; cp peer.jigdo x.jigdo; parts; mv mine x.jigdo) | LC_ALL=C sort >want
	LC_ALL=C sort is | expect_same want /dev/stdin
fi
LC_ALL=C sort is | grep -qx Debian:pool/b/even.deb || fail "a file is not named"

# The same once more is the same.
mv x.template first.template
mv x.jigdo first.jigdo
again -md5-list md5.list -jigdo-map Debian=/srv/mirror/ -R -J tree
expect_same x.template first.template
expect_same x.jigdo first.jigdo

again -checksum-list sha256.list -jigdo-checksum-algorithm sha256 -jigdo-template-compress bzip2 \
	-checksum_algorithm_iso all -checksum_algorithm_template md5,sha512 -udf -R tree
grep -q 'even.deb' x.jigdo || fail "sha256: nothing is named"
grep -q '^# Image Hex SHA512Sum' x.jigdo || fail "-checksum_algorithm_iso"
grep -q '^# Template Hex SHA512Sum' x.jigdo || fail "-checksum_algorithm_template"

again -md5-list md5.list -jigdo-min-file-size 100k -jigdo-exclude "$PWD/tree/pool/b/" -R tree
parts >is
printf '%s\n' /srv/mirror/pool/a/big.deb >want
expect_same want is

# A boot image that is patched is not what the mirror has.
again -md5-list md5.list -R -b boot.bin -no-emul-boot -boot-info-table -boot-load-size 4 tree
parts | grep -q boot.bin && fail "names a patched boot image"
parts | grep -q even.deb || fail "names nothing"

# Into a pipe.
rm -f x.jigdo x.template
command=$(command_path iso-build)
"$command" --mkisofs -quiet -jigdo-jigdo x.jigdo -jigdo-template x.template -md5-list md5.list -R \
	tree | cat >x.iso
jigdo-file make-image -r quiet --image=new.iso --jigdo=x.jigdo --template=x.template tree \
	>jigdo.log 2>&1 || fail "pipe: $(cat jigdo.log)"
expect_same new.iso x.iso
rm -f x.* new.iso

# What goes wrong leaves nothing.
nothing() {
	run iso-build --mkisofs -o x.iso -jigdo-jigdo x.jigdo -jigdo-template x.template "$@"
	[ "$status" -ne 0 ] || fail "accepted: $*"
	for f in x.iso x.jigdo x.template; do
		[ ! -e "$f" ] || fail "$f was left: $*"
	done
}
nothing -md5-list absent tree
expect_stderr_has absent
nothing -md5-list md5.list -jigdo-force-md5 'unlisted' tree
expect_stderr_has unlisted
nothing -md5-list md5.list -jigdo-exclude '[' tree
expect_stderr_has 'regular expression'
nothing -md5-list md5.list -checksum_algorithm_iso crc tree
nothing -md5-list md5.list -jigdo-template-compress xz tree
expect_stderr_has bzip2
nothing -md5-list md5.list -jigdo-min-file-size 1x tree
nothing -md5-list md5.list -jigdo-template x.iso tree
if [ -w /dev/full ]; then
	nothing -md5-list md5.list -jigdo-template /dev/full tree
	expect_stderr_has 'no regular file'
fi
run iso-build --mkisofs -o x.iso -jigdo-min-file-size 1k tree
expect_status 0
expect_stderr_has 'no effect'
