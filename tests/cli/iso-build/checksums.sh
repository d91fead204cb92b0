# SPDX-License-Identifier: GPL-3.0-or-later
# --checksums, --implant-md5 and --manifest, one by one and all together: checked by
# xorriso, checkisomd5, sha256sum and ourselves, and a changed byte is found.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/contents-tree.sh"
need_command iso-build
need_hashes
need jq
make_contents_tree
boot='--boot=none'
if [ -e /usr/lib/ISOLINUX/isolinux.bin ]; then
	mkdir t/isolinux
	cp /usr/lib/ISOLINUX/isolinux.bin t/isolinux/
	boot='--bios=isolinux/isolinux.bin'
fi

zisofs=--zisofs
! "$(command_path iso-build)" -n --zisofs t 2>&1 | grep -q 'built without zlib' || zisofs=

schemes() { jq -c '[.schemes[] | [.scheme, .result]]' "$out"; }
for options in '--checksums' '--implant-md5' '--checksums --implant-md5' \
	       '--checksums --udf' '--checksums --implant-md5 --udf' \
	       "--checksums --implant-md5 $zisofs --dedup"; do
	run iso-build -q $boot --force $options -o x.iso t
	expect_status 0
	run iso-inspect --check x.iso
	expect_status 0
	run iso-inspect --verify x.iso
	expect_status 0
	expect_stdout_lacks '^(mismatch|incomplete)'
	case $options in *--checksums*)
		expect_stdout_has "^match +libisofs' checksum tags: session"
		expect_stdout_has "^match +libisofs' checksums of files"
		if command -v xorriso >/dev/null; then
			xorriso -md5 on -indev x.iso -check_md5_r sorry / -- >log 2>&1 ||
				fail "xorriso does not agree"
			grep -q 'MD5 checksums match' log || fail "xorriso finds no checksums"
		fi
	esac
	case $options in *--implant-md5*)
		expect_stdout_has '^match +implanted MD5'
		! command -v checkisomd5 >/dev/null || checkisomd5 x.iso >/dev/null 2>&1 ||
			fail "checkisomd5 does not agree"
	esac
done

# The text is the one that implantisomd5 writes.
if command -v implantisomd5 >/dev/null; then
	run iso-build -q $boot --force --implant-md5 -o x.iso t
	cp x.iso theirs.iso
	implantisomd5 --force theirs.iso >/dev/null 2>&1
	expect_same x.iso theirs.iso
fi

# The list, of a file and of a stream; what it says of the image is true.
run iso-build -q $boot --force --checksums --implant-md5 --dedup --manifest list -o x.iso t
expect_status 0
head -1 list >first
sha256sum x.iso | cmp - first || fail "the image has another sum"
[ "$(wc -l <list)" = "$((1 + $(find t -type f | wc -l)))" ] || fail "not every file is listed"
if [ "$boot" = --boot=none ]; then
	(cd t && sed 1d ../list | sha256sum -c --quiet) || fail "a file has another sum"
elif command -v xorriso >/dev/null; then
	mkdir back
	xorriso -osirrox on -indev x.iso -extract / back >/dev/null 2>&1
	(cd back && sed 1d ../list | sha256sum -c --quiet) || fail "a file has another sum"
	chmod -R u+w back
fi
"$(command_path iso-build)" $boot --checksums --implant-md5 --dedup --manifest list-2 -o - t \
	>s.iso 2>/dev/null
expect_same x.iso s.iso
[ "$(head -1 list-2)" = "$(sha256sum <s.iso | sed 's/-$/-/')" ] || fail "sum of the stream"
sed 1d list >a
sed 1d list-2 | cmp - a || fail "the lists differ"

# A byte that changes is found by each of them.
at=$(grep -abo 'line 399999 of' x.iso | head -1 | cut -d: -f1)
printf X | dd of=x.iso bs=1 seek="$at" conv=notrunc status=none
run iso-inspect --verify x.iso
expect_status 1
[ "$(grep -c '^mismatch' "$out")" = 3 ] || fail "not all three find the change"

# What is no such list is not replaced, and then nothing is built.
echo precious >list
run iso-build -q $boot --manifest list -o new.iso t
expect_status 2
expect_stderr_has '^iso-build: list: .*--force'
[ ! -e new.iso ] || fail "an image was written"
[ "$(cat list)" = precious ] || fail "the file was changed"
run iso-build -q $boot --manifest no/such/folder -o new.iso t
expect_status 2
[ ! -e new.iso ] || fail "an image was written"
run iso-build -q $boot --manifest new.iso -o new.iso t
expect_status 2
expect_stderr_has 'same file'
run iso-build -q $boot --manifest t/list -o new.iso t
expect_status 2
expect_stderr_has 'inside the source'
run iso-build -q $boot --no-rock-ridge --checksums -o new-2.iso t
expect_status 2
expect_stderr_has 'needs Rock Ridge'
