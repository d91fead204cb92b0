# SPDX-License-Identifier: GPL-3.0-or-later
# What is told is what was done, would be done, or is so: no more, and of the right drive.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need jq

boot_iso x.iso
disc_iso d.iso
new_drive a 16M; a=$drive
new_drive c 1M; c=$drive

# ---- nothing is known of a drive that was only simulated -----------------------------------------
for how in --probe --probe=quick --restore; do
	run iso-write -n --yes --fixed-disk $how "$a"
	expect_status 0
	expect_stdout_has "^$a: would be written$"
done
run iso-write -n --yes --fixed-disk --restore --label='no such label' "$a"
expect_status 2
expect_stdout_lacks 'would be written'

# ---- what lies beside the image is told as what it is --------------------------------------------
echo "$(printf '0%.0s' {1..64})  x.iso" >SHA256SUMS
run iso-write --compare x.iso "$a"
expect_status 2
expect_stderr_has 'is not the one in SHA256SUMS.*nothing was compared \(--no-beside compares '
rm SHA256SUMS
echo 'no map' >x.bmap
run iso-write --yes --fixed-disk x.iso "$a"
expect_status 2
expect_stderr_has '^iso-write: x\.iso: x\.bmap, which lies beside it: .*\(--no-beside leaves it out\)$'
run iso-write --yes --fixed-disk --bmap=x.bmap x.iso "$a"
expect_status 2
expect_stderr_lacks 'no-beside'
rm x.bmap

# ---- options of another command are told as such ----------------------------------------------------
head -c 2352000 /dev/zero >s.bin
printf 'FILE "s.bin" BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n' >s.cue
run iso-write --yes --fixed-disk s.cue "$a"
expect_status 2
expect_stderr_has '^iso-write: s\.cue: .*; iso-convert --audio DIR writes them as WAV files$'
