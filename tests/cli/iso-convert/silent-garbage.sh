# SPDX-License-Identifier: GPL-3.0-or-later
# Where other programs give something wrong and exit with 0.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"

make_iso disc.iso
raw_sectors 1 disc.iso track1.bin
head -c $((2352 * 200)) /dev/urandom >track2.bin

# A sheet with several files: the track is not cut to the size of the first one.
head -c $((2352 * 50)) /dev/urandom >short.bin
cat >several.cue <<-'END'
	FILE "short.bin" BINARY
	  TRACK 01 AUDIO
	    INDEX 01 00:00:00
	FILE "track1.bin" BINARY
	  TRACK 02 MODE1/2352
	    INDEX 01 00:00:00
END
run iso-convert several.cue several.iso
expect_status 0
expect_stdout_has '^unwrap: '
expect_same several.iso disc.iso

# Audio behind the data is not appended.
cat track1.bin track2.bin >mixed.bin
frames=$(($(stat -c %s track1.bin) / 2352))
cat >mixed.cue <<-END
	FILE "mixed.bin" BINARY
	  TRACK 01 MODE1/2352
	    INDEX 01 00:00:00
	  TRACK 02 AUDIO
	    INDEX 01 $(printf '%02d:%02d:%02d' $((frames / 4500)) $((frames / 75 % 60)) $((frames % 75)))
END
run iso-convert mixed.cue mixed.iso
expect_status 0
expect_same mixed.iso disc.iso
expect_stdout_has 'audio track cannot be in an ISO image'
run iso-convert --track=2 mixed.cue two.iso
expect_status 2
expect_stderr_has 'track 2 is audio'

# It is written as it is, little-endian, where it is asked for.
run iso-convert --audio=wav mixed.cue again.iso
expect_status 0
expect_same again.iso disc.iso
[ "$(head -c 4 wav/track02.wav)" = RIFF ] || fail "no WAV file"
tail -c +45 wav/track02.wav | cmp - track2.bin || fail "other samples"
[ ! -e wav/track01.wav ] || fail "data is no audio"

# Form 2 sectors have more than 2048 bytes, which are not cut off without a word.
head -c $((2324 * 20)) /dev/urandom >movie
raw_sectors form2 movie form2.bin
raw_sectors 2 disc.iso track.bin
cat track.bin form2.bin >form.bin
cat >form.cue <<-'END'
	FILE "form.bin" BINARY
	  TRACK 01 MODE2/2352
	    INDEX 01 00:00:00
END
run iso-convert form.cue form.iso
expect_status 1
expect_stdout_has '^  damaged   track 1, sector [0-9]+ .*form 2'

# A damaged sector does not pass.
cp track1.bin bad.bin
spoil bad.bin $((2352 * 60 + 1000))
sed 's/mixed/bad/; /TRACK 02/,$d' mixed.cue >bad.cue
run iso-convert bad.cue bad.iso
expect_status 1
expect_stdout_has '^  damaged   track 1, sector 60 '
run iso-convert --json bad.cue bad2.iso
expect_status 1
expect_json '.damage | length == 1 and .[0].track == 1 and .[0].offset == 60 * 2048'

# Something else that is called .iso is said to be that.
head -c 1000000 /dev/urandom >random.iso
run iso-convert random.iso out.iso
expect_status 2
expect_stderr_lines 1
expect_stderr_has 'holds neither ISO 9660 nor a file system'
[ ! -e out.iso ] || fail "something was written"

# --raw of a disc: its sectors, without subchannels.
run iso-convert --raw mixed.cue mixed.raw
expect_status 0
head -1 "$out" | grep -q '^raw: ' || fail "the first line is not raw"
expect_same mixed.raw mixed.bin
run iso-convert --raw --track=1 mixed.cue one.raw
expect_status 0
expect_same one.raw track1.bin
