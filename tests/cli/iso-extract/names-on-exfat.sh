# SPDX-License-Identifier: GPL-3.0-or-later
# exFAT: small and large letters are the same, many characters, links, modes and special
# files do not exist. Nothing is lost or replaced, and what is less is told.
. "$(dirname "$0")/../lib.sh"
need genisoimage losetup mkfs.exfat
[ "$(id -u)" = 0 ] || skip "only root can mount"

mkdir -p src/Docs src/docs
echo 1 >src/Docs/a
echo 2 >src/docs/a
echo 22 >src/docs/A
echo 3 >src/README
echo 4 >src/ReadMe
echo 5 >'src/what?'
echo 6 >'src/a:b'
echo 7 >src/"$(printf 'control\001')"
echo 8 >src/"$(printf 'no utf8 \377')"
echo 9 >src/ä
echo 10 >src/Ä
chmod 644 src/README
ln src/README src/hard
ln -s README src/link
mkfifo src/pipe
head -c 1000000 /dev/urandom >src/Large
cp src/Large src/LARGE
truncate -s 3M src/sparse
printf mid | dd of=src/sparse bs=1 seek=1500000 conv=notrunc status=none
genisoimage -quiet -R -o x.iso src 2>/dev/null || fail "genisoimage fails"

PATH=$PATH:/usr/sbin:/sbin
truncate -s 40M exfat.img
mkfs.exfat exfat.img >/dev/null 2>&1 || skip "mkfs.exfat fails"
mkdir mnt
device=$(losetup -f --show exfat.img) || skip "no loop devices"
trap 'umount mnt 2>/dev/null; losetup -d "$device"; _cleanup' EXIT
mount -t exfat "$device" mnt 2>/dev/null || mount.exfat-fuse "$device" mnt >/dev/null 2>&1 ||
	skip "no exFAT can be mounted"

contents() { find "$1" -type f -exec sha256sum {} + | cut -c1-64 | sort; }
contents src >expected
check() {
	contents mnt >got
	cmp -s expected got || fail "other contents: $(ls -lR mnt)"
	[ -z "$(find mnt -name '.isokit*')" ] || fail "hidden names are left"
	[ -z "$(find mnt -name 'pipe*')" ] || fail "something stands for the pipe"
	expect_status 2
	expect_stderr_has '^iso-extract: /link: is a symbolic link, which this file system does not'
	expect_stderr_has '^iso-extract: /pipe: is of a kind that cannot be made here'
	expect_stderr_has '^iso-extract: /(hard|README): warning: is a file of its own here'
	expect_stderr_has '^iso-extract: /: warning: the file system keeps no modes'
	expect_stderr_has 'warning: is now called "what_'
	expect_stderr_has 'warning: is now called "a_b'
	expect_stderr_has 'warning: is now called "control_'
	expect_stderr_has 'warning: is now called "(README|ReadMe)~[12]"'
	expect_stderr_has 'warning: is now called "(Large|LARGE)~1"'
	expect_stderr_has 'warning: is now called "[äÄ]~1"'
	expect_stderr_has '[dD]ocs: warning: is now called "(Docs|docs)~[12]"'
}
run iso-extract -C mnt x.iso
check

# What is there under another spelling stays, since this kind of file system does not tell
# whether two names are one; two of an image never take each other's place.
rm -rf mnt/*
echo old >mnt/readme
mkdir mnt/DOCS
{ cat expected; sha256sum <mnt/readme | cut -c1-64; } | sort >both
mv both expected
run iso-extract --overwrite -C mnt x.iso
check
[ "$(cat mnt/readme)" = old ] || fail "the old file is gone"

# Without --overwrite nothing is done.
run iso-extract -C mnt x.iso
expect_status 2
contents mnt | cmp -s - expected || fail "something changed: $(ls -lR mnt)"
expect_stderr_has 'is there already'
