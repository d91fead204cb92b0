# SPDX-License-Identifier: GPL-3.0-or-later
# A file system where small and large letters are the same: nothing is joined or replaced.
. "$(dirname "$0")/../lib.sh"
need genisoimage losetup
[ "$(id -u)" = 0 ] || skip "only root can mount"

mkdir -p src/Docs src/docs src/Sub
echo 1 >src/Docs/a
echo 2 >src/docs/a
echo 3 >src/README
echo 4 >src/ReadMe
ln src/README src/hard
ln -s a src/Docs/A
head -c 1000000 /dev/urandom >src/Large
cp src/Large src/LARGE
genisoimage -quiet -R -o x.iso src 2>/dev/null || fail "genisoimage fails"
mkdir mnt
PATH=$PATH:/usr/sbin:/sbin
truncate -s 320M disk.img
mkfs.xfs -q -n version=ci disk.img 2>/dev/null && mount -o loop disk.img mnt 2>/dev/null ||
	{ truncate -s 0 disk.img; truncate -s 40M disk.img
	mkfs.ext4 -q -O casefold disk.img 2>/dev/null && mount -o loop disk.img mnt 2>/dev/null &&
	mkdir mnt/fold && chattr +F mnt/fold 2>/dev/null; } ||
	{ umount mnt 2>/dev/null; skip "no such file system can be mounted"; }
to=mnt
[ ! -d mnt/fold ] || to=mnt/fold
trap 'umount mnt 2>/dev/null; _cleanup' EXIT

check() {
	[ "$(find $to -type f -size -64k -links 1 -exec cat {} + | sort | tr '\n' ' ')" = '1 2 4 ' ] ||
		fail "small files: $(find $to)"
	[ "$(find $to -type f -links 2 -exec cat {} + | tr '\n' ' ')" = '3 3 ' ] || fail "the linked one"
	[ "$(find $to -size +64k -exec cmp {} src/Large \; -print | wc -l)" = 2 ] ||
		fail "large files: $(find $to)"
	[ "$(find $to -type l -exec readlink {} \;)" = a ] || fail "the symbolic link"
	[ -z "$(find mnt -name '.isokit*')" ] || fail "hidden names are left"
}
run iso-extract -C $to x.iso
expect_status 0
check
expect_stderr_has 'warning: is now called "(Docs|docs)~1"'
expect_stderr_has 'warning: is now called "(README|ReadMe)~1"'
expect_stderr_has 'warning: is now called "(Large|LARGE)~1"'
expect_stderr_has 'warning: is now called "[aA]~1"'

# Nor do two of an image take the place of the one that was there.
rm -rf $to/*
echo old >$to/readme
mkdir $to/DOCS
run iso-extract --overwrite -C $to x.iso
expect_status 0
check
