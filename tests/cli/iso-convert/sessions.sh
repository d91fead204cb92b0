# SPDX-License-Identifier: GPL-3.0-or-later
# Images and discs with several sessions: the last one by default, readable by itself.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"
need xorriso

mkdir one two
head -c 100000 /dev/urandom >one/first
head -c 50000 /dev/urandom >two/second
genisoimage -quiet -R -V ONE -o one.iso one || fail "genisoimage fails"
# As a disc: the second session begins at a multiple of 16 blocks, and its numbers count
# from the beginning of the disc.
blocks=$(($(stat -c %s one.iso) / 2048))
start=$(((blocks + 15) / 16 * 16 + 160))
genisoimage -quiet -R -V TWO -C 0,$start -M one.iso -o two.part two || fail "genisoimage -M fails"
{ cat one.iso; head -c $(((start - blocks) * 2048)) /dev/zero; cat two.part; } >both.iso

# files IMAGE: its names.
files() { xorriso -indev "$1" -find / -type f 2>/dev/null | sort | tr '\n' ' '; }

run iso-convert both.iso last.iso
expect_status 0
expect_stdout_has 'session 2 of 2 is shown'
[ "$(files last.iso)" = "'/first' '/second' " ] || fail "shows $(files last.iso)"
cmp -i $((32768 + 8192)) both.iso last.iso || fail "more than the descriptors differ"
xorriso -osirrox on -indev last.iso -extract / got >/dev/null 2>&1
expect_same got/first one/first
expect_same got/second two/second
run iso-inspect --check last.iso
expect_status 0

run iso-convert --session=1 both.iso first.iso
expect_status 0
[ "$(files first.iso)" = "'/first' " ] || fail "shows $(files first.iso)"
cmp -n $(stat -c %s one.iso) first.iso one.iso || fail "another first session"
[ "$(stat -c %s first.iso)" = $((start * 2048)) ] || fail "more than the first session"
run iso-convert --session=3 both.iso third.iso
expect_status 2
expect_stderr_has 'has no session 3'

# A track behind audio that counts from its own beginning is taken as it is; what counts
# from the beginning of the disc comes with what lies before it.
raw_sectors 1 one.iso one.bin
head -c $((2352 * 100)) /dev/urandom >audio.bin
cat >extra.cue <<-'END'
	FILE "audio.bin" BINARY
	  TRACK 01 AUDIO
	    INDEX 01 00:00:00
	FILE "one.bin" BINARY
	  TRACK 02 MODE1/2352
	    INDEX 01 00:00:00
END
run iso-convert extra.cue extra.iso
expect_status 0
expect_same extra.iso one.iso
genisoimage -quiet -R -V THREE -C 0,100 -o three.part one || fail "genisoimage -C fails"
raw_sectors 1 three.part three.bin 100
sed 's/one.bin/three.bin/' extra.cue >three.cue
run iso-convert three.cue three.iso
expect_status 0
expect_stdout_has 'with what lies before it on the disc'
[ "$(files three.iso)" = "'/first' " ] || fail "shows $(files three.iso)"
xorriso -osirrox on -indev three.iso -extract / got3 >/dev/null 2>&1
expect_same got3/first one/first

# A disc of two sessions: between them are lead-out and lead-in, which the headers of the
# sectors tell, and no file has.
start=$((blocks + 11400))
genisoimage -quiet -R -V TWO -C 0,$start -M one.iso -o two.part two || fail "genisoimage -M fails"
raw_sectors 1 two.part two.bin $start
cat >disc.cue <<-'END'
	REM SESSION 01
	FILE "one.bin" BINARY
	  TRACK 01 MODE1/2352
	    INDEX 01 00:00:00
	REM SESSION 02
	FILE "two.bin" BINARY
	  TRACK 02 MODE1/2352
	    INDEX 01 00:00:00
END
run iso-convert disc.cue disc.iso
expect_status 0
[ "$(files disc.iso)" = "'/first' '/second' " ] || fail "shows $(files disc.iso)"
xorriso -osirrox on -indev disc.iso -extract / got2 >/dev/null 2>&1
expect_same got2/first one/first
expect_same got2/second two/second
[ "$(stat -c %b disc.iso)" -lt 4000 ] || fail "what is between the sessions is no hole"
run iso-convert --session=1 disc.cue disc1.iso
expect_status 0
expect_same disc1.iso one.iso
