# SPDX-License-Identifier: GPL-3.0-or-later
"""dmg.py KIND SEED IN OUT [SUM]: IN as a DMG whose runs are of random lengths and of KIND, or, with
"mixed", of all kinds in random order; in several block maps. With "spoiled", a byte of a run
that has no checksum of its own is changed. SUM: "md5", "sha256" … instead of CRC32, or a number
for a type that nobody knows."""
import base64
import bz2
import hashlib
import lzma
import random
import struct
import sys
import zlib


def adc(b):
    """Runs of literals, and matches where bytes repeat at the distance of 512."""
    out, at, literals = bytearray(), 0, bytearray()

    def flush():
        while literals:
            out.append(0x80 | min(len(literals), 128) - 1)
            out.extend(literals[:128])
            del literals[:128]
    while at < len(b):
        n = 0
        while at >= 512 and n < 67 and at + n < len(b) and b[at + n] == b[at + n - 512]:
            n += 1
        if n < 4:
            literals.append(b[at])
            at += 1
            continue
        flush()
        out.extend((0x40 | n - 4, 511 >> 8, 511 & 255))
        at += n
    flush()
    return bytes(out)


def lzfse(b, raw=True):
    """A raw block, as Apple's library reads it and 7zz does not, and LZVN of literals."""
    half = len(b) // 2 if raw else 0
    out = b'bvx-' + struct.pack('<I', half) + b[:half] if raw else b''
    lzvn = b''.join(bytes([0xe0, len(p) - 16]) + p if len(p) > 15 else bytes([0xe0 | len(p)]) + p
                    for p in (b[i:i + 200] for i in range(half, len(b), 200)))
    lzvn += b'\6' + bytes(7)
    return out + b'bvxn' + struct.pack('<II', len(b) - half, len(lzvn)) + lzvn + b'bvx$'


KINDS = {'raw': (1, bytes), 'adc': (0x80000004, adc), 'zlib': (0x80000005, zlib.compress),
         'bzip2': (0x80000006, bz2.compress), 'lzfse': (0x80000007, lzfse),
         'lzma': (0x80000008, lzma.compress)}


SUMS = {'md5': 4, 'sha1': 6, 'sha256': 7, 'sha384': 8, 'sha512': 9}


def digest(data, name):
    if name in SUMS:
        return hashlib.new(name, data).digest()
    return struct.pack('>I', zlib.crc32(data))


def checksum(value, name):
    number = SUMS.get(name, 2 if name == 'crc32' else int(name) if name.isdigit() else 0)
    return struct.pack('>II', number, 8 * len(value)) + value + bytes(128 - len(value))


def main():
    kind, seed, source, target, name_of_sum = (sys.argv[1:] + ['crc32'])[:5]
    chance = random.Random(int(seed))
    disk = open(source, 'rb').read()
    sectors = len(disk) // 512
    cuts = sorted({0, sectors, *(chance.randrange(sectors) for _ in range(4))})
    data, maps, master, soft = b'', [], b'', []
    for first, end in zip(cuts, cuts[1:]):
        at, runs, covered = first, [], b''
        while at < end:
            n = min(chance.randrange(1, 700), end - at)
            block = disk[at * 512:(at + n) * 512]
            if any(block):
                name = chance.choice(list(KINDS)) if kind in ('mixed', 'spoiled') else kind
                if kind == 'spoiled' and not soft:
                    name = 'raw'  # something that can be spoiled
                number, pack = KINDS[name]
                packed = pack(block) if name != 'lzfse' else pack(block, kind == 'lzfse')
                if name in ('raw', 'adc'):
                    soft.append(len(data) + 1)
                runs.append((number, 0, at - first, n, len(data), len(packed)))
                data += packed
                covered += block
            elif chance.random() < .5:
                runs.append((0, 0, at - first, n, 0, 0))
                covered += block
            else:
                runs.append((2, 0, at - first, n, 0, 0))
            at += n
        runs.append((0xffffffff, 0, end - first, 0, 0, 0))
        maps.append(struct.pack('>4sIQQQII24x', b'mish', 1, first, end - first, 0, 704, len(maps)) +
                    checksum(digest(covered, name_of_sum), name_of_sum) + struct.pack('>I', len(runs)) +
                    b''.join(struct.pack('>IIQQQQ', *r) for r in runs))
        master += digest(covered, name_of_sum)
    if kind == 'spoiled':
        at = chance.choice(soft)
        data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
    xml = ('<plist version="1.0"><dict><key>resource-fork</key><dict><key>blkx</key><array>' +
           ''.join('<dict><key>Data</key><data>%s</data><key>Name</key><string>map %d</string></dict>'
                   % (base64.b64encode(m).decode(), i) for i, m in enumerate(maps)) +
           '</array></dict></dict></plist>').encode()
    koly = struct.pack('>4sIIIQQQQQ', b'koly', 4, 512, 1, 0, 0, len(data), 0, 0)
    koly += struct.pack('>II', 1, 1) + bytes(16) + checksum(digest(data, name_of_sum), name_of_sum)
    koly += struct.pack('>QQ120x', len(data), len(xml)) + checksum(digest(master, name_of_sum), name_of_sum)
    koly += struct.pack('>IQ12x', 1, sectors)
    open(target, 'wb').write(data + xml + koly)


main()
