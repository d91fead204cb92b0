# SPDX-License-Identifier: GPL-3.0-or-later
# Discs of sound, over a libburn that has one drive: all that a sheet says is burnt, or told to
# be lost before anything is; and what was burnt is compared, though drives return samples
# earlier or later.
. "$(dirname "$0")/disc-lib.sh"
need python3
fake_burner
image a.iso 1500000

# sector N BYTES FILE SECTOR: N sectors of the disc are those of a file
sectors() { cmp -i $((2352 * $2)):$((2352 * $4)) -n $((2352 * $1)) disc "$3" || fail "$3 is not at $2"; }

head -c $((2352 * 500)) /dev/urandom >one.bin
head -c $((2352 * 700)) /dev/urandom >two.bin
cat >album.cue <<'END'
CATALOG 1234567890123
TITLE "Das Gr\xc3\xbcne"
PERFORMER "Everybody"
GENRE "Noise"
DISC_ID "XY123"
FILE "one.bin" BINARY
  TRACK 01 AUDIO
    TITLE "First – “it’s”"
    PERFORMER "Somebody"
    SONGWRITER "Writer"
    ISRC de-abc-00-12345
    FLAGS DCP PRE
    INDEX 01 00:00:00
    INDEX 02 00:02:00
    INDEX 03 00:03:74
    POSTGAP 00:01:00
FILE "two.bin" BINARY
  TRACK 02 AUDIO
    TITLE "Second"
    MESSAGE "hello"
    PREGAP 00:02:00
    INDEX 01 00:00:00
  TRACK 03 AUDIO
    TITLE "Live"
    FLAGS 4CH
    INDEX 00 00:05:00
    INDEX 01 00:05:20
    INDEX 02 00:06:00
END
printf "$(sed 's/%/%%/g; s/\\x/\\\\x/g' album.cue | sed 's/\\\\x/\\x/g')\n" >album2.cue
mv album2.cue album.cue
medium 9 359847 blank
disc album.cue "$drive" --json
expect_status 0
expect_stderr ''
logged 'write sao'
logged 'catalog 1234567890123'
logged "track 1: audio at 0, pregap 0, isrc 'DEABC0012345', title 'First - \"it's\"'"
logged 'track 1: index 1 at 0'
logged 'track 1: index 2 at 150'
logged 'track 1: index 3 at 299'
logged 'track 1: postgap 75, copy, pre-emphasis'
logged "track 2: audio at 725, pregap 150, isrc '', title 'Second'"
logged "track 3: audio at 1120, pregap 0, isrc '', title 'Live'"
logged 'track 3: index 0 at 1100'
logged 'track 3: index 1 at 1120'
logged 'track 3: index 2 at 1175'
logged 'track 3: postgap 0, four channels'
for text in PERFORMER=Everybody GENRE=Noise DISCID=XY123 SONGWRITER= MESSAGE=; do
	logged "text of the disc: $text"
done
grep -qaxF "$(printf 'text of the disc: TITLE=Das Gr\374ne')" medium.log || fail "no letters of ISO 8859-1"
for text in PERFORMER=Somebody PERFORMER=Everybody SONGWRITER=Writer MESSAGE=hello; do
	logged "text of a track: $text"
done
# The sound between two tracks is there, too.
sectors 500 0 one.bin 0
sectors 700 725 two.bin 0
expect_json '.drives[0] | .state == "verified" and .disc.audio_tracks == 3 and .disc.sample_offset == 0'
expect_json ".drives[0] | .compared == $((2352 * 1200)) and (.disc | has(\"not_burnt\") | not)"

# ---- drives return samples earlier or later ------------------------------------------------
for late in 30 -30 588 1776 -1164 4000; do
	FAKEBURN_LATE=$late disc --compare album.cue "$drive"
	expect_status 0
	case $late in
	-*) expect_stdout_has "equal, .*, 3 audio tracks read ${late#-} samples earlier than written$" ;;
	*) expect_stdout_has "equal, .*, 3 audio tracks read $late samples later than written$" ;;
	esac
done
FAKEBURN_LATE=1 disc --compare album.cue "$drive" --json
expect_status 0
expect_json '.ok and .drives[0].disc.sample_offset == 1'
# Farther than any drive does is another disc.
FAKEBURN_LATE=5000 disc --compare album.cue "$drive"
expect_status 1
expect_stderr_has 'its sound is another: '
disc --compare a.iso "$drive"
expect_status 1
expect_stderr_has 'there is sound on it, and no data$'

# Two samples in the third track, where it is 1.5 seconds old, and a sector that cannot be read
# in the second.
printf 'xxxxxxxx' | dd of=disc bs=1 seek=$((2352 * 1120 + 44100 * 6)) conv=notrunc 2>/dev/null
FAKEBURN_LATE=667 FAKEBURN_BAD=800 disc --compare album.cue "$drive"
expect_status 1
expect_stdout_has '^  track 2, from 0:00.984 to 0:00.998: 588 samples$'
expect_stdout_has '^  track 3, from 0:01.500 to 0:01.500: [12] samples?$'
expect_stderr_has 'differ or cannot be read, in 2 ranges, the first at second 0.985 of track 2$'
FAKEBURN_LATE=667 disc --compare album.cue "$drive" --json
expect_status 1
expect_json '.drives[0].differences[0] | .track == 3 and .offset == 264600 and .size <= 8'
# In the gap ahead of the third, which counts as ahead of its beginning.
FAKEBURN_BAD=1110 disc --compare album.cue "$drive"
expect_status 1

# A scratch in the very place where the sound begins hides no offset.
head -c $((2352 * 2)) /dev/zero | dd of=disc bs=2352 seek=3 conv=notrunc 2>/dev/null
FAKEBURN_LATE=102 disc --compare album.cue "$drive"
expect_status 1
expect_stdout_has 'read 102 samples later'
expect_stdout_has '^  track 1, from 0:00.040 to 0:00.066: 11[67][0-9] samples$'

# Other tracks, and none.
printf 'FILE "a.iso" BINARY\n  TRACK 01 MODE1/2048\n    INDEX 01 00:00:00\n' >a.cue
{ cat a.cue; tail -n +2 album.cue | sed -n '/TRACK 02/,$p' | sed '1i FILE "two.bin" BINARY'; } >kinds.cue
disc --compare kinds.cue "$drive"
expect_status 1
expect_stderr_has 'its track 1 is of sound, and not of data$'
sed 's/00:05:00/00:01:00/; s/00:05:20/00:01:20/; /INDEX 02 00:06/d' album.cue >longer.cue
disc --compare longer.cue "$drive"
expect_status 1
expect_stderr_has 'its track 3 is shorter: 305 sectors, and not 605$'
printf 'FILE "one.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' >one.cue
disc --compare one.cue "$drive"
expect_status 1
expect_stderr_has 'its last session has 3 tracks, and not 1$'
medium 9 359847 blank
disc --compare one.cue "$drive"
expect_status 1
expect_stderr_has 'nothing on it to compare with$'

# ---- silence, a tone, and less than four seconds -------------------------------------------
head -c $((2352 * 320)) /dev/zero >silence.bin
python3 - <<'END'
import math, struct
tone = [int(20000 * math.sin(2 * math.pi * i / 147)) for i in range(147)]
with open("tone.bin", "wb") as f:
    f.write(bytes(4 * 2000))
    for i in range(588 * 320 - 2000):
        f.write(struct.pack("<hh", tone[i % 147], tone[i % 147]))
END
for sheet in silence tone; do
	printf 'FILE "%s.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' $sheet >$sheet.cue
	medium 9 359847 blank
	FAKEBURN_LATE=-1000 disc $sheet.cue "$drive" --json
	expect_status 0
	[ $sheet = silence ] || expect_json '.drives[0].disc.sample_offset == -1000'
done
expect_json '.drives[0].state == "verified"'
head -c $((2352 * 100)) one.bin >short.bin
printf 'FILE "short.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' >short.cue
medium 9 359847 blank
disc short.cue "$drive"
expect_status 0
sectors 100 0 short.bin 0
[ "$(stat -c %s disc)" = $((2352 * 300)) ] || fail "the drive did not get what was announced"

# A first track that does not begin at once.
printf 'FILE "one.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 00 00:00:00\n    INDEX 01 00:00:33\n' >hidden.cue
printf 'FILE "one.bin" BINARY\n  TRACK 01 AUDIO\n    PREGAP 00:03:00\n    INDEX 01 00:00:00\n' >late.cue
medium 9 359847 blank
disc hidden.cue "$drive"
expect_status 0
logged "track 1: audio at 33, .*"
sectors 500 0 one.bin 0
medium 9 359847 blank
disc late.cue "$drive"
expect_status 0
sectors 500 225 one.bin 0

# ---- what cannot be burnt is told, and nothing else is lost for it ----------------------------
cat >mixed.cue <<'END'
CATALOG 4006381333931
TITLE "Mixed"
FILE "a.iso" BINARY
  TRACK 01 MODE1/2048
    TITLE "Data"
    INDEX 01 00:00:00
FILE "two.bin" BINARY
  TRACK 02 AUDIO
    TITLE "Sound"
    ISRC DEABC0012345
    PREGAP 00:02:00
    INDEX 01 00:00:00
  TRACK 03 AUDIO
    FLAGS DCP
    POSTGAP 00:02:00
    INDEX 00 00:05:00
    INDEX 01 00:05:20
    INDEX 02 00:06:00
END
medium 9 359847 blank
disc mixed.cue "$drive" --json
expect_status 0
logged 'write tao'
logged 'catalog 4006381333931'
logged 'track 3: postgap 0, copy'
not_logged 'text .*'
expect_stderr_has 'warning: not burnt: CD-TEXT, the lengths of gaps, the sound in gaps, POSTGAP, indexes from 02 on; only a CD of nothing but audio, written at once, can have that$'
expect_json '.drives[0].disc.not_burnt == ["cd-text", "gaps", "gap-sound", "postgaps", "indexes"]'
expect_json ".drives[0] | .state == \"verified\" and .disc.audio_tracks == 2"
disc --compare mixed.cue "$drive"
expect_status 0
# No such thing on a DVD.
printf 'CATALOG 4006381333931\nFILE "a.iso" BINARY\n  TRACK 01 MODE1/2048\n    TITLE "Data"\n    INDEX 01 00:00:00\n' >data.cue
medium 1b 2295104 blank
disc data.cue "$drive"
expect_status 0
expect_stderr_has 'not burnt: CATALOG, CD-TEXT; only a CD can have that$'
not_logged 'text .*'
medium 11 2298496 blank
disc album.cue "$drive"
expect_status 2
expect_stderr_has 'audio tracks can only be written to a CD, and this is a DVD-R'
# Numbers that are none, letters that CD-TEXT does not have, and too many of them.
sed 's/^CATALOG.*/CATALOG 12345/; s/ISRC.*/ISRC short/; s/Second/Вторая/' album.cue >wrong.cue
medium 9 359847 blank
disc wrong.cue "$drive"
expect_status 0
expect_stderr_has 'not burnt: CATALOG \(not a number of 13 digits\), ISRC of some tracks \(not 5 letters and 7 digits\); letters that CD-TEXT does not have become .[?].$'
logged "track 2: .*, isrc '', title '\?\?\?\?\?\?'"
not_logged 'catalog .*'
# A UPC of twelve digits is an EAN that begins with 0.
sed 's/^CATALOG.*/CATALOG 123456789012/' album.cue >upc.cue
medium 9 359847 blank
disc upc.cue "$drive"
logged 'catalog 0123456789012'
{
	long=$(printf '%0120d' 0)
	echo 'FILE "one.bin" BINARY'
	for i in $(seq 9); do
		printf '  TRACK %02d AUDIO\n' "$i"
		for word in TITLE PERFORMER SONGWRITER COMPOSER; do echo "    $word $long$i"; done
		printf '    INDEX 01 00:%02d:00\n' $(((i - 1) / 2))
	done
} | awk '/INDEX/ { sub("00:00$|[0-9][0-9]:00$", sprintf("%02d:%02d", n / 2, n++ % 2 * 37)) } 1' >long.cue
medium 9 359847 blank
disc long.cue "$drive"
expect_status 0
expect_stderr_has 'not burnt: CD-TEXT \(it is too long\)$'
not_logged 'text .*'

# ---- sheets that are not what they say ------------------------------------------------------
head -c $((2352 * 50 + 7)) one.bin >rest.bin
printf 'FILE "rest.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 03 00:00:00\n    INDEX 01 00:00:00\n' >rest.cue
medium 9 359847 blank
disc rest.cue "$drive"
expect_status 0
expect_stderr_has 'line 3 of the CUE sheet makes no sense'
expect_stderr_has 'ends with 7 bytes that are no whole sector: is it cut off\?$'
# A sector whose EDC is wrong shows when it is read.
python3 - <<'END'
import zlib
def edc(b):
    t = []
    for i in range(256):
        r = i
        for _ in range(8):
            r = r >> 1 ^ (0xD8018001 if r & 1 else 0)
        t.append(r)
    r = 0
    for c in b:
        r = r >> 8 ^ t[(r ^ c) & 255]
    return r
bcd = lambda n: n // 10 * 16 + n % 10
with open("raw.bin", "wb") as f:
    for i in range(400):
        m, s, fr = (i + 150) // 4500, (i + 150) // 75 % 60, (i + 150) % 75
        head = b"\0" + b"\xff" * 10 + b"\0" + bytes([bcd(m), bcd(s), bcd(fr), 1])
        body = head + bytes([i % 256]) * 2048
        e = edc(body) ^ (1 if i == 200 else 0)
        f.write(body + e.to_bytes(4, "little") + bytes(284))
END
printf 'FILE "raw.bin" BINARY\n  TRACK 01 MODE1/2352\n    INDEX 01 00:00:00\n' >raw.cue
medium 9 359847 blank
disc raw.cue "$drive"
expect_status 1
expect_stdout_has ': verified'
expect_stderr_has 'raw.cue: warning: track 1, byte 409600: the EDC of the sector is wrong'
expect_stderr_has 'raw.cue: is damaged, and so is what was written$'
