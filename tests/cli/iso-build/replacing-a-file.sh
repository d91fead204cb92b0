# SPDX-License-Identifier: GPL-3.0-or-later
# An old file is replaced only when it is an image, or with --force.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir tree
printf x >tree/file
echo precious >notes.txt
run iso-build --boot=none -o notes.txt tree
expect_status 2
expect_stderr_has '^iso-build: notes.txt: .*--force'
[ "$(cat notes.txt)" = precious ] || fail "the old file was changed"
run iso-build --boot=none -o out.iso tree
expect_status 0
inode=$(stat -c %i out.iso)
exec 3<out.iso
printf more >tree/more
run iso-build --boot=none -o out.iso tree
expect_status 0
[ "$(stat -c %i out.iso)" != "$inode" ] || fail "the old file was written over"
run iso-build --boot=none --force -o notes.txt tree
expect_status 0
expect_same notes.txt out.iso
# A link is followed, not replaced.
ln -s out.iso link.iso
run iso-build --boot=none -o link.iso tree
expect_status 0
[ -L link.iso ] || fail "the link was replaced"
expect_files tree notes.txt out.iso link.iso
# Also a link to where nothing is yet.
rm out.iso
mkdir sub
ln -s ../sub/new.iso sub/link.iso
run iso-build --boot=none -o sub/link.iso tree
expect_status 0
[ -L sub/link.iso ] || fail "the link was replaced"
expect_same sub/new.iso notes.txt
# A drive is overwritten only when told to.
truncate -s 10M drive
if device=$(losetup --find --show drive 2>/dev/null); then
	run iso-build --boot=none -o "$device" tree
	refused=$status
	run iso-build --boot=none --force -o "$device" tree
	cmp -n "$(stat -c %s notes.txt)" "$device" notes.txt
	same=$?
	losetup --detach "$device"
	[ "$refused" = 2 ] || fail "a drive was overwritten without --force"
	expect_status 0
	[ $same = 0 ] || fail "the drive does not hold the image"
fi
# One that is in use is not, whatever is said: as iso-write has it.
if command -v mkfs.ext4 >/dev/null && unshare -m true 2>/dev/null && device=$(losetup --find --show drive 2>/dev/null); then
	mkfs.ext4 -q "$device"
	mkdir -p mounted
	sum=$(sha256sum <drive)
	run env LD_LIBRARY_PATH="$ISOKIT_BUILD/.libs" unshare -m sh -c 'mount -o ro "$1" mounted || exit 77; exec "$2" --boot=none --force -o "$1" tree' \
		sh "$device" "$(binary_path iso-build)"
	after=$(sha256sum <drive)
	losetup --detach "$device"
	if [ "$status" != 77 ]; then
		expect_status 2
		expect_stderr_has "^iso-build: $device: refused: is mounted: .*mounted"
		[ "$sum" = "$after" ] || fail "a mounted drive was written"
	fi
fi
