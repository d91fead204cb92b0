# SPDX-License-Identifier: GPL-3.0-or-later
# What is burnt: streams, compressed files, sheets; and checksums before anything is touched.
. "$(dirname "$0")/disc-lib.sh"
need xz
need_burner
image a.iso
sum=$(sha256sum <a.iso | cut -d' ' -f1)
size=$(stat -c %s a.iso)
same() { cmp -n "$size" disc a.iso || fail "the disc is not the image ($1)"; }

# From a pipe, whose size nobody knows.
cat a.iso | timeout 60 "$(command_path iso-write)" --pseudo-drives="$PWD" --yes --json --hash - "$drive" >"$out" 2>"$err"
[ $? = 0 ] || fail "a pipe: $(cat "$err")"
expect_json ".ok and .drives[0].compared == $size and .drives[0].hashes.sha256 == \"$sum\""
same pipe
mkfifo fifo
rm disc
cat a.iso >fifo &
disc --yes fifo "$drive"
expect_status 0
same fifo

# A wrong checksum of a stream can only be known at the end, of a file before.
wrong=$(printf '%064d' 5)
rm disc
cat a.iso | timeout 60 "$(command_path iso-write)" --pseudo-drives="$PWD" --yes --sha256="$wrong" - "$drive" >"$out" 2>"$err"
[ $? = 1 ] || fail "a wrong checksum of a stream"
expect_stderr_has "the stream had the SHA-256 $sum, not the one that was given"
rm disc
disc --yes --no-beside --sha256="$wrong" a.iso "$drive"
[ "$status" != 0 ] || fail "a wrong checksum"
[ ! -s disc ] || fail "the medium was touched"
disc --yes --no-beside --sha256="$sum" a.iso "$drive"
expect_status 0
same sha256

# Compressed: a file is expanded, a pipe cannot be.
xz -k a.iso
rm disc
disc --yes a.iso.xz "$drive"
expect_status 0
same xz
xz -c a.iso | timeout 60 "$(command_path iso-write)" --pseudo-drives="$PWD" --yes - "$drive" >"$out" 2>"$err"
[ $? = 2 ] || fail "a compressed pipe"
expect_stderr_has 'the stream is compressed: put xz -dc before it in the pipe'
: | timeout 60 "$(command_path iso-write)" --pseudo-drives="$PWD" --yes - "$drive" >"$out" 2>"$err"
[ $? = 2 ] || fail "an empty pipe"
expect_stderr_has 'there is nothing in the stream'

# A download that ended early, and a stream that did.
head -c 2000000 a.iso >cut.iso
rm disc
disc --yes cut.iso "$drive"
expect_status 2
expect_stderr_has 'the image was cut short: it has 2000896 bytes, and the volume in it [0-9]+ '
[ ! -s disc ] || fail "the medium was touched"
head -c 2000000 a.iso | timeout 60 "$(command_path iso-write)" --pseudo-drives="$PWD" --yes - "$drive" >"$out" 2>"$err"
[ $? = 2 ] || fail "a stream that ends early"
expect_stderr_has 'the stream ended after 2000000 bytes, and the volume in it has [0-9]+$'

# The track of a sheet; audio is for CDs.
printf 'FILE "a.iso" BINARY\n  TRACK 01 MODE1/2048\n    INDEX 01 00:00:00\n' >data.cue
rm disc
disc --yes data.cue "$drive"
expect_status 0
same cue
head -c $((2352 * 400)) /dev/urandom >audio.bin
printf 'FILE "audio.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' >audio.cue
cp disc before
disc --yes audio.cue "$drive"
expect_status 2
expect_stderr_has 'audio tracks can only be written to a CD, and this is a pseudo drive'
expect_same disc before
