#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Disks that really fail: a base image, a source and an output on file systems whose
# medium is cut short; and drives as output. Needs root and loop devices.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need losetup mkfs.ext4
[ "$(id -u)" = 0 ] || skip "only root can make loop devices"

loops=()
undo() {
	local l
	mountpoint -q disk && umount -l disk
	mountpoint -q small && umount -l small
	for l in "${loops[@]}"; do losetup -d "$l" 2>/dev/null; done
	_cleanup
}
trap undo EXIT

# attach FILE: a loop device of it in $loop
attach() {
	loop=$(losetup -f --show "$1" 2>/dev/null) || skip "no loop devices here"
	loops+=("$loop")
}

mkdir tree disk small out
head -c 3000000 /dev/urandom >tree/big
for n in {1..50}; do echo $n >tree/$n; done
run iso-build -q --boot=none -o ok.iso tree
expect_status 0

# A drive that is large enough, and one that is not: which is said before it is touched.
truncate -s 8M drive
attach drive
run iso-build -q --boot=none -o "$loop" tree
expect_status 2
expect_stderr_has "^iso-build: $loop: is a drive; use --force"
for how in --no-udf --udf --implant-md5 --dedup; do
	run iso-build -q --boot=none $how -o ref.iso tree
	expect_status 0
	run iso-build -q --force --boot=none $how -o "$loop" tree
	expect_status 0
	cmp -n "$(stat -c %s ref.iso)" ref.iso "$loop" || fail "the drive holds something else ($how)"
	rm ref.iso
done
truncate -s 1M little
attach little
head -c 1000000 /dev/urandom | tee content >"$loop"
run iso-build -q --force --boot=none -o "$loop" tree
expect_status 2
expect_stderr_lines 1
expect_stderr_has "^iso-build: $loop: holds 1048576 bytes, but the image takes [0-9]+; nothing was written"
cmp -n 1000000 content "$loop" || fail "what was on the drive is gone, though the image does not fit"

# The medium of a file system ends: reading is an error from there on.
truncate -s 16M medium
mkfs.ext4 -q -O ^has_journal medium || skip "no ext4"
attach medium
mount "$loop" disk 2>/dev/null || skip "this user cannot mount"
head -c 6000000 /dev/urandom >disk/file
run iso-build -q --boot=none -o disk/base.iso tree
expect_status 0
sync
echo 3 >/proc/sys/vm/drop_caches 2>/dev/null || skip "caches cannot be dropped"
cp ok.iso out/x.iso
truncate -s 2M medium
blockdev --flushbufs "$loop" 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
if cat disk/file >/dev/null 2>&1; then
	echo "note: this kernel reads what is not there"
else
	run iso-build -q --boot=none -o out/x.iso disk/file
	expect_status 2
	expect_stderr_has '^iso-build: .*Input/output error'
	expect_same out/x.iso ok.iso
	run iso-build -q --boot=none -o out/x.iso disk/base.iso 1=tree/2
	expect_status 2
	expect_stderr_has '^iso-build: '
	expect_same out/x.iso ok.iso
	run iso-build -q --force --boot=none --udf --checksums -o out/x.iso disk/base.iso
	[ "$status" = 2 ] || fail "a base that cannot be read was taken"
	expect_same out/x.iso ok.iso
	[ "$(ls -A out)" = x.iso ] || fail "left behind: $(ls -A out)"
fi
umount disk 2>/dev/null || umount -l disk

# Writing fails, now or in the background.
mount -t tmpfs -o size=3m none small || skip "no tmpfs"
truncate -s 32M small/medium
mkfs.ext4 -q -O ^has_journal small/medium
attach small/medium
mount "$loop" disk || skip "this user cannot mount"
head -c 100000 ok.iso >disk/x.iso
sync disk/x.iso
cp disk/x.iso before
run iso-build -q --force --boot=none -o disk/x.iso tree
# As with cp, what the kernel took counts; it may learn of the failure later.
if [ "$status" != 0 ]; then
	expect_status 2
	expect_stderr_has '^iso-build: disk/x.iso: '
	expect_same disk/x.iso before
	[ "$(ls -A disk | grep -v lost+found)" = x.iso ] || fail "left behind: $(ls -A disk)"
fi
exit 0
