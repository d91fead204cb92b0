# SPDX-License-Identifier: GPL-3.0-or-later
# Volumes that were not left in order: told, and their files come out all the same. Marks are
# put where mounting does; what the tools of each file system leave has none.
. "$(dirname "$0")/../cli/lib.sh"
need python3
need_command iso-extract
export PATH=$PATH:/usr/sbin:/sbin
done=0

# told WORDS IMAGE; WORDS "": nothing is
told() {
	rm -rf out
	run iso-extract -C out "$2"
	[ "$status" -lt 2 ] || fail "$2: $(cat "$err")"
	if [ -n "$1" ]; then
		grep -q "$1" "$err" || fail "$2: not told: $1: $(cat "$err")"
	else
		! grep -qE 'unmounted|dirty|last used' "$err" || fail "$2: $(cat "$err")"
	fi
	done=$((done + 1))
}
# patch IMAGE AT HEX: into x.img
patch() {
	cp --sparse=always "$1" x.img
	python3 -c 'import sys
with open("x.img", "r+b") as f:
    f.seek(int(sys.argv[1]))
    f.write(bytes.fromhex(sys.argv[2]))' "$2" "$3"
}
# made NAME MEGABYTES COMMAND…
made() {
	local image=$1

	rm -f "$image"
	truncate -s "$2M" "$image"
	command -v "$3" >/dev/null || return 1
	shift 2
	"$@" "$image" >/dev/null 2>&1 || return 1
	told '' "$image"
}

if made fat32 64 mkfs.fat -F 32; then
	reserved=$(python3 -c "b = open('fat32', 'rb').read(16); print((b[14] | b[15] << 8) * 512)")
	patch fat32 $((reserved + 7)) 07
	told 'was not unmounted' x.img
	patch fat32 $((reserved + 7)) 0b
	told 'had errors of its drive' x.img
	patch fat32 65 01
	told 'was not unmounted' x.img
fi
if made fat16 16 mkfs.fat -F 16; then
	reserved=$(python3 -c "b = open('fat16', 'rb').read(16); print((b[14] | b[15] << 8) * 512)")
	patch fat16 $((reserved + 2)) ff7f
	told 'was not unmounted' x.img
	patch fat16 37 01
	told 'was not unmounted' x.img
fi
if made fat12 1 mkfs.fat -F 12; then
	patch fat12 37 01
	told 'was not unmounted' x.img
fi
if made exfat 16 mkfs.exfat; then
	patch exfat 106 0200
	told 'was not unmounted' x.img
	patch exfat 106 0400
	told 'had errors of its drive' x.img
fi
if made ntfs 16 mkntfs -Q -F; then
	python3 - <<-'END'
	import struct
	b = bytearray(open('ntfs', 'rb').read())
	cluster = struct.unpack_from('<H', b, 11)[0] * b[13]
	mft = struct.unpack_from('<Q', b, 48)[0] * cluster
	def attribute(record, kind):
	    at = record + struct.unpack_from('<H', b, record + 20)[0]
	    while struct.unpack_from('<I', b, at)[0] != kind:
	        at += struct.unpack_from('<I', b, at + 4)[0]
	    return at
	at = attribute(mft + 3 * 1024, 0x70)
	value = at + struct.unpack_from('<H', b, at + 20)[0]
	c = bytearray(b)
	c[value + 10] |= 1
	open('ntfs.dirty', 'wb').write(c)
	at = attribute(mft + 2 * 1024, 0x80)
	runs = at + struct.unpack_from('<H', b, at + 32)[0]
	n = b[runs] & 15
	lcn = int.from_bytes(b[runs + 1 + n:runs + 1 + n + (b[runs] >> 4)], 'little', signed=True)
	def restart(newest, clients, flags):
	    page = bytearray(4096)
	    page[0:4] = b'RSTR'
	    struct.pack_into('<IIH', page, 16, 4096, 4096, 48)
	    struct.pack_into('<QHHHH', page, 48, newest, 1, 0xffff, clients, flags)
	    return page
	for name, pages in (('open', (restart(5, 0, 0), restart(4, 0xffff, 2))),
	                    ('closed', (restart(4, 0, 0), restart(5, 0xffff, 2))),
	                    ('unused', (restart(5, 0xffff, 0), restart(5, 0xffff, 0)))):
	    b[lcn * cluster:lcn * cluster + 8192] = pages[0] + pages[1]
	    open('ntfs.' + name, 'wb').write(b)
	END
	told 'is marked as dirty' ntfs.dirty
	told 'only in its .LogFile is missing' ntfs.open
	told '' ntfs.closed
	told '' ntfs.unused
fi
if made ext2 4 mkfs.ext2 -q && command -v debugfs >/dev/null; then
	cp ext2 x.img
	debugfs -w -R 'set_super_value state 0' x.img >/dev/null 2>&1 || fail "debugfs fails"
	told 'was not unmounted: what was being written' x.img
	debugfs -w -R 'set_super_value state 3' x.img >/dev/null 2>&1 || fail "debugfs fails"
	told 'e2fsck was not run' x.img
	made ext4 8 mkfs.ext4 -q || fail "mkfs.ext4 fails"
	debugfs -w -R 'feature needs_recovery' ext4 >/dev/null 2>&1 || fail "debugfs fails"
	told 'only in its journal is missing' ext4
fi
# The log of a new XFS is that of an unmount in its first two blocks, if it ends like one.
if made xfs 320 mkfs.xfs -q; then
	log=$(python3 -c "import struct
b = open('xfs', 'rb').read(512)
block = struct.unpack_from('>Q', b, 48)[0]
groups = 1 << b[124]
print((block // groups * struct.unpack_from('>I', b, 84)[0] + block % groups) << b[120])")
	patch xfs $((log + 512 + 9)) 00
	told 'only in its log is missing' x.img
	patch xfs $((log + 40)) 00000002
	told 'only in its log is missing' x.img
fi
if made btrfs 128 mkfs.btrfs -q; then
	patch btrfs $((65536 + 96)) 0000100000000000
	told 'only in its log tree' x.img
fi
# HFS+ by xorriso, and one with a journal by macOS; APFS by macOS.
"$ISOKIT_BUILD/tests/unhex" "$ISOKIT_SOURCE/tests/fuzz/corpus/filesystem/hfsplus-mac.hex" >hfs || fail "no HFS+"
told '' hfs
patch hfs $((1024 + 6)) 20
told 'was not unmounted: what was being' x.img
python3 - <<'END'
import struct
b = bytearray(open('hfs', 'rb').read())
size = struct.unpack_from('>I', b, 1024 + 40)[0]
block = next(i for i in range(len(b) // size - 2, 0, -1) if not any(b[i * size:(i + 2) * size]))
b[1024 + 6] |= 0x20
struct.pack_into('>I', b, 1024 + 12, block)
struct.pack_into('>I32xQQ', b, block * size, 1, (block + 1) * size, size)
for name, order, end in (('closed', '<', 512), ('open', '<', 1024), ('big', '>', 1024)):
    struct.pack_into(order + 'IIQQ', b, (block + 1) * size, 0x4a4e4c78, 0x12345678, 512, end)
    open('hfs.' + name, 'wb').write(b)
END
told '' hfs.closed
told 'only in its journal is missing' hfs.open
told 'only in its journal is missing' hfs.big
"$ISOKIT_BUILD/tests/unhex" "$ISOKIT_SOURCE/tests/fuzz/corpus/filesystem/apfs.hex" >apfs || fail "no APFS"
told '' apfs
python3 - <<'END'
import struct
def fletcher(block):
    low = high = 0
    for (word,) in struct.iter_unpack('<I', block[8:]):
        low = (low + word) % 0xffffffff
        high = (high + low) % 0xffffffff
    first = 0xffffffff - (low + high) % 0xffffffff
    return struct.pack('<II', first, 0xffffffff - (low + first) % 0xffffffff)
b = bytearray(open('apfs', 'rb').read())
size = struct.unpack_from('<I', b, 36)[0]
number = struct.unpack_from('<Q', b, 16)[0]
assert bytes(b[0:8]) == fletcher(b[0:size])
struct.pack_into('<Q', b, 16, number - 1)
b[0:8] = fletcher(b[0:size])
open('x.img', 'wb').write(b)
END
told 'newest whole checkpoint is read' x.img
echo "$done volumes"
