# SPDX-License-Identifier: GPL-3.0-or-later
# Compressed images go onto the drive without being unpacked anywhere, from files and from pipes;
# what is cut short or damaged leaves a drive that boots nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

boot_iso x.iso 8000000
new_drive a 16M; a=$drive
n=$(stat -c %s x.iso)
mkdir empty

old() { before a 16M >a; }
# Begun, and blank at its beginning; or never touched, where nothing could be read.
expect_blank() {
	sync a
	cmp -s -n 1048576 a /dev/zero && return
	grep -q 'nothing was written to it' "$err" || fail "the beginning of the drive is not blank"
	cmp a <(before a 16M) || fail "it was written after all"
}
# stream FILE: from the file, and from a pipe
stream() {
	old
	TMPDIR=$PWD/empty run iso-write --yes --fixed-disk "$1" "$a"
	expect_status 0
	expect_written a x.iso
	old
	run bash -c "'$(command_path iso-write)' --yes --fixed-disk - $a < <(cat '$1')"
	expect_status 0
	expect_written a x.iso
}

tried=0
for how in 'gzip -c' 'xz -0 -c' 'xz -0 -c --block-size=1MiB -T2' 'zstd -q -c' 'bzip2 -1 -c' 'lz4 -q -c' \
	'lzip -0 -c' 'xz -0 -c --format=lzma'; do
	command -v "${how%% *}" >/dev/null 2>&1 || continue
	$how <x.iso >packed || continue
	stream packed
	tried=$((tried + 1))
	# Cut short.
	old
	head -c $(($(stat -c %s packed) * 2 / 3)) packed >cut
	run iso-write --yes --fixed-disk cut "$a"
	expect_status 2
	expect_blank
	# Damaged, where there is a checksum.
	case $how in
	*lzma* | lz4*) continue ;;
	esac
	old
	cp packed damaged
	printf 'isokit' | dd of=damaged bs=1 seek=$(($(stat -c %s packed) * 2 / 3)) conv=notrunc 2>/dev/null
	run iso-write --yes --fixed-disk damaged "$a"
	expect_status 2
	expect_blank
done
[ "$tried" -ge 2 ] || skip "no compressors"

# Two streams behind each other are one.
head -c 2000000 x.iso | gzip -c >packed
tail -c +2000001 x.iso | gzip -c >>packed
stream packed

# In a ZIP archive.
if command -v zip >/dev/null 2>&1; then
	zip -q x.zip x.iso
	old
	run iso-write --yes --fixed-disk x.zip "$a"
	expect_status 0
	expect_written a x.iso
fi

# A pipe that ends too early.
old
run bash -c "head -c $((n / 2)) x.iso | '$(command_path iso-write)' --yes --fixed-disk - $a"
expect_status 2
expect_stderr_has 'cut short'
expect_blank

# One that goes on and on: it stops at the end of the drive.
old
run bash -c "(cat x.iso; yes) | '$(command_path iso-write)' --yes --fixed-disk - $a"
expect_status 2
expect_stderr_has 'only 16,777,216 bytes'
expect_blank

# A sum of the file is compared before anything is written, that of what is in it while it is.
gzip -c x.iso >packed
sum=$(sha256sum <x.iso | cut -d' ' -f1)
old
before=$(sum_of a)
run iso-write --yes --fixed-disk --no-beside --sha256="${sum//[0-7]/8}" x.iso "$a"
expect_status 2
[ "$before" = "$(sum_of a)" ] || fail "the drive was written"
run iso-write --yes --fixed-disk --no-beside --sha256="$sum" packed "$a"
expect_status 0
expect_written a x.iso
old
run iso-write --yes --fixed-disk --no-beside --sha256="${sum//[0-7]/8}" packed "$a"
expect_status 2
expect_blank
old
run bash -c "cat packed | '$(command_path iso-write)' --yes --fixed-disk --sha256=${sum//[0-7]/8} - $a"
expect_status 2
expect_blank
