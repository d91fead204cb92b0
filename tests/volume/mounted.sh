# SPDX-License-Identifier: GPL-3.0-or-later
# What a kernel wrote, with everything that a file can have: the files that come out are what
# the kernel's mount shows. Needs root and loop devices.
. "$(dirname "$0")/../cli/lib.sh"
need python3 setfattr setfacl
[ "$(id -u)" = 0 ] || skip "needs root"

for library in LIBEXT2FS ZLIB LIBLZMA LIBZSTD; do
	grep -q "^#define HAVE_$library 1" "$ISOKIT_BUILD/config.h" || skip "built without $library"
done

volumes=$ISOKIT_BUILD/tests/volumes
export PATH=$PATH:/usr/sbin:/sbin
mkdir m
trap 'umount m 2>/dev/null' EXIT

fill() {
	(
		cd m || exit
		mkdir -p d/e 'sp ace'
		echo hello >a
		ln a hard
		ln a d/hard
		ln -s a sym
		ln -s "$(printf 'z/%.0s' {1..400})" d/long
		head -c 2000000 /dev/urandom >big
		yes compressible | head -c 300000 >d/text
		truncate -s 3M sparse
		echo mid | dd of=sparse bs=1 seek=1000000 conv=notrunc status=none
		for i in {1..20}; do
			head -c 8192 /dev/urandom >>piece1
			head -c 8192 /dev/urandom >>piece2
			sync piece1 piece2
		done
		fallocate -l 300000 reserved 2>/dev/null
		echo start | dd of=reserved conv=notrunc status=none
		mkfifo pipe
		mknod chr c 5 1
		mknod blk b 8 300
		for i in {1..800}; do echo "$i" >"d/e/file-with-a-long-enough-name-$i"; done
		printf n >"$(printf 'n%.0s' {1..255})"
		chmod 4755 big
		chown 1000:70000 d/text
		setfattr -n user.test -v value a
		setfattr -n user.big -v "$(printf 'b%.0s' {1..900})" d/text
		setfacl -m u:7:rx,g:8:w big
		setfacl -d -m u:9:rwx d/e
		touch -d '1999-12-31 23:59:59.123456789 UTC' a
		touch -d '2050-05-05 05:05:05.5 UTC' d/text
	)
}

done=0
try() { # OPTIONS-OF-MOUNT MKFS…
	local options=$1
	shift
	command -v "$1" >/dev/null || return
	rm -f x.img
	truncate -s 320M x.img
	"$@" x.img >/dev/null 2>&1 || return
	mount -o "loop$options" x.img m 2>/dev/null || return
	fill
	umount m
	mount -o "loop,ro$options" x.img m || fail "$*: cannot be mounted again"
	python3 "$ISOKIT_SOURCE/tests/volume/folder.py" m >all
	umount m
	# XFS shows the lists twice.
	sed 's/\ttrusted\.SGI_ACL[^\t]*//g' all >expected
	"$volumes" x.img 0 >got || fail "$*: $(tail -1 got)"
	cmp -s expected got || fail "$*: $(diff expected got | cut -c1-200 | head -4)"
	done=$((done + 1))
}

try '' mkfs.ext4 -q
try '' mkfs.ext4 -q -O inline_data,ea_inode,metadata_csum -I 512
try '' mkfs.ext2 -q -b 1024
try '' mkfs.xfs -q
try '' mkfs.xfs -q -i size=512 -n size=16384 -b size=1024
try '' mkfs.btrfs -q
try ,compress-force=zstd mkfs.btrfs -q
try ,compress-force=lzo mkfs.btrfs -q
try ,compress-force=zlib mkfs.btrfs -q
[ $done -gt 0 ] || skip "nothing can be mounted"
echo "$done file systems"
