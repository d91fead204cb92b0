# SPDX-License-Identifier: GPL-3.0-or-later
# A CD-R in a drive that is made of SCSI commands (tests/data/mmcdrive.c), through the libburn of
# the system: what the drive is told is what the sheet says, all that was announced comes, and
# it is read back.
. "$(dirname "$0")/disc-lib.sh"
shim=$ISOKIT_BUILD/tests/.libs/mmcdrive.so
[ -f "$shim" ] || skip "no drive"
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || skip "the drive is not instrumented"
[ ! -e /dev/sr77 ] || skip "there is such a drive"
need_burner
program=$(binary_path iso-write)

# drive OPTION…: iso-write with that drive, $late samples late
drive() {
	last="iso-write $*"
	MMCDRIVE=$PWD/disc MMCDRIVE_LATE=${late-0} LD_PRELOAD=$shim \
		LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
		timeout 60 "$program" "$@" >"$out" 2>"$err" </dev/null
	status=$?
}
blank() { rm -f disc disc.toc disc.log; }
logged() { grep -Fqx -e "$1" disc.log || fail "not logged: $1 ($(tr '\n' '|' <disc.log))"; }
not_logged() { ! grep -q -e "$1" disc.log || fail "logged: $1"; }
# The medium begins two seconds ahead of block 0.
holds() { cmp -i $((2352 * ($2 + 150))):0 -n "$(stat -c %s "$1")" disc "$1" || fail "$1 is not at $2"; }

head -c $((2352 * 500)) /dev/urandom >one.bin
head -c $((2352 * 120)) /dev/urandom >two.bin
cat >album.cue <<'END'
CATALOG 1234567890123
TITLE "Album"
FILE "one.bin" BINARY
  TRACK 01 AUDIO
    TITLE "First"
    ISRC DE-ABC-00-12345
    FLAGS DCP PRE
    INDEX 01 00:00:00
    INDEX 02 00:01:00
    POSTGAP 00:01:00
  TRACK 02 AUDIO
    TITLE "Second"
    PERFORMER "Us"
    INDEX 00 00:05:00
    INDEX 01 00:05:20
FILE "two.bin" BINARY
  TRACK 03 AUDIO
    PREGAP 00:02:00
    INDEX 01 00:00:00
END
blank
drive album.cue /dev/sr77 --json
expect_status 0
expect_json '.drives[0] | .state == "verified" and .disc.audio_tracks == 3 and .disc.sample_offset == 0'
expect_json ".drives[0].compared == $((2352 * 620))"
logged 'cue: catalog 1234567890123'
logged 'cue: track 1 isrc DEABC0012345'
logged 'cue: control 3 track 1 index 0 form 00 at -150'
logged 'cue: control 3 track 1 index 1 form 00 at 0'
logged 'cue: control 3 track 1 index 2 form 00 at 75'
logged 'cue: control 3 track 1 index 3 form 00 at 375'
logged 'cue: control 0 track 2 index 0 form 00 at 450'
logged 'cue: control 0 track 2 index 1 form 00 at 470'
# The second has 125 sectors and the third 120: short ones are of four seconds.
logged 'cue: control 0 track 3 index 0 form 00 at 750'
logged 'cue: control 0 track 3 index 1 form 00 at 900'
logged 'cue: control 0 track 170 index 1 form 01 at 1200'
logged 'written up to 1200 of 1200'
grep -q '^text: type 80 track 0: Album.First.$' disc.log || fail "no CD-TEXT"
grep -q '^text: type 81 track 0: [.][.]Us[.]' disc.log || fail "no performers"
head -c $((2352 * 375)) one.bin >first
tail -c $((2352 * 125)) one.bin >second
holds first 0
holds second 450
holds two.bin 900
for late in 667 -582; do
	drive --compare album.cue /dev/sr77
	expect_status 0
	expect_stdout_has "equal, .* 3 audio tracks read ${late#-} samples"
done
printf x | dd of=disc bs=1 seek=$((2352 * 1100)) conv=notrunc 2>/dev/null
drive --compare album.cue /dev/sr77
expect_status 1
expect_stdout_has '^  track 3, .*: 1 sample$'

# Data and sound: what cannot be announced so is not.
image a.iso 900000
cat >mixed.cue <<'END'
CATALOG 1234567890123
FILE "a.iso" BINARY
  TRACK 01 MODE1/2048
    TITLE "Data"
    INDEX 01 00:00:00
FILE "one.bin" BINARY
  TRACK 02 AUDIO
    TITLE "Sound"
    ISRC DEABC0012345
    FLAGS DCP
    PREGAP 00:02:00
    INDEX 01 00:00:00
    INDEX 02 00:01:00
END
blank
late=30
drive mixed.cue /dev/sr77 --json
expect_status 0
expect_json '.drives[0] | .state == "verified" and .disc.sample_offset == 30'
expect_json '.drives[0].disc.not_burnt == ["cd-text", "indexes"]'
logged 'parameters: type 1, control 4, block 8'
logged 'parameters: catalog 1234567890123'
logged 'parameters: type 1, control 2, block 0'
logged 'parameters: isrc DEABC0012345'
not_logged cue
not_logged text
drive --compare mixed.cue /dev/sr77
expect_status 0
drive --compare a.iso /dev/sr77
expect_status 0
drive album.cue /dev/sr77 --yes
expect_status 2
expect_stderr_has 'this CD-R is closed'

# Less than four seconds of data: as much as was announced.
printf 'hello' >small
blank
drive small /dev/sr77
expect_status 0
logged 'written up to 300 of 300'

# Two drives are held at the same time, and written one after the other.
blank
rm -f disc1*
drive a.iso /dev/sr77 /dev/sr78 /dev/sr77
expect_status 0
[ "$(grep -c 'sr7[78]: verified' "$out")" = 2 ] || fail "not both, once each"
cmp disc disc1 || fail "they are not the same"
rm disc1*
drive a.iso /dev/sr78 /dev/sr77
expect_status 2
expect_stderr_has '^iso-write: /dev/sr77: this CD-R is closed'
[ ! -e disc1 ] || fail "the other was written"

# How far it is counts up in bytes of sound, and does not begin again at the end.
blank
export MMCDRIVE_DELAY=10000
drive album.cue /dev/sr77 --progress=json
expect_status 0
jq -se 'map(select(.progress == "write")) | (map(.done) | . == sort) and
	all(.total == 1458240 and .done <= .total and .speed >= 0)' "$err" >/dev/null || fail "progress"
jq -se 'map(select(.progress == "close")) | all(.done == .total and .speed == 0)' "$err" >/dev/null ||
	fail "progress at the end"
unset MMCDRIVE_DELAY

# With the laser off.
blank
drive --simulate album.cue /dev/sr77
expect_status 0
expect_stdout_has ': simulated, '
grep -q '^parameters: type 2, .*, simulated$' disc.log || fail "the laser was on"
logged 'written up to 1200 of 1200'
[ ! -e disc.toc ] || fail "something was written"
