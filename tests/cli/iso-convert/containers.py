# SPDX-License-Identifier: GPL-3.0-or-later
"""Discs in the formats of their programs, with content that is told by a seed.

containers.py FOLDER ISO SEED: writes into FOLDER, from the 2048-byte blocks of ISO and from
noise that stands for sound, one disc in each format; and FOLDER/expect, one line for each
track of each: FILE TRACK SHA256-OF-ITS-PLAIN-BYTES. It is an implementation of its own of
ECMA-130 and of the tables, which shares nothing with what is tested."""
import hashlib
import os
import random
import shutil
import struct
import subprocess
import sys

SYNC = b'\0' + b'\xff' * 10 + b'\0'


def table(poly):
    out = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (poly if i & 1 else 0)
        out.append(i)
    return out


EDC = table(0xD8018001)
FORWARD, BACKWARD = [0] * 256, [0] * 256
for _i in range(256):
    _j = _i << 1 ^ (0x11d if _i & 0x80 else 0)
    FORWARD[_i] = _j & 255
    BACKWARD[(_i ^ _j) & 255] = _i


def edc(data, value=0):
    for b in data:
        value = value >> 8 ^ EDC[(value ^ b) & 255]
    return value


def crc16(data):
    value = 0xffff
    for b in data:
        value ^= b << 8
        for _ in range(8):
            value = (value << 1 ^ (0x1021 if value & 0x8000 else 0)) & 0xffff
    return value


def parity(data, major, minor, step, inner):
    """One of the two codes: `major` words of `minor` symbols."""
    size, out = major * minor, bytearray(major * 2)
    for word in range(major):
        at, a, b = (word >> 1) * step + (word & 1), 0, 0
        for _ in range(minor):
            t = data[at]
            at = at + inner - (size if at + inner >= size else 0)
            a, b = FORWARD[a ^ t], b ^ t
        a = BACKWARD[FORWARD[a] ^ b]
        out[word], out[word + major] = a, a ^ b
    return bytes(out)


def with_ecc(sector):
    body = (b'\0' * 4 if sector[15] == 2 else sector[12:16]) + sector[16:2076]
    p = parity(body, 86, 24, 2, 86)
    return sector[:2076] + p + parity(body + p, 52, 43, 86, 88)


def address(lba):
    lba += 150
    return bytes(v // 10 << 4 | v % 10 for v in (lba // 4500, lba // 75 % 60, lba % 75))


def mode1(data, lba):
    s = SYNC + address(lba) + b'\1' + data
    return with_ecc(s + struct.pack('<I', edc(s)) + b'\0' * 284)


def form1(data, lba):
    s = SYNC + address(lba) + b'\2' + bytes([0, 0, 8, 0]) * 2 + data
    return with_ecc(s + struct.pack('<I', edc(s[16:])) + b'\0' * 276)


def form2(data, lba):
    s = SYNC + address(lba) + b'\2' + bytes([0, 0, 0x24, 0]) * 2 + data
    return s + struct.pack('<I', edc(s[16:]))


def scrambled(sector):
    bits, out = 1, bytearray(sector)
    for i in range(12, 2352):
        out[i] ^= bits & 255
        for _ in range(8):
            bits = bits >> 1 | ((bits ^ bits >> 1) & 1) << 14
    return bytes(out)


def swapped(data):
    out = bytearray(data)
    out[0::2], out[1::2] = data[1::2], data[0::2]
    return bytes(out)


def msf(frames):
    return '%02d:%02d:%02d' % (frames // 4500, frames // 75 % 60, frames % 75)


class Discs:
    def __init__(self, folder, iso, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.iso = open(iso, 'rb').read()
        assert len(self.iso) % 2048 == 0
        self.n = len(self.iso) // 2048
        self.blocks = [self.iso[i * 2048:i * 2048 + 2048] for i in range(self.n)]
        self.sound = [self.random.randbytes(2352 * self.random.randrange(40, 120)) for _ in range(2)]
        self.expect = open(os.path.join(folder, 'expect'), 'w')

    def write(self, name, *parts):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            for p in parts:
                f.write(p if isinstance(p, bytes) else p.encode())

    def tell(self, name, number, data):
        print(name, number, hashlib.sha256(data).hexdigest(), file=self.expect)

    def raw(self, kind=mode1, lba=0):
        return b''.join(kind(b, lba + i) for i, b in enumerate(self.blocks))

    # ---- CUE ---------------------------------------------------------------------------

    def cue(self):
        gap, a, b = self.random.randrange(1, 200), *self.sound
        self.write('cue/one file.bin', self.raw(), b'\0' * 2352 * gap, a, b)
        at = self.n + gap
        self.write('cue/one.cue', f'''REM made by a test\r
CATALOG 1234567890123\r
FILE "one file.bin" BINARY\r
  TRACK 01 MODE1/2352\r
    INDEX 01 00:00:00\r
  TRACK 02 AUDIO\r
    TITLE "A ""quoted"" title"\r
    INDEX 00 {msf(self.n)}\r
    INDEX 01 {msf(at)}\r
  TRACK 03 AUDIO\r
    INDEX 01 {msf(at + len(a) // 2352)}''')
        self.tell('cue/one.cue', 1, self.iso)
        self.tell('cue/one.cue', 2, a)
        self.tell('cue/one.cue', 3, b)
        # Several files, the gap of a track at the end of the file ahead, names without
        # quotes, a WAVE file that ends within a sector, old Mac line ends, a mark.
        odd = a[:-1000]
        wave = b'RIFF' + struct.pack('<I', 36 + 10 + len(odd)) + b'WAVEfmt ' + \
            struct.pack('<IHHIIHH', 16, 1, 2, 44100, 176400, 4, 16) + b'LIST\2\0\0\0ab' + \
            b'data' + struct.pack('<I', len(odd)) + odd
        self.write('many/track 1.bin', self.raw(form1), b'\0' * 2352 * 10)
        self.write('many/track2.wav', wave)
        self.write('many/Track3.BIN', swapped(b))
        self.write('many/many.cue', b'\xef\xbb\xbf', f'''FILE track 1.bin BINARY
TRACK 1 MODE2/2352
INDEX 01 00:00:00
TRACK 2 AUDIO
INDEX 00 {msf(self.n)}
FILE "C:\\images\\track2.wav" WAVE
INDEX 01 00:00:00
FILE "track3.bin" MOTOROLA
TRACK 3 AUDIO
PREGAP 00:02:00
INDEX 01 00:00:00
'''.replace('\n', '\r'))
        self.tell('many/many.cue', 1, self.iso)
        self.tell('many/many.cue', 2, odd + b'\0' * (-len(odd) % 2352))
        self.tell('many/many.cue', 3, b)
        # Sectors of different sizes in one file; a sheet whose mode is wrong.
        cooked = b''.join(form1(x, i)[16:] for i, x in enumerate(self.blocks))
        self.write('sizes/d.bin', cooked, a, self.raw(lba=900))
        end = self.n + len(a) // 2352
        self.write('sizes/d.cue', f'''FILE d.bin BINARY
TRACK 01 MODE2/2336
INDEX 01 00:00:00
TRACK 02 AUDIO
INDEX 01 {msf(self.n)}
TRACK 03 MODE2/2352
INDEX 01 {msf(end)}
''')
        self.tell('sizes/d.cue', 1, self.iso)
        self.tell('sizes/d.cue', 2, a)
        self.tell('sizes/d.cue', 3, self.iso)
        # Sound, and a second session that nobody tells of but the addresses in it.
        self.write('extra/d.bin', a, self.raw(form1, len(a) // 2352 + 11400))
        self.write('extra/d.cue', f'''FILE d.bin BINARY
TRACK 01 AUDIO
INDEX 01 00:00:00
TRACK 02 MODE2/2352
INDEX 01 {msf(len(a) // 2352)}
''')
        self.tell('extra/d.cue', 1, a)
        self.write('wrong/d.bin', self.raw())
        self.write('wrong/d.cue', 'FILE d.bin BINARY\nTRACK 01 MODE1/2048\nINDEX 01 00:00:00\n')
        self.tell('wrong/d.cue', 1, self.iso)
        self.tell('wrong/d.bin', 1, self.iso)

    # ---- cdrdao ------------------------------------------------------------------------

    def toc(self):
        a, b = self.sound
        self.write('toc/data.bin', b'x' * 77, self.raw(), swapped(a), swapped(b))
        at = 77 + self.n * 2352
        self.write('toc/disc.toc', f'''CD_ROM
CATALOG "1234567890123"
CD_TEXT {{ LANGUAGE_MAP {{ 0: EN }} LANGUAGE 0 {{ TITLE "All" SIZE_INFO {{ 0, 1, 2 }} }} }}
// Data, with a gap that is made of zeros.
TRACK MODE1_RAW
NO COPY
DATAFILE "data.bin" #77 {msf(self.n)}
TRACK AUDIO
CD_TEXT {{ LANGUAGE 0 {{ TITLE "One \\"1\\"" PERFORMER "\\101" }} }}
SILENCE 00:00:20
START
FILE "data.bin" #{at} 0 {len(a) // 4}
TRACK AUDIO
PREGAP 00:02:00
FILE "data.bin" #{at} {len(a) // 4}
''')
        self.tell('toc/disc.toc', 1, self.iso)
        self.tell('toc/disc.toc', 2, a)
        self.tell('toc/disc.toc', 3, b)

    # ---- Nero --------------------------------------------------------------------------

    def nrg(self):
        a, chunk = self.sound[0], lambda i, d: i + struct.pack('>I', len(d)) + d
        bcd = lambda v: v // 10 << 4 | v % 10
        gap = b'\0' * 150 * 2352
        for wide in False, True:
            name, raw = 'nrg/dao%d.nrg' % (wide + 1), self.raw()
            start = len(gap)
            spots = [(0, start, start + len(raw), 5), (start + len(raw), start + len(raw),
                                                       start + len(raw) + len(a), 7)]
            cue = dao = b''
            for i, (pregap, first, end, mode) in enumerate(spots):
                lba = (first - start) // 2352
                for index, at in ((0, lba - (150 if i == 0 else 0)), (1, lba)):
                    cue += bytes([0x41 if mode == 5 else 1, bcd(i + 1), index, 0]) + \
                        (struct.pack('>i', at) if wide else b'\0' + address(at))
                dao += b'\0' * 12 + struct.pack('>HBBH', 2352, mode, 0, 1)
                dao += struct.pack('>QQQ' if wide else '>III', pregap, first, end)
            head = struct.pack('<I', len(dao) + 22) + b'\0' * 14 + bytes([0, 0, 1, 2])
            table = chunk(b'CUEX' if wide else b'CUES', cue) + \
                chunk(b'DAOX' if wide else b'DAOI', head + dao) + chunk(b'SINF', b'\0\0\0\2') + \
                chunk(b'MTYP', b'\0\0\0\1') + chunk(b'END!', b'')
            data = gap + raw + a
            self.write(name, data, table, b'NER5' + struct.pack('>Q', len(data)) if wide else
                       b'NERO' + struct.pack('>I', len(data)))
            self.tell(name, 1, self.iso)
            self.tell(name, 2, a)
            # Track at once, two sessions of data.
            name = 'nrg/tao%d.nrg' % (wide + 1)
            first, second = self.iso, self.raw(form1, 20000)
            etn = lambda at, size, mode, lba: struct.pack(
                '>QQIIQ' if wide else '>IIIII', at, size, mode, lba, 0)
            tag = b'ETN2' if wide else b'ETNF'
            table = chunk(tag, etn(0, len(first), 0, 0)) + chunk(b'SINF', b'\0\0\0\1') + \
                chunk(tag, etn(len(first), len(second), 6, 20000)) + \
                chunk(b'SINF', b'\0\0\0\1') + chunk(b'END!', b'')
            data = first + second
            self.write(name, data, table, b'NER5' + struct.pack('>Q', len(data)) if wide else
                       b'NERO' + struct.pack('>I', len(data)))
            self.tell(name, 1, self.iso)
            self.tell(name, 2, self.iso)

    # ---- CloneCD -----------------------------------------------------------------------

    def ccd(self):
        a, out, entry = self.sound[0], '[CloneCD]\r\nVersion=3\r\n[Disc]\r\nSessions=2\r\n', 0
        second = self.n + len(a) // 2352 + 11400
        for session, point, control, lba in (
                (1, 1, 4, 0), (1, 2, 0, self.n), (1, 0xa2, 4, self.n + len(a) // 2352),
                (2, 3, 4, second), (2, 0xa2, 4, second + self.n)):
            out += f'[Entry {entry}]\r\nSession={session}\r\nPoint=0x{point:02x}\r\nADR=0x01\r\n' \
                f'Control=0x{control:02x}\r\nALBA=-150\r\nPLBA={lba}\r\n'
            entry += 1
        for number, mode, lba in (1, 1, 0), (2, 0, self.n), (3, 2, second):
            out += f'[TRACK {number}]\r\nMODE={mode}\r\nINDEX 1={lba}\r\n'
        self.write('ccd/disc.ccd', out)
        self.write('ccd/disc.img', self.raw(), a, self.raw(form1, second))
        self.write('ccd/disc.sub', b'\0' * 96)
        for name in 'ccd/disc.ccd', 'ccd/disc.img':
            self.tell(name, 1, self.iso)
            self.tell(name, 2, a)
            self.tell(name, 3, self.iso)

    # ---- Alcohol -----------------------------------------------------------------------

    def mds(self):
        a, sub = self.sound[0], lambda d: b''.join(
            d[i:i + 2352] + self.random.randbytes(96) for i in range(0, len(d), 2352))
        raw = sub(self.raw()) + sub(a)
        spots = [(0xaa, 0, 0, self.n, 150), (0xa9, self.n, self.n * 2448, len(a) // 2352, 0)]
        for name, files in ('mds/one.mds', ['*.mdf']), ('mds/two.mds', ['two.mdf', 'two.md1']):
            tracks = extras = footers = texts = b''
            base = 88 + 24
            extra, footer = base + 80 * 2, base + 80 * 2 + 16
            text = footer + 16 * len(files)
            for f in files:
                footers += struct.pack('<IIII', text + len(texts), 1, 0, 0)
                texts += (f + '\0').encode('utf-16-le')
            for i, (mode, lba, at, n, gap) in enumerate(spots):
                tracks += bytes([mode, 8, 0x14, 0, i + 1, 0, 0, 0, 0, 0, 2, 0]) + \
                    struct.pack('<IH18xIQII24x', extra + 8 * i, 2448, lba, at, len(files), footer)
                extras += struct.pack('<II', gap, n)
            head = b'MEDIA DESCRIPTOR' + bytes([1, 3]) + struct.pack('<HH', 0, 1) + b'\0' * 58 + \
                struct.pack('<II', 88, 0)
            session = struct.pack('<iiHBBHHII', -150, self.n + len(a) // 2352, 1, 2, 0, 1, 2, 0, base)
            self.write(name, head, session, tracks, extras, footers, texts)
            cut = len(raw) // 2 if len(files) > 1 else len(raw)
            self.write(name[:-1] + 'f', raw[:cut])
            if len(files) > 1:
                self.write(name[:-1] + '1', raw[cut:])
            self.tell(name, 1, self.iso)
            self.tell(name, 2, a)

        # A DVD: one track of plain blocks, which does not say its length.
        text = 88 + 24 + 80 + 16
        head = b'MEDIA DESCRIPTOR' + bytes([1, 3]) + struct.pack('<HH', 0x10, 1) + b'\0' * 58 + \
            struct.pack('<II', 88, 0)
        session = struct.pack('<iiHBBHHII', -150, self.n, 1, 1, 0, 1, 1, 0, 112)
        track = bytes([0xaa, 0, 0x14, 0, 1, 0, 0, 0, 0, 0, 2, 0]) + struct.pack(
            '<IH18xIQII24x', self.n, 2048, 0, 0, 1, text - 16)
        self.write('mds/dvd.mds', head, session, track, struct.pack('<IIII', text, 0, 0, 0), '*.mdf\0')
        self.write('mds/dvd.mdf', self.iso)
        self.tell('mds/dvd.mds', 1, self.iso)

    # ---- DiscJuggler -------------------------------------------------------------------

    def cdi(self):
        a = self.sound[0]
        for version, number in (0x80000004, 2), (0x80000005, 3), (0x80000006, 35):
            name, data = f'cdi/v{number}.cdi', b''
            table = struct.pack('<H', 2)
            for session in ([(0, a, 2, 0)], [(2, self.raw(form1, 11702), 2, 11702)]):
                table += struct.pack('<H', len(session))
                for mode, content, size, lba in session:
                    n, gap = len(content) // 2352, 150
                    data += b'\0' * 2352 * gap + content
                    table += struct.pack('<I', 0) + (b'\0\0\1\0\0\0' + b'\xff' * 4) * 2 + b'\0' * 4
                    table += b'\7name.xx' + b'\0' * 19 + struct.pack('<I', 0) + b'\0' * 2
                    table += struct.pack('<II6xI12xII16xI29x', gap, n, mode, lba, n + gap, size)
                    if number != 2:
                        table += b'\0' * 5 + struct.pack('<I', 0)
                table += b'\0' * (12 if number == 2 else 13)
            table += struct.pack('<I', version)
            self.write(name, data, table, struct.pack(
                '<I', len(table) + 4 if number == 35 else len(data)))
            self.tell(name, 1, a)
            self.tell(name, 2, self.iso)

    # ---- ECM ---------------------------------------------------------------------------

    def ecm(self):
        def head(kind, count):
            count -= 1
            out = [kind | (count & 31) << 2]
            count >>= 5
            while count:
                out[-1] |= 0x80
                out.append(count & 127)
                count >>= 7
            return bytes(out)
        one, two = self.raw(), self.raw(form1, self.n)
        tail = self.random.randbytes(2000)
        body = head(1, self.n)
        for i, b in enumerate(self.blocks):
            body += address(i) + b
        # Mode 2 has its sync and header as bytes ahead of each sector.
        for i, b in enumerate(self.blocks):
            s = form1(b, self.n + i)
            body += head(0, 16) + s[:16] + head(2, 1) + s[20:24] + b
        s = form2(self.random.randbytes(2324), 7)
        body += head(0, 16) + s[:16] + head(3, 1) + s[20:2348] + head(0, len(tail)) + tail
        whole = one + two + s + tail
        self.write('ecm/disc.bin.ecm', b'ECM\0', body, b'\xfc\xff\xff\xff\x3f',
                   struct.pack('<I', edc(whole)))
        self.tell('ecm/disc.bin.ecm', 'raw', whole)
        self.write('ecm/disc.cue', f'''FILE "disc.bin" BINARY
TRACK 01 MODE1/2352
INDEX 01 00:00:00
TRACK 02 MODE2/2352
INDEX 01 {msf(self.n)}
TRACK 03 AUDIO
INDEX 01 {msf(2 * self.n)}
''')
        for number in 1, 2:
            self.tell('ecm/disc.cue', number, self.iso)

    # ---- GD-ROM ------------------------------------------------------------------------

    def gdi(self):
        a = self.sound[1]
        self.write('gdi/track01.bin', self.raw())
        self.write('gdi/track 02.raw', b'x' * 5, a)
        self.write('gdi/track03.bin', self.raw(lba=45000))
        self.write('gdi/disc.gdi', f'''3
1 0 4 2352 track01.bin 0
2 {self.n} 0 2352 "track 02.raw" 5
3 45000 4 2352 track03.bin 0
''')
        self.tell('gdi/disc.gdi', 1, self.iso)
        self.tell('gdi/disc.gdi', 2, a)
        self.tell('gdi/disc.gdi', 3, self.iso)

    # ---- CHD ---------------------------------------------------------------------------

    def chd(self):
        """With zstd, which chdman of some years ago does not have."""
        if not shutil.which('zstd'):
            return
        packed = lambda d: subprocess.run(['zstd', '-q', '-c'], input=d, check=True,
                                          stdout=subprocess.PIPE).stdout
        raw, unit, per = self.raw(), 2448, 8
        raw += b'\0' * (-len(raw) // 2352 % 4 * 2352)
        hunks, plain = [], b''
        for i in range(0, len(raw), 2352 * per):
            part = [raw[k:k + 2352] for k in range(i, min(i + 2352 * per, len(raw)), 2352)]
            part += [b'\0' * 2352] * (per - len(part))
            flags, bare = 0, b''
            for k, s in enumerate(part):
                if s.startswith(SYNC):
                    flags |= 1 << k
                    s = b'\0' * 12 + s[12:2076] + b'\0' * 276
                bare += s
            base, whole = packed(bare), b''.join(s + b'\0' * 96 for s in part)
            plain += whole
            hunks.append((0, bytes([flags]) + struct.pack('>H', len(base)) + base +
                          packed(b'\0' * 96 * per), crc16(whole)))
        # One hunk stored, one the same as another.
        hunks[1] = (4, plain[unit * per:unit * per * 2], hunks[1][2])
        hunks.append((5, b'', 0))
        plain += plain[:unit * per]
        # A Huffman code in which each of 16 symbols has 4 bits.
        bits = '0100' * 16 + ''.join(format(k, '04b') for k, _, _ in hunks)
        data, entries, start = b'', b'', 124
        for k, d, c in hunks:
            if k == 0:
                bits += format(len(d), '016b') + format(c, '016b')
            elif k == 4:
                bits += format(c, '016b')
            else:
                bits += format(0, '08b')
            entries += bytes([k]) + (b'\0' * 9 if k == 5 else len(d).to_bytes(3, 'big') +
                                     (start + len(data)).to_bytes(6, 'big'))
            entries += struct.pack('>H', c)
            data += d
        bits += '0' * (-len(bits) % 8)
        table = int(bits, 2).to_bytes(len(bits) // 8, 'big')
        head = struct.pack('>I', len(table)) + start.to_bytes(6, 'big') + \
            struct.pack('>HBBBB', crc16(entries), 16, 8, 8, 0)
        text = f'TRACK:1 TYPE:MODE1_RAW SUBTYPE:NONE FRAMES:{self.n} PREGAP:0 PGTYPE:MODE1 ' \
            'PGSUB:NONE POSTGAP:0\0'
        meta = start + len(data) + len(head) + len(table)
        self.write('chd/zstd.chd', b'MComprHD', struct.pack('>II', 124, 5), b'cdzs', b'\0' * 12,
                   struct.pack('>QQQII', len(plain), start + len(data), meta, unit * per, unit),
                   hashlib.sha1(plain).digest(), b'\0' * 40, data, head, table,
                   b'CHT2', struct.pack('>IQ', 1 << 24 | len(text), 0), text)
        self.tell('chd/zstd.chd', 1, self.iso)

    # ---- sectors by themselves ---------------------------------------------------------

    def sectors(self):
        raw, raw2 = self.raw(), self.raw(form1)
        each = lambda d, f: b''.join(f(d[i:i + 2352]) for i in range(0, len(d), 2352))
        for name, data in (
                ('2352', raw), ('2352-2', raw2), ('scrambled', each(raw, scrambled)),
                ('2448', each(raw, lambda s: s + self.random.randbytes(96))),
                ('2368', each(raw, lambda s: s + self.random.randbytes(16))),
                ('2336', each(raw2, lambda s: s[16:])), ('2340-1', each(raw, lambda s: s[12:])), ('2340', each(raw2, lambda s: s[12:])),
                ('2056', each(raw2, lambda s: s[16:2072])), ('trailing', raw + b'x' * 1000)):
            self.write(f'raw/{name}.img', data)
            self.tell(f'raw/{name}.img', 1, self.iso)
        # The gap ahead of the track, as zeros and as sectors.
        empty = b''.join(mode1(b'\0' * 2048, i - 150) for i in range(150))
        for name, gap in ('gap0', b'\0' * len(empty)), ('gap1', empty):
            self.write(f'raw/{name}.img', gap, raw)
            self.tell(f'raw/{name}.img', 1, self.iso)
        self.write('gap/d.bin', empty, raw)
        self.write('gap/d.cue', 'FILE d.bin BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n')
        self.tell('gap/d.cue', 1, self.iso)
        self.write('raw/mixed.img', raw + self.sound[0])
        self.tell('raw/mixed.img', 1, self.iso)
        self.tell('raw/mixed.img', 2, self.sound[0])

    # ---- damage ------------------------------------------------------------------------

    def damage(self):
        raw = bytearray(self.raw())
        raw[20 * 2352 + 1000] ^= 0x55
        raw[21 * 2352 + 30] ^= 1
        raw[21 * 2352 + 31] ^= 2
        self.write('damage/repaired.bin', bytes(raw))
        self.tell('damage/repaired.bin', 1, self.iso)
        for i in range(800):
            raw[22 * 2352 + 100 + i] ^= 0x11
        self.write('damage/broken.bin', bytes(raw))


def main():
    folder, iso, seed = sys.argv[1:]
    d = Discs(folder, iso, int(seed))
    for part in d.cue, d.toc, d.nrg, d.ccd, d.mds, d.cdi, d.ecm, d.gdi, d.chd, d.sectors, d.damage:
        part()


main()
