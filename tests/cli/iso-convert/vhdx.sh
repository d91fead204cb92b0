# SPDX-License-Identifier: GPL-3.0-or-later
# VHDX of kinds that no tool at hand makes: one with a log to be replayed, and one that
# differs from its parent, in whole blocks and in single sectors.
. "$(dirname "$0")/../lib.sh"
need python3

cat >make.py <<'END'
import struct, sys, uuid
MIB = 1 << 20
TABLE = [0] * 256
for i in range(256):
    c = i
    for _ in range(8):
        c = c >> 1 ^ (0x82f63b78 if c & 1 else 0)
    TABLE[i] = c
def crc(b):
    c = 0xffffffff
    for x in b[:4] + bytes(4) + b[8:]:
        c = c >> 8 ^ TABLE[(c ^ x) & 255]
    return c ^ 0xffffffff
def guid(text):
    return uuid.UUID(text).bytes_le
def sealed(b):
    struct.pack_into('<I', b, 4, crc(bytes(b)))
    return b
LOG, BAT, META, DATA = MIB, 320 * 1024, 384 * 1024, 2 * MIB
LOG_ID = guid('11111111-2222-3333-4444-555555555555')
def locator(parent, linkage):
    pairs = [(k.encode('utf-16le'), v.encode('utf-16le')) for k, v in
             (('parent_linkage', linkage), ('relative_path', parent))]
    b = bytearray(20 + 12 * len(pairs))
    b[:16] = guid('B04AEFB7-D19E-4A81-B789-25B8E9445913')
    struct.pack_into('<H', b, 18, len(pairs))
    for i, (k, v) in enumerate(pairs):
        struct.pack_into('<IIHH', b, 20 + 12 * i, len(b), len(b) + len(k), len(k), len(v))
        b += k + v
    return bytes(b)
def make(path, blocks, bat, write_id, log=None, parent=None):
    """bat: number of the entry to its value; a block lies at DATA + n MiB"""
    f = bytearray(DATA + blocks * MIB)
    f[:8] = b'vhdxfile'
    for i in range(2):
        h = bytearray(4096)
        h[:4] = b'head'
        struct.pack_into('<Q', h, 8, 5 + i)
        h[32:48] = write_id
        h[48:64] = LOG_ID if log else bytes(16)
        struct.pack_into('<HHIQ', h, 64, 0, 1, MIB, LOG)
        f[(1 + i) << 16:((1 + i) << 16) + 4096] = sealed(h)
        r = bytearray(65536)
        r[:4] = b'regi'
        struct.pack_into('<I', r, 8, 2)
        for k, (name, at, n) in enumerate((('2DC27766-F623-4200-9D64-115E9BFD4A08', BAT, 65536),
                                           ('8B7CA206-4790-4B9A-B8FE-575F050F886E', META, 131072))):
            r[16 + 32 * k:32 + 32 * k] = guid(name)
            struct.pack_into('<QII', r, 32 + 32 * k, at, n, 1)
        f[(3 + i) << 16:(4 + i) << 16] = sealed(r)
    m = bytearray(131072)
    m[:8] = b'metadata'
    items = [('CAA16737-FA36-4D43-B3B6-33F0AA44E76B', struct.pack('<II', MIB, 2 if parent else 0)),
             ('2FA54224-CD1B-4876-B211-5DBED83BF4B8', struct.pack('<Q', 4 * MIB)),
             ('8141BF1D-A96F-4709-BA47-F233A8FAAB5F', struct.pack('<I', 512)),
             ('CDA348C7-445D-4471-9CC9-E9885251C556', struct.pack('<I', 4096)),
             ('BECA12AB-B2E6-4523-93EF-C309E000C746', write_id)]
    if parent:
        items.append(('A8D35F2D-B30B-454D-ABF7-D3D84834AB0C', locator(*parent)))
    struct.pack_into('<H', m, 10, len(items))
    at = 65536
    for i, (name, value) in enumerate(items):
        m[32 + 32 * i:48 + 32 * i] = guid(name)
        struct.pack_into('<III', m, 48 + 32 * i, at, len(value), 4)
        m[at:at + len(value)] = value
        at += len(value)
    f[META:META + len(m)] = m
    for entry, value in bat.items():
        struct.pack_into('<Q', f, BAT + 8 * entry, value)
    return f
def block(f, n, fill):
    f[DATA + n * MIB:DATA + (n + 1) * MIB] = fill * MIB
def at(n, state):
    return DATA + n * MIB | state

# The parent: blocks 0 and 1 of letters, 2 marked as zeros, 3 not there.
one = '{01010101-0101-0101-0101-010101010101}'
f = make('parent', 2, {0: at(0, 6), 1: at(1, 6), 2: 2}, b'\1' * 16)
block(f, 0, b'p')
block(f, 1, b'q')
open('parent.vhdx', 'wb').write(f)
plain = b'p' * MIB + b'q' * MIB + bytes(2 * MIB)
open('parent.raw', 'wb').write(plain)

# The child: block 0 as the parent has it, of 1 the sectors 3 to 10, 2 zeros, 3 whole. One
# bitmap serves 2^23 sectors: its entry is behind those of 4096 blocks.
f = make('child', 3, {1: at(0, 7), 2: 3, 3: at(1, 6), 4096: at(2, 6)}, b'\2' * 16,
         parent=('.\\parent.vhdx', one))
block(f, 0, b'c')
block(f, 1, b'd')
bits = DATA + 2 * MIB + 2048 // 8
f[bits], f[bits + 1] = 0xf8, 0x07
open('child.vhdx', 'wb').write(f)
q = bytearray(b'q' * MIB)
q[3 * 512:11 * 512] = b'c' * 8 * 512
open('child.raw', 'wb').write(b'p' * MIB + q + bytes(MIB) + b'd' * MIB)

# A log that makes block 1 the same as block 0, and zeros 4096 bytes of both.
f = make('log', 1, {0: at(0, 6)}, b'\3' * 16, log=True)
block(f, 0, b'l')
page = bytearray(f[BAT:BAT + 4096])
struct.pack_into('<Q', page, 8, at(0, 6))
e = bytearray(8192)
e[:4] = b'loge'
struct.pack_into('<IIQII', e, 8, 8192, 0, 77, 2, 0)
e[32:48] = LOG_ID
struct.pack_into('<QQ', e, 48, len(f), len(f))
e[64:72] = b'desc' + page[4092:]
e[72:80] = page[:8]
struct.pack_into('<QQ', e, 80, BAT, 77)
e[96:100] = b'zero'
struct.pack_into('<QQQ', e, 104, 4096, DATA + 8192, 77)
e[4096:4100] = b'data'
e[4104:8188] = page[8:4092]
struct.pack_into('<I', e, 8188, 77)
f[LOG:LOG + 8192] = sealed(e)
open('log.vhdx', 'wb').write(f)
half = b'l' * 8192 + bytes(4096) + b'l' * (MIB - 12288)
open('log.raw', 'wb').write(half * 2 + bytes(2 * MIB))
f[LOG + 5000] ^= 1
open('broken.vhdx', 'wb').write(f)
END
python3 make.py || fail "make.py"

for name in parent child log; do
	run iso-convert --raw $name.vhdx plain
	expect_status 0
	expect_same plain $name.raw
	rm plain
done
run iso-convert --list log.vhdx
expect_stdout_has 'log were replayed|log was replayed'
if command -v qemu-img >/dev/null && cp log.vhdx fixed.vhdx && qemu-img check -q -r all fixed.vhdx 2>/dev/null; then
	qemu-img convert -q -f vhdx -O raw fixed.vhdx plain
	expect_same plain log.raw
	rm plain
fi
run iso-convert --raw broken.vhdx plain
expect_status 2
expect_stderr_has 'its log is damaged'

# The parent must be there, and be the one.
mkdir alone && cp child.vhdx alone
run iso-convert --raw alone/child.vhdx plain
expect_status 2
expect_stderr_has 'parent cannot be had'
cp log.vhdx alone/parent.vhdx
run iso-convert --raw alone/child.vhdx plain
expect_status 2
expect_stderr_has 'not the VHDX'
[ ! -e plain ] || fail "something was written"
