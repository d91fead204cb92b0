# SPDX-License-Identifier: GPL-3.0-or-later
"""udif.py zlib|bzip2|lzma|lzfse IN OUT [KIB]: a disk image of Apple's UDIF kind, for figures and
tests. LZFSE needs the program lzfse.

Blocks of 256 KiB or KIB, checksums of all that has one; blocks of zeros are said to be that."""
import base64
import bz2
import lzma
import struct
import subprocess
import sys
import zlib

KINDS = {'zlib': (0x80000005, lambda b: zlib.compress(b, 6)),
         'bzip2': (0x80000006, lambda b: bz2.compress(b, 9)),
         'lzfse': (0x80000007, lambda b: subprocess.run(['lzfse', '-encode'], input=b, check=True,
                                                        stdout=subprocess.PIPE).stdout),
         'lzma': (0x80000008, lambda b: lzma.compress(b, lzma.FORMAT_XZ, preset=1))}
BLOCK = 1024 * int((sys.argv[4:] + ['256'])[0])


def checksum(crc):
    return struct.pack('>II', 2, 32) + struct.pack('>I', crc) + bytes(124)


def main():
    kind, pack = KINDS[sys.argv[1]]
    runs, crc, data_crc, sectors, at = [], 0, 0, 0, 0
    with open(sys.argv[2], 'rb') as source, open(sys.argv[3], 'wb') as out:
        while True:
            block = source.read(BLOCK)
            if not block:
                break
            block += bytes(-len(block) % 512)
            crc = zlib.crc32(block, crc)
            n = len(block) // 512
            if block.strip(b'\0'):
                packed = pack(block)
                runs.append((kind, sectors, n, at, len(packed)))
                data_crc = zlib.crc32(packed, data_crc)
                out.write(packed)
                at += len(packed)
            else:
                runs.append((0, sectors, n, at, 0))
            sectors += n
        runs.append((0xffffffff, sectors, 0, at, 0))
        mish = struct.pack('>4sIQQQII', b'mish', 1, 0, sectors, 0, 520, 0) + bytes(24) + \
            checksum(crc) + struct.pack('>I', len(runs))
        for run in runs:
            mish += struct.pack('>IIQQQQ', run[0], 0, *run[1:])
        plist = ('<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>'
                 '<key>resource-fork</key><dict><key>blkx</key><array><dict>'
                 '<key>Attributes</key><string>0x0050</string><key>Data</key><data>%s</data>'
                 '<key>ID</key><string>0</string><key>Name</key><string>whole disk</string>'
                 '</dict></array></dict></dict></plist>\n'
                 % base64.b64encode(mish).decode()).encode()
        out.write(plist)
        master = zlib.crc32(struct.pack('>I', crc))
        out.write(struct.pack('>4sIIIQQQQQII', b'koly', 4, 512, 1, 0, 0, at, 0, 0, 1, 1) + bytes(16) +
                  checksum(data_crc) + struct.pack('>QQ', at, len(plist)) + bytes(120) +
                  checksum(master) + struct.pack('>IQ', 1, sectors) + bytes(12))


main()
