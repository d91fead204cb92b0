# SPDX-License-Identifier: GPL-3.0-or-later
# What is refused is not written: not a byte, and no file appears in /dev.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

boot_iso x.iso
disc_iso disc.iso
new_drive a 16M; a=$drive
new_drive b 16M; b=$drive
new_drive small 1M; small=$drive
before=$(sum_of a) before_b=$(sum_of b) before_small=$(sum_of small)
# Nodes of loop devices come and go with other tests; files do not.
files_of_dev() { find /dev -maxdepth 1 -type f; }
files_of_dev >dev

# refused RE ARGUMENT…: exit 2, one line, nothing on standard output, nothing written
refused() {
	local re=$1
	shift
	run iso-write "$@" </dev/null
	expect_status 2
	expect_stderr_has "$re"
	[ "$(sum_of a)" = "$before" ] && [ "$(sum_of b)" = "$before_b" ] &&
		[ "$(sum_of small)" = "$before_small" ] || fail "a drive was written"
	files_of_dev | cmp -s - dev || fail "/dev has other files now"
}

# Nobody was asked, and nobody can be.
refused '^iso-write: there is no terminal to ask on; nothing was written \(--yes ' --fixed-disk x.iso "$a"
# --yes lifts no refusal.
refused "^iso-write: $a: refused: .*--fixed-disk $a writes to it" --yes x.iso "$a"
refused "^iso-write: $b: refused: " --yes --fixed-disk="$a" x.iso "$a" "$b"
refused "^iso-write: $b: --fixed-disk allows it, but it is not one" --yes --fixed-disk="$b" x.iso "$a"
# Devices that are none, or are not there.
refused '^iso-write: /dev/isokit-none: ' --yes --fixed-disk x.iso /dev/isokit-none
refused '^iso-write: /dev/sdzz9: ' --yes --fixed-disk x.iso /dev/sdzz9
refused '^iso-write: /dev/null: ' --yes --fixed-disk x.iso /dev/null
refused '^iso-write: new: ' --yes --fixed-disk x.iso new
[ ! -e new ] || fail "a file was made"
refused '^iso-write: b: ' --yes --fixed-disk x.iso b
refused "^iso-write: $PWD: " --yes --fixed-disk x.iso "$PWD"
refused '^iso-write: x\.iso: is a file, not a drive: the image comes first' --yes --fixed-disk "$a" x.iso
refused '^iso-write: x\.iso: is no drive to clone' --yes --fixed-disk --clone x.iso "$a"
# One drive of two that is refused, and neither is written.
refused "^iso-write: $small: refused: " --yes --fixed-disk x.iso "$a" "$small"
refused "^iso-write: $small: refused: .*(too small|larger|small)" --yes --fixed-disk x.iso "$small"
# The image.
refused '^iso-write: none\.iso: ' --yes --fixed-disk none.iso "$a"
: >empty
refused '^iso-write: empty: ' --yes --fixed-disk empty "$a"
refused '^iso-write: disc\.iso: .*(--as=files|--any)' --yes --fixed-disk disc.iso "$a"
# What is no ISO has no files that could be put on a stick, and no place behind it.
{ printf hsqs; head -c 100000 /dev/zero; } >disk.img
refused '^iso-write: disk\.img: is a SquashFS .*; without --as=files its bytes are written' \
	--yes --fixed-disk --as=files disk.img "$a"
refused '^iso-write: disk\.img: is a SquashFS .*; without --persistence its bytes are written' \
	--yes --fixed-disk --persistence=64M disk.img "$a"
refused '^iso-write: disc\.iso: .*--any' --yes --fixed-disk --as=image disc.iso "$a"
refused "^iso-write: $a: refused: is made of a, " --yes --fixed-disk --any a "$a"
refused "^iso-write: $a: refused: " --yes --fixed-disk --clone "$a" "$a"
refused '^iso-write: x\.iso: ' --yes --fixed-disk --sha256=$(printf '0%.0s' {1..64}) x.iso "$a"
head -c 1000000 x.iso | gzip | head -c 900000 >cut.iso.gz
refused '^iso-write: cut\.iso\.gz: ' -n --yes --fixed-disk --any cut.iso.gz "$small"

# A switch of the kernel.
blockdev --setro "$a"
refused "^iso-write: $a: refused: .*(read-only|forbids it)" --yes --fixed-disk x.iso "$a"
blockdev --setrw "$a"

# Mounted, below a folder of the desktop and elsewhere.
need mkfs.ext4
mkfs.ext4 -q -F "$b"
mkdir mnt
mount "$b" mnt || skip "cannot mount"
echo precious >mnt/file
sync
for option in --yes --unmount; do
	run iso-write --yes "$option" --fixed-disk x.iso "$b" </dev/null
	expect_status 2
	expect_stderr_has "^iso-write: $b: refused: is mounted"
	[ "$(cat mnt/file)" = precious ] || fail "a mounted file is gone"
done
umount "$b"
before_b=$(sum_of b)
# By another program, for itself alone.
if command -v python3 >/dev/null; then
	python3 -c '
import os, sys, time
while True:
    try: # it may still be mounted in a namespace that somebody made meanwhile
        os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)
        break
    except OSError:
        time.sleep(0.05)
open("held", "w").close()
time.sleep(60)' "$b" &
	holder=$!
	while [ ! -e held ]; do sleep 0.05; done
	before_b=$(sum_of b)
	refused "^iso-write: $b: .*(open|use)" --yes --fixed-disk x.iso "$b"
	kill "$holder"
	wait "$holder" 2>/dev/null
fi
# And then it can be written.
run iso-write --yes --fixed-disk x.iso "$a"
expect_status 0
expect_written a x.iso
