# SPDX-License-Identifier: GPL-3.0-or-later
# A block map beside the image is used as bmaptool uses it, and one that does not fit is refused.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need bmaptool sfdisk

new_drive a 33M; a=$drive
truncate -s 32M disk.img
printf 'label: dos\nstart=2048,size=32768,type=c,bootable\nstart=34816,type=83\n' | sfdisk -q disk.img
head -c 3M /dev/urandom | dd of=disk.img bs=1M seek=4 conv=notrunc status=none
bmaptool create disk.img >disk.bmap 2>/dev/null || skip "bmaptool fails"

run iso-write --yes --fixed-disk disk.img "$a"
expect_status 0
expect_stdout_has '^  block map disk\.bmap: only the blocks that it lists are written$'
expect_stdout_has '^    left +[0-9,]+ bytes'
sync a
cmp -n 1048576 disk.img a || fail "the first MiB differs"
cmp <(dd if=disk.img bs=1M skip=4 count=3 status=none) <(dd if=a bs=1M skip=4 count=3 status=none) ||
	fail "mapped blocks differ"
[ "$(dd if=a bs=1M skip=16 count=1 status=none | head -c 17)" != "$(head -c 17 /dev/zero | tr '\0' x)" ]
dd if=a bs=1M skip=16 count=1 status=none | grep -q 'a was here before' || fail "unmapped blocks were written"
run iso-write --yes --fixed-disk --json disk.img "$a"
expect_status 0
expect_json '.bmap == "disk.bmap" and .drives[0].left > 1000000'

# Without it, all is written.
run iso-write --yes --fixed-disk --no-beside disk.img "$a"
expect_status 0
expect_written a disk.img

# Its checksums hold the image.
before a 33M >a
printf X | dd of=disk.img bs=1 seek=5000000 conv=notrunc status=none
run iso-write --yes --fixed-disk disk.img "$a"
expect_status 2
expect_stderr_has '^iso-write: '
cmp -s -n 1048576 disk.img a && fail "a spoiled image was written"
echo nonsense >disk.bmap
run iso-write --yes --fixed-disk disk.img "$a"
expect_status 2
expect_stderr_has '^iso-write: .*bmap'
true
