# SPDX-License-Identifier: GPL-3.0-or-later
# A FAT cannot hold every name: others are found, and told.
. "$(dirname "$0")/../lib.sh"
need genisoimage mkfs.vfat losetup
[ "$(id -u)" = 0 ] || skip "only root can mount"

mkdir -p src/Docs src/docs
echo 1 >src/Docs/a
echo 2 >src/docs/a
echo 3 >src/README
echo 4 >src/ReadMe
echo 5 >'src/what?'
echo 6 >src/aux.txt
echo 7 >'src/dot.'
ln src/README src/hard
ln -s README src/link
head -c 1000000 /dev/urandom >src/Large
cp src/Large src/LARGE
genisoimage -quiet -R -o x.iso src 2>/dev/null || fail "genisoimage fails"
truncate -s 20M fat.img
PATH=$PATH:/usr/sbin:/sbin mkfs.vfat fat.img >/dev/null || skip "mkfs.vfat fails"
mkdir mnt
mount -o loop,utf8,shortname=mixed fat.img mnt 2>/dev/null || skip "no FAT can be mounted"
run iso-extract -C mnt x.iso
umount_later() { umount mnt; }
ls -R mnt >listing
contents=$(find mnt -type f -size -64k -exec cat {} + | sort | tr '\n' ' ')
sums=$(find mnt -type f -size +64k -exec cmp {} src/Large \; -print | wc -l)
leftover=$(find mnt -name '.isokit*')
cp "$out" o; cp "$err" e
umount_later
cp o "$out"; cp e "$err"
[ "$contents" = '1 2 3 3 4 5 6 7 ' ] || fail "contents: $contents; $(cat listing)"
[ "$sums" = 2 ] || fail "large files: $sums; $(cat listing)"
[ -z "$leftover" ] || fail "left: $leftover"
expect_status 2
expect_stderr_has '^iso-extract: /link: is a symbolic link, which this file system does not have'
for name in /what\\?  /aux.txt /dot\\.; do
	expect_stderr_has "^iso-extract: $name: warning: is now called "
done
grep -Eq '(Docs|docs): warning: is now called "(Docs|docs)~1"' "$err" || fail "folders were joined"
grep -Eq '(README|ReadMe): warning: is now called "(README|ReadMe)~1"' "$err" || fail "no new name"
