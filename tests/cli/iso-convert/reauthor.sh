# SPDX-License-Identifier: GPL-3.0-or-later
# The files of other file systems in a new image.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"
need mke2fs xorriso

mkdir -p tree/sub
head -c 100000 /dev/urandom >tree/data
echo hello >tree/sub/hello.txt
ln -s sub/hello.txt tree/link
chmod 750 tree/sub
touch -d '2020-05-06 07:08:09 UTC' tree/data
truncate -s 4M ext.iso
mke2fs -q -t ext4 -L LABEL -d tree ext.iso || skip "mke2fs -d does not work"

run iso-convert ext.iso out.iso
grep -q 'no reader\|libext2fs' "$err" && skip "ext4 is not read"
expect_status 0
head -1 "$out" | grep -q '^re-author: ext.iso: the files of ext4, LABEL' || fail "the first line"
expect_stdout_has '^  check     '
xorriso -osirrox on -indev out.iso -extract / got >/dev/null 2>&1
expect_same got/data tree/data
expect_same got/sub/hello.txt tree/sub/hello.txt
[ "$(readlink got/link)" = sub/hello.txt ] || fail "the link"
[ "$(stat -c '%a %Y' got/data)" = "$(stat -c '%a %Y' tree/data)" ] || fail "mode or time of data"
[ "$(stat -c %a got/sub)" = 750 ] || fail "mode of sub"
run iso-inspect --json out.iso
expect_json '.volume.id == "LABEL"'

# As a stream it is the same, and --raw is the disk.
run iso-convert ext.iso -
expect_status 0
cp "$out" stream.iso
expect_same stream.iso out.iso
run iso-convert --raw ext.iso plain.img
expect_status 0
expect_same plain.img ext.iso
run iso-convert -V OTHER ext.iso other.iso
expect_status 0
run iso-inspect --json other.iso
expect_json '.volume.id == "OTHER"'

# A partition, and two of them.
need sfdisk
truncate -s 12M disk.img
printf 'label: gpt\nstart=2048,size=8192,name=a\nstart=12288,size=8192,name=b\n' |
	sfdisk -q disk.img || fail "sfdisk"
dd if=ext.iso of=disk.img bs=1M seek=1 conv=notrunc status=none
dd if=out.iso of=disk.img bs=1M seek=6 conv=notrunc status=none
run iso-convert --list --json disk.img
expect_status 0
expect_json '.written == false and .volumes[0].filesystem == "ext4" and .volumes[1].filesystem == "ISO 9660"'
run iso-convert --partition=1 disk.img one.iso
expect_status 0
expect_stdout_has '^re-author: '
run iso-convert --partition=2 disk.img two.iso
expect_status 0
expect_stdout_has '^unwrap: '
cmp -n "$(stat -c %s out.iso)" two.iso out.iso || fail "another image"
dd if=ext.iso of=disk.img bs=1M seek=6 conv=notrunc status=none
run iso-convert disk.img both.iso
expect_status 0
expect_stdout_has 'each in a folder of its own'
xorriso -osirrox on -indev both.iso -extract / both >/dev/null 2>&1
expect_same both/partition-1/data tree/data
expect_same both/partition-2/data tree/data
run iso-convert --partition=3 disk.img three.iso
expect_status 2
expect_stderr_has 'has no partition 3'

# A floppy that boots becomes a boot entry, with what it lacks of a floppy's length.
python3 - <<-'END'
	code = bytes([0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xb8, 0x00, 0xb8, 0x8e, 0xc0, 0x26, 0xc6, 0x06, 0, 0, 0x41,
	              0xb4, 0x02, 0xb0, 0x01, 0xcd, 0x13, 0xea, 0, 0x7e, 0, 0])
	b = bytearray(300000)
	b[:len(code)] = code
	b[510:512] = b'\x55\xaa'
	open('floppy.img', 'wb').write(b)
END
run iso-convert floppy.img floppy.iso
expect_status 0
run iso-inspect --json floppy.iso
expect_json '.el_torito.entries[0].emulation == "floppy-1.44" and .boot.bios_cd.bootable'

# One of 720 KiB gets the tracks of a larger one: no disc can stand for its own.
python3 - <<-'END'
	import struct
	b = bytearray(720 * 1024)
	b[0:3] = b'\xeb\x3c\x90'
	struct.pack_into('<HBHBHHBHHH', b, 11, 512, 2, 1, 2, 112, 1440, 0xf9, 3, 9, 2)
	b[62:64] = b'\xcd\x13'
	b[64:100] = bytes(range(1, 37))
	b[510:512] = b'\x55\xaa'
	for at in 512, 4 * 512:
	    b[at:at + 3] = b'\xf9\xff\xff'
	b[7 * 512:7 * 512 + 11] = b'KERNEL  SYS'
	open('small.img', 'wb').write(b)
END
run iso-convert small.img small.iso
expect_status 0
expect_stdout_has 'tracks of a larger floppy'
run iso-inspect --json small.iso
expect_json '.el_torito.entries[0].emulation == "floppy-1.44"'
lba=$(jq '.el_torito.entries[0].lba' "$out")
dd if=small.iso of=image bs=2048 skip="$lba" count=720 status=none
[ "$(od -An -tu1 -j24 -N4 image | tr -s ' ')" = ' 18 0 2 0' ] || fail "the tracks"
cmp -s -n 24 image small.img && cmp -s -i 28 -n $((720 * 1024 - 28)) image small.img ||
	fail "another floppy"
