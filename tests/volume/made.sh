# SPDX-License-Identifier: GPL-3.0-or-later
# Volumes made by the tools of each file system from one folder: the files that come out are
# those that went in. Needs no root; each is left out where its tool is missing.
. "$(dirname "$0")/../cli/lib.sh"
need python3

for library in LIBEXT2FS ZLIB LIBLZMA LIBZSTD; do
	grep -q "^#define HAVE_$library 1" "$ISOKIT_BUILD/config.h" || skip "built without $library"
done

volumes=$ISOKIT_BUILD/tests/volumes
export PATH=$PATH:/usr/sbin:/sbin
mkdir -p in/d/e in/many
echo hello >in/a
ln in/a in/d/hard
ln -s a in/sym
ln -s "$(printf 'y%.0s' {1..70})" in/d/long
: >in/empty
head -c 300000 /dev/urandom >in/big
yes 'compressible text' | head -c 500000 >in/d/text
truncate -s 200000 in/hole
printf x | dd of=in/hole bs=1 seek=90000 conv=notrunc status=none
for i in {1..700}; do echo "$i" >"in/many/a file with number $i"; done
printf u >in/d/grüße
chmod 750 in/d
chmod 4711 in/big
find in -exec touch -h -d '2021-03-04 05:06:07 UTC' {} +

python3 "$ISOKIT_SOURCE/tests/volume/folder.py" in >expected

# same IMAGE COLUMNS: path, mode, uid, gid, time, size, content, names of the file
same() {
	local n
	n=$("$volumes" "$1" | awk -F'\t' -v fs="$3" '$5 == fs { print NR - 1; exit }')
	[ -n "$n" ] || fail "$1: no $3 in it: $("$volumes" "$1" 2>&1)"
	"$volumes" "$1" "$n" >got 2>err || fail "$1: $(cat err)"
	! grep "^lost	damaged" got || fail "$1: damaged"
	# Not every tool gives the root folder its attributes.
	grep -v -e '^lost	' -e '^/	' -e '^/lost+found	' got | cut -f"$2" >got.cut
	grep -v '^/	' expected | cut -f"$2" >expected.cut
	cmp -s expected.cut got.cut || fail "$1: $(diff expected.cut got.cut | head -5)"
	done=$((done + 1))
}
have() { command -v "$1" >/dev/null; }
done=0

if have mke2fs; then
	for kind in 'ext2 -I 128 -b 1024' 'ext3 -b 1024' 'ext4' 'ext4 -O 64bit,^flex_bg'; do
		rm -f x.img
		truncate -s 16M x.img
		set -- $kind
		mke2fs -q -t "$@" -d in x.img 2>/dev/null || continue
		"$volumes" x.img | grep -q "	$1	" || fail "$kind: not recognised"
		same x.img 1-4,6-8 "$1"
	done
fi
if have mksquashfs; then
	for kind in 'gzip' 'xz -b 1M' 'zstd -b 64K' 'lz4' 'lzo' 'gzip -noI -noD -noF -noX' \
		'gzip -no-fragments'; do
		rm -f x.img
		mksquashfs in x.img -comp $kind -quiet -no-progress >/dev/null 2>&1 || continue
		same x.img 1-8 SquashFS
	done
fi
if have mkfs.btrfs; then
	rm -f x.img
	truncate -s 130M x.img
	mkfs.btrfs -q -r in x.img >/dev/null 2>&1 && same x.img 1-8 Btrfs
fi
if have mkfs.xfs; then
	{ # a list of files, which mkfs.xfs reads
		echo 'x 0 0 d--755 0 0'
		walk() {
			local f
			for f in "$1"/*; do
				case ${f##*/} in *' '*) continue ;; esac
				if [ -L "$f" ]; then echo "${f##*/} l--777 0 0 $(readlink "$f")"
				elif [ -d "$f" ]; then echo "${f##*/} d--755 0 0"; walk "$f"; echo '$'
				else echo "${f##*/} ---644 0 0 $f"; fi
			done
		}
		walk in
		echo '$'
	} >list
	for kind in 'crc=1' 'crc=0'; do
		rm -f x.img
		truncate -s 320M x.img
		mkfs.xfs -q -m "$kind" -p list x.img 2>/dev/null || continue
		cp expected all
		grep -v 'a file with' all >expected
		same x.img 1,6,7 XFS
		cp all expected
	done
fi
if have xorriso; then
	xorriso -as mkisofs -quiet -R -hfsplus -V HFSPLUS -o x.img in 2>/dev/null
	same x.img 1-8 'ISO 9660'
	# Names there are decomposed, and links are files with the same content.
	rm in/d/grüße
	xorriso -as mkisofs -quiet -R -hfsplus -V HFSPLUS -o x.img in 2>/dev/null
	grep -v 'd/gr' expected >all
	cp all expected
	same x.img 1-2,6-7 HFS+
fi
if have hformat && have hcopy; then
	rm -rf x.img home flat
	truncate -s 20M x.img
	mkdir home flat
	export HOME=$PWD/home
	hformat -l Test x.img >/dev/null
	hmount x.img >/dev/null
	for f in a empty big; do cp in/$f flat/; hcopy -r in/$f ":$f"; done
	for i in {1..300}; do cp "in/many/a file with number $i" "flat/number $i"; done
	for i in {1..300}; do hcopy -r "flat/number $i" ":number $i"; done
	# Room in many pieces: more extents than a catalog record has.
	head -c 5000000 /dev/urandom >piece
	for i in 1 2 3; do hcopy -r piece ":piece$i"; done
	hdel :piece2
	for i in {10..40}; do head -c 100000 piece | hcopy -r - ":p$i" 2>/dev/null; done
	hdel :piece1 :piece3 :p12 :p14 :p16 :p18 :p20 :p22 2>/dev/null
	head -c 9000000 /dev/urandom >flat/pieces
	hcopy -r flat/pieces :pieces
	for i in {10..40}; do hdel ":p$i" 2>/dev/null; done
	humount
	cp expected all
	python3 "$ISOKIT_SOURCE/tests/volume/folder.py" flat >expected
	same x.img 1,6,7 HFS
	cp all expected
fi
[ $done -gt 0 ] || skip "no tool that makes a file system"
echo "$done volumes"
