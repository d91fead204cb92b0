# SPDX-License-Identifier: GPL-3.0-or-later
# --update-manifests: lists of checksums agree with a changed tree again, and lines of
# what did not change are as they were.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need_hashes
need xorriso bsdtar md5sum sha256sum

mkdir -p tree/pool tree/boot
echo a >tree/pool/a
echo b >tree/pool/b
echo c >"tree/pool/c d"
head -c 4096 /dev/urandom >tree/boot/loader
(cd tree && find . -type f ! -name '*sum*' -exec md5sum {} + | sort -k2 >../md5) && mv md5 tree/md5sum.txt
(cd tree/pool && sha256sum -- * >../sha) && mv tree/sha tree/pool/SHA256SUMS
xorriso -as mkisofs -quiet -r -b boot/loader -no-emul-boot -boot-load-size 4 -boot-info-table \
	-o base.iso tree 2>"$err" || fail xorriso
echo new >new

run iso-build -o plain.iso base.iso /pool/a=new
expect_status 0
expect_stdout_has 'md5sum.txt: .*--update-manifests'

# Where there is none, it is said that nothing was done.
run iso-build --update-manifests --remove /md5sum.txt --remove /pool/SHA256SUMS -o out.iso base.iso
expect_status 0
expect_stdout_has 'no list of checksums'

run iso-build -q --update-manifests --remove /pool/b -o out.iso base.iso /pool/a=new /extra/x=new
expect_status 0
mkdir x
bsdtar -xf out.iso -C x
(cd x && md5sum -c --quiet md5sum.txt) || fail "md5sum.txt"
(cd x/pool && sha256sum -c --quiet SHA256SUMS) || fail "SHA256SUMS"
grep -q ' ./extra/x$' x/md5sum.txt || fail "what is new is not listed"
grep -q 'pool/b' x/md5sum.txt && fail "what is gone is listed"
grep -q 'boot/loader' x/md5sum.txt && fail "a boot image that is patched is listed"
[ "$(wc -l <x/md5sum.txt)" = 3 ] || fail "number of lines"
[ "$(wc -l <x/pool/SHA256SUMS)" = 2 ] || fail "number of lines of SHA256SUMS"
grep 'c d' tree/md5sum.txt >a
grep 'c d' x/md5sum.txt >b
expect_same a b

# A folder has no lines that could be trusted: all are made again.
sed -i 's/^./0/' tree/md5sum.txt
run iso-build -q --boot=none --update-manifests -o out.iso tree
expect_status 0
rm -rf x
mkdir x
bsdtar -xf out.iso -C x
(cd x && md5sum -c --quiet md5sum.txt) || fail "md5sum.txt of a folder"

# An MD5 that is implanted in the image is renewed with the list.
if command -v checkisomd5 >/dev/null; then
	rm -rf implanted
	mkdir implanted
	head -c 5000000 /dev/urandom >implanted/big
	echo old >implanted/one
	(cd implanted && md5sum big one >md5sum.txt)
	run iso-build -q --implant-md5 -o implanted.iso implanted
	expect_status 0
	echo renewed >renewed
	run iso-build -q --update-manifests -o both.iso implanted.iso /one=renewed
	expect_status 0
	run iso-inspect --json both.iso
	expect_json '.integrity.implanted_md5 != "none"'
	checkisomd5 both.iso >"$out" 2>"$err" </dev/null || fail "checkisomd5"
	[ "$(bsdtar -xOf both.iso md5sum.txt | grep one)" = "$(md5sum <renewed | cut -c1-32)  one" ] ||
		fail "the list"
fi
