# SPDX-License-Identifier: GPL-3.0-or-later
# Audio tracks whose files are no raw samples: FLAC and AIFF are decoded; what cannot be is
# said, and is no success where it was asked for. And CD-TEXT in its three places.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"
need python3

make_iso disc.iso
head -c $((2352 * 225 + 100)) /dev/urandom >a.raw
cp a.raw filled.raw
head -c $((2352 - 100)) /dev/zero >>filled.raw
python3 - <<'END'
import struct
raw = open('a.raw', 'rb').read()
turned = bytes(raw[i ^ 1] for i in range(len(raw)))
rate = b'\x40\x0e\xac\x44\0\0\0\0\0\0'
common = struct.pack('>hIh', 2, len(raw) // 4, 16) + rate
def chunk(name, body):
    return name + struct.pack('>I', len(body)) + body + b'\0' * (len(body) % 2)
def form(name, common, samples):
    body = name + chunk(b'COMM', common) + chunk(b'SSND', bytes(8) + samples)
    return b'FORM' + struct.pack('>I', len(body)) + body
open('plain.aiff', 'wb').write(form(b'AIFF', common, turned))
open('little.aifc', 'wb').write(form(b'AIFC', common + b'sowt\0\0', raw))
open('ulaw.aifc', 'wb').write(form(b'AIFC', common + b'ulaw\0\0', raw))
open('x.mp3', 'wb').write(b'ID3\3\0\0\0\0\0\0\xff\xfb\x90\0' + bytes(4000))
open('x.ape', 'wb').write(b'MAC \x96\x0f' + bytes(4000))
END

# sheet FILE TYPE: data, and the sound behind them in two tracks
sheet() {
	cat <<-END
		FILE "disc.iso" BINARY
		  TRACK 01 MODE1/2048
		    INDEX 01 00:00:00
		FILE "$1" $2
		  TRACK 02 AUDIO
		    INDEX 01 00:00:00
		  TRACK 03 AUDIO
		    INDEX 01 00:01:25
	END
}

# expect_sound FILE TYPE: both tracks of it are those of a.raw
expect_sound() {
	sheet "$1" "$2" >x.cue
	rm -rf wav x.iso
	run iso-convert --audio=wav x.cue x.iso
	expect_status 0
	expect_same x.iso disc.iso
	[ "$(stat -c %s wav/track02.wav)" = $((2352 * 100 + 44)) ] || fail "$1: another length"
	(tail -c +45 wav/track02.wav && tail -c +45 wav/track03.wav) | cmp - filled.raw ||
		fail "$1: other samples"
}

expect_sound plain.aiff AIFF
expect_sound little.aifc AIFF

# What cannot be decoded: named, and the data are none the worse; no success with --audio.
for file in "x.mp3 MP3 MP3" "x.mp3 WAVE MP3" "x.ape WAVE Monkey's_Audio" \
	"ulaw.aifc AIFF uncompressed_samples" "gone.mp3 MP3 no_such_file"; do
	read -r name type what <<-END
		$file
	END
	what=$(echo "$what" | tr _ ' ')
	sheet "$name" "$type" >x.cue
	rm -rf wav x.iso
	run iso-convert x.cue x.iso
	expect_status 0
	expect_same x.iso disc.iso
	expect_stdout_has "note .*$name .*$what.*: its tracks cannot be read"
	rm x.iso
	run iso-convert --audio=wav x.cue x.iso
	expect_status 1
	expect_same x.iso disc.iso
	expect_stderr_has "$name: warning: .*$what.*: track 2 is not written"
	[ ! -e wav/track02.wav ] || fail "$name: something was written"
	run iso-convert --raw x.cue x.bin
	expect_status 2
	expect_stderr_has "$name: .*$what"
	[ ! -e x.bin ] || fail "$name: something was written"
	run iso-convert --list x.cue
	expect_stdout_has "track 2 .*$name, which .*$what"
done
# Where there is nothing else, nothing can be done.
printf 'FILE "x.mp3" MP3\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n' >only.cue
run iso-convert --audio=wav only.cue
expect_status 2
expect_stderr_has 'none of its audio tracks can be read'

# CD-TEXT as a file of packs, in a chunk of Nero's, and in a section of CloneCD's.
python3 - <<'END'
def crc(b):
    c = 0
    for x in b:
        c ^= x << 8
        for _ in range(8):
            c = (c << 1 ^ 0x1021 if c & 0x8000 else c << 1) & 0xffff
    return c ^ 0xffff
def packs(kind, lines, first):
    text, starts = b'', []
    for track, line in enumerate(lines):
        text += line.encode('latin-1') + b'\0'
        starts += [track] * (len(line) + 1)
    text += bytes(-len(text) % 12)
    out = []
    for at in range(0, len(text), 12):
        p = bytes([kind, starts[at], first + len(out), 0]) + text[at:at + 12]
        out.append(p)
    return out
all = packs(0x80, ['The Disc', 'Data', 'Überraschung am Abend', 'Ende'], 0)
all += packs(0x81, ['Somebody', '', 'Another One', ''], len(all))
def be16(v):
    return bytes([v >> 8, v & 255])
whole = b''.join(p + be16(crc(p)) for p in all)
open('x.cdt', 'wb').write(b'\0\0\0\0' + whole + b'\0')
raw = open('a.raw', 'rb').read()[:2352 * 200]
iso = open('disc.iso', 'rb').read()
def be32(v):
    return v.to_bytes(4, 'big')
def chunk(name, body):
    return name + be32(len(body)) + body
tracks = [(0, len(iso), 0, 0), (len(iso), 2352 * 100, 7, len(iso) // 2048),
          (len(iso) + 2352 * 100, 2352 * 100, 7, len(iso) // 2048 + 100)]
table = chunk(b'ETNF', b''.join(be32(at) + be32(n) + be32(mode) + be32(lba) + bytes(4)
                                for at, n, mode, lba in tracks))
table += chunk(b'CDTX', whole) + chunk(b'SINF', be32(3)) + chunk(b'END!', b'')
open('x.nrg', 'wb').write(iso + raw + table + b'NERO' + be32(len(iso) + len(raw)))
with open('x.ccd', 'w') as f:
    f.write('[CloneCD]\r\nVersion=3\r\n[Disc]\r\nTocEntries=4\r\nSessions=1\r\n[CDText]\r\n')
    f.write('Entries=%d\r\n' % len(all))
    for i, p in enumerate(all):
        f.write('Entry %d=%s\r\n' % (i, ' '.join('%02x' % b for b in p)))
    for i, at in enumerate((0, 100, 0)):
        point = (1, 2, 0xa2)[i]
        f.write('[Entry %d]\r\nSession=1\r\nPoint=0x%02x\r\nControl=0x00\r\nPLBA=%d\r\n' %
                (i, point, (0, 100, 200)[i]))
open('x.img', 'wb').write(raw)
END
(echo 'CDTEXTFILE "x.cdt"' && sheet plain.aiff AIFF) >text.cue
for file in text.cue x.nrg; do
	run iso-convert --list "$file"
	expect_status 0
	expect_stdout_has 'track 1 .*, Data'
	expect_stdout_has 'track 2 .*, Überraschung am Abend'
	expect_stdout_has 'track 3 .*, Ende'
done
if command -v jq >/dev/null; then
	run iso-convert --list --json x.nrg
	jq -e '.tracks | map(.performer) == [null, "Another One", "Somebody"]' "$out" >/dev/null ||
		fail "other performers: $(cat "$out")"
fi
run iso-convert --list x.ccd
expect_stdout_has 'track 2 .*, Überraschung am Abend'
# Without that file, without titles: a note.
rm x.cdt
run iso-convert --list text.cue
expect_status 0
expect_stdout_has 'note .*x.cdt with the CD-TEXT'

# FLAC, in a file that says so and in one that does not; of a sheet that still says .wav.
need flac
[ "$(grep -c '^#define HAVE_LIBFLAC 1' "$ISOKIT_BUILD/config.h")" = 1 ] || skip "built without libFLAC"
pack() {
	flac -s -f --force-raw-format --endian=little --sign=signed --channels=2 --bps=16 \
		--sample-rate=44100 "$@"
}
pack a.raw -o sound.flac || fail "flac fails"
expect_sound sound.flac FLAC
expect_sound sound.flac WAVE
expect_sound sound.wav WAVE
expect_stdout_has 'there is no file sound.wav: sound.flac is taken for it'
# To a pipe: it does not know how many samples there will be.
pack -c - <a.raw | cat >stream.flac || fail "flac fails"
expect_sound stream.flac WAVE
# A disc of cdrdao's, which begins in the middle of it.
cat >x.toc <<-'END'
	CD_DA
	TRACK AUDIO
	FILE "sound.flac" 00:01:00 00:01:00
	TRACK AUDIO
	FILE "sound.flac" 00:02:00
END
rm -rf wav
run iso-convert --audio=wav x.toc
expect_status 0
(tail -c +45 wav/track01.wav && tail -c +45 wav/track02.wav) | cmp - <(tail -c +$((2352 * 75 + 1)) filled.raw) ||
	fail "x.toc: other samples"

# A turned bit is damage: silence at its place, and the rest as it was.
python3 - <<'END'
b = bytearray(open('sound.flac', 'rb').read())
b[len(b) // 2] ^= 16
open('bad.flac', 'wb').write(b)
END
sheet bad.flac WAVE >x.cue
rm -rf wav x.iso
run iso-convert --audio=wav x.cue x.iso
expect_status 1
expect_same x.iso disc.iso
expect_stdout_has 'damaged .*FLAC that cannot be decoded .*bad.flac'
tail -c +45 wav/track02.wav | head -c 40000 | cmp - <(head -c 40000 a.raw) || fail "more is lost"

# Other than a disc's samples.
head -c 44100 /dev/zero | flac -s -f --force-raw-format --endian=little --sign=signed --channels=1 \
	--bps=16 --sample-rate=48000 - -o mono.flac || fail "flac fails"
sheet mono.flac WAVE >x.cue
run iso-convert --audio=wav --force x.cue x.iso
expect_status 1
expect_stderr_has 'mono.flac: warning: has 1 channel of 16 bits at 48000 Hz'

# Without the library: said, with the name of its package.
mkdir none
for abi in 8 12 14; do echo none >none/libFLAC.so.$abi; done
sheet sound.flac WAVE >x.cue
LD_LIBRARY_PATH=$PWD/none${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} run iso-convert --audio=wav --force x.cue x.iso
expect_status 1
expect_same x.iso disc.iso
expect_stderr_has 'sound.flac: warning: is FLAC, and libFLAC.so.* cannot be loaded.*libflac'
if command -v chdman >/dev/null; then
	printf 'FILE "filled.raw" BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n' >x.cue
	chdman createcd -i x.cue -o x.chd -c cdfl >log 2>&1 || fail "chdman: $(tail -1 log)"
	rm -rf wav
	LD_LIBRARY_PATH=$PWD/none${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} run iso-convert --audio=wav x.chd
	expect_status 2
	expect_stderr_has 'libFLAC.so.* cannot be loaded.*CHD.*libflac'
	run iso-convert --audio=wav x.chd
	expect_status 0
	tail -c +45 wav/track01.wav | cmp - filled.raw || fail "x.chd: other samples"
fi
